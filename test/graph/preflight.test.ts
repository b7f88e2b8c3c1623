import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CheckName, RoleHolding } from '../../src/core/preflight.ts';
import type { Guid } from '../../src/core/guid.ts';
import type { RoleGrant } from '../../src/graph/bulk/convert-tenant.ts';
import { holdingsOf } from '../../src/graph/role-holdings.ts';
import type { People } from '../../src/sandbox/people/people.ts';
import type { PracticeTenant } from '../../src/sandbox/tenant/tenant.ts';
import { cast, practice } from './practice.ts';

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const direct = (role: string, how: RoleHolding['how'] = 'assigned'): RoleHolding => ({ role, how, through: null });

/** The tenant's own view of who has which role, members of groups included, in the reader's words. */
function rolesInTruth(tenant: PracticeTenant): Map<string, string[]> {
  const shown = ({ how, role, through }: ReturnType<PracticeTenant['rolesOf']>[number]): string =>
    [how, role, through?.displayName ?? ''].join('|');
  return new Map(
    tenant
      .users()
      .filter((user) => user.deletedDateTime === null && tenant.rolesOf(user.id).length > 0)
      .map((user) => [user.id, tenant.rolesOf(user.id).map(shown).toSorted()]),
  );
}

describe('a preflight', () => {
  it('reads sync, its switches, the domains and the roles', async () => {
    const { open, tenant } = await practice();
    tenant.state.features = { ...tenant.state.features, blockSoftMatchEnabled: true };
    const facts = await (await open()).reader.preflight();
    expect(facts.sync).toEqual({ isEnabled: true, lastSyncAt: cast.tenant.onPremisesLastSyncDateTime });
    expect(facts.features).toMatchObject({ hardMatchBlocked: false, softMatchBlocked: true });
    expect(facts.domains).toEqual(
      cast.tenant.domains.map((domain) => ({
        name: domain.id.toLowerCase(),
        isVerified: domain.isVerified,
        isFederated: domain.authenticationType === 'Federated',
        isInitial: domain.isInitial,
      })),
    );
    expect(facts.unchecked).toEqual([]);
    const truth = rolesInTruth(tenant);
    expect(truth.size).toBeGreaterThan(3);
    for (const [user, roles] of truth) {
      const told = (facts.roles.get(user as Guid) ?? []).filter((one) => !one.through?.endsWith('(owner)'));
      expect(told.map((one) => [one.how, one.role, one.through ?? ''].join('|'))).toEqual(roles);
    }
  });

  it('counts the owner of a group that has a role, and says that it is the owner', async () => {
    const { open } = await practice();
    const { roles } = await (await open()).reader.preflight();
    expect(roles.get('5c3d2076-a78b-4c19-9349-9ee1553c9856' as Guid)).toEqual([
      direct('Global Administrator'),
      { role: 'Helpdesk Administrator', how: 'assigned', through: 'Helpdesk Operators (owner)' },
    ]);
  });

  it('knows nobody with a role who has none', async () => {
    const { open, tenant } = await practice();
    const { roles } = await (await open()).reader.preflight();
    const truth = rolesInTruth(tenant);
    const owners = new Set(tenant.state.groups.flatMap((group) => group.owners));
    const users = [...roles.keys()].filter((one) => tenant.user(one) !== undefined);
    expect(users.filter((one) => !truth.has(one) && !owners.has(one))).toEqual([]);
  });

  it('follows the lists and the members of groups to their ends', async () => {
    const { definitions } = cast.roles ?? { definitions: [] };
    const role = definitions[0]?.id ?? '';
    const staff = cast.cloudUsers.filter((user) => user.deletedDateTime === null).slice(0, 12);
    const people: People = {
      ...cast,
      groups: [
        {
          id: id(900),
          displayName: 'Everybody',
          mail: null,
          proxyAddresses: [],
          isAssignableToRole: true,
          members: staff.map((user) => user.id),
          owners: [],
        },
      ],
      roles: {
        definitions,
        assignments: Array.from({ length: 25 }, (_, n) => ({
          principalId: id(n),
          roleDefinitionId: role,
          directoryScopeId: '/',
        })),
        eligibilities: [{ principalId: id(900), roleDefinitionId: role, directoryScopeId: '/' }],
      },
    };
    const { open } = await practice({ pageSizeCap: 5 }, people);
    const { roles } = await (await open()).reader.preflight();
    const eligible = { role: definitions[0]?.displayName, how: 'eligible', through: 'Everybody' };
    expect(staff.map((user) => roles.get(user.id as Guid))).toEqual(staff.map(() => [eligible]));
    expect([...roles.values()].filter(([first]) => first?.through === null)).toHaveLength(25);
  });

  it('costs a handful of requests, and none for each user, role or group', async () => {
    const { open } = await practice();
    const { reader } = await open();
    await reader.preflight();
    // The tenant, and then the members and owners of its role groups.
    expect(reader.counts()).toEqual({ graph: 2, graphWrites: 0, graphThrottled: 0 });
  });

  it('needs the organization, and says so', async () => {
    const { open } = await practice({ denied: ['Organization.Read.All'] });
    const refused = (await open()).reader.preflight();
    await expect(refused).rejects.toMatchObject({ code: 'permission-missing', exitCode: 2 });
    await expect(refused).rejects.toHaveProperty('hint', expect.stringContaining('Organization.Read.All'));
  });
});

