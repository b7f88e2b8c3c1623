import { describe, expect, it } from 'vitest';
import type { PracticeCloudUser } from '../../../src/sandbox/people/people.ts';
import { type Parts, adUser, bob, cloudUser, features, grant, guids, idOf, roleId, synced } from '../practice-sync.ts';

const anchored = { onPremisesImmutableId: idOf(guids.ada) };
const inBin = { deletedDateTime: '2026-11-01T00:00:00Z' };
const groupId = '99999999-0000-4000-8000-000000000001';
const nestedId = '99999999-0000-4000-8000-000000000002';

const group = (id: string, members: string[], owners: string[] = []) => ({
  id,
  displayName: id,
  mail: null,
  proxyAddresses: [],
  isAssignableToRole: true,
  members,
  owners,
});

/** One AD user and one cloud user; `unchanged` says whether the tenant's users are what they were. */
async function meet(cloud: PracticeCloudUser, parts: Parts = {}) {
  const { line, tenant } = await synced({ adUsers: [adUser()], cloudUsers: [cloud], ...parts });
  const users = tenant.users();
  return { line, users, unchanged: users.length === 1 && users[0] === cloud };
}

describe('hard match', () => {
  it.each([
    ['a cloud-only user', {}],
    ['a formerly synced user', { onPremisesSyncEnabled: false }],
    ['a user mapped to this very AD object', { onPremisesObjectIdentifier: guids.ada.toUpperCase() }],
    ['a user in a federated domain', { userPrincipalName: 'ada@federated.test' }],
  ])('takes over %s with the anchor', async (_what, changes) => {
    const cloud = cloudUser({ ...anchored, ...changes });
    const { line, users } = await meet(cloud);
    expect(line).toMatchObject({ outcome: 'joined', cloudId: cloud.id, quarantined: [] });
    expect(users).toHaveLength(1);
    expect(users[0]).toMatchObject({
      id: cloud.id,
      onPremisesSyncEnabled: true,
      userPrincipalName: 'ada@example.test',
    });
  });

  it('regards the case of an immutable ID', async () => {
    const { line } = await meet(cloudUser({ onPremisesImmutableId: idOf(guids.ada).toLowerCase() }));
    expect(line.outcome).toBe('provisioned');
  });

  it('comes before soft match', async () => {
    const hard = cloudUser(anchored);
    const soft = cloudUser({ userPrincipalName: 'ada@example.test' });
    const { line } = await synced({ adUsers: [adUser()], cloudUsers: [soft, hard] });
    expect(line).toMatchObject({ outcome: 'joined', cloudId: hard.id });
  });

  it.each<readonly [string, string, (cloud: PracticeCloudUser) => Parts]>([
    [
      'the tenant blocks it',
      'blocked-in-tenant',
      () => ({ tenant: features({ blockCloudObjectTakeoverThroughHardMatchEnabled: true }) }),
    ],
    ['the user has a role', 'role-assigned', ({ id }) => ({ roles: { assignments: [grant(id)] } })],
    [
      'a group of the user has a role',
      'role-assigned',
      ({ id }) => ({ groups: [group(groupId, [id])], roles: { assignments: [grant(groupId)] } }),
    ],
    [
      'a group around a group of the user has a role',
      'role-assigned',
      ({ id }) => ({
        groups: [group(groupId, [nestedId]), group(nestedId, [id, groupId])],
        roles: { assignments: [grant(groupId)] },
      }),
    ],
    [
      'the user has a role in an administrative unit only',
      'role-assigned',
      ({ id }) => ({ roles: { assignments: [{ ...grant(id), directoryScopeId: '/administrativeUnits/1' }] } }),
    ],
    ['the user is eligible for a role', 'role-eligible', ({ id }) => ({ roles: { eligibilities: [grant(id)] } })],
    [
      'a group of the user is eligible for a role',
      'role-eligible',
      ({ id }) => ({ groups: [group(groupId, [id])], roles: { eligibilities: [grant(groupId)] } }),
    ],
    [
      'both, and the tenant blocks it: the switch is told',
      'blocked-in-tenant',
      ({ id }) => ({
        tenant: features({ blockCloudObjectTakeoverThroughHardMatchEnabled: true }),
        roles: { assignments: [grant(id)], eligibilities: [grant(id)] },
      }),
    ],
    [
      'the user has one role and is eligible for another: the one it has is told',
      'role-assigned',
      ({ id }) => ({
        roles: { assignments: [grant(id)], eligibilities: [{ ...grant(id), roleDefinitionId: groupId }] },
      }),
    ],
  ])('is refused when %s', async (_when, why, parts) => {
    const cloud = cloudUser(anchored);
    const { line, unchanged } = await meet(cloud, parts(cloud));
    expect(line).toMatchObject({ outcome: 'hard-match-refused', error: 'InvalidHardMatch', why, cloudId: cloud.id });
    expect(unchanged).toBe(true);
  });

  it.each([
    ['mapped to another AD object', 'other-object-identifier', { onPremisesObjectIdentifier: guids.other }],
    ['a guest', 'guest', { userType: 'Guest' as const }],
    ['a member from elsewhere', 'external', { userPrincipalName: 'ada_p.test#EXT#@example.onmicrosoft.test' }],
  ])('is refused when the user is %s', async (_what, why, changes) => {
    const cloud = cloudUser({ ...anchored, ...changes });
    const { line, unchanged } = await meet(cloud);
    expect(line).toMatchObject({ outcome: 'hard-match-refused', error: 'InvalidHardMatch', why, cloudId: cloud.id });
    expect(unchanged).toBe(true);
  });

  it.each<readonly [string, (cloud: PracticeCloudUser) => Parts]>([
    [
      'the user owns a group with a role',
      ({ id }) => ({ groups: [group(groupId, [], [id])], roles: { assignments: [grant(groupId)] } }),
    ],
    ['a group of the user may be given roles and has none', ({ id }) => ({ groups: [group(groupId, [id])] })],
    ['somebody else has a role', () => ({ roles: { assignments: [grant(roleId)] } })],
    ['soft match is blocked', () => ({ tenant: features({ blockSoftMatchEnabled: true }) })],
  ])('is not refused when %s', async (_when, parts) => {
    const cloud = cloudUser(anchored);
    expect((await meet(cloud, parts(cloud))).line.outcome).toBe('joined');
  });

  it('is not refused for another object identifier while the tenant allows that', async () => {
    const cloud = cloudUser({ ...anchored, onPremisesObjectIdentifier: guids.other });
    const allowed = features({ allowOnPremUpdateOfOnPremisesObjectIdentifierEnabled: true });
    const { line, users } = await meet(cloud, { tenant: allowed });
    expect(line.outcome).toBe('joined');
    expect(users[0]?.onPremisesObjectIdentifier).toBe(guids.ada);
  });
});

