import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writePlan } from '../../src/storage/plan-file.ts';
import { createRunFolder, isRunFolder } from '../../src/storage/run-folder.ts';
import { faultOf, header, rows, temporaryFolder } from './examples.ts';

const cwd = temporaryFolder();
const now = new Date('2026-11-23T11:53:08.123Z');
const inputName = 'mappings.csv';
let names = 0;

describe('createRunFolder', () => {
  it('makes runs/<utc time>-<input name>, for this account alone', async () => {
    const own = join(cwd, 'own');
    const folder = await createRunFolder({ inputName, now, cwd: own });
    expect(folder).toBe(join(own, 'runs', '20261123T115308Z-mappings'));
    expect((await stat(folder)).isDirectory()).toBe(true);
    if (process.platform !== 'win32') {
      expect((await stat(folder)).mode & 0o777).toBe(0o700);
      expect((await stat(join(own, 'runs'))).mode & 0o777).toBe(0o700);
    }
  });

  it('gives each of several runs in the same second a folder of its own', async () => {
    const made = await Promise.all(
      Array.from({ length: 5 }, () => createRunFolder({ inputName: 'same.csv', now, cwd })),
    );
    expect(made.map((folder) => basename(folder)).sort()).toEqual(
      ['', '-2', '-3', '-4', '-5'].map((suffix) => `20261123T115308Z-same${suffix}`),
    );
  });

  it.each([
    ['C:\\migration\\Wave 1 (final).csv', 'Wave-1-final'],
    ['/srv/../Zürich.csv', 'Zürich'],
    ['a:b*c?"<>|.csv', 'a-b-c'],
    ['..', 'input'],
    ['.csv', 'input'],
    ['名簿.2026.csv', '名簿.2026'],
    ['trailing. .csv', 'trailing'],
    ['-rf.csv', 'rf'],
    [`${'😀x'.repeat(100)}.csv`, 'x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x'],
    ['con.csv', 'con'],
  ])('makes a name that every file system takes of %j', async (name, expected) => {
    const folder = await createRunFolder({ inputName: name, now, cwd: join(cwd, `${names++}`) });
    expect(basename(folder)).toBe(`20261123T115308Z-${expected}`);
  });

  it('makes the folder that was named, with those above it', async () => {
    const folder = await createRunFolder({ dir: 'wave/one', inputName, now, cwd });
    expect(folder).toBe(join(cwd, 'wave', 'one'));
    expect(await readdir(folder)).toEqual([]);
    expect(await createRunFolder({ dir: folder, inputName, now, cwd: '/elsewhere' })).toBe(folder);
  });

  it('takes a folder in which planning was tried before and made no plan', async () => {
    const folder = join(cwd, 'tried');
    await mkdir(folder);
    await writeFile(join(folder, 'hardmatch.log'), '{}\n');
    await writeFile(join(folder, '.plan.ndjson.123.abcd.tmp'), '{');
    expect(await createRunFolder({ dir: 'tried', inputName, now, cwd })).toBe(folder);
  });

  it.skipIf(process.platform === 'win32')(
    'takes the rights of others away from a folder that was there before',
    async () => {
      await mkdir(join(cwd, 'open'));
      await mkdir(join(cwd, 'runs'), { recursive: true });
      await chmod(join(cwd, 'open'), 0o777);
      await chmod(join(cwd, 'runs'), 0o777);
      const folder = await createRunFolder({ dir: 'open', inputName: 'a.csv', now: new Date(0), cwd });
      await createRunFolder({ inputName: 'a.csv', now: new Date(0), cwd });
      expect((await stat(folder)).mode & 0o777).toBe(0o700);
      expect((await stat(join(cwd, 'runs'))).mode & 0o777).toBe(0o755);
    },
  );

  it('refuses a folder that holds a plan, saying how to go on with that one', async () => {
    await writePlan(join(cwd, 'planned'), header, rows);
    const fault = await faultOf(createRunFolder({ dir: 'planned', inputName, now, cwd }));
    expect([fault.code, fault.exitCode]).toEqual(['run-folder-in-use', 2]);
    expect(fault.hint).toContain('hardmatch apply');
  });

  it('refuses a folder with anything else in it, a journal without a plan included, and a file', async () => {
    for (const name of ['notes.txt', 'journal.ndjson', '.git']) {
      const folder = join(cwd, `has-${name}`);
      await mkdir(folder);
      await writeFile(join(folder, name), '');
      const fault = await faultOf(createRunFolder({ cwd, dir: folder, inputName, now }));
      expect(fault.message).toContain(`"${name}"`);
      expect([fault.code, fault.exitCode]).toEqual(['run-folder-in-use', 2]);
    }
    await writeFile(join(cwd, 'a-file'), '');
    expect((await faultOf(createRunFolder({ dir: 'a-file', inputName, now, cwd }))).message).toContain('is a file');
    expect(await faultOf(createRunFolder({ dir: 'a-file/below', inputName, now, cwd }))).toMatchObject({ exitCode: 2 });
  });
});

describe('isRunFolder', () => {
  it('is true for a folder with a plan in it and for nothing else', async () => {
    const folder = join(cwd, 'is-run');
    await writePlan(folder, header, rows);
    expect(await isRunFolder(folder)).toBe(true);
    for (const other of [cwd, join(folder, 'plan.ndjson'), join(cwd, 'absent')])
      expect(await isRunFolder(other)).toBe(false);
  });

  it.skipIf(process.platform !== 'linux')('is refused where no folder can be made, and not waited for', async () => {
    const fault = await faultOf(
      createRunFolder({ cwd, dir: '/proc/nowhere/run', inputName: 'x.csv', now: new Date() }),
    );
    expect([fault.code, fault.exitCode]).toEqual(['output-unwritable', 2]);
  });
});
