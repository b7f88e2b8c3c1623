import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { programPath } from '../../support/program-process.ts';

type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

const script = fileURLToPath(new URL('./cut-short-program.mjs', import.meta.url));
const preload = pathToFileURL(join(import.meta.dirname, 'late-trouble.mjs')).href;

function run(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, words, { env: { ...process.env, NO_COLOR: '1', ...env }, timeout: 40_000 });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', fail);
    child.once('close', (code) => done({ code, stdout, stderr }));
  });
}

const cutShort = (way: string, env = {}): Promise<Ended> => run([script, way], env);
const withTrouble = (moment: string, words: readonly string[]): Promise<Ended> =>
  run(['--import', preload, programPath, ...words], { LATE_TROUBLE: moment });

const bug = /^hardmatch: this is a bug, please report it\.\nError: nobody catches this\n {4}at /;
const nodesOwn = /Node\.js v|Uncaught|Unhandled|node:internal\/process|triggerUncaught|\(node:\d+\)/;

describe('an error that nobody caught', () => {
  it.each(['exception', 'rejection'])(
    'ends the process as a bug, with its stack and no word of Node: %s',
    async (way) => {
      const { code, stderr } = await cutShort(way);
      expect(stderr).toMatch(bug);
      expect(stderr).not.toMatch(nodesOwn);
      expect(code).toBe(70);
    },
  );

  it('has what is left to do done first, the last registered first, and not what was taken off', async () => {
    expect((await cutShort('exception')).stdout).toBe('last\nfirst\n');
  });

  it.each(['task-fails', 'task-throws'])('does the rest where one of the tasks fails: %s', async (way) => {
    const { code, stdout, stderr } = await cutShort(way);
    expect([code, stdout]).toEqual([70, 'last\nfirst\n']);
    expect(stderr).not.toContain('the task failed');
  });

  it('does the rest, and ends, where one of the tasks never ends', async () => {
    const began = performance.now();
    const { code, stdout, stderr } = await cutShort('task-hangs');
    expect([code, stdout]).toEqual([70, 'last\nfirst\n']);
    expect(stderr).toMatch(bug);
    expect(performance.now() - began).toBeLessThan(30_000);
  });

  it('ends the process at once, with the same exit code, when a second one comes meanwhile', async () => {
    const { code, stdout, stderr } = await cutShort('second-error');
    expect([code, stdout]).toEqual([70, 'last\n']);
    expect(stderr).toMatch(bug);
    expect(stderr).not.toContain('the second error');
  });

  it('is told by its sentence, with its exit code, when it is a fault', async () => {
    expect(await cutShort('fault')).toEqual({
      code: 3,
      stdout: 'last\nfirst\n',
      stderr: 'hardmatch: This is another tenant.\n  Sign in to the right one.\n',
    });
  });

  it('is told by its sentence when it is a call that did not work', async () => {
    const { code, stderr } = await cutShort('failure');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^hardmatch: No answer came\.\n {2}\S.*\n$/);
  });

  it('shows no secret', async () => {
    const { code, stderr } = await cutShort('secret', { AZURE_CLIENT_SECRET: 'Zx8~very-long-secret' });
    expect(code).toBe(70);
    expect(stderr).toContain('sign-in with ');
    expect(stderr).not.toContain('Zx8~very-long-secret');
  });

  it('may be no error at all, or be its own cause', async () => {
    expect(await cutShort('no-error')).toMatchObject({
      code: 70,
      stderr: 'hardmatch: this is a bug, please report it.\nundefined\n',
    });
    expect(await cutShort('circle')).toMatchObject({ code: 70, stderr: expect.stringContaining('a circle of causes') });
  });
});

describe('the program', () => {
  it.each(['while-loading', 'before-parsing', 'after-the-end'])('catches what nobody caught %s', async (moment) => {
    const { code, stderr } = await withTrouble(moment, ['convert', '00000000-0000-0000-0000-000000000001']);
    expect(stderr).toMatch(bug);
    expect(stderr).not.toMatch(nodesOwn);
    expect(code).toBe(70);
  });

  it('passes on what a warning says to its user, and no deprecation', async () => {
    const { code, stderr } = await withTrouble('warnings', ['convert', '00000000-0000-0000-0000-000000000001']);
    expect([code, stderr]).toEqual([0, 'Note: the certificate of sandbox.pem is not used\n']);
  });
});