// What each permission is for: taken away alone, the check is told as unchecked and everything else is as before.
const checks: readonly (readonly [permission: string, check: CheckName, without: string])[] = [
  ['OnPremDirectorySynchronization.Read.All', 'sync-features', 'features'],
  ['Domain.Read.All', 'domains', 'domains'],
  ['RoleManagement.Read.Directory', 'roles-assigned', 'roles'],
  ['RoleEligibilitySchedule.Read.Directory', 'roles-eligible', 'roles'],
  ['GroupMember.Read.All', 'role-groups', 'roles'],
];

// `denied` takes away what would stand in for a permission too; each of these is granted by itself.
const reading = [
  'User.Read.All',
  'Organization.Read.All',
  'OrgContact.Read.All',
  ...checks.map(([permission]) => permission),
];

describe('a check that is not permitted', () => {
  it('stands in docs/permissions.md with its permission', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/permissions.md'), 'utf8');
    const of = (check: CheckName): string => page.split('\n').find((line) => line.startsWith(`| \`${check}\``)) ?? '';
    const others = [
      ['User.Read.All', 'object-identifiers'],
      ['GroupMember.Read.All', 'address-groups'],
      ['OrgContact.Read.All', 'address-contacts'],
      ['User.Read.All', 'synced-users'],
    ] as const;
    for (const [permission, check] of [...checks, ...others]) expect(of(check)).toContain(`\`${permission}\``);
  });

  it.each(checks)('%s: %s is unchecked, and the rest is read', async (permission, check, without) => {
    const whole = await (await (await practice({ permissions: reading })).open()).reader.preflight();
    expect(whole.unchecked).toEqual([]);
    // Whoever may read assignments may read eligibilities too, so that one is only refused together with the other.
    const missing =
      permission === 'RoleEligibilitySchedule.Read.Directory' ? [permission, checks[2]?.[0]] : [permission];
    const { open } = await practice({ permissions: reading.filter((one) => !missing.includes(one)) });
    const facts = await (await open()).reader.preflight();
    const why = 'Insufficient privileges to complete the operation.';
    expect(facts.unchecked).toContainEqual({ check, kind: 'not-permitted', needs: permission, why });
    expect(facts.unchecked).toHaveLength(missing.length);
    for (const part of ['sync', 'features', 'domains', 'roles'] as const) {
      if (part !== without) expect(facts[part]).toEqual(whole[part]);
    }
    if (without !== 'roles') expect(facts).toHaveProperty(without, null);
    else expect([...facts.roles.values()].flat().length).toBeLessThan([...whole.roles.values()].flat().length);
  });

  it('still tells eligible users where assignments may not be read, and names roles by their ids', async () => {
    const { open } = await practice({ permissions: reading.filter((one) => one !== 'RoleManagement.Read.Directory') });
    const { roles, unchecked } = await (await open()).reader.preflight();
    const [grant] = cast.roles?.eligibilities ?? [];
    expect(unchecked.map((one) => one.check)).toEqual(['roles-assigned']);
    expect([...roles]).toEqual([[grant?.principalId, [direct(grant?.roleDefinitionId ?? '', 'eligible')]]]);
  });

  it('says that a licence is missing where it is not the permission', async () => {
    const { open } = await practice({ premium: false });
    const { unchecked } = await (await open()).reader.preflight();
    expect(unchecked).toEqual([
      {
        check: 'roles-eligible',
        kind: 'not-permitted',
        needs: 'a Microsoft Entra ID P2 licence',
        why: 'The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.',
      },
    ]);
  });

  it('says nothing of groups where no role is known at all', async () => {
    const { open } = await practice({ permissions: ['User.Read.All', 'Organization.Read.All', 'Domain.Read.All'] });
    const { roles, unchecked } = await (await open()).reader.preflight();
    expect(roles.size).toBe(0);
    expect(unchecked.map((one) => one.check)).toEqual(['sync-features', 'roles-assigned', 'roles-eligible']);
  });

  it.each([400, 401, 403, 404, 405, 410, 501])('is one when Graph answers %i', async (status) => {
    const { open, tenant, clock } = await practice();
    const { reader } = await open();
    tenant.hooks.onRequest = (request) =>
      /onPremisesSynchronization/.test(request.path)
        ? { status, body: { error: { code: 'Odd', message: `Answer ${status}.` } } }
        : undefined;
    const { features, unchecked } = await reader.preflight();
    expect(features).toBeNull();
    expect(unchecked).toMatchObject([{ check: 'sync-features', kind: 'failed', why: `Answer ${status}.` }]);
    expect(clock.slept).toEqual([]);
  });

  it('is one when the answer has no switches in it: not told is not off', async () => {
    const { open, tenant } = await practice();
    const { reader } = await open();
    for (const body of [{ value: [] }, { value: [{ features: { blockSoftMatchEnabled: false } }] }, {}]) {
      tenant.hooks.onRequest = (request) =>
        /onPremisesSynchronization/.test(request.path) ? { status: 200, body } : undefined;
      const { features, unchecked } = await reader.preflight();
      expect(features).toBeNull();
      expect(unchecked).toMatchObject([
        { check: 'sync-features', kind: 'failed', why: expect.stringContaining('features') },
      ]);
    }
  });

  it('is told once for all groups, when one group may not be read and another may', async () => {
    const { open, tenant } = await practice();
    const { reader } = await open();
    tenant.hooks.onRequest = (request) =>
      request.batchItem && /transitiveMembers/.test(request.path)
        ? { status: 403, body: { error: { code: 'Authorization_RequestDenied', message: 'Hidden.' } } }
        : undefined;
    const { roles, unchecked } = await reader.preflight();
    const needs = 'GroupMember.Read.All';
    expect(unchecked).toEqual([{ check: 'role-groups', kind: 'not-permitted', needs, why: 'Hidden.' }]);
    expect([...roles.values()].flat().some((one) => one.through === 'Helpdesk Operators (owner)')).toBe(true);
  });
});