describe('a user in the recycle bin', () => {
  it('with the anchor comes back and is taken over', async () => {
    const id = 'dddddddd-0000-4000-8000-000000000001';
    const userPrincipalName = `${id.replaceAll('-', '')}ada@example.test`;
    const { line, users } = await meet(cloudUser({ id, userPrincipalName, ...anchored, ...inBin }));
    expect(line).toMatchObject({ outcome: 'restored', cloudId: id });
    expect(users).toHaveLength(1);
    expect(users[0]).toMatchObject({
      deletedDateTime: null,
      userPrincipalName: 'ada@example.test',
      onPremisesSyncEnabled: true,
    });
  });

  it.each<readonly [string, string, (cloud: PracticeCloudUser) => Parts]>([
    ['with a role', 'role-assigned', ({ id }) => ({ roles: { assignments: [grant(id)] } })],
    ['eligible for a role', 'role-eligible', ({ id }) => ({ roles: { eligibilities: [grant(id)] } })],
    [
      'of a tenant that blocks hard match',
      'blocked-in-tenant',
      () => ({ tenant: features({ blockCloudObjectTakeoverThroughHardMatchEnabled: true }) }),
    ],
  ])('%s stays there', async (_what, why, parts) => {
    const cloud = cloudUser({ ...anchored, ...inBin });
    const { line, unchanged } = await meet(cloud, parts(cloud));
    expect(line).toMatchObject({ outcome: 'hard-match-refused', error: 'InvalidHardMatch', why, cloudId: cloud.id });
    expect(unchanged).toBe(true);
  });

  it('stays there when a live user has the anchor too', async () => {
    const live = cloudUser(anchored);
    const deleted = cloudUser({ ...anchored, ...inBin });
    const { line, tenant } = await synced({ adUsers: [adUser()], cloudUsers: [deleted, live] });
    expect(line).toMatchObject({ outcome: 'joined', cloudId: live.id });
    expect(tenant.user(deleted.id)).toBe(deleted);
  });

  it('is no target of soft match, and stands in the way of no address', async () => {
    // Whether the bin always changes a UPN is not documented; here it has not.
    const userPrincipalName = 'ada@example.test';
    const mailed = { mail: 'ada@example.test', proxyAddresses: ['SMTP:ada@example.test'] };
    const deleted = cloudUser({ ...inBin, ...mailed, userPrincipalName });
    const user = adUser({ proxyAddresses: ['SMTP:ada@example.test'] });
    const { line } = await synced({ adUsers: [user], cloudUsers: [deleted] });
    expect(line).toMatchObject({ outcome: 'provisioned', quarantined: [] });
  });
});

