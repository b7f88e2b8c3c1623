// What the tenant has beside users: sync's settings, directory roles, groups, contacts; and what each permission opens.
import { describe, expect, it } from 'vitest';
import type { TenantOptions } from '../../../src/sandbox/tenant/tenant.ts';
import { type Client, type Reply, cast, id, openTenant, patch, sharedTenant } from '../tenant-client.ts';

/** An entry of an answer, of whatever kind. */
type Entry = Readonly<Record<string, unknown>>;

const client = await sharedTenant();
const eventual = { headers: { ConsistencyLevel: 'eventual' } };
const roles = '/roleManagement/directory';
const people = cast();
const named = (name: string): string => people.groups?.find((group) => group.displayName === name)?.id ?? '';
const operators = named('Helpdesk Operators');
const news = named('News Team');

const entries = (reply: Reply): Entry[] => reply.json.value as unknown as Entry[];
const list = async (path: string): Promise<Entry[]> => entries(await client.graph(path));

async function withTenant(options: Partial<TenantOptions>, use: (own: Client) => Promise<void>): Promise<void> {
  const own = await openTenant(options);
  try {
    await use(own);
  } finally {
    await own.close();
  }
}

describe('GET /organization', () => {
  it('says whether the tenant syncs and since when, as the people file or a test puts it', async () => {
    await withTenant({}, async ({ graph, tenant }) => {
      const read = async () => entries(await graph('/organization'))[0];
      expect(await read()).toMatchObject({
        onPremisesSyncEnabled: true,
        onPremisesLastSyncDateTime: '2026-11-23T11:48:00Z',
      });
      tenant.state.onPremisesSyncEnabled = false;
      tenant.state.onPremisesLastSyncDateTime = null;
      expect(await read()).toMatchObject({ onPremisesSyncEnabled: false, onPremisesLastSyncDateTime: null });
    });
  });

  it('goes by its users where nothing is said', async () => {
    await withTenant({}, async ({ graph, tenant }) => {
      tenant.state.onPremisesSyncEnabled = undefined;
      expect(entries(await graph('/organization'))[0]?.['onPremisesSyncEnabled']).toBe(true);
      for (const user of tenant.users()) tenant.change(user.id, { onPremisesSyncEnabled: null });
      expect(entries(await graph('/organization'))[0]?.['onPremisesSyncEnabled']).toBeNull();
    });
  });
});

describe('GET /directory/onPremisesSynchronization', () => {
  it('is a collection of one with the switches of sync', async () => {
    const [settings, ...others] = await list('/directory/onPremisesSynchronization');
    expect(others).toEqual([]);
    expect(settings).toMatchObject({
      id: client.tenant.tenantId,
      features: {
        blockCloudObjectTakeoverThroughHardMatchEnabled: false,
        blockSoftMatchEnabled: false,
        softMatchOnUpnEnabled: true,
        allowOnPremUpdateOfOnPremisesObjectIdentifierEnabled: false,
      },
    });
  });

  it('shows a switch that was turned', async () => {
    await withTenant({}, async ({ graph, tenant }) => {
      tenant.state.features = { ...tenant.state.features, blockCloudObjectTakeoverThroughHardMatchEnabled: true };
      const [settings] = entries(await graph('/directory/onPremisesSynchronization'));
      expect(settings?.['features']).toMatchObject({ blockCloudObjectTakeoverThroughHardMatchEnabled: true });
    });
  });
});

