// What planning a whole migration costs in requests. The people are made by number; bench/plan-requests.bench.ts has as many
// as the largest tenants.
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { type Guid, guidFromBytes } from '../../src/core/guid.ts';
import type { CloudRef } from '../../src/core/references.ts';
import type { TenantReader } from '../../src/run/ports.ts';
import type { People, PracticeCloudUser, PracticeRoles } from '../../src/sandbox/people/people.ts';
import { crowd } from '../support/crowd.ts';
import { practice } from './practice.ts';

const users = 20_000;
const deletedUsers = 2_000;
const rows = 15_000;
const roleHolders = 300;
const roleGroups = 10;

const made = (kind: string, n: number): Guid =>
  guidFromBytes(createHash('sha256').update(`${kind}:${n}`).digest().subarray(0, 16));
const numbered = <Item>(count: number, make: (n: number) => Item): Item[] =>
  Array.from({ length: count }, (_, n) => make(n));
const role = made('role', 0);
const grantTo = (principalId: string): PracticeRoles['assignments'][number] => ({
  principalId,
  roleDefinitionId: role,
  directoryScopeId: '/',
});

/** Half of the role holders directly, the others through groups; a third of them merely eligible. */
function company(): People {
  const people = crowd(users);
  const holders = people.cloudUsers.slice(0, roleHolders).map((user) => user.id);
  const direct = holders.slice(0, roleHolders / 2);
  const inGroups = holders.slice(roleHolders / 2);
  const gone = (n: number): PracticeCloudUser => {
    const id = made('gone', n);
    return {
      id,
      displayName: `Gone ${n}`,
      userPrincipalName: `${id.replaceAll('-', '')}gone${n}@example.test`,
      mail: null,
      userType: 'Member',
      accountEnabled: false,
      onPremisesImmutableId: null,
      onPremisesSyncEnabled: null,
      deletedDateTime: '2026-11-01T00:00:00Z',
      proxyAddresses: [],
    };
  };
  return {
    ...people,
    cloudUsers: [
      ...people.cloudUsers.map((user, n) => ({
        ...user,
        proxyAddresses: [`SMTP:${user.userPrincipalName}`, `smtp:old${n}@example.test`],
        onPremisesSyncEnabled: n % 6 === 5 ? true : null,
      })),
      ...numbered(deletedUsers, gone),
    ],
    groups: [
      ...numbered(roleGroups, (n) => ({
        id: made('role group', n),
        displayName: `Role group ${n}`,
        mail: null,
        proxyAddresses: [],
        isAssignableToRole: true,
        members: inGroups.filter((_, place) => place % roleGroups === n),
        owners: [],
      })),
      ...numbered(4_000, (n) => ({
        id: made('list', n),
        displayName: `List ${n}`,
        mail: `list${n}@example.test`,
        proxyAddresses: [`SMTP:list${n}@example.test`],
        members: [],
        owners: [],
      })),
    ],
    contacts: numbered(1_000, (n) => ({
      id: made('contact', n),
      displayName: `Contact ${n}`,
      mail: `contact${n}@partner.test`,
      proxyAddresses: [`SMTP:contact${n}@partner.test`],
    })),
    roles: {
      definitions: [{ id: role, displayName: 'User Administrator' }],
      assignments: [...direct.slice(0, 100), ...numbered(roleGroups / 2, (n) => made('role group', n))].map(grantTo),
      eligibilities: [
        ...direct.slice(100),
        ...numbered(roleGroups / 2, (n) => made('role group', n + roleGroups / 2)),
      ].map(grantTo),
    },
  };
}

const people = company();