describe('soft match', () => {
  const mailed = adUser({
    mail: 'ada.mail@example.test',
    proxyAddresses: ['SMTP:Ada.North@example.test', 'smtp:a@example.test'],
  });

  it.each<readonly [string, Partial<PracticeCloudUser>, ReturnType<typeof adUser>]>([
    ['by UPN, in any case', { userPrincipalName: 'ADA@example.test' }, adUser()],
    [
      'by the UPN sync makes where AD has none',
      { userPrincipalName: 'ada@example.test' },
      adUser({ userPrincipalName: null }),
    ],
    ['by primary SMTP address', { proxyAddresses: ['smtp:x@example.test', 'SMTP:ada.north@example.test'] }, mailed],
    ['by mail where the cloud user has no primary address', { mail: 'ada.north@example.test' }, mailed],
    [
      'by mail where the AD user has no primary address',
      { proxyAddresses: ['SMTP:only@example.test'] },
      adUser({ mail: 'only@example.test' }),
    ],
  ])('takes over a cloud user without immutable ID %s', async (_how, changes, user) => {
    const cloud = cloudUser(changes);
    const { line, users } = await meet(cloud, { adUsers: [user] });
    expect(line).toMatchObject({ outcome: 'soft-matched', cloudId: cloud.id, quarantined: [] });
    expect(users).toHaveLength(1);
    expect(users[0]).toMatchObject({ onPremisesImmutableId: idOf(guids.ada), onPremisesSyncEnabled: true });
  });

  it.each<readonly [string, Partial<PracticeCloudUser>]>([
    ['a secondary address of the cloud user', { proxyAddresses: ['smtp:ada.north@example.test'] }],
    ['a secondary address of the AD user', { proxyAddresses: ['SMTP:a@example.test'] }],
    ['mail of the AD user beside a primary address', { proxyAddresses: ['SMTP:ada.mail@example.test'] }],
    [
      'mail of the cloud user beside a primary address',
      { mail: 'ada.north@example.test', proxyAddresses: ['SMTP:y@example.test'] },
    ],
  ])('is not made by %s', async (_what, changes) => {
    const { line, users } = await meet(cloudUser(changes), { adUsers: [mailed] });
    expect(line.outcome).toBe('provisioned');
    expect(users).toHaveLength(2);
  });

  it('goes by the SMTP address first, by UPN only when that finds nobody', async () => {
    const byUpn = cloudUser({ userPrincipalName: 'ada@example.test' });
    const byMail = cloudUser({ proxyAddresses: ['SMTP:ada.north@example.test'] });
    const { line } = await synced({ adUsers: [mailed], cloudUsers: [byUpn, byMail] });
    expect(line).toMatchObject({ outcome: 'soft-matched', cloudId: byMail.id });
    // Its UPN is taken by the other, so it gets a placeholder.
    expect(line.quarantined).toEqual([
      { attribute: 'userPrincipalName', value: 'ada@example.test', holderId: byUpn.id },
    ]);
  });

  it('by UPN is off where the tenant has it off', async () => {
    const cloud = cloudUser({ userPrincipalName: 'ada@example.test' });
    const { line } = await meet(cloud, { tenant: features({ softMatchOnUpnEnabled: false }) });
    expect(line.outcome).toBe('provisioned');
  });

  it.each([
    ['has another immutable ID', {}],
    ['is synced from another AD object', { onPremisesSyncEnabled: true }],
    ['was synced from another AD object', { onPremisesSyncEnabled: false }],
  ])('is refused when the target %s', async (_what, changes) => {
    const has = { userPrincipalName: 'ada@example.test', onPremisesImmutableId: idOf(guids.other) };
    const cloud = cloudUser({ ...has, ...changes });
    const { line, unchanged } = await meet(cloud);
    const refused = { error: 'InvalidSoftMatch', why: 'other-immutable-id', cloudId: cloud.id };
    expect(line).toMatchObject({ outcome: 'soft-match-refused', ...refused });
    expect(unchanged).toBe(true);
  });

  it('is refused in a tenant that blocks it, and makes a new user without the name', async () => {
    const cloud = cloudUser({ userPrincipalName: 'ada@example.test' });
    const { line, users } = await meet(cloud, { tenant: features({ blockSoftMatchEnabled: true }) });
    const refused = { error: 'InvalidSoftMatch', why: 'blocked-in-tenant', cloudId: cloud.id };
    expect(line).toMatchObject({ outcome: 'soft-match-refused', ...refused });
    expect(line.quarantined).toEqual([
      { attribute: 'userPrincipalName', value: 'ada@example.test', holderId: cloud.id },
    ]);
    expect(users).toEqual([cloud, expect.objectContaining({ id: line.madeId, onPremisesSyncEnabled: true })]);
    expect(users[1]).toMatchObject({ onPremisesImmutableId: idOf(guids.ada) });
  });

  it.each([
    ['by UPN', { userPrincipalName: 'ada@example.test' }, 'ada@example.test'],
    ['by primary SMTP address', { proxyAddresses: ['SMTP:ada.north@example.test'] }, 'Ada.North@example.test'],
  ])('is refused %s when the target has a role, and makes a new user', async (_how, changes, value) => {
    const cloud = cloudUser(changes);
    const { line, users } = await meet(cloud, { adUsers: [mailed], roles: { assignments: [grant(cloud.id)] } });
    const refused = { error: 'ExistingAdminRoleConflict', why: 'role-assigned', cloudId: cloud.id };
    expect(line).toMatchObject({ outcome: 'soft-match-refused', ...refused });
    expect(line.quarantined).toEqual([expect.objectContaining({ value, holderId: cloud.id })]);
    expect(users).toEqual([cloud, expect.objectContaining({ id: line.madeId, onPremisesSyncEnabled: true })]);
  });

  it('by UPN alone is none in Cloud Sync, by address it is', async () => {
    const byUpn = { adUsers: [adUser()], cloudUsers: [cloudUser({ userPrincipalName: 'ada@example.test' })] };
    expect((await synced(byUpn, { sync: 'cloud' })).line.outcome).toBe('provisioned');
    const byMail = { adUsers: [mailed], cloudUsers: [cloudUser({ mail: 'ada.north@example.test' })] };
    expect((await synced(byMail, { sync: 'cloud' })).line.outcome).toBe('soft-matched');
  });

  it('makes no user of one who has no name that could be a UPN', async () => {
    const nameless = adUser({ userPrincipalName: null, sAMAccountName: 'ada.' });
    const { line, tenant } = await synced({ adUsers: [nameless] });
    expect(line).toMatchObject({ outcome: 'error', error: 'IdentityDataValidationFailed' });
    expect(line.refused).toEqual([{ attribute: 'userPrincipalName', value: 'ada.@example.test', why: 'local part' }]);
    expect(tenant.users()).toEqual([]);
  });

  it.each<readonly [string, Partial<PracticeCloudUser>, (cloud: PracticeCloudUser) => Parts]>([
    ['is eligible for a role', {}, ({ id }) => ({ roles: { eligibilities: [grant(id)] } })],
    ['is mapped to another AD object', { onPremisesObjectIdentifier: guids.other }, () => ({})],
    [
      'is in a tenant that blocks hard match',
      {},
      () => ({ tenant: features({ blockCloudObjectTakeoverThroughHardMatchEnabled: true }) }),
    ],
  ])('is not refused when the target %s', async (_what, changes, parts) => {
    const cloud = cloudUser({ userPrincipalName: 'ada@example.test', ...changes });
    expect((await meet(cloud, parts(cloud))).line.outcome).toBe('soft-matched');
  });

  it.each(['Guest', 'Member'] as const)('passes over somebody from elsewhere: %s', async (userType) => {
    const guest = cloudUser({
      userType,
      mail: 'ada.north@example.test',
      userPrincipalName: 'g#EXT#@example.onmicrosoft.test',
    });
    const { line, users } = await meet(guest, { adUsers: [mailed] });
    expect(line).toMatchObject({ outcome: 'provisioned' });
    expect(line.quarantined).toEqual([
      { attribute: 'proxyAddresses', value: 'Ada.North@example.test', holderId: guest.id },
    ]);
    expect(users[0]).toBe(guest);
  });

  it('passes over users in a federated domain: the AD user becomes a quarantined duplicate', async () => {
    const cloud = cloudUser({ userPrincipalName: 'ada@federated.test' });
    const { line, users } = await meet(cloud, { adUsers: [adUser({ userPrincipalName: 'ada@federated.test' })] });
    expect(line.outcome).toBe('provisioned');
    expect(line.quarantined).toEqual([
      { attribute: 'userPrincipalName', value: 'ada@federated.test', holderId: cloud.id },
    ]);
    expect(users[0]).toBe(cloud);
    expect(users[1]?.userPrincipalName).toMatch(/^ada\d{4}@example\.onmicrosoft\.test$/);
  });
});

