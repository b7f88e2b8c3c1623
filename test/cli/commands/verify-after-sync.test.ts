// `verify --after-sync` on the sandbox, against a tenant in which a practice sync cycle runs.
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPeople } from '../../../src/sandbox/people/people.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts';
import { hardmatch, type Ran, type Running, type RunOptions } from '../../support/program.ts';

let sandbox: Sandbox;
let cwd: string;

beforeAll(async () => {
  sandbox = await startSandbox(readPeople('fixtures/cast.json'));
  cwd = await mkdtemp(join(tmpdir(), 'hardmatch-after-sync-'));
  await copyFile('mappings.example.csv', join(cwd, 'mappings.csv'));
  await writeFile(
    join(cwd, 'two.csv'),
    'ad_user,cloud_user\nivance,46c82861-23b9-470b-ab37-a08402a70c67\ntmarsh,c3b0eb26-66e1-41a3-ae3d-30a751563c2e\n',
  );
  await run(['apply', 'mappings.csv', '--run', 'done', '--yes', '--quiet']);
}, 60_000);

afterAll(async () => {
  await sandbox.close();
  await rm(cwd, { recursive: true, force: true });
});

const run = (words: readonly string[], more: Partial<RunOptions> = {}): Promise<Ran> =>
  hardmatch(words, { cwd, env: { ...sandbox.environment }, ...more });

type Counts = { readonly takenOver: number; readonly waiting: number; readonly syncError: number };
const countsOf = (ran: Ran): Counts => (JSON.parse(ran.stdout) as { counts: Counts }).counts;
const writes = (): number => sandbox.tenant.requests.filter(({ method }) => method === 'PATCH').length;

/** Verdict and detail of each line in verification.csv. */
async function verdicts(folder: string): Promise<Map<number, { verdict: string; detail: string }>> {
  const rows = parse<Record<string, string>>(await readFile(join(cwd, folder, 'verification.csv'), 'utf8'), {
    columns: true,
    bom: true,
  });
  return new Map(rows.map(({ line, verdict = '', detail = '' }) => [Number(line), { verdict, detail }]));
}

/** Calls back once the program says on stderr that it waits. */
function whenWaiting({ stderr }: Running, then: () => void): void {
  let said = '';
  stderr.on('data', (text: string) => {
    const wasWaiting = said.includes('Waiting for sync');
    said += text;
    if (!wasWaiting && said.includes('Waiting for sync')) then();
  });
}

describe('verify --after-sync', () => {
  it('finds everybody waiting before the cycle, but for who is synced already, and writes nothing', async () => {
    const before = writes();
    const ran = await run(['verify', 'done', '--after-sync', '--json']);
    expect(ran.code).toBe(1);
    const { takenOver, waiting, syncError } = countsOf(ran);
    expect({ takenOver, syncError }).toEqual({ takenOver: 2, syncError: 0 });
    expect(waiting).toBeGreaterThan(10);
    expect(writes()).toBe(before);
    const told = await verdicts('done');
    expect(told.get(2)).toMatchObject({
      verdict: 'waiting',
      detail: expect.stringContaining('No sync cycle') as string,
    });
    expect(told.get(12)?.verdict).toBe('taken-over');
    expect(told.get(13)?.verdict).toBe('not-checked');
  });

  it('is interrupted by Ctrl-C with exit code 130, and leaves what it saw', async () => {
    await rm(join(cwd, 'done', 'verification.csv'));
    const ran = await run(['verify', 'done', '--after-sync', '--wait', '10m'], {
      onStart: (running) => whenWaiting(running, () => running.kill('SIGINT')),
    });
    expect(ran.code).toBe(130);
    expect(ran.stderr).toContain('hardmatch verify done --after-sync');
    expect((await verdicts('done')).get(2)?.verdict).toBe('waiting');
  });

  it('waits for the cycle and then tells taken over, waiting and faulty users apart', async () => {
    const ran = await run(['verify', 'done', '--after-sync', '--wait', '3s', '--json'], {
      onStart: (running) => whenWaiting(running, () => sandbox.syncCycle()),
    });
    expect(ran.code).toBe(1);
    const counts = countsOf(ran);
    expect(counts.takenOver).toBeGreaterThan(10);
    expect(counts.waiting).toBeGreaterThan(0);
    expect(counts.syncError).toBeGreaterThan(0);
    const told = await verdicts('done');
    const of = (verdict: string): number[] =>
      [...told].flatMap(([line, one]) => (one.verdict === verdict ? [line] : []));
    expect(of('taken-over')).toHaveLength(counts.takenOver);
    expect(of('taken-over')).toEqual(expect.arrayContaining([2, 3, 4, 5, 6, 7, 8, 12]));
    for (const line of of('waiting')) expect(told.get(line)?.detail).toContain('sync leaves the AD user out');
    for (const line of of('sync-error')) expect(told.get(line)?.detail).toContain('Taken over, but not whole.');
  });

  it('writes the reports again from what it left', async () => {
    const before = await readFile(join(cwd, 'done', 'verification.csv'), 'utf8');
    await rm(join(cwd, 'done', 'verification.csv'));
    expect((await hardmatch(['report', 'done'], { cwd })).code).toBe(0);
    expect(await readFile(join(cwd, 'done', 'verification.csv'), 'utf8')).toBe(before);
  });

  it('ends with 0 when sync has taken everybody over, from a mappings file alone', async () => {
    const ran = await run(['verify', 'two.csv', '--after-sync', '--run', 'two', '--wait', '10m', '--json']);
    expect({ code: ran.code, counts: countsOf(ran) }).toMatchObject({ code: 0, counts: { takenOver: 2, waiting: 0 } });
  });

  it('finds the user whom the take-over has renamed, where the file has the old name', async () => {
    await writeFile(join(cwd, 'old.csv'), 'ad_user,cloud_user\nivance,iris.vance@example.test\n');
    const ran = await run(['verify', 'old.csv', '--after-sync', '--run', 'old']);
    expect(ran.code).toBe(0);
    expect((await verdicts('old')).get(2)).toMatchObject({ verdict: 'taken-over' });
  });

  it('finds the joins that went to the wrong AD object, and the users who are gone', async () => {
    const other = '00000000-1111-4222-8333-444444444444';
    const idOf = (upn: string): string =>
      sandbox.tenant.users().find((user) => user.userPrincipalName === upn)?.id ?? `no ${upn}`;
    const [iris, theo] = [idOf('ivance@example.test'), idOf('tmarsh@example.test')];
    sandbox.tenant.change(iris, { onPremisesObjectIdentifier: other });
    sandbox.tenant.change(theo, { deletedDateTime: '2026-11-23T12:00:00Z' });
    const ran = await run(['verify', 'done', '--after-sync', '--json']);
    expect(ran.code).toBe(1);
    const told = await verdicts('done');
    expect(told.get(6)).toMatchObject({ verdict: 'sync-error', detail: expect.stringContaining(other) as string });
    expect(told.get(7)).toMatchObject({ verdict: 'missing', detail: expect.stringContaining('recycle bin') as string });
  });

  it.each([
    [['--wait', '45m'], '--after-sync'],
    [['--after-sync', '--wait', 'soon'], 'not a duration'],
  ])('refuses %j with exit code 2', async (words, said) => {
    const ran = await run(['verify', 'done', ...words]);
    expect({ code: ran.code, stderr: ran.stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining(said) as string,
    });
  });
});
