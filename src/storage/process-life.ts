import { readFile, readlink } from 'node:fs/promises';
import { systemCodeOf } from '../files/system-error.ts';

/** What tells a process from a later one with the same number; null where the system does not say. Linux does. */
export type Life = {
  /** Of the machine: another one after every start. */
  readonly boot: string;
  /** What its number is a number in: containers count for themselves. */
  readonly namespace: string;
  /** When it began, in ticks since the machine's start. */
  readonly began: string;
};

/** The life of a process of this computer, from /proc (proc(5)). Null where there is no such process, or no /proc. */
export async function lifeOf(pid: number): Promise<Life | null> {
  if (process.platform !== 'linux') return null;
  try {
    const [boot, namespace, stat] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readlink('/proc/self/ns/pid'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // The second field is the program's name in brackets, and may have blanks and brackets in it; starttime is the 22nd.
    const began = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return began === undefined ? null : { boot: boot.trim(), namespace, began };
  } catch {
    return null;
  }
}

/** A process as it was noted down when it lived. */
export type Noted = { readonly pid: number; readonly process: string; readonly life?: Life | null | undefined };

/**
 * Whether a process of this computer is still there. Its number alone may be that of a later process: its life settles it
 * where both times it could be read. In doubt it is alive. `own` is the name of the process that asks.
 */
export async function isAlive(noted: Noted, own: string): Promise<boolean> {
  if (noted.process === own) return true;
  const self = noted.life && (await lifeOf(process.pid));
  if (noted.life && self) return isSameLife(noted, noted.life, self);
  return noted.pid !== process.pid && isThere(noted.pid);
}

async function isSameLife({ pid }: Noted, life: Life, self: Life): Promise<boolean> {
  // Noted before the machine's last start.
  if (life.boot !== self.boot) return false;
  // In another container its number means nothing here, so nothing can be asked about it.
  if (life.namespace !== self.namespace) return true;
  if (pid === process.pid || !isThere(pid)) return false;
  const now = await lifeOf(pid);
  return now === null || now.began === life.began;
}

function isThere(pid: number): boolean {
  try {
    // Signal 0 sends nothing; it asks whether the process is there.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCodeOf(error) !== 'ESRCH';
  }
}
