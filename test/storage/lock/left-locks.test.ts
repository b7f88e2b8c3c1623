// What becomes of locks whose holders are no more, or cannot be told.
import fs, { readdir } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockRunFolder } from '../../../src/storage/lock.ts';
import { lifeOf } from '../../../src/storage/process-life.ts';
import { faultOf } from '../examples.ts';
import { dead, expectFreeAndTidy, folderWith, makeOld, pid } from './left-locks.ts';

describe('where there are no hard links', () => {
  it('the lock is made the plain way, held, and taken over all the same', async () => {
    const { link } = fs;
    fs.link = () => Promise.reject(Object.assign(new Error('EPERM: not here'), { code: 'EPERM' }));
    syncBuiltinESMExports();
    try {
      for (const files of [{}, { 'run.lock': dead('x') }, { 'run.lock': null }]) {
        const folder = await folderWith(files);
        const ends = await Promise.allSettled(Array.from({ length: 6 }, () => lockRunFolder(folder)));
        const locks = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
        expect(locks.length).toBe(1);
        await locks[0]?.release();
        expect(await readdir(folder)).toEqual([]);
      }
    } finally {
      fs.link = link;
      syncBuiltinESMExports();
    }
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
