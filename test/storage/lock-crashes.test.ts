// What the lock is for: processes that are killed. Real ones, by SIGKILL, at every step they take with files.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs, { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { lockRunFolder } from '../../src/storage/lock.ts';
import { lifeOf } from '../../src/storage/process-life.ts';
import { faultOf, temporaryFolder } from './examples.ts';

const root = await temporaryFolder();
const script = fileURLToPath(new URL('./lock-taker.ts', import.meta.url));
let folders = 0;

type Ended = { readonly wasKilled: boolean; readonly lines: readonly string[] };

async function taker(words: readonly string[], kill: string): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...words], {
    env: { ...process.env, HARDMATCH_TEST_KILL: kill },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await once(child, 'close');
  // Windows has no signals: there the exit code tells.
  const wasKilled = child.signalCode === 'SIGKILL' || (process.platform === 'win32' && child.exitCode !== 0);
  return { wasKilled, lines: text.split('\n').filter((line) => line !== '') };
}

/** The number of a process that was there and is no more. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'close');
  if (child.pid === undefined) throw new Error('the process did not start');
  return child.pid;
}

const pid = await deadPid();
const dead = (name: string, more: object = {}): string =>
  `${JSON.stringify({ pid, host: hostname(), process: name, at: '2026-11-23T11:53:08.000Z', ...more })}\n`;

/** A folder with these files in it; null for a text: an empty file from two minutes ago. */
async function folderWith(files: Readonly<Record<string, string | null>>): Promise<string> {
  const folder = join(root, String(++folders), 'run');
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text ?? '');
    if (text === null) await makeOld(join(folder, name));
  }
  return folder;
}

async function makeOld(path: string): Promise<void> {
  const then = new Date(Date.now() - 120_000);
  await utimes(path, then, then);
}

async function expectFreeAndTidy(folder: string): Promise<void> {
  const lock = await lockRunFolder(folder);
  await lock.release();
  // A temporary file without content may be somebody's who is about to write it, so it is given a minute.
  for (const name of await readdir(folder)) {
    expect([name, await readFile(join(folder, name), 'utf8')]).toEqual([expect.stringMatching(/^\..*\.tmp$/), '']);
    await makeOld(join(folder, name));
  }
  await (await lockRunFolder(folder)).release();
  expect(await readdir(folder)).toEqual([]);
}

const scenes: readonly (readonly [string, Readonly<Record<string, string | null>>])[] = [
  ['a free folder', {}],
  ["a dead process's lock with a dead claim on it", { 'run.lock': dead('x'), 'run.lock.x': dead('y') }],
  [
    'an old lock without content, and leftovers',
    { 'run.lock': null, '.run.lock.1.aa.tmp': dead('z'), 'run.lock.q': dead('y') },
  ],
];

describe('a process that is killed with the lock', () => {
  it.each(scenes)('leaves nothing that keeps others out, at whatever step: %s', async (_name, files) => {
    let killed = 0;
    let isOver = false;
    const walk = async (first: number): Promise<void> => {
      for (let step = first; !isOver; step += 3) {
        const folder = await folderWith(files);
        const { wasKilled } = await taker(['once', folder], `before ${step}`);
        if (wasKilled) killed += 1;
        else isOver = true;
        await expectFreeAndTidy(folder);
      }
    };
    await Promise.all([1, 2, 3].map(walk));
    expect(killed).toBeGreaterThan(4);
  });

  it('never makes two be inside, however many come for what it left, and are killed in their turn', async () => {
    const folder = await folderWith({ 'run.lock': dead('x') });
    const until = Date.now() + 8_000;
    let inside = 0;
    let killed = 0;
    const wrong: string[] = [];
    const keepComing = async (): Promise<void> => {
      // On a machine with a lot else to do, for as long as it takes to see something.
      while (Date.now() < until || (inside <= 20 && Date.now() < until + 40_000)) {
        const { wasKilled, lines } = await taker(['often', folder, '40'], 'some 0.015');
        killed += wasKilled ? 1 : 0;
        inside += lines.filter((line) => line === 'in').length;
        wrong.push(...lines.filter((line) => line !== 'in'));
      }
    };
    await Promise.all(Array.from({ length: 6 }, keepComing));
    expect(wrong).toEqual([]);
    expect(killed).toBeGreaterThan(1);
    expect(inside).toBeGreaterThan(20);
    await expectFreeAndTidy(folder);
  });
});

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
      expect(await faultOf(lockRunFolder(folder))).toMatchObject({ code: 'run-folder-locked', exitCode: 3 });
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
    expect(await faultOf(lockRunFolder(folder))).toMatchObject({ code: 'run-folder-locked' });
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
