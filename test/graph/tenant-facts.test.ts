// What a plan must know of the tenant beside who is who: what sync leaves alone, what decides a match, what cannot be seen.
import { describe, expect, it } from 'vitest';
import type { Guid } from '../../src/core/guid.ts';
import type { CloudAnswer, CloudUser } from '../../src/core/users.ts';
import type { People, PracticeCloudUser } from '../../src/sandbox/people/people.ts';
import type { PracticeTenant } from '../../src/sandbox/tenant/tenant.ts';
import { cast, idOf, practice } from './practice.ts';

const modes = ['filters', 'listing'] as const;
const live = cast.cloudUsers.filter((user) => user.deletedDateTime === null);
const upn = (name: string) => ({ kind: 'upn', upn: name }) as const;
const nora = 'nora.quill@example.test';

/** The cast with somebody changed. */
const castWith = (name: string, more: Partial<PracticeCloudUser>): People => ({
  ...cast,
  cloudUsers: cast.cloudUsers.map((user) => (user.id === idOf(name) ? { ...user, ...more } : user)),
});
const refusing =
  (path: RegExp, status: number, error: { readonly code: string; readonly message: string }) =>
  (request: { readonly path: string }) => (path.test(request.path) ? { status, body: { error } } : undefined);
const userOf = (answer: CloudAnswer | undefined): CloudUser => {
  if (answer?.kind !== 'found') throw new Error(`not found: ${answer?.kind}`);
  return answer.user;
};

describe('users who are managed in the cloud', () => {
  const asks = (tenant: PracticeTenant) => tenant.requests.filter(({ path }) => path.includes('isCloudManaged'));

  it('are known by their ids, from one question on as many pages as it takes', async () => {
    const managed = live.slice(0, 7).map((user) => user.id);
    const people: People = {
      ...cast,
      cloudUsers: cast.cloudUsers.map((user) => (managed.includes(user.id) ? { ...user, isCloudManaged: true } : user)),
    };
    const { open, tenant } = await practice({ pageSizeCap: 3 }, people);
    const { cloudManaged, unchecked } = await (await open()).reader.preflight();
    expect([...(cloudManaged ?? [])].toSorted()).toEqual(managed.toSorted());
    expect(unchecked).toEqual([]);
    expect(asks(tenant)).toHaveLength(3);
  });

  it('are nobody where there is none, which is not the same as not known', async () => {
    const { open } = await practice();
    expect((await (await open()).reader.preflight()).cloudManaged).toEqual(new Set());
  });

  it.each([
    [403, { code: 'Authorization_RequestDenied', message: 'No.' }, 'not-permitted'],
    [400, { code: 'Request_UnsupportedQuery', message: 'Unsupported filter clause.' }, 'failed'],
    [404, { code: 'ResourceNotFound', message: 'Not here.' }, 'failed'],
  ] as const)('are not known where Graph answers %i, which is told as what it is', async (status, error, kind) => {
    const { open, tenant } = await practice();
    tenant.hooks.onRequest = refusing(/isCloudManaged/, status, error);
    const { cloudManaged, unchecked } = await (await open()).reader.preflight();
    expect(cloudManaged).toBeNull();
    expect(unchecked).toMatchObject([{ check: 'cloud-managed', kind, why: error.message }]);
  });

  it('are not known where an answer names somebody without an id', async () => {
    const { open, tenant } = await practice();
    tenant.hooks.onRequest = ({ path }) =>
      path.includes('isCloudManaged') ? { status: 200, body: { value: [{}] } } : undefined;
    const { cloudManaged, unchecked } = await (await open()).reader.preflight();
    expect([cloudManaged, unchecked.map(({ check, kind }) => [check, kind])]).toEqual([
      null,
      [['cloud-managed', 'failed']],
    ]);
  });
});

