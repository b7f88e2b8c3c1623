// The command line from plan to rollback: real LDAP over TLS, real OAuth and Graph over HTTPS, real files.
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPeople } from '../../src/sandbox/people/people.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { hardmatch, type Ran } from '../support/program.ts';

const cast = (): ReturnType<typeof readPeople> => readPeople('fixtures/cast.json');

let sandbox: Sandbox;
let cwd: string;

beforeAll(async () => {
  sandbox = await startSandbox(cast());
  cwd = await mkdtemp(join(tmpdir(), 'hardmatch-e2e-'));
  await copyFile('mappings.example.csv', join(cwd, 'mappings.csv'));
});

afterAll(async () => {
  await sandbox.close();
  await rm(cwd, { recursive: true, force: true });
});

const run = (words: readonly string[], env: Record<string, string> = {}): Promise<Ran> =>
  hardmatch(words, { cwd, env: { ...sandbox.environment, ...env } });

type Row = Record<string, string>;
const csv = async (path: string): Promise<Row[]> =>
  parse<Row>(await readFile(join(cwd, path), 'utf8'), { columns: true, bom: true });
const summaryOf = (ran: Ran) => JSON.parse(ran.stdout) as Record<string, never> & { run: string };
const inputRows = async () => csv('mappings.csv');
const writesSeen = (): string[] =>
  sandbox.tenant.requests
    .filter((request) => request.method !== 'GET' && !/\/\$batch$|\/token\b/.test(request.path))
    .map((request) => `${request.method} ${request.path}`);

/** Every input row, in order, with the columns the input brought. */
async function expectAllRows(path: string): Promise<Row[]> {
  const rows = await csv(path);
  const given = await inputRows();
  expect(rows.map((row) => [row['ad_user'], row['cloud_user'], row['note']])).toEqual(
    given.map((row) => [row['ad_user'], row['cloud_user'], row['note']]),
  );
  expect(rows.map((row) => Number(row['line']))).toEqual(given.map((_, index) => index + 2));
  return rows;
}

