// Three app registrations, each with its own token, write one plan, over HTTPS and OAuth.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts';
import type { TenantRequest } from '../../../src/sandbox/http/request-log.ts';
import { crowd, crowdMappings } from '../../support/crowd.ts';
import { hardmatch, type Ran } from '../../support/program.ts';

const rows = 120;
let sandbox: Sandbox;
let cwd: string;

beforeEach(async () => {
  sandbox = await startSandbox(crowd(rows), { applications: 3 });
  cwd = await mkdtemp(join(tmpdir(), 'hardmatch-applications-'));
  await writeFile(join(cwd, 'mappings.csv'), crowdMappings(rows));
});

afterEach(async () => {
  await sandbox.close();
  await rm(cwd, { recursive: true, force: true });
});

const run = (words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> =>
  hardmatch(words, { cwd, env: { ...sandbox.environment, ...env } });
const applyAll = ['apply', 'mappings.csv', '--run', 'run', '--yes', '--json'] as const;
const counts = (ran: Ran) => (JSON.parse(ran.stdout) as { counts: Record<string, number> }).counts;
const ids = (): string[] =>
  ['AZURE_CLIENT_ID', 'AZURE_CLIENT_ID_2', 'AZURE_CLIENT_ID_3'].map((name) => sandbox.environment[name] ?? '');

/** The application whose token a request carries. */
function applicationOf({ headers }: TenantRequest): string {
  const [, payload = ''] = (headers['authorization'] ?? '').split('.');
  return (JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { appid: string }).appid;
}

/** Counts the writes of each application, and refuses those of the given ones. */
function watchWrites(refused: readonly string[] = []): Map<string, number> {
  const writes = new Map<string, number>();
  sandbox.tenant.hooks.onRequest = (request) => {
    if (request.method !== 'PATCH') return undefined;
    const id = applicationOf(request);
    writes.set(id, (writes.get(id) ?? 0) + 1);
    if (!refused.includes(id)) return undefined;
    const error = {
      code: 'Authorization_RequestDenied',
      message: 'Insufficient privileges to complete the operation.',
    };
    return { status: 403, body: { error } };
  };
  return writes;
}

describe('three applications', () => {
  it('write one plan together, each with its own token; the first alone reads', async () => {
    const writes = watchWrites();
    const applied = await run(applyAll);
    expect([applied.code, counts(applied)]).toEqual([0, expect.objectContaining({ applied: rows, matches: rows })]);
    expect([...writes.keys()].toSorted()).toEqual(ids().toSorted());
    for (const written of writes.values()) expect(written).toBeGreaterThan(rows / 6);
    expect([...writes.values()].reduce((sum, one) => sum + one)).toBe(rows);
    expect(JSON.parse(applied.stdout)).toMatchObject({ requests: { graphWrites: rows } });
    const signIns = sandbox.tenant.requests.filter(({ path }) => path.includes('/oauth2/v2.0/token'));
    expect(signIns).toHaveLength(3);
    const log = await readFile(join(cwd, 'run', 'hardmatch.log'), 'utf8');
    expect(log.split('\n').find((line) => line.includes('writes-taken'))).toContain(
      JSON.stringify({ byApplication: Object.fromEntries(ids().map((id) => [id, writes.get(id)])) }),
    );
    expect(log).not.toContain(sandbox.environment['AZURE_CLIENT_SECRET_3'] ?? '-');
  });

  it('of which one was not granted writing: every row is applied, and the one is named', async () => {
    const [, second = ''] = ids();
    const writes = watchWrites([second]);
    const applied = await run([...applyAll, '--concurrency', '4']);
    expect([applied.code, counts(applied)]).toEqual([0, expect.objectContaining({ applied: rows, matches: rows })]);
    expect(applied.stderr).toContain(`application ${second} may not write users, and is not used any more`);
    expect(writes.get(second)).toBeLessThan(12);
  });

  it('of which one cannot sign in: nothing is begun, and the one is named', async () => {
    const failed = await run(applyAll, { AZURE_CLIENT_SECRET_2: 'another' });
    expect(failed.code).toBe(2);
    expect(failed.stderr).toMatch(/client secret is not the right one.*\n.*application 2, .*settings end in 2\./);
    expect(failed.stderr).toContain('Set AZURE_CLIENT_SECRET_2 to');
    expect(sandbox.tenant.requests.filter(({ path }) => path.startsWith('/v1.0'))).toEqual([]);
  });

  it('of which two are the same: said before anything is contacted', async () => {
    const failed = await run(applyAll, { AZURE_CLIENT_ID_3: ids()[0] ?? '' });
    expect(failed.code).toBe(2);
    expect(failed.stderr).toContain('AZURE_CLIENT_ID_3 names an application that is named already');
    expect(sandbox.tenant.requests).toEqual([]);
  });
});
