/** An error of the operating system, as Node hands it on. */
export type SystemError = Error & { readonly code: string };

/**
 * Whether an error is the operating system's, so that a user can do something about it and it is no bug. By its shape, not
 * by its name: libuv calls a Windows error that it does not know `UNKNOWN`, and Node calls some `ERR_FS_…`. What Node says of
 * wrong arguments has a code too, and neither a system call nor a number.
 */
export function isSystemError(error: unknown): error is SystemError {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  // zlib numbers its errors too; what it finds is damage, and no answer of the system.
  if (error.code.startsWith('Z_')) return false;
  return 'syscall' in error || 'errno' in error || /^E[A-Z0-9]+$/.test(error.code);
}

/** The system's code of an error (`ENOENT`), or undefined where it is not the system's. */
export function systemCodeOf(error: unknown): string | undefined {
  return isSystemError(error) ? error.code : undefined;
}