describe('directory roles', () => {
  it('lists definitions, assignments and eligibilities', async () => {
    const definitions = await list(`${roles}/roleDefinitions?$select=id,displayName`);
    expect(definitions).toContainEqual({
      id: 'fe930be7-5e62-47db-91af-98c3a49a38b1',
      displayName: 'User Administrator',
    });
    const assignments = await list(`${roles}/roleAssignments`);
    expect(assignments).toHaveLength(people.roles?.assignments.length ?? -1);
    expect(assignments[0]).toEqual({
      id: expect.stringMatching(/^[\w-]+-1$/),
      principalId: id('rita.helm'),
      directoryScopeId: '/',
      roleDefinitionId: 'fe930be7-5e62-47db-91af-98c3a49a38b1',
    });
    const eligible = await list(`${roles}/roleEligibilityScheduleInstances`);
    expect(eligible).toEqual([expect.objectContaining({ principalId: id('elena.mora'), memberType: 'Direct' })]);
  });

  it('expands principal and definition: users, groups, and applications', async () => {
    const all = await list(`${roles}/roleAssignments?$expand=principal,roleDefinition`);
    const of = (principal: string) => all.find((entry) => entry['principalId'] === principal);
    expect(of(id('rita.helm'))).toMatchObject({
      principal: { '@odata.type': '#microsoft.graph.user', userPrincipalName: 'rita.helm@example.test' },
      roleDefinition: { displayName: 'User Administrator' },
    });
    expect(of(operators)).toMatchObject({
      principal: { '@odata.type': '#microsoft.graph.group', displayName: 'Helpdesk Operators' },
    });
    const kinds = all.map((entry) => (entry['principal'] as Entry)['@odata.type']);
    expect(kinds).toContain('#microsoft.graph.servicePrincipal');
    expect((await client.graph(`${roles}/roleAssignments?$expand=appScope`)).status).toBe(400);
    expect((await client.graph(`${roles}/roleDefinitions?$expand=principal`)).status).toBe(400);
  });

  it('filters by principal and by role, and refuses what it does not know', async () => {
    const by = (filter: string) => list(`${roles}/roleAssignments?$filter=${encodeURIComponent(filter)}`);
    expect(await by(`principalId eq '${id('rita.helm')}'`)).toHaveLength(1);
    expect(await by("roleDefinitionId eq '62e90394-69f5-4237-9190-012177145e10'")).toHaveLength(1);
    expect(await by(`principalId in ('${id('nora.quill')}')`)).toEqual([]);
    const strange = await client.graph(`${roles}/roleAssignments?$filter=displayName%20eq%20'x'`);
    expect(strange.json.error.message).toContain("'microsoft.graph.unifiedRoleAssignment'");
  });

  it('pages, by a size that $top does not change', async () => {
    await withTenant({ pageSizeCap: 3 }, async ({ graph, next, raw, token }) => {
      const first = await graph(`${roles}/roleAssignments?$top=1`);
      expect(first.json.value).toHaveLength(3);
      const headers = { authorization: `Bearer ${await token()}` };
      const last = await raw(next(first.json), { headers });
      expect([last.json.value.length, last.json['@odata.nextLink']]).toEqual([1, undefined]);
      const all = [...entries(first), ...entries(last)].map((entry) => entry['principalId']);
      expect(new Set(all).size).toBe(4);
    });
  });

  it('does not list the roles of users in the recycle bin until they are restored', async () => {
    await withTenant({ callerRole: 'privileged' }, async ({ graph, tenant }) => {
      const rita = id('rita.helm');
      const holders = async () => entries(await graph(`${roles}/roleAssignments`)).map((entry) => entry['principalId']);
      expect((await graph(`/users/${rita}`, { method: 'DELETE' })).status).toBe(204);
      expect(await holders()).not.toContain(rita);
      tenant.restore(rita);
      expect(await holders()).toContain(rita);
    });
  });

  it('refuses to tell who is eligible without the licence', async () => {
    await withTenant({ premium: false }, async ({ graph }) => {
      const { status, json } = await graph(`${roles}/roleEligibilityScheduleInstances`);
      expect([status, json.error.code]).toEqual([400, 'AadPremiumLicenseRequired']);
      expect((await graph(`${roles}/roleAssignments`)).status).toBe(200);
    });
  });

  it('is told to tests as who holds what, and how', () => {
    const of = (name: string) =>
      client.tenant.rolesOf(id(name)).map(({ role, how, through }) => [role, how, through?.displayName ?? null]);
    expect(of('rita.helm')).toEqual([['User Administrator', 'assigned', null]]);
    expect(of('greg.post')).toEqual([['Helpdesk Administrator', 'assigned', 'Helpdesk Operators']]);
    expect(of('elena.mora')).toEqual([['Exchange Administrator', 'eligible', null]]);
    expect(of('nora.quill')).toEqual([]);
  });
});