describe('the switches of sync', () => {
  it('are all told that bear on a match', async () => {
    const { open, tenant } = await practice();
    tenant.state.features = {
      ...tenant.state.features,
      allowOnPremUpdateOfOnPremisesObjectIdentifierEnabled: true,
      softMatchOnUpnEnabled: false,
      passwordSyncEnabled: true,
      quarantineUponUpnConflictEnabled: false,
    };
    expect((await (await open()).reader.preflight()).features).toEqual({
      hardMatchBlocked: false,
      softMatchBlocked: false,
      objectIdentifierMayChange: true,
      softMatchOnUpn: false,
      upnFollowsAd: true,
      quarantinesUpn: false,
      quarantinesProxyAddresses: true,
      passwordSync: true,
    });
  });

  it('are not known one by one where this Graph does not have them, and the blocks still are', async () => {
    const { open, tenant } = await practice();
    const features = { blockCloudObjectTakeoverThroughHardMatchEnabled: null, blockSoftMatchEnabled: true };
    tenant.hooks.onRequest = ({ path }) =>
      path.includes('onPremisesSynchronization') ? { status: 200, body: { value: [{ features }] } } : undefined;
    const facts = await (await open()).reader.preflight();
    expect(facts.features).toEqual({
      hardMatchBlocked: false,
      softMatchBlocked: true,
      objectIdentifierMayChange: null,
      softMatchOnUpn: null,
      upnFollowsAd: null,
      quarantinesUpn: null,
      quarantinesProxyAddresses: null,
      passwordSync: null,
    });
    expect(facts.unchecked).toEqual([]);
  });
});

describe('what licences bring', () => {
  const exchange = 'efb87545-963c-4e0d-99df-69c6916d9eb0';
  const hugo = 'hugo.holder@example.test';

  it.each(modes)('is known after a preflight, of live users and deleted ones (%s)', async (surveyMode) => {
    const deleted = cast.cloudUsers.find((user) => user.deletedDateTime !== null);
    const people = castWith('iris.vance', {
      assignedLicenses: [cast.tenant.subscribedSkus?.[0]?.skuId ?? ''],
      disabledPlans: [exchange],
    });
    const { open, tenant } = await practice({}, people);
    const { reader } = await open({ tools: { surveyMode } });
    await reader.preflight();
    const asked = reader.counts().graph;
    const names = [hugo, 'iris.vance@example.test', nora];
    const { users } = await reader.survey({ refs: names.map(upn) });
    expect([...users].map((one) => userOf(one).hasMailbox)).toEqual([true, false, false]);
    const bin = await reader.survey({ refs: [{ kind: 'object-id', id: (deleted?.id ?? '') as Guid }] });
    expect([...bin.users]).toMatchObject([{ kind: 'deleted', user: { hasMailbox: expect.any(Boolean) } }]);
    expect(reader.counts().graph).toBeGreaterThan(asked);
    expect(tenant.requests.filter(({ path }) => path.includes('subscribedSkus'))).toHaveLength(1);
  });

  it('is not known where they may not be read, but that who has none has no mailbox by them', async () => {
    const { open, tenant } = await practice();
    const denied = { code: 'Authorization_RequestDenied', message: 'No.' };
    tenant.hooks.onRequest = refusing(/subscribedSkus/, 403, denied);
    const { reader } = await open();
    const { unchecked } = await reader.preflight();
    expect(unchecked).toEqual([
      { check: 'licences', kind: 'not-permitted', needs: 'Organization.Read.All', why: 'No.' },
    ]);
    const { users } = await reader.survey({ refs: [hugo, nora].map(upn) });
    expect([...users].map((one) => userOf(one).hasMailbox)).toEqual([null, false]);
  });
});

describe('what the roles check cannot see', () => {
  it('is who is eligible for membership of a group that has a role', async () => {
    const { open, tenant } = await practice();
    const { limits } = await (await open()).reader.preflight();
    const granted = [...tenant.state.roles.assignments, ...tenant.state.roles.eligibilities];
    const groups = tenant.state.groups.filter(({ id }) => granted.some(({ principalId }) => principalId === id));
    expect(groups.length).toBeGreaterThan(0);
    const named = limits.map((limit) => ({ ...limit, groups: limit.groups.toSorted() }));
    const names = groups.map(({ displayName }) => displayName).toSorted();
    expect(named).toEqual([{ check: 'role-groups', what: 'group-eligibility', groups: names }]);
  });

  it('is who is in a group that hides its members, until they are told', async () => {
    const hiding: People = {
      ...cast,
      groups: (cast.groups ?? []).map((group) => ({ ...group, visibility: 'HiddenMembership' })),
    };
    const hidden = async (permissions: readonly string[]) => {
      const { open } = await practice({ permissions }, hiding);
      const { limits } = await (await open()).reader.preflight();
      return limits.filter(({ what }) => what === 'hidden-members');
    };
    expect(await hidden(['Directory.Read.All'])).toMatchObject([{ check: 'role-groups' }]);
    expect(await hidden(['Directory.Read.All', 'Member.Read.Hidden'])).toEqual([]);
  });

  it('is nothing where no group has a role', async () => {
    const { open } = await practice({}, { ...cast, groups: [] });
    expect((await (await open()).reader.preflight()).limits).toEqual([]);
  });

  it('is not the owners: they are asked for without options, which their page does not have', async () => {
    const { open, tenant } = await practice();
    await (await open()).reader.preflight();
    const owners = tenant.requests.filter(({ path }) => path.includes('/owners'));
    expect(owners.length).toBeGreaterThan(0);
    expect(owners.filter(({ path, status }) => path.includes('?') || status !== 200)).toEqual([]);
  });
});

