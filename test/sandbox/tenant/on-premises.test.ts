// The properties that sync leaves on a user: read, filtered, cleared; and what tests and the practice sync cycle may do.
import { describe, expect, it } from 'vitest';
import { type People, readPeople, sidOfAdUser } from '../../../src/sandbox/people/people.ts';
import { type Client, type Reply, cast, id, openTenant, patch, sharedTenant } from '../tenant-client.ts';
import { crowd } from '../../support/crowd.ts';

const client = await sharedTenant();
const will = id('will.sync');
const omap = id('otto.map');
const names = (reply: Reply): string[] => reply.json.value.map((user) => user.userPrincipalName);
const ask = (filter: string, path = '/users') =>
  client.graph(`${path}?$select=userPrincipalName&$filter=${encodeURIComponent(filter)}`);
const clear = patch({ onPremisesObjectIdentifier: null });

async function withTenant(options: Parameters<typeof openTenant>[0], use: (own: Client) => Promise<void>) {
  const own = await openTenant(options);
  try {
    await use(own);
  } finally {
    await own.close();
  }
}

describe('a synced user', () => {
  it('shows where it comes from, when asked', async () => {
    const selected = [
      'onPremisesSecurityIdentifier',
      'onPremisesDistinguishedName',
      'onPremisesDomainName',
      'onPremisesSamAccountName',
      'onPremisesUserPrincipalName',
      'onPremisesLastSyncDateTime',
      'onPremisesProvisioningErrors',
      'assignedLicenses',
    ];
    const people = cast();
    const place = people.adUsers.findIndex((user) => user.sAMAccountName === 'wsync');
    const { json } = await client.graph(`/users/${will}?$select=${selected.join(',')}`);
    expect(json).toMatchObject({
      onPremisesSecurityIdentifier: sidOfAdUser(people, place),
      onPremisesDistinguishedName: 'CN=Will Sync,OU=People,DC=example,DC=test',
      onPremisesDomainName: 'example.test',
      onPremisesSamAccountName: 'wsync',
      onPremisesUserPrincipalName: 'wsync@example.test',
      onPremisesLastSyncDateTime: '2026-11-23T11:48:00Z',
      onPremisesProvisioningErrors: [],
      assignedLicenses: [],
    });
    const licensed = await client.graph('/users/hugo.holder@example.test?$select=assignedLicenses');
    expect(licensed.json).toMatchObject({
      assignedLicenses: [{ skuId: '6fd2c87f-b296-42f0-b197-1e91e994b900', disabledPlans: [] }],
    });
  });

  it('is found by its SID, and by its logon name in advanced queries only', async () => {
    const sid = client.tenant.user(will)?.onPremisesSecurityIdentifier ?? '';
    expect(names(await ask(`onPremisesSecurityIdentifier eq '${sid}'`))).toEqual(['will.sync@example.test']);
    expect((await ask("onPremisesSamAccountName eq 'wsync'")).status).toBe(400);
    expect((await ask("startsWith(onPremisesSecurityIdentifier,'S-1')")).status).toBe(400);
    expect((await ask("assignedLicenses/any(l:l/skuId eq 'x')")).status).toBe(400);
  });

  it('is found by a provisioning error', async () => {
    await withTenant({}, async ({ graph, tenant }) => {
      const fault = {
        category: 'PropertyConflict',
        propertyCausingError: 'ProxyAddresses',
        value: 'SMTP:taken@example.test',
        occurredDateTime: '2026-11-23T11:48:00Z',
      };
      tenant.change(will, { onPremisesProvisioningErrors: [fault] });
      const filtered = async (filter: string) =>
        graph(`/users?$select=id,onPremisesProvisioningErrors&$filter=${encodeURIComponent(filter)}`);
      const found = await filtered("onPremisesProvisioningErrors/any(e:e/category eq 'PropertyConflict')");
      expect(found.json.value).toEqual([{ id: will, onPremisesProvisioningErrors: [fault] }]);
      const other = "onPremisesProvisioningErrors/any(e:e/category eq 'Other')";
      expect((await filtered(other)).json.value).toEqual([]);
      expect((await filtered("e/category eq 'PropertyConflict'")).status).toBe(400);
    });
  });
});

