import { randomBytes } from 'node:crypto';
import { constants, type FileHandle, open, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { RunFault } from '../core/failure.ts';
import { systemCodeOf } from '../files/system-error.ts';
import { writingFault } from './faults.ts';
import { isInside } from './run-file.ts';

export type AtomicOptions = {
  /** The folder that the file must be in, links followed; another place is refused. */
  readonly within?: string;
};

/**
 * Writes a file so that there is either the old or the whole new one, whatever happens: a temporary file beside it, fsync,
 * rename. Mode 0600 (Windows: the folder's rights). On failure the temporary file is removed and a RunFault thrown;
 * what `chunks` throws is thrown on.
 */
export async function writeAtomically(
  path: string,
  chunks: Iterable<string> | AsyncIterable<string>,
  options: AtomicOptions = {},
): Promise<void> {
  if (options.within !== undefined) await refuseOutside(path, options.within);
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await writeAll(handle, chunks);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renameOver(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw writingFault(error, path);
  }
  await syncFolder(dirname(path));
}

const batchSize = 64 * 1024;

async function writeAll(handle: FileHandle, chunks: Iterable<string> | AsyncIterable<string>): Promise<void> {
  // writeFile on a handle goes on where the last one ended, and writes on until everything is written.
  const isAsync = Symbol.asyncIterator in chunks;
  for await (const batch of isAsync ? chunks : batches(chunks)) await handle.writeFile(batch);
}

/** Waits for the disk alone: to wait after each of a million rows would cost more than the rows. */
function* batches(chunks: Iterable<string>): Generator<string> {
  let batch: string[] = [];
  let length = 0;
  for (const chunk of chunks) {
    batch.push(chunk);
    length += chunk.length;
    if (length < batchSize) continue;
    yield batch.join('');
    batch = [];
    length = 0;
  }
  yield batch.join('');
}

/** Makes a new name, or a changed one, last beyond a power cut. Windows cannot open a folder and does not need it. */
export async function syncFolder(folder: string, platform = process.platform): Promise<void> {
  if (platform === 'win32') return;
  // As a folder: something else that is there by now is not opened.
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY).catch((error: unknown) => {
    throw writingFault(error, folder);
  });
  try {
    await handle.sync();
  } catch (error) {
    // Some network file systems do not sync folders.
    if (systemCodeOf(error) !== 'EINVAL') throw writingFault(error, folder);
  } finally {
    await handle.close();
  }
}

/** How files are renamed: here, or in a test as on another system. */
type Renaming = { readonly platform: NodeJS.Platform; readonly move: (from: string, to: string) => Promise<void> };

const renamingHere: Renaming = { platform: process.platform, move: (from, to) => rename(from, to) };
const mostRenames = 10;

/** Renames over a file that may be there. Windows refuses while another program has it open; that mostly is for moments. */
export async function renameOver(from: string, to: string, { platform, move } = renamingHere): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await move(from, to);
      return;
    } catch (error) {
      // On Windows a scanner or indexer holds a fresh file for moments; Excel holds it for as long as it is open.
      const isHeldOpen = platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(systemCodeOf(error) ?? '');
      if (!isHeldOpen || attempt === mostRenames) throw error;
      await wait(100);
    }
  }
}

async function refuseOutside(path: string, folder: string): Promise<void> {
  const [root, parent] = await Promise.all([realpath(folder), realpath(dirname(path))]).catch((error: unknown) => {
    throw writingFault(error, path);
  });
  if (isInside(root, join(parent, basename(path)))) return;
  throw new RunFault('output-outside-folder', `${path} is not in the folder ${folder}.`, {
    hint: 'Check the run folder for links that lead out of it.',
    exitCode: 3,
  });
}
