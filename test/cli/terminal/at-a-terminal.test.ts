// The command line with somebody at the terminal: what is asked, what an answer does, and how a screen is written to.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts';
import { crowd, crowdMappings } from '../../support/crowd.ts';
import { hardmatch, type Ran, type Running, type RunOptions } from '../../support/program.ts';

const rows = 3;
let sandbox: Sandbox;
let cwd: string;

beforeAll(async () => {
  sandbox = await startSandbox(crowd(rows));
  cwd = await mkdtemp(join(tmpdir(), 'hardmatch-terminal-'));
  await writeFile(join(cwd, 'mappings.csv'), crowdMappings(rows));
  await run(['plan', 'mappings.csv', '--run', 'run']);
});

afterAll(async () => {
  await sandbox.close();
  await rm(cwd, { recursive: true, force: true });
});

const run = (words: readonly string[], more: Partial<RunOptions> = {}): Promise<Ran> =>
  hardmatch(words, { cwd, ...more, env: { ...sandbox.environment, ...more.env } });
const written = (): number => sandbox.tenant.users().filter((user) => user.onPremisesImmutableId !== null).length;

/** Applies the plan at a terminal, and does this as soon as the question is there. */
function asked(then: (running: Running) => void): Promise<Ran> {
  let said = '';
  return run(['apply', 'run'], {
    screen: 100,
    onStart: (running) =>
      running.stderr.on('data', (text: string) => {
        const wasAsked = said.includes('anything else to stop');
        said += text;
        if (!wasAsked && said.includes('anything else to stop')) setImmediate(then, running);
      }),
  });
}

describe('before it writes, an apply', () => {
  it.each(['y\n', 'yes\n', '\n', '2\n', '33\n'])('takes %j for no, and writes nothing', async (answer) => {
    const ran = await asked((running) => running.type(answer));
    expect([ran.code, written()]).toEqual([3, 0]);
    expect(ran.stderr).toContain('Not confirmed; nothing was written.');
    expect(ran.stderr).toContain('hardmatch apply run');
  });

  it('takes Ctrl-C and the end of the input at the question for no', async () => {
    for (const key of ['\u0003', '\u0004']) {
      const ran = await asked((running) => running.type(key));
      expect([ran.code, written()]).toEqual([3, 0]);
    }
  });

  it('ends with 130 when a signal comes instead of an answer', async () => {
    const ran = await asked((running) => running.kill('SIGTERM'));
    expect([ran.code, written()]).toEqual([130, 0]);
    expect(ran.stderr).toContain('nothing was written');
  });

  it('says what will be changed, where, and how many, and writes when that number is typed', async () => {
    const ran = await asked((running) => running.type(`${rows}\n`));
    expect([ran.code, written()]).toEqual([0, rows]);
    for (const fact of [sandbox.tenant.tenantId, 'example.test', 'sha256:', `Type ${rows} to write`]) {
      expect(ran.stderr).toContain(fact);
    }
    expect(ran.stdout).not.toContain(`Type ${rows}`);
  });
});

describe('what is said', () => {
  const verify = (more: Partial<RunOptions>, ...words: readonly string[]): Promise<Ran> =>
    run(['verify', 'run', ...words], more);
  const rewriting = '\r\u001b[2K';
  // oxlint-disable-next-line no-control-regex -- finding them is the point
  const painting = /\u001b\[[0-9;]*m/;

  it('rewrites one line of a screen for progress, and never where there is none', async () => {
    expect((await verify({ screen: 100 })).stderr).toContain(rewriting);
    expect((await verify({})).stderr).not.toContain('\u001b');
  });

  it('has colours on a screen alone, and none with --no-color or NO_COLOR', async () => {
    const env = { NO_COLOR: '' };
    expect((await verify({ screen: 100, env })).stdout).toMatch(painting);
    expect((await verify({ env })).stdout).not.toMatch(painting);
    expect((await verify({ screen: 100, env }, '--no-color')).stdout).not.toMatch(painting);
    expect((await verify({ screen: 100 })).stdout).not.toMatch(painting);
  });

  it('is the result alone with --quiet, and one JSON document with --json', async () => {
    const quiet = await verify({}, '--quiet');
    expect([quiet.stderr, quiet.stdout]).toEqual(['', expect.stringContaining('report.html')]);
    const json = await verify({ screen: 100 }, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ command: 'verify', counts: { matches: rows } });
  });
});
