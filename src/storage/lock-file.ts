import { randomBytes, randomUUID } from 'node:crypto';
import { link, lstat, open, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { kibibyte, NotRegular, otherKindOf, readRegular } from '../files/regular-file.ts';
import { systemCodeOf } from '../files/system-error.ts';
import { readingFault, writingFault } from './faults.ts';
import { lifeOf } from './process-life.ts';

/** The lock of a run folder; claims are named `run.lock.<process>`. */
export const lockName = 'run.lock';

/** This process's name: its number may have been that of an earlier one, and in containers always is. */
export const thisProcess = randomUUID();

const lockShape = z.object({
  // Of a group (0, negative) or of no process at all it could not be asked whether it lives.
  pid: z.int().positive().max(0x7fffffff),
  host: z.string(),
  // It becomes part of a file's name.
  process: z.string().regex(/^[\w-]{1,64}$/),
  at: z.string(),
  life: z.object({ boot: z.string(), namespace: z.string(), began: z.string() }).nullable().optional(),
});

/** Who holds a lock. */
export type LockHolder = z.infer<typeof lockShape>;

/**
 * Makes a lock of this process; false where there is one. It appears with its content: written beside it and then given
 * its name by a hard link, which is exclusive, on network shares too. File systems without hard links (FAT, some shares)
 * have it made exclusively and then written; a kill in between leaves one that does not tell whose it is.
 */
export async function placeLock(path: string): Promise<boolean> {
  const unique = `${process.pid}.${randomBytes(4).toString('hex')}`;
  const temporary = join(dirname(path), `.${basename(path)}.${unique}.tmp`);
  const holder: LockHolder = {
    pid: process.pid,
    host: hostname(),
    process: thisProcess,
    at: new Date().toISOString(),
    life: await lifeOf(process.pid),
  };
  const text = `${JSON.stringify(holder)}\n`;
  try {
    await create(temporary, text);
    // Whatever speaks against the link: the plain way works, or tells what is wrong with the folder.
    return await linked(temporary, path).catch(() => createdAs(path, text));
  } catch (error) {
    throw writingFault(error, path);
  } finally {
    await rm(temporary).catch(() => undefined);
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error;
    // NFS may repeat a request whose answer was lost, and be told that the name, its own, is taken (open(2), O_EXCL).
    return (await stat(from)).nlink > 1;
  }
}

async function createdAs(path: string, text: string): Promise<boolean> {
  try {
    await create(path, text);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Writes a new file and flushes it, or a power cut could leave the name without the content. */
async function create(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } catch (error) {
    await rm(path).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
}

// A lock has some three hundred bytes.
const largest = 64 * kibibyte;

/**
 * Who holds the lock: null where there is none, undefined where the file does not tell. Something else under its name, a link
 * included, is a RunFault, exit code 3: no lock of ours is one.
 */
export async function holderOf(path: string): Promise<LockHolder | null | undefined> {
  try {
    const kind = otherKindOf(await lstat(path));
    if (kind !== null) throw new NotRegular(kind);
    const { bytes } = await readRegular(path, largest);
    return lockShape.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null;
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw readingFault(error, path);
  }
}

/**
 * Whether a file is less than a minute older than another one, made just now. Both times are the file system's own: the
 * clock of a file server may be wrong. It may also have been put right since; a file from the future is not young.
 */
export async function isYoungerThan(path: string, madeNow: string): Promise<boolean> {
  const [one, other] = await Promise.all([stat(path), stat(madeNow)]);
  return Math.abs(other.mtimeMs - one.mtimeMs) < 60_000;
}

/** Claims and temporary files of locks that are in the folder. */
export async function leftovers(folder: string): Promise<{ claims: string[]; temporary: string[] }> {
  const names = await readdir(folder).catch((): string[] => []);
  const named = (pattern: RegExp): string[] =>
    names.filter((name) => pattern.test(name)).map((name) => join(folder, name));
  return { claims: named(/^run\.lock\../), temporary: named(/^\.run\.lock\..*\.tmp$/) };
}
