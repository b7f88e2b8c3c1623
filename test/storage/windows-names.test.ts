import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createRunFolder } from '../../src/storage/run-folder.ts';
import { whyNotOnWindows } from '../../src/storage/windows-names.ts';
import { faultOf, temporaryFolder } from './examples.ts';

const cwd = temporaryFolder();
const now = new Date('2026-11-23T11:53:08.123Z');

describe('a run folder on Windows', () => {
  it.each([
    ['nul', /"nul" is the name of a device/],
    ['CON', /device/],
    ['com1', /device/],
    ['LPT²', /device/],
    ['conout$', /device/],
    ['runs\\aux.2026', /"aux\.2026" is the name of a device/],
    ['nul .txt\\x', /device/],
    ['runs/prn/wave', /device/],
    ['x.', /ends in a dot/],
    ['x ', /ends in a blank/],
    ['x.\\wave', /"x\." ends in a dot/],
    ['a:b', /"a:b" has : in it/],
    ['D:\\runs\\a:b', /"a:b" has : in it/],
    ['a<b', /has < in it/],
    ['a\u0007b', /a control character/],
  ])('is refused with a sentence when it is called %j, and nothing is made', async (dir, why) => {
    const fault = await faultOf(createRunFolder({ inputName: 'x.csv', now, cwd, dir, platform: 'win32' }));
    expect(fault).toMatchObject({ code: 'run-folder-name', exitCode: 2, hint: 'Choose another name with --run.' });
    expect(fault.message).toMatch(why);
    expect(await readdir(cwd)).toEqual([]);
  });

  it.each([
    'wave 1',
    '.\\runs\\wave',
    '..\\x',
    'C:\\Müller & Söhne\\wave',
    '\\\\server\\share\\runs\\wave',
    'console',
    'com10',
  ])('may be called %j', (dir) => {
    expect(whyNotOnWindows(dir)).toBeNull();
  });

  it.each(['con.csv', 'nul', 'aux.mappings.csv', 'x. .csv', 'a:b<c.csv', 'LPT1'])(
    'has a name that will do when it is called after the input %j',
    async (inputName) => {
      const folder = await createRunFolder({ inputName, now, cwd: temporaryFolder() });
      expect(whyNotOnWindows(folder.replace(/^.*[/\\]runs[/\\]/, ''))).toBeNull();
    },
  );

  it.skipIf(process.platform === 'win32')('is no matter elsewhere', async () => {
    const folder = await createRunFolder({ inputName: 'x.csv', now, cwd: temporaryFolder(), dir: 'nul' });
    expect(folder).toMatch(/\/nul$/);
  });
});
