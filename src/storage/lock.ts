import { randomUUID } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { RunFault } from '../core/failure.ts';
import { codeOf, readingFault, writingFault } from './faults.ts';

const lockName = 'run.lock';

/** Tells this process from an earlier one with the same number: in containers it is always the same. */
const thisProcess = randomUUID();

const lockShape = z.object({ pid: z.int(), host: z.string(), process: z.string(), at: z.string() });
type Holder = z.infer<typeof lockShape>;

/** A held lock. */
export type RunLock = { /** Gives the folder free; a second call does nothing. */ release(): Promise<void> };

/**
 * Takes the run folder for this process, so that no two write the same journal. A lock left by a process of this computer
 * that is no more is taken over. A held one is a RunFault `run-folder-locked`, exit code 3.
 */
export async function lockRunFolder(folder: string): Promise<RunLock> {
  const path = join(folder, lockName);
  if (!(await create(path))) await takeOver(path);
  let isHeld = true;
  return {
    release: async () => {
      if (!isHeld) return;
      isHeld = false;
      // Somebody may have deleted the lock by hand and started another run, whose lock this then is.
      if ((await holderOf(path))?.process !== thisProcess) return;
      await rm(path, { force: true }).catch((error: unknown) => {
        throw writingFault(error, path);
      });
    },
  };
}

/** Makes the lock file; false where there is one. Exclusive creation is atomic, on network shares too. */
async function create(path: string): Promise<boolean> {
  const holder: Holder = { pid: process.pid, host: hostname(), process: thisProcess, at: new Date().toISOString() };
  try {
    const handle = await open(path, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(holder)}\n`);
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw writingFault(error, path);
  }
}

/**
 * Replaces a dead process's lock. Two processes may find the same dead lock: without the second lock around it, the slower
 * one would remove the lock that the faster one has just made.
 */
async function takeOver(path: string): Promise<void> {
  refuseHeld(await holderOf(path), path);
  const turn = `${path}.takeover`;
  if (!(await create(turn))) throw locked(turn, 'another run is taking it over');
  try {
    const holder = await holderOf(path);
    refuseHeld(holder, path);
    // A lock released meanwhile may be a new one by now, taken without this turn; only a dead one is removed.
    if (holder !== null) await rm(path, { force: true });
    if (!(await create(path))) throw locked(path, 'another run was faster');
  } finally {
    await rm(turn, { force: true });
  }
}

/** Who holds the lock: null where it was released meanwhile, undefined where the file does not tell. */
async function holderOf(path: string): Promise<Holder | null | undefined> {
  try {
    return lockShape.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    // Empty: made this very moment, or its maker died between making and writing it.
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw readingFault(error, path);
  }
}

function refuseHeld(holder: Holder | null | undefined, path: string): void {
  if (holder === null) return;
  if (holder === undefined) throw locked(path, 'its lock does not say by whom');
  if (holder.host !== hostname()) throw locked(path, `by process ${holder.pid} on ${holder.host} since ${holder.at}`);
  if (isAlive(holder)) throw locked(path, `by process ${holder.pid} since ${holder.at}`);
}

function isAlive(holder: Holder): boolean {
  if (holder.pid === process.pid) return holder.process === thisProcess;
  try {
    // Signal 0 sends nothing; it asks whether the process is there.
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

function locked(path: string, by: string): RunFault {
  return new RunFault('run-folder-locked', `Another run is using this folder: ${by}.`, {
    hint: `Wait for it to end. If it surely is no more, delete ${path} and try again.`,
    exitCode: 3,
  });
}
