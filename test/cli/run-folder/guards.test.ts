// What must not happen, tried: journals that lie, folders in use, other tenants.
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { optionText } from '../../../src/report/command-line.ts';
import { readPeople } from '../../../src/sandbox/people/people.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts';
import { crowd, crowdMappings } from '../../support/crowd.ts';
import { hardmatch, type Ran } from '../../support/program.ts';

let sandbox: Sandbox;
let cwd: string;

beforeAll(async () => {
  sandbox = await startSandbox(crowd(60));
  cwd = await mkdtemp(join(tmpdir(), 'hardmatch-guards-'));
  await writeFile(join(cwd, 'mappings.csv'), crowdMappings(60));
});

afterAll(async () => {
  await sandbox.close();
  await rm(cwd, { recursive: true, force: true });
});

const run = (words: readonly string[]): Promise<Ran> => hardmatch(words, { cwd, env: sandbox.environment });
const counts = (ran: Ran) => (JSON.parse(ran.stdout) as { counts: Record<string, number> }).counts;
const hasId = (): number => sandbox.tenant.users().filter((user) => user.onPremisesImmutableId !== null).length;

describe('a run', () => {
  it('of a pilot is verified as far as it got: what is not written yet is not wrong', async () => {
    const pilot = await run(['apply', 'mappings.csv', '--run', 'run', '--yes', '--first', '5', '--json']);
    expect(counts(pilot)).toMatchObject({ applied: 5, notReached: 55, matches: 5 });
    const verified = await run(['verify', 'run', '--json']);
    expect(verified.code).toBe(1);
    expect(counts(verified)).toMatchObject({ matches: 5, differs: 0 });
  });

  it('is not rolled back, verified or applied while another command works in its folder', async () => {
    const rivals = [
      ['rollback', 'run', '--yes', '--run', 'back'],
      ['verify', 'run'],
      ['apply', 'run', '--yes'],
    ];
    let others: Promise<Ran[]> | undefined;
    // The first write waits until the rivals have come and gone, however slow this machine is.
    sandbox.tenant.hooks.onRequest = async (request) => {
      if (request.method !== 'PATCH') return undefined;
      others ??= Promise.all(rivals.map((words) => run(words)));
      await others;
      return undefined;
    };
    const applied = await run(['apply', 'run', '--yes', '--concurrency', '1', '--json']);
    delete sandbox.tenant.hooks.onRequest;
    expect(counts(applied)).toMatchObject({ applied: 60, matches: 60 });
    expect((await (others ?? []))?.map((rival) => rival.code)).toEqual([3, 3, 3]);
    expect(hasId()).toBe(60);
  });

  it('is not rolled back by a journal that was changed to speak of another user or value', async () => {
    const path = join(cwd, 'run', 'journal.ndjson');
    const journal = await readFile(path, 'utf8');
    const [first = '', second = ''] = [...journal.matchAll(/"userId":"([^"]+)"/g)].map((match) => match[1] ?? '');
    const lies = [
      journal.replaceAll(first, second),
      journal.replace('"before":null', '"before":"AAAAAAAAAAAAAAAAAAAAAA=="'),
    ];
    for (const lie of lies) {
      expect(lie).not.toBe(journal);
      await writeFile(path, lie);
      for (const words of [
        ['rollback', 'run', '--yes', '--run', 'lied'],
        ['report', 'run'],
        ['verify', 'run'],
      ]) {
        expect([words[0], (await run(words)).code]).toEqual([words[0], 3]);
      }
    }
    await writeFile(path, journal);
    expect(hasId()).toBe(60);
  });

  it('is not verified or rolled back in another tenant', async () => {
    const people = crowd(3);
    const other = await startSandbox({
      ...people,
      tenant: { ...people.tenant, id: '11111111-2222-4333-8444-555555555555' },
    });
    try {
      for (const words of [
        ['verify', 'run'],
        ['rollback', 'run', '--yes', '--run', 'elsewhere'],
      ]) {
        const ran = await hardmatch(words, { cwd, env: other.environment });
        expect([words[0], ran.code, ran.stderr]).toEqual([words[0], 3, expect.stringContaining('The plan is for')]);
      }
    } finally {
      await other.close();
    }
  });

  it('does not pass over a flag that shapes a plan when the plan is there already', async () => {
    const ran = await run(['apply', 'run', '--yes', '--allow-relink']);
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('--allow-relink')]);
  });
});

