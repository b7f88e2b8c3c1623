// A disk that fills up while rows are written, or has no room to begin with.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JournalOutcome } from '../../src/core/journal.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { crowd, crowdMappings } from '../support/crowd.ts';
import { hardmatch, type Ran } from '../support/program.ts';
import { programPath } from '../support/program-process.ts';
import { smallDisk } from '../support/small-disk.ts';

const rows = 200;
const disk = await smallDisk(4096);
let sandbox: Sandbox;
let cwd: string;

beforeAll(async () => {
  sandbox = await startSandbox(crowd(rows));
  cwd = await mkdtemp(join(tmpdir(), 'hardmatch-full-disk-'));
  await writeFile(join(cwd, 'mappings.csv'), crowdMappings(rows));
});

afterAll(async () => {
  await sandbox.close();
  await disk.close();
  await rm(cwd, { recursive: true, force: true });
});

const run = (words: readonly string[]): Promise<Ran> => hardmatch(words, { cwd, env: sandbox.environment });
const counts = (ran: Ran) => (JSON.parse(ran.stdout) as { counts: Record<string, number> }).counts;
const written = (): number => sandbox.tenant.users().filter((user) => user.onPremisesImmutableId !== null).length;
const patches = (): number => sandbox.tenant.requests.filter(({ method }) => method === 'PATCH').length;

describe('an apply', () => {
  it.skipIf(process.platform === 'win32')('writes nobody when its reports cannot be written', async () => {
    expect((await run(['plan', 'mappings.csv', '--run', 'tight'])).code).toBe(0);
    const ran = await new Promise<{ code: number | null; stderr: string }>((done) => {
      const command = `ulimit -f 8 && exec "${process.execPath}" "${programPath}" apply tight --yes`;
      const env = { PATH: process.env['PATH'], ...sandbox.environment };
      const child = spawn('bash', ['-c', command], { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      child.once('close', (code) => done({ code, stderr }));
    });
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('cannot be written')]);
    expect([written(), patches()]).toEqual([0, 0]);
  });

  it.skipIf(!disk.isMounted)(
    'stops writing when the disk is full, tells what the journal could not take, and goes on later',
    async () => {
      const folder = join(disk.path, 'run');
      expect((await run(['plan', 'mappings.csv', '--run', folder])).code).toBe(0);
      let count = 0;
      let filling: Promise<void> | undefined;
      sandbox.tenant.hooks.onRequest = async (request) => {
        // The writes beside it wait too, or on a busy machine all are done before the disk is full.
        if (request.method === 'PATCH' && ++count >= 60) await (filling ??= disk.fill());
        return undefined;
      };
      const full = await run(['apply', folder, '--yes', '--json', '--quiet']);
      delete sandbox.tenant.hooks.onRequest;
      expect([full.code, full.stderr]).toEqual([2, expect.stringContaining('the disk is full')]);
      // The account on stdout is whole, although no report could be written, and says what the tenant has.
      const { applied = 0, notReached = 0, uncertain = 0 } = counts(full);
      expect([applied, uncertain, applied + notReached]).toEqual([written(), 0, rows]);
      expect(applied).toBeLessThan(rows);
      const unsaved = full.stderr
        .split('\n')
        .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as JournalOutcome] : []));
      expect(unsaved.length).toBeGreaterThan(0);
      for (const entry of unsaved) expect(entry).toMatchObject({ kind: 'outcome', outcome: 'applied' });

      await disk.makeRoom();
      const again = await run(['apply', folder, '--yes', '--json', '--quiet']);
      expect([again.code, counts(again)]).toEqual([0, expect.objectContaining({ applied: rows, matches: rows })]);
      // Nobody was written twice: those whose end was not on disk were found written by reading them back.
      expect(patches()).toBe(rows);
    },
  );
});
