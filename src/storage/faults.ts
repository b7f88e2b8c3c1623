import { RunFault } from '../core/failure.ts';
import { NotRegular, TooLarge } from '../files/regular-file.ts';
import { isSystemError } from '../files/system-error.ts';

// `held open` is what Windows answers while Excel, a backup or a virus scanner has the file.
const remedies: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  ENOSPC: ['the disk is full', 'Make room, then run the same command again.'],
  EDQUOT: ['the disk quota is used up', 'Make room, then run the same command again.'],
  EFBIG: [
    'the file has reached the largest size allowed',
    'Lift the limit, or put the run folder on another disk with --run.',
  ],
  EACCES: ['this account may not write there', 'Grant it the right, or choose another folder with --run.'],
  EPERM: ['this account may not write there', 'Close the file in other programs; or choose another folder with --run.'],
  EROFS: ['the disk is read-only', 'Choose another folder with --run.'],
  EBUSY: [
    'another program holds it open',
    'Close it there (Excel, most often), then run `hardmatch report <run folder>`.',
  ],
};

// Windows says the same of a file that another program keeps open, which is the likelier cause there (MoveFileEx).
const heldOrForbidden = [
  'another program holds it open, or this account may not write there',
  'Close it there (Excel, most often), then run `hardmatch report <run folder>`; or grant this account the right, or choose ' +
    'another folder with --run.',
] as const;

/**
 * The RunFault (exit code 2) for a file that could not be written; errors that are not the system's are given back as they
 * are.
 */
export function writingFault(error: unknown, path: string, platform: string = process.platform): unknown {
  if (error instanceof NotRegular) return notOwn(path, error);
  if (!isSystemError(error)) return error;
  const isRefusal = error.code === 'EPERM' || error.code === 'EACCES';
  const known = isRefusal && platform === 'win32' ? heldOrForbidden : remedies[error.code];
  const [what, hint] = known ?? [error.message, 'Check the disk or the share, or choose another folder with --run.'];
  return new RunFault('output-unwritable', `${path} cannot be written: ${what}.`, { hint, cause: error });
}

/** The RunFault for a file that is there and could not be read (exit code 2), or that is no file of a run (3). */
export function readingFault(error: unknown, path: string): unknown {
  if (error instanceof NotRegular || error instanceof TooLarge) return notOwn(path, error);
  if (!isSystemError(error)) return error;
  const hint = 'Check that this account may read it and that no other program holds it open.';
  return new RunFault('run-file-unreadable', `${path} cannot be read: ${error.message}.`, { hint, cause: error });
}

/** The RunFault (exit code 3) for something in the run folder that no run has put there. `error` says what it is. */
export function notOwn(path: string, error: NotRegular | TooLarge): RunFault {
  return new RunFault('run-file-not-own', `${path} cannot be used: ${error.message}.`, {
    hint: 'Find out who put it there; put back the file that the run has written.',
    exitCode: 3,
    cause: error,
  });
}