describe('a user', () => {
  const further = {
    givenName: 'Nora',
    surname: 'Quill',
    employeeId: '0042',
    otherMails: ['nora@home.test'],
    onPremisesSecurityIdentifier: 'S-1-5-21-1-2-3-1105',
    onPremisesDistinguishedName: 'CN=Nora Quill,OU=Staff,DC=example,DC=test',
    onPremisesLastSyncDateTime: '2026-11-20T08:00:00Z',
    isAgent: true,
  };

  it.each(modes)('comes with names, numbers and what sync has left on it (%s)', async (surveyMode) => {
    const { open } = await practice({}, castWith('nora.quill', further));
    const { reader } = await open({ tools: { surveyMode } });
    const { users } = await reader.survey({ refs: [upn(nora)] });
    const expected = {
      givenName: 'Nora',
      surname: 'Quill',
      employeeId: '0042',
      otherMails: ['nora@home.test'],
      isAgent: true,
      sid: 'S-1-5-21-1-2-3-1105',
      dn: 'CN=Nora Quill,OU=Staff,DC=example,DC=test',
      lastSyncAt: '2026-11-20T08:00:00Z',
    };
    expect(userOf(users.at(0))).toMatchObject(expected);
    const read = await reader.readUsers([idOf('nora.quill')]);
    expect(read.get(idOf('nora.quill'))).toMatchObject({ kind: 'user', user: expected });
  });

  it.each(modes)('that holds an ID is known by SID and DN whatever its name is now (%s)', async (surveyMode) => {
    const onPremisesImmutableId = 'AQEBAQEBAQEBAQEBAQEBAQ==';
    const { open } = await practice({}, castWith('nora.quill', { ...further, onPremisesImmutableId }));
    const { reader } = await open({ tools: { surveyMode } });
    const { holders } = await reader.survey({ refs: [], immutableIds: [onPremisesImmutableId] });
    expect(holders.get(onPremisesImmutableId)).toMatchObject([
      {
        userPrincipalName: nora,
        sid: further.onPremisesSecurityIdentifier,
        dn: further.onPremisesDistinguishedName,
        lastSyncAt: further.onPremisesLastSyncDateTime,
      },
    ]);
  });

  it('of /beta may lack any of it, and is no reason to list v1.0 in its place', async () => {
    const { open, tenant } = await practice();
    const { reader } = await open({ tools: { surveyMode: 'listing' } });
    const { id, displayName, userPrincipalName } = live[0] ?? { id: '' };
    const bare = { id, displayName, userPrincipalName, mail: null, userType: 'Member', accountEnabled: true };
    const decisive = { onPremisesImmutableId: null, onPremisesSyncEnabled: null, proxyAddresses: [] };
    const value = [{ ...bare, ...decisive, assignedLicenses: [], onPremisesObjectIdentifier: null }];
    tenant.hooks.onRequest = ({ path }) => (path.startsWith('/beta/') ? { status: 200, body: { value } } : undefined);
    const { users, unchecked } = await reader.survey({ refs: [upn(userPrincipalName ?? '')] });
    const none = { givenName: null, employeeId: null, otherMails: [], sid: null, dn: null, lastSyncAt: null };
    expect([[...users], unchecked]).toMatchObject([[{ kind: 'found', user: none }], []]);
  });
});

