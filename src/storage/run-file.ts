import { lstat, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { RunFault } from '../core/failure.ts';
import { NotRegular, otherKindOf } from '../files/regular-file.ts';
import { systemCodeOf } from '../files/system-error.ts';
import { notOwn } from './faults.ts';

/** Whether `path` is below `folder`; both with links followed. */
export function isInside(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}

/**
 * Where a file of the run folder really is, for reading and writing what is in it. A link that leads out of the folder, or
 * nowhere, is refused with a RunFault, exit code 3: whoever put it there would have another file believed, or written to. So
 * is what is no file at all: opening a pipe would wait for ever. Throws ENOENT where there is nothing under that name.
 */
export async function findRunFile(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  const found = await lstat(path);
  if (found.isFile()) return path;
  if (found.isSymbolicLink()) {
    const target = await realpath(path).catch((error: unknown) => {
      if (systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ELOOP') return null;
      throw error;
    });
    if (target !== null && isInside(await realpath(folder), target) && (await lstat(target)).isFile()) return target;
    throw refused(`${path} is a link that leads out of the folder, or to no file.`);
  }
  throw notOwn(path, new NotRegular(otherKindOf(found) ?? 'device'));
}

function refused(message: string): RunFault {
  return new RunFault('run-file-not-own', message, {
    hint: 'Find out who put it there; put back the file that the run has written.',
    exitCode: 3,
  });
}
