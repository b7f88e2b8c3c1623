import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { lockRunFolder } from '../../../src/storage/lock.ts';
import { faultOf, temporaryFolder } from '../examples.ts';
import { pid as deadPid } from './left-locks.ts';

const root = temporaryFolder();
let folders = 0;

async function newFolder(): Promise<string> {
  const folder = join(root, `run-${++folders}`);
  await mkdir(folder);
  return folder;
}

async function lockedBy(holder: Record<string, unknown>): Promise<string> {
  const folder = await newFolder();
  const lock = { host: hostname(), process: 'another', at: '2026-11-23T11:53:08.000Z', ...holder };
  await writeFile(join(folder, 'run.lock'), JSON.stringify(lock));
  return folder;
}

describe('lockRunFolder', () => {
  it('lets one in, the next only after the first has released', async () => {
    const folder = await newFolder();
    const first = await lockRunFolder(folder);
    const fault = await faultOf(lockRunFolder(folder));
    expect([fault.code, fault.exitCode]).toEqual(['run-folder-locked', 3]);
    expect(fault.message).toContain(`process ${process.pid}`);
    expect(fault.hint).toContain(join(folder, 'run.lock'));
    await first.release();
    const second = await lockRunFolder(folder);
    await second.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('says who holds it and since when', async () => {
    const folder = await newFolder();
    const before = Date.now();
    const lock = await lockRunFolder(folder);
    const { pid, host, at } = JSON.parse(await readFile(join(folder, 'run.lock'), 'utf8')) as Record<
      string,
      string | number
    >;
    expect([pid, host]).toEqual([process.pid, hostname()]);
    expect(Math.abs(Date.parse(String(at)) - before)).toBeLessThan(60_000);
    await lock.release();
  });

  it('takes over the lock of a process that is no more, and of an earlier one with its own number', async () => {
    for (const pid of [deadPid, process.pid]) {
      const folder = await lockedBy({ pid });
      const lock = await lockRunFolder(folder);
      expect(await faultOf(lockRunFolder(folder))).toMatchObject({ code: 'run-folder-locked' });
      await lock.release();
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('leaves the lock of a living process, and of any process on another computer', async () => {
    // The parent of the test's process lives as long as the test.
    expect((await faultOf(lockRunFolder(await lockedBy({ pid: process.ppid })))).message).toContain(
      `${process.ppid} since`,
    );
    const elsewhere = await lockedBy({ pid: deadPid, host: 'elsewhere' });
    expect((await faultOf(lockRunFolder(elsewhere))).message).toContain('on elsewhere');
    expect(await readdir(elsewhere)).toEqual(['run.lock']);
  });

  it('lets exactly one in when many come at once, to a free folder and to a dead lock', async () => {
    for (let round = 0; round < 20; round++) {
      const folder = round % 2 === 0 ? await newFolder() : await lockedBy({ pid: deadPid });
      const ends = await Promise.allSettled(Array.from({ length: 12 }, () => lockRunFolder(folder)));
      const locks = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
      expect(locks.length).toBe(1);
      await locks[0]?.release();
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('has never two inside, however they come and go', async () => {
    const folder = await newFolder();
    let inside = 0;
    let turns = 0;
    const comeAndGo = async (): Promise<void> => {
      while (turns < 60) {
        const lock = await lockRunFolder(folder).catch(() => undefined);
        if (!lock) continue;
        inside += 1;
        turns += 1;
        expect(inside).toBe(1);
        await setImmediate();
        expect(inside).toBe(1);
        inside -= 1;
        await lock.release();
      }
    };
    await Promise.all(Array.from({ length: 6 }, comeAndGo));
    expect(await readdir(folder)).toEqual([]);
  });

  it('does not remove, on release, a lock that is no longer its own', async () => {
    const folder = await newFolder();
    const lock = await lockRunFolder(folder);
    await rm(join(folder, 'run.lock'));
    await writeFile(join(folder, 'run.lock'), 'of another');
    await lock.release();
    expect(await readFile(join(folder, 'run.lock'), 'utf8')).toBe('of another');
    await lock.release();
  });

  it('says so when the folder is not there', async () => {
    const fault = await faultOf(lockRunFolder(join(root, 'absent')));
    expect(fault.code).toBe('output-unwritable');
  });
});
