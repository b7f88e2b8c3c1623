// What is said before any work is done: help, the version, and what is wrong with the words themselves.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hardmatch, type Ran } from '../support/program.ts';

const cwd = import.meta.dirname;
const run = (...words: readonly string[]): Promise<Ran> => hardmatch(words, { cwd });

describe('help', () => {
  it('prints help for everything, with permissions and an example', async () => {
    const help = await run('--help');
    expect(help.code).toBe(0);
    for (const name of ['plan', 'apply', 'verify', 'rollback', 'report', 'convert', 'sandbox', 'demo']) {
      expect(help.stdout).toContain(`  ${name}`);
      const own = await run(name, '--help');
      expect([own.code, own.stdout]).toEqual([0, expect.stringMatching(/Permissions:[\s\S]*Example:/)]);
      expect((await run('help', name)).stdout).toBe(own.stdout);
    }
  });

  it('fills the screen that it is shown on, and takes 80 columns where there is none', async () => {
    const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));
    const { stdout } = await hardmatch(['plan', '--help'], { cwd, screen: 140 });
    const options = (all: string): string => all.slice(0, all.indexOf('Permissions:'));
    expect(widest(options(stdout))).toBeGreaterThan(80);
    expect(widest(options(stdout))).toBeLessThanOrEqual(140);
    expect(widest(options((await run('plan', '--help')).stdout))).toBeLessThanOrEqual(80);
  });
});

it('tells its version', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(await run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

describe('words that make no command', () => {
  it.each([
    [['plna', 'mappings.csv'], /unknown command 'plna'\n?.*Did you mean plan/s],
    [['plan'], /missing required argument/],
    [['plan', 'mappings.csv', '--no-such-option'], /unknown option '--no-such-option'/],
    [['convert', 'x', '--hex', 'neither'], /Allowed choices are text, raw/],
  ])('are refused with exit code 2 and the way to help: %j', async (words, said) => {
    const ran = await run(...words);
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toMatch(said);
    expect(ran.stderr).toContain('--help');
  });

  it('show an error without its stack, unless --debug is given', async () => {
    const usual = await run('report', 'nowhere');
    expect([usual.code, usual.stderr]).toEqual([2, expect.stringMatching(/^hardmatch: .*nowhere.*\n {2}\S.*\n$/)]);
    expect((await run('--debug', 'report', 'nowhere')).stderr).toContain('    at ');
  });
});
