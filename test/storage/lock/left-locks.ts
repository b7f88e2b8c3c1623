// Run folders with what dead processes have left in them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs, { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { lockRunFolder } from '../../../src/storage/lock.ts';

/** The number of a process that was there and is no more. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'close');
  if (child.pid === undefined) throw new Error('the process did not start');
  return child.pid;
}

export const pid = await deadPid();
export const dead = (name: string, more: object = {}): string =>
  `${JSON.stringify({ pid, host: hostname(), process: name, at: '2026-11-23T11:53:08.000Z', ...more })}\n`;

/** A folder with these files in it, removed with the test; null for a text: an empty file from two minutes ago. */
export async function folderWith(files: Readonly<Record<string, string | null>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'hardmatch-lock-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const folder = join(root, 'run');
  await mkdir(folder);
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text ?? '');
    if (text === null) await makeOld(join(folder, name));
  }
  return folder;
}

export async function makeOld(path: string): Promise<void> {
  const then = new Date(Date.now() - 120_000);
  await utimes(path, then, then);
}

export async function expectFreeAndTidy(folder: string): Promise<void> {
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

/** Until the test has ended, these functions of the file system are others, for all modules. */
export function changeFileSystem(changes: Partial<typeof fs>): void {
  const before = { ...fs };
  onTestFinished(() => {
    Object.assign(fs, before);
    syncBuiltinESMExports();
  });
  Object.assign(fs, changes);
  syncBuiltinESMExports();
}

/** What a system says that refuses. */
export function refusalOf(code: string): Promise<never> {
  return Promise.reject(Object.assign(new Error(`${code}: as told`), { code, errno: -1, syscall: 'test' }));
}