describe('a synced user', () => {
  const carried = { ...anchored, onPremisesSyncEnabled: true };

  it.each<readonly [string, (cloud: PracticeCloudUser) => Parts]>([
    ['has a role', ({ id }) => ({ roles: { assignments: [grant(id)] } })],
    [
      'is in a tenant that blocks matching',
      () => ({
        tenant: features({ blockCloudObjectTakeoverThroughHardMatchEnabled: true, blockSoftMatchEnabled: true }),
      }),
    ],
  ])('is carried on, also when it %s', async (_what, parts) => {
    const cloud = cloudUser({ ...carried, userPrincipalName: 'old@example.test' });
    const { line, users } = await meet(cloud, parts(cloud));
    expect(line).toMatchObject({ outcome: 'carried', cloudId: cloud.id });
    expect(users[0]).toMatchObject({ userPrincipalName: 'ada@example.test', onPremisesObjectIdentifier: guids.ada });
  });

  it('does not go to another AD object with the same anchor', async () => {
    const cloud = cloudUser({ ...carried, onPremisesObjectIdentifier: guids.other });
    const { line, unchanged } = await meet(cloud);
    expect(line).toMatchObject({
      outcome: 'error',
      error: 'AttributeUpdateNotAllowed',
      why: 'other-object-identifier',
    });
    expect(unchanged).toBe(true);
  });
});

