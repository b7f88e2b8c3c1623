import fs, { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, describe, it } from 'vitest';
import { holderOf, isYoungerThan, leftovers, placeLock, thisProcess } from '../../../src/storage/lock-file.ts';
import { lockRunFolder } from '../../../src/storage/lock.ts';
import { faultOf, temporaryFolder } from '../examples.ts';
import { changeFileSystem, refusalOf } from './left-locks.ts';

const root = temporaryFolder();
let folders = 0;
const life = { boot: 'b', namespace: 'n', began: '7' };
const holder = { pid: 7, host: 'h', process: 'p-1', at: '2026-11-23T11:53:08.000Z' };

/** A folder with these files in it. */
async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(root, String(++folders));
  await mkdir(folder);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

async function makeOlder(path: string, byMs: number): Promise<void> {
  const then = new Date(Date.now() - byMs);
  await utimes(path, then, then);
}

describe('the file of a lock', () => {
  it('says whose it is, and is made by one comer alone', async () => {
    const folder = await folderWith({});
    const path = join(folder, 'run.lock');
    expect(await placeLock(path)).toBe(true);
    const text = await readFile(path, 'utf8');
    expect(await placeLock(path)).toBe(false);
    expect(await readFile(path, 'utf8')).toBe(text);
    expect(await holderOf(path)).toMatchObject({ pid: process.pid, host: hostname(), process: thisProcess });
    expect(text.endsWith('\n')).toBe(true);
    // What it was written to first is gone, whoever got the name.
    expect(await readdir(folder)).toEqual(['run.lock']);
  });

  it('is one’s own where the system says that the name is taken, and it is by this very file', async () => {
    const { link } = fs;
    changeFileSystem({ link: (from, to) => link(from, to).then(() => refusalOf('EEXIST')) });
    const folder = await folderWith({});
    expect(await placeLock(join(folder, 'run.lock'))).toBe(true);
    expect(await readdir(folder)).toEqual(['run.lock']);
  });

  it('is nobody’s where there is none', async () => {
    expect(await holderOf(join(await folderWith({}), 'run.lock'))).toBeNull();
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{"pid":'],
    ['no object', '7'],
    ['no process', JSON.stringify({ ...holder, process: undefined })],
    ['a name that would lead elsewhere', JSON.stringify({ ...holder, process: '../x' })],
    ['a name that goes on', JSON.stringify({ ...holder, process: 'p-1\n' })],
    ['a name that is none', JSON.stringify({ ...holder, process: '' })],
    ['a name that is too long', JSON.stringify({ ...holder, process: 'p'.repeat(65) })],
    ['a group of processes', JSON.stringify({ ...holder, pid: -7 })],
    ['no number of a process', JSON.stringify({ ...holder, pid: 2 ** 31 })],
    ['half a life', JSON.stringify({ ...holder, life: { boot: 'b' } })],
  ])('does not tell whose it is with %s in it', async (_what, text) => {
    const folder = await folderWith({ 'run.lock': text });
    expect(await holderOf(join(folder, 'run.lock'))).toBeUndefined();
  });

  it.each([
    ['without the life of its process', holder],
    ['that knows no life of its process', { ...holder, life: null }],
    ['with it', { ...holder, life, process: 'p'.repeat(64) }],
  ])('of an earlier run %s is read', async (_what, written) => {
    const folder = await folderWith({ 'run.lock': JSON.stringify(written) });
    expect(await holderOf(join(folder, 'run.lock'))).toEqual(written);
  });

  it('that is something else is said to be so', async () => {
    const folder = await folderWith({});
    await mkdir(join(folder, 'run.lock'));
    expect(await faultOf(holderOf(join(folder, 'run.lock')))).toMatchObject({ code: 'run-file-not-own', exitCode: 3 });
  });
});

// A link to a file takes a right of its own on Windows.
it.skipIf(process.platform === 'win32')('a link in the place of the lock is followed by nobody', async () => {
  const folder = await folderWith({ elsewhere: JSON.stringify(holder) });
  await symlink(join(folder, 'elsewhere'), join(folder, 'run.lock'));
  expect(await faultOf(holderOf(join(folder, 'run.lock')))).toMatchObject({ code: 'run-file-not-own', exitCode: 3 });
});

describe('the age of a file', () => {
  it('is told against another one: less than a minute younger, or not', async () => {
    const folder = await folderWith({ one: '', now: '' });
    const [one, now] = [join(folder, 'one'), join(folder, 'now')];
    const at = new Date('2026-11-23T12:00:00Z').getTime();
    const isYoung = async (ms: number): Promise<boolean> => {
      await utimes(now, at / 1_000, at / 1_000);
      await utimes(one, (at - ms) / 1_000, (at - ms) / 1_000);
      return isYoungerThan(one, now);
    };
    expect([await isYoung(0), await isYoung(59_000), await isYoung(60_000), await isYoung(61_000)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    await expect(isYoungerThan(join(folder, 'absent'), now)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('what dead processes have left', () => {
  it('is claims and temporary files of the lock, and nothing else of the folder', async () => {
    const others = ['run.lock', 'run.locked', 'xrun.lock.a', '.run.lock.1.tmp.bak', 'x.run.lock.1.tmp', 'plan.ndjson'];
    const left = ['run.lock.a', 'run.lock.b.unreadable', '.run.lock.1.aa.tmp', '.run.lock.a.2.bb.tmp'];
    const folder = await folderWith(Object.fromEntries([...others, ...left].map((name) => [name, ''])));
    const { claims, temporary } = await leftovers(folder);
    expect([claims.toSorted(), temporary.toSorted()]).toEqual([
      ['run.lock.a', 'run.lock.b.unreadable'].map((name) => join(folder, name)),
      ['.run.lock.1.aa.tmp', '.run.lock.a.2.bb.tmp'].map((name) => join(folder, name)),
    ]);
  });

  it('is nothing in a folder that is not there', async () => {
    expect(await leftovers(join(root, 'absent'))).toEqual({ claims: [], temporary: [] });
  });

  it('is swept away by the next holder, and what somebody living may still need is not', async () => {
    const gone = { ...holder, host: hostname(), pid: process.pid, process: 'earlier' };
    const elsewhere = JSON.stringify({ ...holder, host: 'elsewhere' });
    const folder = await folderWith({
      'run.lock.a': JSON.stringify(gone),
      'run.lock.b': elsewhere,
      '.run.lock.1.aa.tmp': JSON.stringify(gone),
      '.run.lock.1.bb.tmp': elsewhere,
      '.run.lock.1.cc.tmp': '',
      '.run.lock.1.dd.tmp': '',
    });
    await makeOlder(join(folder, '.run.lock.1.dd.tmp'), 120_000);
    const lock = await lockRunFolder(folder);
    const kept = ['.run.lock.1.bb.tmp', '.run.lock.1.cc.tmp', 'run.lock.b'];
    expect((await readdir(folder)).toSorted()).toEqual([...kept.slice(0, 2), 'run.lock', 'run.lock.b']);
    await lock.release();
    expect((await readdir(folder)).toSorted()).toEqual(kept);
  });
});

describe('a lock that is released', () => {
  it('is given up once: a second release takes nothing from whoever came next', async () => {
    const folder = await folderWith({});
    const first = await lockRunFolder(folder);
    await first.release();
    const second = await lockRunFolder(folder);
    await first.release();
    expect(await readdir(folder)).toEqual(['run.lock']);
    await second.release();
  });
});

describe('dead processes that died claiming from each other', () => {
  const chainOf = (length: number): Promise<string> => {
    const gone = { ...holder, host: hostname(), pid: process.pid };
    const names = Array.from({ length }, (_one, index) => `d${index}`);
    const files = names.map((process, index): [string, string] => [
      index === 0 ? 'run.lock' : `run.lock.d${index - 1}`,
      JSON.stringify({ ...gone, process }),
    ]);
    return folderWith(Object.fromEntries(files));
  };

  it('are all taken over, one through the other', async () => {
    const folder = await chainOf(12);
    const lock = await lockRunFolder(folder);
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('are given up where there are more than can be: somebody makes them as fast', async () => {
    const folder = await chainOf(60);
    const fault = await faultOf(lockRunFolder(folder));
    expect([fault.code, fault.message]).toEqual([
      'run-folder-locked',
      'Another run is using this folder: others come and go.',
    ]);
  });
});
