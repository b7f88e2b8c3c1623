import { RunFault } from '../core/failure.ts';

/** The system's code of an error (`ENOENT`), or undefined where it has none. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

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

/** The RunFault (exit code 2) for a file that could not be written; errors that are not the system's are given back as they are. */
export function writingFault(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code) || !(error instanceof Error)) return error;
  const [what, hint] = remedies[code] ?? [
    error.message,
    'Check the disk or the share, or choose another folder with --run.',
  ];
  return new RunFault('output-unwritable', `${path} cannot be written: ${what}.`, { hint, cause: error });
}

/** The RunFault (exit code 2) for a file that is there and could not be read. */
export function readingFault(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code) || !(error instanceof Error)) return error;
  const hint = 'Check that this account may read it and that no other program holds it open.';
  return new RunFault('run-file-unreadable', `${path} cannot be read: ${error.message}.`, { hint, cause: error });
}