describe('onPremisesObjectIdentifier', () => {
  it('is there in beta only, for one user and for all', async () => {
    const path = `/users/${omap}?$select=onPremisesObjectIdentifier`;
    expect((await client.graph(path)).status).toBe(400);
    const value = client.tenant.user(omap)?.onPremisesObjectIdentifier;
    expect((await client.graph(`/beta${path}`)).json).toMatchObject({ onPremisesObjectIdentifier: value });
    const all = await client.graph('/beta/users?$select=id,onPremisesObjectIdentifier&$top=999');
    expect(all.json.value).toContainEqual({ id: omap, onPremisesObjectIdentifier: value });
    expect(all.json.value).toContainEqual({ id: id('nora.quill'), onPremisesObjectIdentifier: null });
  });

  it('is cleared with null and set with nothing, in beta', async () => {
    await withTenant({}, async ({ graph, tenant }) => {
      const other = patch({ onPremisesObjectIdentifier: '11111111-1111-4111-8111-111111111111' });
      expect((await graph(`/beta/users/${omap}`, other)).status).toBe(400);
      expect((await graph(`/users/${omap}`, clear)).status).toBe(400);
      expect(tenant.user(omap)?.onPremisesObjectIdentifier).not.toBeNull();
      expect((await graph(`/beta/users/${omap}`, clear)).status).toBe(204);
      expect(tenant.user(omap)?.onPremisesObjectIdentifier).toBeNull();
      // Of a user that sync carries as well: it stamps a new value.
      expect((await graph(`/beta/users/${will}`, clear)).status).toBe(204);
    });
  });

  it('needs a permission of its own, which is good for nothing else', async () => {
    const own = 'User-OnPremisesSyncBehavior.ReadWrite.All';
    const setId = patch({ onPremisesImmutableId: 'AQEBAQEBAQEBAQEBAQEBAQ==' });
    await withTenant({ denied: [own] }, async ({ graph }) => {
      expect((await graph(`/beta/users/${omap}`, clear)).status).toBe(403);
      expect((await graph(`/users/${omap}`, setId)).status).toBe(204);
    });
    await withTenant({ permissions: [own] }, async ({ graph }) => {
      expect((await graph(`/beta/users/${omap}`, clear)).status).toBe(204);
      expect((await graph(`/beta/users/${omap}`, setId)).status).toBe(403);
    });
  });
});

describe('the handle', () => {
  it('restores as it was, and finds by value, live and deleted', async () => {
    await withTenant({}, async ({ tenant }) => {
      const rosa = id('rosa.gone');
      expect(tenant.find('userPrincipalName', 'rosa.gone@example.test')).toEqual([]);
      tenant.restore(rosa);
      expect(tenant.find('userPrincipalName', 'ROSA.gone@example.test').map((user) => user.id)).toEqual([rosa]);
      expect(tenant.user(rosa)).toMatchObject({ deletedDateTime: null });
      expect(tenant.find('proxyAddresses', 'smtp:paul.alias@example.test')).toHaveLength(1);
      expect(() => tenant.restore('11111111-1111-4111-8111-111111111111')).toThrow('has no user');
    });
  });
});

describe('people', () => {
  it('gives every AD user of the cast a SID of its own, the same each time', () => {
    const people = cast();
    const sids = people.adUsers.map((_user, place) => sidOfAdUser(people, place));
    expect(new Set(sids).size).toBe(people.adUsers.length);
    expect(sids[0]).toMatch(/^S-1-5-21-\d+-\d+-\d+-1101$/);
    expect(sidOfAdUser({ ...people, adUsers: [{ ...firstOf(people), objectSid: 'S-1-5-21-1-2-3-4' }] }, 0)).toBe(
      'S-1-5-21-1-2-3-4',
    );
    expect(sidOfAdUser({ ...people, directory: { ...people.directory, domain: 'other.test' } }, 0)).not.toBe(sids[0]);
  });

  it('has only synced users whose SID and identifier are an AD user’s, but for the one from another forest', () => {
    const people = readPeople('fixtures/cast.json');
    const bySid = new Map(people.adUsers.map((user, place) => [sidOfAdUser(people, place), user.objectGUID]));
    const synced = people.cloudUsers.filter((user) => user.onPremisesSyncEnabled === true);
    const strangers = synced.filter(
      (user) => bySid.get(user.onPremisesSecurityIdentifier ?? '') !== user.onPremisesObjectIdentifier,
    );
    expect(synced).toHaveLength(8);
    expect(strangers.map((user) => user.displayName)).toEqual(['Olga Stern']);
  });

  it('makes a crowd with synced, unmatched, deleted users and role holders', async () => {
    const people = crowd(30, { synced: 6, tenantUsers: 60, deleted: 5, withRoles: 4, groups: 2 });
    expect([people.adUsers.length, people.cloudUsers.length]).toEqual([36, 65]);
    const synced = people.cloudUsers.filter((user) => user.onPremisesSyncEnabled === true);
    expect(synced.map((user) => user.onPremisesSecurityIdentifier)).toEqual(
      [30, 31, 32, 33, 34, 35].map((place) => sidOfAdUser(people, place)),
    );
    const own = await openTenant({}, people);
    try {
      expect(own.tenant.rolesOf(people.cloudUsers[59]?.id ?? '')).toHaveLength(1);
      expect(own.tenant.rolesOf(people.cloudUsers[55]?.id ?? '')).toEqual([]);
      expect((await own.graph('/directory/deletedItems/microsoft.graph.user')).json.value).toHaveLength(5);
      expect((await own.graph('/groups')).json.value).toHaveLength(2);
    } finally {
      await own.close();
    }
  });
});

function firstOf(people: People): People['adUsers'][number] {
  const [first] = people.adUsers;
  if (first === undefined) throw new Error('the cast is empty');
  return first;
}