describe('the whole job on the cast', () => {
  it('plans without a write, in AD or in the tenant, and holds each bad row for its reason', async () => {
    const before = writesSeen().length;
    const ran = await run(['plan', 'mappings.csv', '--run', 'first', '--json']);
    expect(ran.code).toBe(1);
    expect(summaryOf(ran)).toMatchObject({
      command: 'plan',
      tenant: { id: sandbox.tenant.tenantId, name: 'Example Practice Tenant' },
      directory: { domain: 'example.test' },
      counts: { rows: 56, ready: 19, kept: 3, held: 34 },
      exitCode: 1,
      run: 'first',
    });
    expect(writesSeen().length).toBe(before);
    expect(sandbox.directory.log.every((entry) => ['bind', 'search', 'unbind'].includes(entry.kind))).toBe(true);

    const rows = await expectAllRows('first/plan.csv');
    const reasons = Object.fromEntries(rows.map((row) => [row['line'], `${row['state']} ${row['reasons']}`.trim()]));
    expect(reasons).toMatchObject({
      2: 'ready',
      7: 'kept',
      12: 'kept',
      13: 'held cloud-user-synced',
      14: 'held relink-not-allowed',
      15: 'held immutable-id-held-by-other',
      16: 'held immutable-id-held-by-deleted',
      17: 'held cloud-user-deleted',
      18: 'held cloud-user-guest cloud-user-external',
      19: 'held ad-user-ambiguous',
      20: 'held ad-user-not-found',
      21: 'held ad-not-a-user',
      22: 'held cloud-user-not-found',
      23: 'held anchor-malformed',
      24: 'held anchor-shared-in-ad two-rows-one-anchor',
      25: 'held anchor-shared-in-ad two-rows-one-anchor',
      26: 'held duplicate-ad-user',
      27: 'held duplicate-ad-user',
      28: 'held duplicate-cloud-user',
      29: 'held duplicate-cloud-user',
      30: 'held missing-value',
      31: 'held bad-reference cloud-user-not-found',
      57: 'kept',
    });
    // The known pair, and an anchor whose bytes begin with a byte-order mark.
    expect(rows[4]?.['immutable_id']).toBe('f+bH/Mb+ZUq4IS9AopLRhQ==');
    expect(rows[8]?.['immutable_id']).toBe(Buffer.from('\ufeffthirteen.more').toString('base64'));
  });

  it('gives the same fingerprint for the same facts, and apply --dry-run is a plan', async () => {
    const before = writesSeen().length;
    const again = await run(['apply', 'mappings.csv', '--dry-run', '--run', 'second', '--json']);
    expect(again.code).toBe(1);
    expect(writesSeen().length).toBe(before);
    const first = JSON.parse(await readFile(join(cwd, 'first', 'summary.json'), 'utf8')) as { fingerprint: string };
    expect(summaryOf(again)).toMatchObject({ command: 'plan', fingerprint: first.fingerprint });
  });

  it('refuses to apply unasked, and a plan that is not the one expected', async () => {
    const unasked = await run(['apply', 'first']);
    expect(unasked.code).toBe(3);
    expect(unasked.stderr).toContain('--yes');
    const other = await run(['apply', 'first', '--yes', '--expect', `sha256:${'0'.repeat(64)}`]);
    expect(other.code).toBe(3);
    expect(other.stderr).toContain('expected is');
    expect(writesSeen()).toEqual([]);
  });

  it('refuses a plan that was edited, and one that is too old', async () => {
    await run(['plan', 'mappings.csv', '--run', 'edited']);
    const path = join(cwd, 'edited', 'plan.ndjson');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"state":"held","step":null', '"state":"ready","step":"link"'));
    const edited = await run(['apply', 'edited', '--yes']);
    expect(edited.code).toBe(3);
    const old = await run(['apply', 'first', '--yes', '--max-age', '1ms']);
    expect([2, 3]).toContain(old.code);
    expect(writesSeen()).toEqual([]);
  });

  it('applies the reviewed plan: the ready rows by object id, and nobody else', async () => {
    const ran = await run(['apply', 'first', '--yes', '--json']);
    expect(ran.code).toBe(1);
    expect(summaryOf(ran)).toMatchObject({
      command: 'apply',
      counts: {
        rows: 56,
        applied: 19,
        already: 0,
        kept: 3,
        held: 34,
        rejected: 0,
        uncertain: 0,
        matches: 22,
        differs: 0,
      },
      requests: { graphWrites: 19 },
    });
    const plan = await csv('first/plan.csv');
    const ready = plan.filter((row) => row['state'] === 'ready');
    expect(writesSeen().sort()).toEqual(ready.map((row) => `PATCH /v1.0/users/${row['cloud_object_id']}`).sort());
    for (const row of ready) {
      expect(sandbox.tenant.user(row['cloud_object_id'] ?? '')?.onPremisesImmutableId).toBe(row['immutable_id']);
    }
    const results = await expectAllRows('first/results.csv');
    expect(results.filter((row) => row['outcome'] === 'applied')).toHaveLength(19);
    expect(results.every((row) => row['outcome'] !== 'held' || row['remedy'] !== '')).toBe(true);
    const verification = await expectAllRows('first/verification.csv');
    expect(verification.filter((row) => row['verdict'] === 'matches')).toHaveLength(22);
  });

  it('never touches the user whose name is the beginning of the guest', () => {
    const named = sandbox.tenant.requests.filter((request) => request.path.includes('petra_partner'));
    expect(named.every((request) => request.path.includes('%23EXT%23'))).toBe(true);
    const bystander = sandbox.tenant.users().find((user) => user.userPrincipalName === 'petra_partner.test');
    expect(bystander?.onPremisesImmutableId).toBeNull();
  });

  it('goes on with a finished run without writing again', async () => {
    const before = writesSeen().length;
    const ran = await run(['apply', 'first', '--yes', '--json']);
    expect(summaryOf(ran)).toMatchObject({ counts: { applied: 19 }, requests: { graphWrites: 0 } });
    expect(writesSeen().length).toBe(before);
  });

  it('verifies a run folder, and a mappings file on its own', async () => {
    const folder = await run(['verify', 'first', '--json']);
    expect(folder.code).toBe(1);
    expect(summaryOf(folder)).toMatchObject({ command: 'verify', counts: { matches: 22, differs: 0, held: 34 } });
    const file = await run(['verify', 'mappings.csv', '--run', 'verified', '--json']);
    expect(summaryOf(file)).toMatchObject({ counts: { matches: 22 } });
    await expectAllRows('verified/verification.csv');
  });

  it('writes the reports of a run again, the same but for their moment', async () => {
    const results = await readFile(join(cwd, 'first', 'results.csv'), 'utf8');
    const verification = await readFile(join(cwd, 'first', 'verification.csv'), 'utf8');
    await rm(join(cwd, 'first', 'results.csv'));
    const ran = await hardmatch(['report', 'first'], { cwd });
    expect(ran.code).toBe(0);
    expect(await readFile(join(cwd, 'first', 'results.csv'), 'utf8')).toBe(results);
    expect(await readFile(join(cwd, 'first', 'verification.csv'), 'utf8')).toBe(verification);
  });

  it('leaves files that only their owner can read', async () => {
    if (process.platform === 'win32') return;
    expect((await stat(join(cwd, 'first'))).mode & 0o777).toBe(0o700);
    for (const name of await readdir(join(cwd, 'first'))) {
      expect([name, (await stat(join(cwd, 'first', name))).mode & 0o777]).toEqual([name, 0o600]);
    }
  });

  it('rolls back some rows, then the others, to null where it was null', async () => {
    const [header = '', ...lines] = (await readFile(join(cwd, 'first', 'results.csv'), 'utf8')).split('\r\n');
    await writeFile(join(cwd, 'some.csv'), [header, lines[0], lines[1], ''].join('\r\n'));
    // Lines of results.csv have their own columns and encoding, whatever the settings say of those of the mappings.
    const told = ['--columns', 'ad=Login,cloud=Mailbox', '--encoding', 'windows-1252'];
    const words = ['rollback', 'first', '--only', 'some.csv', '--run', 'back-some', '--yes', '--json'];
    const some = await run([...words, ...told]);
    expect(some.code).toBe(0);
    expect(summaryOf(some)).toMatchObject({ command: 'rollback', counts: { rows: 2, applied: 2, matches: 2 } });
    const dry = await run(['rollback', 'first', '--dry-run', '--run', 'back-dry', '--json']);
    // A reading that shows two of them back already is too near to the write to be believed.
    expect(summaryOf(dry)).toMatchObject({ counts: { rows: 19, ready: 19, kept: 0, held: 0 } });
    const all = await run(['rollback', 'first', '--run', 'back-all', '--yes', '--json']);
    expect(all.code).toBe(0);
    expect(summaryOf(all)).toMatchObject({ counts: { rows: 19, applied: 19, kept: 0, matches: 19 } });
    const original = new Map(cast().cloudUsers.map((user) => [user.id, user.onPremisesImmutableId]));
    for (const user of sandbox.tenant.users()) expect(user.onPremisesImmutableId).toBe(original.get(user.id));
  });

  it('leaves no secret in any file of any run', async () => {
    const secrets = [
      sandbox.environment['AZURE_CLIENT_SECRET'] ?? '',
      sandbox.environment['HARDMATCH_AD_PASSWORD'] ?? '',
    ];
    expect(secrets.every((secret) => secret.length > 10)).toBe(true);
    for (const folder of ['first', 'verified', 'back-all']) {
      for (const name of await readdir(join(cwd, folder))) {
        const text = await readFile(join(cwd, folder, name), 'utf8');
        for (const secret of secrets) expect(text.includes(secret), `${folder}/${name}`).toBe(false);
      }
    }
  });
});

