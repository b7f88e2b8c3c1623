// The built program as a person meets it: started by its path, with the machine's own environment, streams and exit code.
import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPeople } from '../../src/sandbox/people/people.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { crowd, crowdMappings } from '../support/crowd.ts';
import type { Ran } from '../support/program.ts';
import { hardmatchProcess, type ProcessOptions, programPath } from '../support/program-process.ts';
import { foundIn } from '../support/secret-search.ts';

let sandbox: Sandbox;
let cwd: string;

beforeAll(async () => {
  sandbox = await startSandbox(readPeople('fixtures/cast.json'));
  cwd = await mkdtemp(join(tmpdir(), 'hardmatch-e2e-'));
  await copyFile('mappings.example.csv', join(cwd, 'mappings.csv'));
});

afterAll(async () => {
  await sandbox.close();
  await rm(cwd, { recursive: true, force: true });
});

const run = (words: readonly string[], more: Omit<ProcessOptions, 'cwd'> = {}): Promise<Ran> =>
  hardmatchProcess(words, { cwd, ...more, env: { ...sandbox.environment, ...more.env } });
const counts = (ran: Ran) => (JSON.parse(ran.stdout) as { counts: Record<string, number> }).counts;

// The first starts it six times, on a machine that may have more to do.
describe('the program', { timeout: 180_000 }, () => {
  it('does the whole job: plan, apply, verify, report, rollback, and lookup of what is piped to it', async () => {
    const planned = await run(['plan', 'mappings.csv', '--run', 'run', '--json']);
    expect([planned.code, counts(planned)]).toEqual([1, expect.objectContaining({ rows: 56, ready: 19, held: 34 })]);
    const applied = await run(['apply', 'run', '--yes', '--json']);
    expect([applied.code, counts(applied)]).toEqual([1, expect.objectContaining({ applied: 19, matches: 22 })]);
    expect((await run(['verify', 'run'])).code).toBe(1);
    expect((await run(['report', 'run'])).code).toBe(0);
    const back = await run(['rollback', 'run', '--run', 'back', '--yes', '--json']);
    expect([back.code, counts(back)]).toEqual([0, expect.objectContaining({ applied: 19, matches: 19 })]);
    const found = await run(['lookup', '-'], { input: 'tmarsh\n' });
    expect([found.code, found.stdout]).toEqual([0, expect.stringContaining('Theo Marsh')]);
  });

  it('trusts what NODE_EXTRA_CA_CERTS names, and nobody else', async () => {
    const ran = await run(['lookup', 'tmarsh'], { env: { NODE_EXTRA_CA_CERTS: '' } });
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringMatching(/certificate/i)]);
  });

  it.skipIf(process.platform !== 'linux')('shows no secret in the process list', async () => {
    const secrets = new Map(
      ['HARDMATCH_AD_PASSWORD', 'AZURE_CLIENT_SECRET'].map((name) => [name, sandbox.environment[name] ?? '']),
    );
    let seen = '';
    await run(['lookup', 'tmarsh'], {
      onStart: ({ pid, stderr }) =>
        void stderr?.once('data', () => {
          void readFile(`/proc/${pid}/cmdline`, 'utf8').then((text) => (seen = text));
        }),
    });
    expect(seen).toContain('tmarsh');
    expect(foundIn(seen, 'the process list', secrets)).toEqual([]);
  });
});

describe('a run', () => {
  it('is finished although nobody reads what it prints', async () => {
    const there = await startSandbox(crowd(20));
    try {
      await writeFile(join(cwd, 'crowd.csv'), crowdMappings(20));
      const code = await new Promise((done) => {
        const words = [programPath, 'apply', 'crowd.csv', '--run', 'piped', '--yes'];
        const env = { PATH: process.env['PATH'], ...there.environment };
        const child = spawn(process.execPath, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
        child.stdout.destroy();
        child.stderr.destroy();
        child.once('exit', done);
      });
      expect(code).toBe(0);
      expect(there.tenant.users().filter((user) => user.onPremisesImmutableId !== null)).toHaveLength(20);
    } finally {
      await there.close();
    }
  });
});