describe('the tenant as a whole', () => {
  it('stops a plan whose source anchor sync evidently does not use, unless it is confirmed by its name', async () => {
    const there = await startSandbox(readPeople('fixtures/cast.json'));
    try {
      await copyFile('mappings.example.csv', join(cwd, 'cast.csv'));
      const plan = (more: readonly string[]): Promise<Ran> =>
        hardmatch(['plan', 'cast.csv', '--source-anchor', 'objectGUID', ...more], { cwd, env: there.environment });
      const stopped = await plan(['--run', 'contradicted']);
      expect([stopped.code, stopped.stderr]).toEqual([3, expect.stringContaining('contradicts')]);
      expect((await plan(['--run', 'wrongly', '--confirm-source-anchor', 'auto'])).code).toBe(3);
      const confirmed = await plan(['--run', 'confirmed', '--confirm-source-anchor', 'objectGUID', '--json']);
      expect(confirmed.code).toBe(1);
      // Whoever approves the plan sees that it was confirmed against the evidence.
      expect(confirmed.stdout).toContain('anchor-confirmed-against-evidence');
    } finally {
      await there.close();
    }
  });

  it('is the one that was asked for, or has to be confirmed by its name, by every command', async () => {
    const there = await startSandbox(readPeople('fixtures/cast.json'));
    const id = '11111111-1111-4111-8111-111111111111';
    const sync = { onPremisesSyncEnabled: true, onPremisesLastSyncDateTime: null };
    const body = { value: [{ id, displayName: "Somebody Else's $Corp", ...sync }] };
    try {
      await copyFile('mappings.example.csv', join(cwd, 'asked.csv'));
      const ran = (words: readonly string[]): Promise<Ran> => hardmatch(words, { cwd, env: there.environment });
      expect((await ran(['plan', 'asked.csv', '--run', 'asked-before'])).code).toBe(1);
      there.tenant.hooks.onRequest = ({ path }) =>
        path.includes('/organization?') ? { status: 200, body } : undefined;
      for (const words of [
        ['plan', 'asked.csv', '--run', 'asked-other'],
        ['apply', 'asked-before', '--yes'],
        ['verify', 'asked-before'],
        ['lookup', 'tmarsh'],
        ['plan', 'asked.csv', '--run', 'asked-wrongly', '--confirm-tenant', 'Example'],
      ]) {
        const { code, stderr } = await ran(words);
        expect([words, code]).toEqual([words, 3]);
        expect(stderr).toContain(`Tenant ${there.tenant.tenantId} was asked for`);
        expect(stderr).toContain(`Somebody Else's $Corp (${id})`);
        expect(stderr).toContain(optionText(['--confirm-tenant', "Somebody Else's $Corp"]));
      }
      const more = ['--run', 'asked-confirmed', '--confirm-tenant', "somebody else's $corp"];
      const confirmed = await ran(['plan', 'asked.csv', ...more]);
      expect([confirmed.code, confirmed.stdout]).toEqual([1, expect.stringContaining('was asked for')]);
      for (const name of ['plan.ndjson', 'report.html']) {
        expect(await readFile(join(cwd, 'asked-confirmed', name), 'utf8')).toContain('tenant-differs');
      }
    } finally {
      await there.close();
    }
  });

  it.each([
    ['OnPremDirectorySynchronization.Read.All'],
    ['Domain.Read.All'],
    ['RoleManagement.Read.Directory'],
    ['RoleEligibilitySchedule.Read.Directory'],
    ['GroupMember.Read.All'],
    ['OrgContact.Read.All'],
  ])('is planned for without %s: the check is named, no run ends, no row is lost', async (permission) => {
    const there = await startSandbox(readPeople('fixtures/cast.json'), { tenant: { denied: [permission] } });
    try {
      await copyFile('mappings.example.csv', join(cwd, 'cast.csv'));
      const words = ['plan', 'cast.csv', '--run', `without-${permission}`, '--json'];
      const ran = await hardmatch(words, { cwd, env: there.environment });
      expect([ran.code, ran.stderr]).toEqual([1, expect.any(String)]);
      const told = JSON.parse(ran.stdout) as {
        counts: { rows: number };
        reasons: Record<string, number>;
        preflight: { findings: { code: string; facts?: { needs?: string } }[] };
      };
      expect(told.counts.rows).toBe(56);
      expect(told.reasons['check-not-permitted']).toBeGreaterThan(0);
      const needs = told.preflight.findings.map((finding) => finding.facts?.needs ?? '').join(' ');
      expect(needs).toContain(permission);
    } finally {
      await there.close();
    }
  });
});
