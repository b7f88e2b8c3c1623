// A run that is cut off goes on where it stopped: SIGKILL in the middle of the writing, then the same command again.
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { crowd, crowdMappings } from '../support/crowd.ts';
import { hardmatch, type Ran } from '../support/program.ts';
import { hardmatchProcess } from '../support/program-process.ts';

const rows = 80;
let sandbox: Sandbox;
let cwd: string;

beforeEach(async () => {
  sandbox = await startSandbox(crowd(rows), { tenant: { latencyMs: { mean: 20, spread: 10 } } });
  cwd = await mkdtemp(join(tmpdir(), 'hardmatch-interrupted-'));
  await writeFile(join(cwd, 'mappings.csv'), crowdMappings(rows));
});

afterEach(async () => {
  await sandbox.close();
  await rm(cwd, { recursive: true, force: true });
});

const run = (
  words: readonly string[],
  after?: { readonly writes: number; readonly signal: NodeJS.Signals },
): Promise<Ran> => {
  const here = { cwd, env: sandbox.environment };
  if (!after) return hardmatch(words, here);
  return hardmatchProcess(words, {
    ...here,
    onStart: (child) => {
      const watch = setInterval(() => {
        if (sandbox.tenant.counters.writes < after.writes) return;
        clearInterval(watch);
        child.kill(after.signal);
      }, 5);
      child.once('exit', () => clearInterval(watch));
    },
  });
};

const written = (): number => sandbox.tenant.users().filter((user) => user.onPremisesImmutableId !== null).length;
const summary = (ran: Ran) =>
  JSON.parse(ran.stdout) as { counts: Record<string, number>; requests: Record<string, number> };

describe(`an apply of ${rows} rows`, () => {
  it('killed half-way, is finished by the same command, no row written twice with effect', async () => {
    expect((await run(['plan', 'mappings.csv', '--run', 'run'])).code).toBe(0);
    const killed = await run(['apply', 'run', '--yes'], { writes: 30, signal: 'SIGKILL' });
    expect(killed.code).toBeNull();
    const halfWay = written();
    expect(halfWay).toBeGreaterThanOrEqual(29);
    expect(halfWay).toBeLessThan(rows);

    // What is known so far can be read at once.
    const report = await hardmatch(['report', 'run', '--json'], { cwd });
    expect(report.code).toBe(0);
    const { counts } = JSON.parse(report.stdout) as { counts: Record<string, number> };
    expect((counts['applied'] ?? 0) + (counts['uncertain'] ?? 0)).toBeGreaterThanOrEqual(halfWay);

    const again = await run(['apply', 'run', '--yes', '--json']);
    expect([again.code, again.stderr]).toEqual([0, expect.any(String)]);
    expect(summary(again).counts).toMatchObject({ rows, applied: rows, matches: rows, uncertain: 0 });
    expect(written()).toBe(rows);
    const twice = sandbox.tenant.counters.writes - rows;
    // At most what was in flight when the process died is sent once more, with the same value.
    expect(twice).toBeLessThanOrEqual(8);
  });

  it.skipIf(process.platform === 'win32')(
    'ends cleanly at Ctrl-C: 130, the command that goes on, and every row in results.csv',
    async () => {
      const stopped = await run(['apply', 'mappings.csv', '--run', 'run', '--yes'], { writes: 20, signal: 'SIGINT' });
      expect(stopped.code).toBe(130);
      expect(stopped.stderr).toContain('hardmatch apply run');
      const lines = (await readFile(join(cwd, 'run', 'results.csv'), 'utf8')).trim().split('\r\n').slice(1);
      expect(lines).toHaveLength(rows);
      expect(lines.filter((line) => line.includes(',applied,'))).toHaveLength(written());
      expect(lines.filter((line) => line.includes(',not-reached,'))).toHaveLength(rows - written());
      const again = await run(['apply', 'run', '--yes', '--json']);
      expect(summary(again).counts).toMatchObject({ applied: rows, matches: rows, notReached: 0 });
    },
  );

  it.skipIf(process.platform === 'win32')('leaves at the second Ctrl-C, and loses nothing by it', async () => {
    let stuck: (() => void) | undefined;
    const isStuck = new Promise<void>((done) => (stuck = done));
    const answers: (() => void)[] = [];
    // What is in flight gets no answer, so the first Ctrl-C would wait for it.
    sandbox.tenant.hooks.onRequest = async (request) => {
      if (request.method !== 'PATCH' || written() < 10) return undefined;
      stuck?.();
      await new Promise<void>((done) => answers.push(done));
      return undefined;
    };
    const onStart = (child: ChildProcess): void => {
      child.stderr?.on('data', (text: string) => {
        if (text.includes('again to leave')) child.kill('SIGINT');
      });
      void isStuck.then(() => child.kill('SIGINT'));
    };
    expect((await run(['plan', 'mappings.csv', '--run', 'run'])).code).toBe(0);
    const env = sandbox.environment;
    const left = await hardmatchProcess(['apply', 'run', '--yes'], { cwd, env, onStart });
    expect([left.code, left.stderr]).toEqual([130, expect.stringContaining('Left at once; the reports in the folder')]);
    delete sandbox.tenant.hooks.onRequest;
    for (const answer of answers) answer();
    const again = await run(['apply', 'run', '--yes', '--json']);
    expect(again.code).toBe(0);
    expect(summary(again).counts).toMatchObject({ applied: rows, matches: rows });
  });
});