describe('an address', () => {
  it.each(modes)('that a guest has in its other mails alone leads to the guest (%s)', async (surveyMode) => {
    const trace = {
      userType: 'Guest',
      mail: null,
      proxyAddresses: [],
      otherMails: ["Jo.O'Neil@partner.test"],
    } as const;
    const { open } = await practice(
      {},
      castWith('nora.quill', { ...trace, otherMails: [...trace.otherMails], proxyAddresses: [] }),
    );
    const { reader } = await open({ tools: { surveyMode } });
    const { addresses } = await reader.survey({ refs: [], addresses: ["jo.o'neil@partner.test"] });
    expect(addresses.get("jo.o'neil@partner.test")).toMatchObject([{ name: nora, as: 'other-mail', isGuest: true }]);
  });

  it.each(modes)('of an external member is a guest’s, whatever its type (%s)', async (surveyMode) => {
    const name = 'nora_partner.test#EXT#@example.onmicrosoft.test';
    const { open } = await practice({}, castWith('nora.quill', { userPrincipalName: name, userType: 'Member' }));
    const { reader } = await open({ tools: { surveyMode } });
    const { addresses } = await reader.survey({ refs: [], addresses: [name.toLowerCase()] });
    expect(addresses.get(name.toLowerCase())).toMatchObject([{ as: 'upn', isGuest: true }]);
  });
});

describe('a recycle bin that may not be read', () => {
  it.each([
    [403, 'Authorization_RequestDenied', 'not-permitted'],
    [400, 'Request_BadRequest', 'failed'],
    [404, 'ResourceNotFound', 'failed'],
  ] as const)('(%i %s) leaves the live users, and is told as %s', async (status, code, kind) => {
    for (const surveyMode of modes) {
      const { open, tenant } = await practice();
      tenant.hooks.onRequest = refusing(/deletedItems/, status, { code, message: 'No bin.' });
      const { reader } = await open({ tools: { surveyMode } });
      const { users, unchecked } = await reader.survey({ refs: live.map((user) => upn(user.userPrincipalName)) });
      expect([...users].every((one) => one.kind === 'found')).toBe(true);
      expect(unchecked).toEqual([{ check: 'recycle-bin', kind, needs: 'User.Read.All', why: 'No bin.' }]);
    }
  });

  it('ends the run where it breaks down, which is no refusal', async () => {
    const { open, tenant } = await practice();
    tenant.hooks.onRequest = ({ path }) => (path.includes('deletedItems') ? { status: 503, body: {} } : undefined);
    await expect((await open()).reader.survey({ refs: [upn(nora)] })).rejects.toMatchObject({ name: 'RunFault' });
  });
});

describe('a page token that expires', () => {
  const expired = { code: 'Directory_ExpiredPageToken', message: 'The page token has expired.' };

  /** Refuses so many pages of a listing that are not its first. */
  function expiring(tenant: PracticeTenant, path: RegExp, times: number): void {
    let left = times;
    tenant.hooks.onRequest = (request) =>
      path.test(request.path) && request.path.includes('skiptoken') && left-- > 0
        ? { status: 400, body: { error: expired } }
        : undefined;
  }

  it.each([1, 2])('%i times costs a listing nothing but time', async (times) => {
    const { open, tenant } = await practice({ pageSizeCap: 7 });
    expiring(tenant, /\/users\?/, times);
    const { reader } = await open({ tools: { surveyMode: 'listing' } });
    const { users, unchecked } = await reader.survey({ refs: live.map((user) => upn(user.userPrincipalName)) });
    expect([...users].map((one) => userOf(one).objectIdentifier === undefined)).toEqual(live.map(() => false));
    expect(unchecked).toEqual([]);
  });

  it('costs the list of synced users nothing either', async () => {
    const { open, tenant } = await practice({ pageSizeCap: 2 });
    const { reader } = await open();
    const whole = (await reader.syncedUsers(500)).users;
    expiring(tenant, /\/users\?/, 2);
    expect(await reader.syncedUsers(500)).toEqual({ users: whole, unchecked: [] });
  });

  it('again and again is told as what it is, and never as a missing right', async () => {
    const { open, tenant } = await practice({ pageSizeCap: 1 });
    expiring(tenant, /deletedItems/, Infinity);
    const { unchecked } = await (await open()).reader.survey({ refs: [upn(nora)] });
    expect(unchecked).toEqual([{ check: 'recycle-bin', kind: 'failed', needs: 'User.Read.All', why: expired.message }]);
  });
});