describe('a breakdown', () => {
  const paths = [
    /onPremisesSynchronization/,
    /\/domains/,
    /roleAssignments/,
    /roleEligibility/,
    /roleDefinitions/,
    /groups\?/,
    /transitiveMembers/,
    /owners/,
    /isCloudManaged/,
    /subscribedSkus/,
  ];

  it.each(paths)('of %s stops the run, and is never taken for a missing permission', async (path) => {
    for (const answer of [{ status: 503, body: {} }, 'reset-before'] as const) {
      const { open, tenant } = await practice();
      const { reader } = await open();
      // A batch is cut as a whole when one of its items is.
      tenant.hooks.onRequest = (request) => (path.test(request.path) ? answer : undefined);
      await expect(reader.preflight()).rejects.toMatchObject({ name: 'RunFault', exitCode: 2 });
    }
  });

  it('that passes is waited for', async () => {
    const { open, tenant, clock } = await practice();
    const { reader } = await open();
    let refusals = 2;
    tenant.hooks.onRequest = (request) =>
      /roleAssignments/.test(request.path) && refusals-- > 0
        ? { status: 429, headers: { 'Retry-After': '3' }, body: {} }
        : undefined;
    const { unchecked } = await reader.preflight();
    expect(unchecked).toEqual([]);
    expect(clock.slept).toEqual([3_000, 3_000]);
  });
});

describe('holdingsOf', () => {
  const grant = (principal: string, definition: string): RoleGrant => ({ principal, definition });
  const names = [
    { id: 'b', name: 'Beta' },
    { id: 'a', name: 'Alpha' },
  ];
  const staff = { id: 'g', name: 'Staff' };

  it('tells each role once, assigned before eligible, by name', () => {
    const assigned = [grant('u', 'b'), grant('u', 'a'), grant('u', 'b')];
    const roles = holdingsOf({ assigned, eligible: [grant('u', 'a')] }, { names, people: [] });
    expect([...roles]).toEqual([['u', [direct('Alpha'), direct('Beta'), direct('Alpha', 'eligible')]]]);
  });

  it('keeps what comes directly and what comes through a group apart', () => {
    const people = [
      { id: 'u' as Guid, group: staff, isOwner: false },
      { id: 'u' as Guid, group: staff, isOwner: true },
    ];
    const roles = holdingsOf({ assigned: [grant('g', 'a'), grant('u', 'a')], eligible: [] }, { names, people });
    expect([...roles]).toEqual([
      [
        'u',
        [
          direct('Alpha'),
          { role: 'Alpha', how: 'assigned', through: 'Staff' },
          { role: 'Alpha', how: 'assigned', through: 'Staff (owner)' },
        ],
      ],
    ]);
  });

  it('does without the name of a role that is not known', () => {
    expect([...holdingsOf({ assigned: [grant('u', 'z')], eligible: [] }, { names, people: [] })]).toEqual([
      ['u', [direct('z')]],
    ]);
  });
});