describe('groups', () => {
  it('lists them with addresses, and those that can be given roles', async () => {
    const all = await list('/groups');
    expect(all.map((group) => group['displayName'])).toEqual(['Helpdesk Operators', 'News Team', 'Writers']);
    expect(all[1]).toMatchObject({
      mail: 'team.news@example.test',
      mailEnabled: true,
      proxyAddresses: ['SMTP:team.news@example.test'],
      isAssignableToRole: null,
    });
    expect(await list('/groups?$filter=isAssignableToRole%20eq%20true&$select=id')).toEqual([{ id: operators }]);
    expect((await client.graph('/groups?$select=id,userPrincipalName')).status).toBe(400);
  });

  it('finds them by address, mail and name', async () => {
    const by = (filter: string) => list(`/groups?$select=id&$filter=${encodeURIComponent(filter)}`);
    expect(await by("proxyAddresses/any(p:p eq 'smtp:TEAM.news@example.test')")).toEqual([{ id: news }]);
    expect(await by("mail eq 'team.news@example.test'")).toEqual([{ id: news }]);
    expect(await by("startsWith(displayName,'News')")).toEqual([{ id: news }]);
    expect(await by("mail eq 'nobody@example.test'")).toEqual([]);
    expect((await client.graph("/groups?$filter=mail%20ne%20'x'")).status).toBe(400);
  });

  it('counts, with ConsistencyLevel eventual', async () => {
    expect((await client.graph('/groups/$count')).status).toBe(400);
    expect((await client.graph('/groups/$count', eventual)).text).toBe('3');
    expect((await client.graph('/groups/$count?$filter=mailEnabled%20eq%20true', eventual)).text).toBe('1');
    expect((await client.graph('/contacts/$count', eventual)).text).toBe('1');
  });

  it('gives members of nested groups, the groups among them, and only users when cast', async () => {
    const path = `/groups/${news}/transitiveMembers`;
    const all = await list(`${path}?$select=id`);
    expect(all).toHaveLength(4);
    expect(all).toContainEqual({ '@odata.type': '#microsoft.graph.group', id: named('Writers') });
    expect(all).toContainEqual({ '@odata.type': '#microsoft.graph.user', id: id('juergen.mueller') });
    const only = await client.graph(`${path}/microsoft.graph.user?$count=true&$select=id&$top=2`, eventual);
    expect([only.json.value.length, only.json['@odata.count']]).toEqual([2, 3]);
    expect(only.json['@odata.nextLink']).toBeDefined();
    // The cast is an advanced query: plain ones are refused.
    expect((await client.graph(`${path}/microsoft.graph.user`)).status).toBe(400);
    expect((await client.graph(`${path}/microsoft.graph.user?$count=true`)).status).toBe(400);
  });

  it('ends at groups that contain each other, and leaves deleted users out', async () => {
    await withTenant({}, async ({ graph, tenant }) => {
      const writers = named('Writers');
      const circle = tenant.state.groups.map((group) =>
        group.id === writers ? { ...group, members: [...group.members, news] } : group,
      );
      tenant.state.groups = circle;
      const members = async () => entries(await graph(`/groups/${news}/transitiveMembers?$select=id`));
      expect(await members()).toHaveLength(4);
      await graph(`/users/${id('nora.quill')}`, { method: 'DELETE' });
      expect(await members()).toHaveLength(3);
    });
  });

  it('gives owners, and does not find a group that is none', async () => {
    const owners = await list(`/groups/${operators}/owners`);
    expect(owners).toMatchObject([
      { '@odata.type': '#microsoft.graph.user', userPrincipalName: 'ada.admin@example.onmicrosoft.test' },
    ]);
    expect((await client.graph(`/groups/${operators}/owners?$select=id`)).status).toBe(400);
    expect((await client.graph(`/groups/${id('nora.quill')}/owners`)).status).toBe(404);
  });
});

