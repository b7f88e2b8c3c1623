// A small file system in memory, to be filled: the nearest there is to a full disk. Only root may mount one, on Linux.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type SmallDisk = {
  /** False where this account may not mount one: the folder is then an ordinary one, and never full. */
  readonly isMounted: boolean;
  readonly path: string;
  /** Takes all the room there is, but for so many bytes. */
  readonly fill: (spare?: number) => Promise<void>;
  readonly makeRoom: () => Promise<void>;
  /** Unmounts it and takes the folder away. */
  readonly close: () => Promise<void>;
};

/** Mounts a disk of so many KiB in a folder of its own. */
export async function smallDisk(sizeKiB: number): Promise<SmallDisk> {
  const path = await mkdtemp(join(tmpdir(), 'hardmatch-disk-'));
  const isMounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeKiB}k`, 'tmpfs', path]).then(
    () => true,
    () => false,
  );
  const filler = join(path, 'filler');
  const makeRoom = (): Promise<void> => rm(filler, { force: true });
  return {
    isMounted,
    path,
    makeRoom,
    fill: async (spare = 0) => {
      await makeRoom();
      let size = sizeKiB * 1024;
      while (size > 0 && !(await fits(filler, size))) size -= 4096;
      await writeFile(filler, Buffer.alloc(Math.max(0, size - spare)));
    },
    close: async () => {
      if (isMounted) await run('umount', [path]);
      await rm(path, { recursive: true, force: true });
    },
  };
}

function fits(path: string, size: number): Promise<boolean> {
  return writeFile(path, Buffer.alloc(size)).then(
    () => true,
    () => false,
  );
}
