// A plan is applied as it was reviewed: whatever its decisions rested on and has changed since ends the row as stale, with the
// fact named, and the user is not written.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { People } from '../../../src/sandbox/people/people.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts';
import { crowd, crowdMappings } from '../../support/crowd.ts';
import { hardmatch, type Ran } from '../../support/program.ts';

const rows = 12;
const globalAdministrator = '62e90394-69f5-4237-9190-012177145e10';
let sandbox: Sandbox;
let cwd: string;

beforeEach(async () => {
  sandbox = await startSandbox(crowd(rows));
  cwd = await mkdtemp(join(tmpdir(), 'hardmatch-reviewed-'));
  await writeFile(join(cwd, 'mappings.csv'), crowdMappings(rows));
  const planned = await run(['plan', 'mappings.csv', '--run', 'run']);
  if (planned.code !== 0) throw new Error(planned.stderr);
});

afterEach(async () => {
  await sandbox.close();
  await rm(cwd, { recursive: true, force: true });
});

const run = (words: readonly string[], env: Record<string, string | undefined> = {}): Promise<Ran> =>
  hardmatch(words, { cwd, env: { ...sandbox.environment, ...env } });

const user = (n: number) => {
  const found = sandbox.tenant.users().find(({ userPrincipalName }) => userPrincipalName.startsWith(upn(n)));
  if (!found) throw new Error(`no user ${n}`);
  return found;
};
const upn = (n: number): string => `u${String(n).padStart(7, '0')}`;

async function resultOf(n: number): Promise<string> {
  const text = await readFile(join(cwd, 'run', 'results.csv'), 'utf8');
  return text.split('\r\n').find((line) => line.includes(`,${upn(n)},`)) ?? '';
}

it('leaves whoever became somebody else in the tenant, and writes the others', async () => {
  const ids = Array.from({ length: rows }, (_, index) => user(index + 1).id);
  const at = (n: number): string => ids[n - 1] ?? '';
  sandbox.tenant.change(at(1), { userType: 'Guest' });
  sandbox.tenant.change(at(2), { userPrincipalName: 'renamed@example.test' });
  // A new hire gets the name; it is not the user that was reviewed.
  sandbox.tenant.add({
    ...user(3),
    id: 'eeeeeeee-0000-4000-8000-000000000001',
    userPrincipalName: `${upn(2)}@example.test`,
  });
  sandbox.tenant.change(at(3), { accountEnabled: false });
  sandbox.tenant.state.roles = {
    definitions: [{ id: globalAdministrator, displayName: 'Global Administrator' }],
    assignments: [{ principalId: at(4), roleDefinitionId: globalAdministrator, directoryScopeId: '/' }],
    eligibilities: [{ principalId: at(5), roleDefinitionId: globalAdministrator, directoryScopeId: '/' }],
  };
  const { immutable_id: _none, ...spare } = { immutable_id: null, ...user(7) };
  const planText = await readFile(join(cwd, 'run', 'plan.ndjson'), 'utf8');
  const planned = planText
    .split('\n')
    .flatMap((line) => (line.includes(`"${upn(6)}"`) ? [JSON.parse(line) as { after: string }] : []));
  sandbox.tenant.add({
    ...spare,
    id: 'eeeeeeee-0000-4000-8000-000000000002',
    userPrincipalName: 'holder@example.test',
    onPremisesImmutableId: planned[0]?.after ?? '',
  });
  sandbox.tenant.change(at(7), { onPremisesObjectIdentifier: 'eeeeeeee-0000-4000-8000-000000000003' });

  const applied = await run(['apply', 'run', '--yes', '--json']);
  expect(applied.code).toBe(1);
  expect(JSON.parse(applied.stdout)).toMatchObject({ counts: { stale: 7, applied: 5, rejected: 0 } });
  const facts: readonly (readonly [number, string])[] = [
    [1, 'is Guest now'],
    [2, 'renamed@example.test'],
    [3, 'sign-in allowed'],
    [4, 'Global Administrator'],
    [5, 'Global Administrator'],
    [6, 'holder@example.test'],
    [7, 'eeeeeeee-0000-4000-8000-000000000003'],
  ];
  for (const [n, fact] of facts) {
    const line = await resultOf(n);
    expect(line).toContain(',stale,');
    expect(line).toContain(fact);
    expect(sandbox.tenant.user(at(n))?.onPremisesImmutableId ?? null).toBeNull();
  }
  expect(applied.stderr).toMatch(/not as reviewed, and will not be written/);
});

it('leaves whoever is gone from AD or has another anchor there, where AD can be reached', async () => {
  const people = crowd(rows);
  const [, second, ...others] = people.adUsers;
  const changed: People = {
    ...people,
    adUsers: second
      ? [{ ...second, 'mS-DS-ConsistencyGuid': 'eeeeeeee-0000-4000-8000-000000000004' }, ...others]
      : others,
  };
  const directory = await startSandbox(changed);
  try {
    const { HARDMATCH_AD_URL, HARDMATCH_AD_CA_FILE, HARDMATCH_AD_PASSWORD, HARDMATCH_AD_PASSWORD_FILE } =
      directory.environment;
    const applied = await run(['apply', 'run', '--yes', '--json'], {
      HARDMATCH_AD_URL,
      HARDMATCH_AD_CA_FILE,
      HARDMATCH_AD_PASSWORD,
      HARDMATCH_AD_PASSWORD_FILE,
    });
    expect(JSON.parse(applied.stdout)).toMatchObject({ counts: { stale: 2, applied: rows - 2 } });
    expect(await resultOf(1)).toContain('is not found in AD');
    expect(await resultOf(2)).toContain('AD gives the AD user the immutable ID');
  } finally {
    await directory.close();
  }
});

it('says that AD was not read again where it cannot be reached, and believes the plan', async () => {
  const applied = await run(['apply', 'run', '--yes', '--json'], { HARDMATCH_AD_URL: 'ldaps://127.0.0.1:9' });
  expect(JSON.parse(applied.stdout)).toMatchObject({ counts: { stale: 0, applied: rows } });
  expect(applied.stderr).toContain('AD was not read again before the first write');
});

it('says so, too, where AD answers at first and fails on the way', async () => {
  const directory = await startSandbox(crowd(rows), {
    directory: {
      // The search base is read, the users are not.
      interfere: (search) => (search.filter.includes('objectGUID') ? { kind: 'answer', code: 50 } : undefined),
    },
  });
  try {
    const ofAd = Object.entries(directory.environment).filter(([name]) => name.startsWith('HARDMATCH_AD_'));
    const applied = await run(['apply', 'run', '--yes', '--json'], Object.fromEntries(ofAd));
    expect(JSON.parse(applied.stdout)).toMatchObject({ counts: { stale: 0, applied: rows } });
    expect(applied.stderr).toMatch(/does not let this account search[^]*AD was not read again before the first write/);
  } finally {
    await directory.close();
  }
});

it('does not take another directory for the one of the plan', async () => {
  const people = crowd(rows);
  const domain = 'other.test';
  const directory = await startSandbox({ ...people, directory: { ...people.directory, domain, netbiosName: 'OTHER' } });
  try {
    const ofAd = Object.entries(directory.environment).filter(([name]) => name.startsWith('HARDMATCH_AD_'));
    const applied = await run(['apply', 'run', '--yes'], Object.fromEntries(ofAd));
    expect([applied.code, applied.stderr]).toEqual([3, expect.stringContaining('The plan is for example.test')]);
  } finally {
    await directory.close();
  }
});