describe('a user whose source of authority is the cloud', () => {
  const managed = { isCloudManaged: true };

  it('with the anchor is left alone, and its AD user is ignored', async () => {
    const cloud = cloudUser({ ...managed, ...anchored });
    const { line, unchanged } = await meet(cloud);
    expect(line).toMatchObject({ outcome: 'ignored', why: 'cloud-managed', cloudId: cloud.id });
    expect(unchanged).toBe(true);
  });

  it('is passed over by soft match: a new user is made without its name', async () => {
    const cloud = cloudUser({ ...managed, userPrincipalName: 'ada@example.test' });
    const { line, users } = await meet(cloud);
    expect(line).toMatchObject({ outcome: 'provisioned', quarantined: [{ holderId: cloud.id }] });
    expect(users[0]).toBe(cloud);
  });
});

describe('two AD users with one anchor', () => {
  const twins = [
    adUser({ 'mS-DS-ConsistencyGuid': guids.consistency }),
    bob({ 'mS-DS-ConsistencyGuid': guids.consistency }),
  ];
  const target = { onPremisesImmutableId: idOf(guids.consistency) };

  it('are one too many: the first is synced, the second is an error', async () => {
    const { report, tenant } = await synced({ adUsers: twins, cloudUsers: [cloudUser(target)] });
    expect(report.lines.map(({ outcome }) => outcome)).toEqual(['joined', 'error']);
    expect(report.lines[1]).toMatchObject({
      error: 'DuplicateAnchor',
      why: 'CN=Ada North,OU=People,DC=example,DC=test',
    });
    expect(tenant.users()).toHaveLength(1);
  });

  it('do not change places: the one that is synced already stays it', async () => {
    const cloud = cloudUser({ ...target, onPremisesSyncEnabled: true, onPremisesObjectIdentifier: guids.bob });
    const { report } = await synced({ adUsers: twins, cloudUsers: [cloud] });
    expect(report.lines.map(({ outcome }) => outcome)).toEqual(['error', 'carried']);
  });

  it('are none when one is out of scope', async () => {
    const [first, second] = twins;
    const adUsers = [{ ...first, ...adUser({ adminDescription: 'User_' }) }, second ?? bob()];
    const { report } = await synced({ adUsers, cloudUsers: [cloudUser(target)] });
    expect(report.lines.map(({ outcome }) => outcome)).toEqual(['out-of-scope', 'joined']);
  });
});
