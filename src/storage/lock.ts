// The lock of a run folder, made to be left behind at any moment: a kill, a power cut, a full disk.
//
// A lock is a file that says which process holds it. It changes in three ways only:
//   1. it appears under a free name, with its content (lock-file.ts): one comer gets the name, the others see who;
//   2. its holder takes it away;
//   3. somebody who holds the claim on its dead holder X, which is the lock `run.lock.<X>`, finds that it still says X, and
//      renames the claim over it.
// Why never two are inside. While a lock says X and X is dead, (1) cannot happen, the name being taken, nor (2), X being
// dead; and (3) takes the claim, which one process has at a time, by this same argument. So what the claim's holder reads
// stays so until it renames. A slower process that saw X before gets the claim once it is free again, finds that the lock
// no longer says X, and begins anew; the lock it meets is judged on its own. X never comes back: each process has a name
// of its own, which is no process number. A holder that releases meanwhile was not dead, so there is no claim on it.
// Why nothing stays locked. Whoever dies holding a claim is a dead holder like any other: there is a claim on it, too, and
// no circle of them, since each died after the one whose lock it claimed. The rename is one step, so that there is no moment
// between "X's" and "mine" to die in. What the dead leave beside the lock (claims on holders long replaced, temporary
// files) the next holder sweeps away, claims by taking them first.
// What it rests on: computers that share a folder have names of their own, and nobody stops for a minute between making a
// file and writing it where there are no hard links.
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { RunFault } from '../core/failure.ts';
import { systemCodeOf } from '../files/system-error.ts';
import { renameOver } from './atomic-file.ts';
import { writingFault } from './faults.ts';
import { type LockHolder, holderOf, isYoungerThan, leftovers, lockName, placeLock, thisProcess } from './lock-file.ts';
import { isAlive } from './process-life.ts';

/** A held lock. */
export type RunLock = { /** Gives the folder free; a second call does nothing. */ release(): Promise<void> };

/**
 * Takes the run folder for this process, so that no two write the same journal. A lock left by a process of this computer
 * that is no more is taken over, whenever that one ended. A held one is a RunFault `run-folder-locked`, exit code 3.
 */
export async function lockRunFolder(folder: string): Promise<RunLock> {
  const path = join(folder, lockName);
  await take(path, { folder, depth: 0 });
  await sweep(folder);
  let isHeld = true;
  return {
    release: async () => {
      if (!isHeld) return;
      isHeld = false;
      await drop(path);
    },
  };
}

// Each round somebody else came or went in between; each level is one more process that died claiming.
const mostRounds = 100;
const mostLevels = 50;

async function take(path: string, at: { readonly folder: string; readonly depth: number }): Promise<void> {
  for (let round = 0; round < mostRounds; round++) {
    if (await placeLock(path)) return;
    const holder = await holderOf(path);
    if (holder === null) continue;
    if (holder !== undefined) await refuseHeld(holder, path);
    if (at.depth >= mostLevels) break;
    // Of one that does not tell whose it is there is nothing to go by but its name.
    const claim = join(at.folder, holder ? `${lockName}.${holder.process}` : `${basename(path)}.unreadable`);
    await take(claim, { folder: at.folder, depth: at.depth + 1 });
    if (await replace(path, holder, claim)) return;
  }
  throw locked(path, 'others come and go');
}

/** Puts the held claim in place of the dead holder's lock; false, and without the claim, where the lock is another by now. */
async function replace(path: string, dead: LockHolder | undefined, claim: string): Promise<boolean> {
  try {
    const now = await holderOf(path);
    const isSame = dead ? now?.process === dead.process : now === undefined;
    if (isSame && !dead && (await isYoungerThan(path, claim))) throw locked(path, 'its lock does not say by whom');
    if (isSame) {
      await renameOver(claim, path);
      return true;
    }
  } catch (error) {
    // Not there any more: somebody has deleted it by hand.
    if (systemCodeOf(error) !== 'ENOENT') {
      await drop(claim);
      throw writingFault(error, path);
    }
  }
  await drop(claim);
  return false;
}

/** Takes an own lock away. Somebody may have deleted it by hand and begun another run, whose lock this then is. */
async function drop(path: string): Promise<void> {
  if ((await holderOf(path))?.process !== thisProcess) return;
  await rm(path, { force: true }).catch((error: unknown) => {
    throw writingFault(error, path);
  });
}

/** Takes away what dead processes have left beside the lock. What cannot be taken away harms nobody. */
async function sweep(folder: string): Promise<void> {
  const { claims, temporary } = await leftovers(folder);
  for (const path of temporary) {
    // One without content may be being written this very moment.
    const isDead = await holderOf(path)
      .then(async (holder) =>
        holder ? !(await mayLive(holder)) : !(await isYoungerThan(path, join(folder, lockName))),
      )
      .catch(() => false);
    if (isDead) await rm(path).catch(() => undefined);
  }
  for (const path of claims) {
    // Removed at once it might be one that somebody has just taken over from the dead.
    await take(path, { folder, depth: 0 })
      .then(() => drop(path))
      .catch(() => undefined);
  }
}

async function mayLive(holder: LockHolder): Promise<boolean> {
  return holder.host !== hostname() || (await isAlive(holder, thisProcess));
}

async function refuseHeld(holder: LockHolder, path: string): Promise<void> {
  if (!(await mayLive(holder))) return;
  const where = holder.host === hostname() ? '' : ` on ${holder.host}`;
  throw locked(path, `by process ${holder.pid}${where} since ${holder.at}`);
}

function locked(path: string, by: string): RunFault {
  return new RunFault('run-folder-locked', `Another run is using this folder: ${by}.`, {
    hint: `Wait for it to end. If it surely is no more, delete ${path} and try again.`,
    exitCode: 3,
  });
}
