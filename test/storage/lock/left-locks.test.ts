// What becomes of locks whose holders are no more, or cannot be told.
import fs, { type FileHandle, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockRunFolder } from '../../../src/storage/lock.ts';
import { lifeOf } from '../../../src/storage/process-life.ts';
import { faultOf } from '../examples.ts';
import { changeFileSystem, dead, expectFreeAndTidy, folderWith, makeOld, pid, refusalOf } from './left-locks.ts';

describe('where there are no hard links', () => {
  it('the lock is made the plain way, held, and taken over all the same', async () => {
    changeFileSystem({ link: () => refusalOf('EPERM') });
    for (const files of [{}, { 'run.lock': dead('x') }, { 'run.lock': null }]) {
      const folder = await folderWith(files);
      const ends = await Promise.allSettled(Array.from({ length: 6 }, () => lockRunFolder(folder)));
      const locks = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
      expect(locks.length).toBe(1);
      // The others are told that somebody else has it, and nothing of files that they have met.
      for (const end of ends) if (end.status === 'rejected') expect(end.reason.code).toBe('run-folder-locked');
      await locks[0]?.release();
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('what is wrong with the folder is told, and nothing half written is left to bar the next', async () => {
    const { open } = fs;
    const handles: FileHandle[] = [];
    changeFileSystem({
      link: () => refusalOf('EPERM'),
      open: async (...how) => {
        const handle = await open(...how);
        handles.push(handle);
        if (how[0].toString().endsWith('.tmp')) return handle;
        return Object.assign(handle, { writeFile: () => refusalOf('ENOSPC') });
      },
    });
    const folder = await folderWith({});
    const fault = await faultOf(lockRunFolder(folder));
    expect(fault).toMatchObject({ code: 'output-unwritable', exitCode: 2 });
    expect(fault.message).toContain('the disk is full');
    expect(await readdir(folder)).toEqual([]);
    expect(handles.map(({ fd }) => fd)).toEqual([-1, -1]);
  });
});

describe('a lock that changes while somebody comes for it', () => {
  const { link, rename, rm } = fs;
  const living = dead('w', { pid: process.ppid });
  /** What happens at the moment in which the claim on the lock is taken. */
  const onClaim = (happens: (lock: string) => Promise<void>): void => {
    let times = 0;
    changeFileSystem({
      link: async (from, to) => {
        const name = basename(String(to));
        if (name !== 'run.lock' && times++ === 0) await happens(join(dirname(String(to)), 'run.lock'));
        return link(from, to);
      },
    });
  };

  it.each([
    ['a dead process', dead('x')],
    ['nobody who could be told', null],
  ])('from that of %s to that of a living one is left to it', async (_whose, text) => {
    const folder = await folderWith({ 'run.lock': text });
    onClaim((lock) => writeFile(lock, living));
    const fault = await faultOf(lockRunFolder(folder));
    expect(fault.message).toContain(`by process ${process.ppid} since`);
    expect(await readdir(folder)).toEqual(['run.lock']);
    expect(await readFile(join(folder, 'run.lock'), 'utf8')).toBe(living);
  });

  it('because somebody deletes it by hand is taken like any free one', async () => {
    const folder = await folderWith({ 'run.lock': dead('x') });
    onClaim((lock) => rm(lock));
    await (await lockRunFolder(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('because its holder has just given it up is taken in the next round', async () => {
    let times = 0;
    changeFileSystem({ link: (from, to) => (times++ === 0 ? refusalOf('EEXIST') : link(from, to)) });
    const folder = await folderWith({});
    await (await lockRunFolder(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('is given up after a hundred rounds in which it was never there when it was looked at', async () => {
    let times = 0;
    changeFileSystem({ link: () => refusalOf(times++ < 1_000 ? 'EEXIST' : 'EPERM') });
    expect(await faultOf(lockRunFolder(await folderWith({})))).toMatchObject({
      code: 'run-folder-locked',
      message: 'Another run is using this folder: others come and go.',
    });
    expect(times).toBe(100);
  });

  it('is taken in the next round where somebody has deleted the claim by hand', async () => {
    let times = 0;
    changeFileSystem({
      rename: async (from, to) => {
        if (times++ === 0) await rm(from);
        return rename(from, to);
      },
    });
    const folder = await folderWith({ 'run.lock': dead('x') });
    await (await lockRunFolder(folder)).release();
    expect([times, await readdir(folder)]).toEqual([2, []]);
  });

  it('is no trouble to its holder who finds it gone, and is told where it cannot be taken away', async () => {
    const folder = await folderWith({});
    const lock = await lockRunFolder(folder);
    changeFileSystem({ rm: (path, options) => rm(path).then(() => rm(path, options)) });
    await lock.release();
    const next = await lockRunFolder(folder);
    changeFileSystem({ rm: () => refusalOf('EACCES') });
    expect(await faultOf(next.release())).toMatchObject({ code: 'output-unwritable' });
  });
});

describe('a lock that was left', () => {
  it('without content is waited for a minute, and then taken for that of a dead process', async () => {
    for (const text of ['', '{', '{}', dead('../../x'), dead('x', { pid: -1 })]) {
      const folder = await folderWith({ 'run.lock': text });
      expect(await faultOf(lockRunFolder(folder))).toMatchObject({
        code: 'run-folder-locked',
        exitCode: 3,
        message: 'Another run is using this folder: its lock does not say by whom.',
        hint: `Wait for it to end. If it surely is no more, delete ${join(folder, 'run.lock')} and try again.`,
      });
      expect(await readdir(folder)).toEqual(['run.lock']);
      await makeOld(join(folder, 'run.lock'));
      await expectFreeAndTidy(folder);
    }
  });

  it('by another computer stays, and so does a claim by another computer on a dead one', async () => {
    const elsewhere = dead('y', { host: 'elsewhere' });
    for (const files of [{ 'run.lock': elsewhere }, { 'run.lock': dead('x'), 'run.lock.x': elsewhere }]) {
      const folder = await folderWith(files);
      const fault = await faultOf(lockRunFolder(folder));
      expect(fault.message).toContain(`by process ${pid} on elsewhere since 2026-11-23`);
      expect(fault.hint).toContain(join(folder, Object.keys(files).at(-1) ?? ''));
      expect(await readdir(folder)).toEqual(Object.keys(files));
    }
  });

  it('as claims that go round in a circle ends in a fault', async () => {
    const folder = await folderWith({ 'run.lock': dead('x'), 'run.lock.x': dead('x') });
    expect(await faultOf(lockRunFolder(folder))).toMatchObject({
      code: 'run-folder-locked',
      message: 'Another run is using this folder: others come and go.',
    });
  });

  it("does not let a living process's claim or temporary file be swept away", async () => {
    const alive = dead('w', { pid: process.ppid });
    const files = { '.run.lock.1.aa.tmp': alive, 'run.lock.old': alive };
    const folder = await folderWith({ ...files, 'run.lock': dead('x') });
    await (await lockRunFolder(folder)).release();
    expect(await readdir(folder)).toEqual(Object.keys(files));
  });

  it('by a process whose number another one has by now is that of a dead one, where the system can tell', async () => {
    const life = await lifeOf(process.ppid);
    if (life === null) return;
    const left = (more: object): Promise<string> =>
      folderWith({ 'run.lock': dead('x', { pid: process.ppid, life: { ...life, ...more } }) });
    await expectFreeAndTidy(await left({ began: '1' }));
    await expectFreeAndTidy(await left({ boot: '00000000-0000-4000-8000-000000000000' }));
    for (const more of [{}, { began: '1', namespace: 'pid:[1]' }]) {
      expect(await faultOf(lockRunFolder(await left(more)))).toMatchObject({ code: 'run-folder-locked' });
    }
    // In another container that number, or one that nobody has here, may be the holder's all the same.
    for (const number of [process.pid, 2 ** 22]) {
      const elsewhere = dead('x', { pid: number, life: { ...life, namespace: 'pid:[1]' } });
      const folder = await folderWith({ 'run.lock': elsewhere });
      expect(await faultOf(lockRunFolder(folder))).toMatchObject({ code: 'run-folder-locked' });
    }
  });
});