it('lists contacts, and finds them by address', async () => {
  const filter = encodeURIComponent("proxyAddresses/any(p:p eq 'smtp:news.desk@example.test')");
  const found = await list(`/contacts?$filter=${filter}&$select=displayName,mail`);
  expect(found).toEqual([{ displayName: 'News Desk', mail: 'news.desk@example.test' }]);
});

describe('permissions', () => {
  const paths = {
    organization: '/organization',
    licences: '/subscribedSkus',
    domains: '/domains',
    features: '/directory/onPremisesSynchronization',
    assigned: `${roles}/roleAssignments`,
    definitions: `${roles}/roleDefinitions`,
    eligible: `${roles}/roleEligibilityScheduleInstances`,
    groups: '/groups',
    members: `/groups/${operators}/transitiveMembers`,
    owners: `/groups/${operators}/owners`,
    contacts: '/contacts',
    users: '/users',
  };

  async function refusedWithout(denied: string): Promise<string[]> {
    const refused: string[] = [];
    await withTenant({ denied: [denied] }, async ({ graph }) => {
      for (const [name, path] of Object.entries(paths)) {
        const reply = await graph(path);
        if (reply.status === 200) continue;
        expect([reply.status, reply.json.error.code]).toEqual([403, 'Authorization_RequestDenied']);
        refused.push(name);
      }
    });
    return refused;
  }

  it.each([
    ['OnPremDirectorySynchronization.Read.All', ['features']],
    ['RoleManagement.Read.Directory', ['assigned', 'definitions']],
    ['RoleEligibilitySchedule.Read.Directory', ['eligible']],
    ['GroupMember.Read.All', ['groups', 'members', 'owners']],
    ['OrgContact.Read.All', ['contacts']],
    ['Domain.Read.All', ['domains']],
    ['Organization.Read.All', ['organization', 'licences']],
  ])('without %s nothing but its own is refused: %s', async (denied, expected) => {
    expect(await refusedWithout(denied)).toEqual(expected);
  });
});

describe('users who hold a role', () => {
  const setId = patch({ onPremisesImmutableId: 'AQEBAQEBAQEBAQEBAQEBAQ==' });
  const statusOf = async (options: Partial<TenantOptions>, name: string, sent = setId): Promise<number> => {
    const own = await openTenant(options);
    try {
      return (await own.graph(`/users/${encodeURIComponent(name)}`, sent)).status;
    } finally {
      await own.close();
    }
  };

  it.each([
    ['a role of its own', 'rita.helm@example.test'],
    ['a role through a group', 'greg.post@example.test'],
  ])('are not written with %s, unless the caller has a higher one', async (_what, name) => {
    expect(await statusOf({}, name)).toBe(403);
    expect(await statusOf({ callerRole: 'privileged' }, name)).toBe(204);
  });

  it('are written when they are only eligible', async () => {
    expect(await statusOf({}, 'elena.mora@example.test')).toBe(204);
  });

  it('keep what is sensitive, and the rest may be changed', async () => {
    const rita = 'rita.helm@example.test';
    expect(await statusOf({}, rita, patch({ userPrincipalName: 'rita@example.test' }))).toBe(403);
    expect(await statusOf({}, rita, { method: 'DELETE' })).toBe(403);
    expect(await statusOf({}, rita, patch({ department: 'Helpdesk' }))).toBe(204);
  });

  it('are those of this moment: a role that is taken away is in the way no more', async () => {
    await withTenant({}, async ({ graph, tenant }) => {
      tenant.state.roles = { ...tenant.state.roles, assignments: [] };
      expect((await graph(`/users/${id('rita.helm')}`, setId)).status).toBe(204);
      // Being a member or an owner of a group that can be given roles is enough to be protected.
      expect((await graph(`/users/${id('greg.post')}`, setId)).status).toBe(403);
      expect((await graph(`/users/${id('ada.admin')}`, setId)).status).toBe(403);
    });
  });
});