/** Everything that a plan of the first `count` users asks of the tenant. */
async function plan(reader: TenantReader, { cloudUsers }: People, count: number) {
  const meant = cloudUsers.slice(0, count);
  const refs = meant.map((user): CloudRef => ({ kind: 'upn', upn: user.userPrincipalName }));
  const addresses = new Set(meant.flatMap((user, n) => [user.userPrincipalName, `old${n}@example.test`]));
  addresses.add('list7@example.test').add('contact7@partner.test');
  const immutableIds = numbered(count, (n) => Buffer.from(made('anchor', n)).toString('base64'));
  const [, facts, synced] = await Promise.all([reader.describe(), reader.preflight(), reader.syncedUsers(999)]);
  const forTenant = reader.counts().graph;
  const survey = await reader.survey({ refs, immutableIds, addresses });
  const { graph, graphWrites } = reader.counts();
  console.log(`${count} rows: ${graph} requests, ${forTenant} of them for the tenant as a whole`);
  return { facts, synced, survey, graph, graphWrites };
}

const pages = (count: number): number => Math.ceil(count / 999);

/** The pages, each read once; three requests for the tenant as a whole (a batch, more assignments, role groups), the counts. */
const allowed = (...listed: readonly number[]): number =>
  listed.map(pages).reduce((sum, count) => sum + count, 0) + 3 + 1;

it('planning 15,000 rows over 20,000 users takes one request for each page, and four', async () => {
  const { open, tenant } = await practice({ requestLogSize: 1_000 }, people);
  const { reader } = await open();
  const { facts, synced, survey, graph, graphWrites } = await plan(reader, people, rows);

  expect(graph).toBeLessThanOrEqual(allowed(users, deletedUsers, 4_000, 1_000));
  // The promise for 100,000 rows over 120,000 users; a hundred more assignments are a page more.
  expect(allowed(120_000, deletedUsers, 10) + 1).toBeLessThanOrEqual(140);
  expect(graph).toBe(tenant.counters.total);
  expect(graphWrites).toBe(0);
  expect(facts.roles.size).toBe(roleHolders);
  expect([facts.unchecked, survey.unchecked]).toEqual([[], []]);
  expect(synced.users).toHaveLength(999);
  expect([...survey.users].filter((one) => one.kind === 'found' && one.user.objectIdentifier === null)).toHaveLength(
    rows,
  );
  expect(survey.addresses.size).toBe(2 * rows + 2);
  const meant = people.cloudUsers;
  expect(survey.addresses.get('old7@example.test')?.map((one) => one.id)).toEqual([meant[7]?.id]);
  expect(survey.addresses.get('list7@example.test')?.map((one) => one.id)).toEqual([made('list', 7)]);
}, 120_000);

it('planning 100 rows over 20,000 users takes at most 12 requests', async () => {
  const few = { ...people, groups: people.groups?.slice(0, roleGroups + 10) ?? [], contacts: [] };
  const { open, tenant } = await practice({ requestLogSize: 1_000 }, few);
  const { reader } = await open();
  const { facts, survey, graph } = await plan(reader, few, 100);
  expect(graph).toBeLessThanOrEqual(12);
  expect(graph).toBe(tenant.counters.total);
  expect([facts.unchecked, survey.unchecked]).toEqual([[], []]);
  expect([...survey.users].filter((one) => one.kind === 'found' && one.user.objectIdentifier === null)).toHaveLength(
    100,
  );
}, 60_000);

it('a few rows take a few requests, however large the tenant', async () => {
  const plain: People = { ...crowd(5_000), groups: [], contacts: [] };
  const { open } = await practice({}, plain);
  const { reader } = await open();
  const meant = plain.cloudUsers.slice(0, 20);
  await reader.survey({
    refs: meant.map((user) => ({ kind: 'upn', upn: user.userPrincipalName })),
    immutableIds: numbered(20, (n) => made('anchor', n)),
    addresses: new Set(meant.flatMap((user, n) => [user.userPrincipalName, `old${n}@example.test`])),
  });
  // Users, groups and contacts in two batches, the object identifiers in one of /beta, and the recycle bin.
  expect(reader.counts().graph).toBe(4);
});