describe('what cannot run', () => {
  it('writes nothing where nobody can be asked, and prints the command for exactly this plan', async () => {
    const before = JSON.stringify(sandbox.tenant.users());
    const ran = await run(['apply', 'mappings.csv', '--run', 'asked']);
    expect(ran.code).toBe(3);
    expect(ran.stderr.replaceAll(/\s+/g, ' ')).toContain('hardmatch apply asked --yes');
    expect(JSON.stringify(sandbox.tenant.users())).toBe(before);
    const dry = await run(['plan', 'mappings.csv', '--run', 'pilot', '--first', '2']);
    expect(dry.stdout).toContain('hardmatch apply pilot --first 2\n');
  });

  it('says all that is missing at once, with exit code 2', async () => {
    const ran = await hardmatch(['plan', 'mappings.csv'], { cwd });
    expect(ran.code).toBe(2);
    for (const name of ['HARDMATCH_AD_URL', 'AZURE_TENANT_ID', 'AZURE_CLIENT_ID']) expect(ran.stderr).toContain(name);
    expect(ran.stdout).toBe('');
  });

  it('refuses an unknown option, a missing file and a wrong secret with exit code 2 and one clear line', async () => {
    expect((await run(['plan', 'mappings.csv', '--no-such-option'])).code).toBe(2);
    const missing = await run(['plan', 'nowhere.csv']);
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('nowhere.csv')]);
    const secret = await run(['plan', 'mappings.csv', '--run', 'x1'], { AZURE_CLIENT_SECRET: 'not-the-secret-at-all' });
    expect(secret.code).toBe(2);
    expect(secret.stderr).not.toContain('not-the-secret-at-all');
    const password = await run(['plan', 'mappings.csv', '--run', 'x2'], { HARDMATCH_AD_PASSWORD: 'not-the-password' });
    expect(password.code).toBe(2);
    expect(password.stderr).toMatch(/password/i);
    const untrusted = await run(['plan', 'mappings.csv', '--run', 'x3'], { NODE_EXTRA_CA_CERTS: '' });
    expect(untrusted.code).toBe(2);
    expect(untrusted.stderr).toMatch(/certificate/i);
  });
});
