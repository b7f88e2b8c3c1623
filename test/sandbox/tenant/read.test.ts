import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, cast, eventual, id, openTenant, sharedTenant } from '../tenant-client.ts';

let client: Client;
beforeAll(async () => {
  client = await sharedTenant();
});

const live = cast().cloudUsers.filter((user) => user.deletedDateTime === null);
const deleted = cast().cloudUsers.filter((user) => user.deletedDateTime !== null);
const names = (value: readonly { readonly userPrincipalName: string }[]): string[] =>
  value.map((user) => user.userPrincipalName);

describe('GET /users', () => {
  it('gives the default properties, among which the immutable ID is not', async () => {
    const { json } = await client.graph('/users');
    expect(json.value).toHaveLength(live.length);
    expect(Object.keys(json.value[0] ?? {})).toEqual([
      'id',
      'businessPhones',
      'displayName',
      'givenName',
      'jobTitle',
      'mail',
      'mobilePhone',
      'officeLocation',
      'preferredLanguage',
      'surname',
      'userPrincipalName',
    ]);
    expect(json['@odata.context']).toBe(`${client.tenant.graphUrl}/v1.0/$metadata#users`);
  });

  it('gives the selected properties and no others', async () => {
    const { json } = await client.graph('/users?$select=id,onPremisesImmutableId,onPremisesSyncEnabled');
    const theo = json.value.find((user) => user.id === id('theo.marsh'));
    expect(theo).toEqual({
      id: id('theo.marsh'),
      onPremisesImmutableId: 'PcT9u5BIWEW7iVDYAgFKlw==',
      onPremisesSyncEnabled: null,
    });
  });

  it('refuses to select a property it does not know', async () => {
    const { status, json } = await client.graph('/users?$select=id,immutableId');
    expect(status).toBe(400);
    expect(json.error.message).toContain(
      "Could not find a property named 'immutableId' on type 'microsoft.graph.user'",
    );
  });

  it('knows onPremisesObjectIdentifier in beta only', async () => {
    expect((await client.graph('/users?$select=onPremisesObjectIdentifier')).status).toBe(400);
    const { status, json } = await client.graph('/beta/users?$select=onPremisesObjectIdentifier&$top=1');
    expect(status).toBe(200);
    expect(json.value).toEqual([{ onPremisesObjectIdentifier: null }]);
    expect(json['@odata.nextLink']).toContain('/beta/users?');
  });

  it('leaves deleted users out', async () => {
    const { json } = await client.graph('/users?$select=userPrincipalName&$top=999');
    expect(names(json.value)).toEqual(live.map((user) => user.userPrincipalName));
  });

  it.each(['0', '1000', '-1', 'all'])('refuses $top=%s', async (top) => {
    const { status, json } = await client.graph(`/users?$top=${top}`);
    expect([status, json.error.code]).toEqual([400, 'Request_UnsupportedQuery']);
  });

  it('refuses options it does not serve, and ignores what is none', async () => {
    expect((await client.graph('/users?$search=x')).status).toBe(400);
    expect((await client.graph('/users?$skip=5')).status).toBe(400);
    expect((await client.graph('/users?$top=1&$top=2')).status).toBe(400);
    expect((await client.graph('/users?top=1')).json.value).toHaveLength(live.length);
  });

  it('sorts by name when asked', async () => {
    const { json } = await client.graph('/users?$select=userPrincipalName&$orderby=userPrincipalName%20desc');
    const sorted = live
      .map((user) => user.userPrincipalName.toLowerCase())
      .toSorted()
      .toReversed();
    expect(names(json.value).map((name) => name.toLowerCase())).toEqual(sorted);
    expect((await client.graph('/users?$orderby=mail')).status).toBe(400);
  });
});

describe('paging', () => {
  async function pages(
    path: string,
    headers: Record<string, string> = {},
  ): Promise<{ sizes: number[]; upns: string[] }> {
    const sizes: number[] = [];
    const upns: string[] = [];
    for (let next: string | undefined = path; next !== undefined;) {
      const { json } = await client.graph(next.replace(client.tenant.graphUrl, ''), { headers });
      sizes.push(json.value.length);
      upns.push(...names(json.value));
      next = json['@odata.nextLink'];
    }
    return { sizes, upns };
  }

  it('gives everybody once over next links, and none after the last page', async () => {
    const { sizes, upns } = await pages('/users?$select=userPrincipalName&$top=7');
    expect(sizes.slice(0, -1).every((size) => size === 7)).toBe(true);
    expect(upns).toEqual(live.map((user) => user.userPrincipalName));
  });

  it('keeps the options, as they were written, in next links', async () => {
    const { json } = await client.graph('/users?$select=id&$top=2&$filter=userType%20eq%20%27Member%27');
    expect(json['@odata.nextLink']).toContain('$filter=userType%20eq%20%27Member%27');
    expect(json['@odata.nextLink']).toMatch(/[?&]\$skiptoken=[\w-]+$/);
  });

  it('has no next link on a last page that is exactly full', async () => {
    const { json } = await client.graph(`/users?$top=${live.length}`);
    expect(json.value).toHaveLength(live.length);
    expect(json['@odata.nextLink']).toBeUndefined();
  });

  it('sorts across pages', async () => {
    const { upns } = await pages('/users?$select=userPrincipalName&$top=5&$orderby=userPrincipalName');
    const lower = upns.map((upn) => upn.toLowerCase());
    expect(lower).toEqual(lower.toSorted());
    expect(upns).toHaveLength(live.length);
  });

  it('counts on the first page of an advanced query, and only there', async () => {
    const path = '/users?$select=userPrincipalName&$top=20&$count=true';
    const { json } = await client.graph(path, { headers: eventual });
    expect(json['@odata.count']).toBe(live.length);
    const second = await client.graph(client.next(json), {
      headers: eventual,
    });
    expect(second.json['@odata.count']).toBeUndefined();
    expect((await client.graph(path)).json['@odata.count']).toBeUndefined();
  });

  it('refuses a skip token of another query, or a broken one', async () => {
    const { json } = await client.graph('/users?$select=id&$top=2');
    const token = /\$skiptoken=(.*)$/.exec(client.next(json))?.[1];
    expect((await client.graph(`/users?$select=id&$top=3&$skiptoken=${token}`)).status).toBe(400);
    expect((await client.graph('/users?$select=id&$top=2&$skiptoken=nonsense')).status).toBe(400);
  });

  it('gives pages shorter than asked where the tenant caps them', async () => {
    const capped = await openTenant({ pageSizeCap: 3 });
    try {
      const { json } = await capped.graph('/users?$top=999');
      expect(json.value).toHaveLength(3);
      expect(json['@odata.nextLink']).toBeDefined();
    } finally {
      await capped.close();
    }
  });
});

describe('GET /users/$count', () => {
  it('is plain text, and needs ConsistencyLevel eventual', async () => {
    const reply = await client.graph('/users/$count', { headers: eventual });
    expect([reply.text, reply.headers['content-type']]).toEqual([String(live.length), 'text/plain']);
    const plain = await client.graph('/users/$count');
    expect(plain.status).toBe(400);
    expect(plain.json.error.message).toBe('$count is not currently supported.');
  });

  it('counts what fits a filter', async () => {
    const reply = await client.graph("/users/$count?$filter=userType%20eq%20'Guest'", { headers: eventual });
    expect(reply.text).toBe('1');
  });
});

describe('GET /users/{id or UPN}', () => {
  it('finds by object id and by UPN, in any case', async () => {
    const byId = await client.graph(`/users/${id('nora.quill').toUpperCase()}?$select=userPrincipalName`);
    const byUpn = await client.graph('/users/Nora.QUILL@example.test?$select=id,onPremisesImmutableId');
    expect(byId.json.userPrincipalName).toBe('nora.quill@example.test');
    expect(byUpn.json).toMatchObject({ id: id('nora.quill'), onPremisesImmutableId: null });
    expect(byUpn.json['@odata.context']).toContain('#users(id,onPremisesImmutableId)/$entity');
  });

  it('finds UPNs with percent-encoded # and apostrophe, and in parentheses', async () => {
    const guest = encodeURIComponent('petra_partner.test#EXT#@example.onmicrosoft.test');
    expect((await client.graph(`/users/${guest}`)).json.id).toBe(id('petra_partner.test#EXT#'));
    const sean = encodeURIComponent("sean.o'brien@example.test");
    expect((await client.graph(`/users/${sean}`)).json.id).toBe(id("sean.o'brien"));
    expect((await client.graph('/users/sean.o%27brien@example.test')).json.id).toBe(id("sean.o'brien"));
    expect((await client.graph("/users('sean.o''brien@example.test')")).json.id).toBe(id("sean.o'brien"));
  });

  it('meets another user where a # was not encoded', async () => {
    const { json } = await client.graph('/users/petra_partner.test#EXT#@example.onmicrosoft.test');
    expect(json.id).toBe(id('petra_partner.test'));
  });

  it('does not find deleted and unknown users', async () => {
    for (const key of [id('rosa.gone'), 'ken.lost@example.test', '99999999-0000-4000-8000-000000000000']) {
      const { status, json } = await client.graph(`/users/${key}`);
      expect(status).toBe(404);
      expect(json.error.code).toBe('Request_ResourceNotFound');
      expect(json.error.message).toContain(`'${key}'`);
    }
  });

  it('refuses a broken escape', async () => {
    expect((await client.graph('/users/a%ZZ')).status).toBe(400);
  });
});

describe('the recycle bin', () => {
  const bin = '/directory/deletedItems/microsoft.graph.user';

  it('lists deleted users with their UPNs mangled and their mail kept', async () => {
    const { json } = await client.graph(
      `${bin}?$select=id,userPrincipalName,mail,onPremisesImmutableId,deletedDateTime`,
    );
    expect(json.value).toEqual(
      deleted.map((user) => ({
        id: user.id,
        userPrincipalName: user.userPrincipalName,
        mail: user.mail,
        onPremisesImmutableId: user.onPremisesImmutableId,
        deletedDateTime: user.deletedDateTime,
      })),
    );
    for (const user of json.value) expect(user.userPrincipalName).toContain(user.id.replaceAll('-', ''));
  });

  it('pages and counts', async () => {
    const { json } = await client.graph(`${bin}?$top=1`);
    expect(json.value).toHaveLength(1);
    const next = await client.graph(client.next(json));
    expect(next.json.value[0]?.id).toBe(deleted[1]?.id);
    expect((await client.graph(`${bin}/$count`, { headers: eventual })).text).toBe(String(deleted.length));
  });

  it('gives one deleted user by id, and no live one', async () => {
    const found = await client.graph(`/directory/deletedItems/${id('rosa.gone')}?$select=id,mail`);
    expect(found.json).toMatchObject({ '@odata.type': '#microsoft.graph.user', mail: 'rosa.gone@example.test' });
    expect((await client.graph(`/directory/deletedItems/${id('nora.quill')}`)).status).toBe(404);
  });
});

describe('the tenant about itself', () => {
  it('names itself, its verified domains, and whether it syncs', async () => {
    const { json } = await client.graph('/organization');
    expect(json.value).toHaveLength(1);
    expect(json.value[0]).toMatchObject({
      id: client.tenant.tenantId,
      displayName: 'Example Practice Tenant',
      onPremisesSyncEnabled: true,
      onPremisesLastSyncDateTime: '2026-11-23T11:48:00Z',
    });
    expect(json.value[0]?.verifiedDomains.map((domain) => domain.name)).toContain('example.test');
    const selected = await client.graph('/organization?$select=id,displayName');
    expect(Object.keys(selected.json.value[0] ?? {})).toEqual(['id', 'displayName']);
  });

  it('lists its domains, ignoring $filter and $top', async () => {
    const { json } = await client.graph("/domains?$filter=id%20eq%20'x'&$top=1");
    expect(json.value.map((domain) => domain.id)).toEqual([
      'example.test',
      'example.onmicrosoft.test',
      'fed.example.test',
    ]);
    expect(json.value[0]).toMatchObject({ authenticationType: 'Managed', isVerified: true, isDefault: true });
    expect(json.value[2]).toMatchObject({ authenticationType: 'Federated', isVerified: true });
  });
});

describe('POST /directoryObjects/getByIds', () => {
  const ask = (body: unknown, query = '') =>
    client.graph(`/directoryObjects/getByIds${query}`, { method: 'POST', body });

  it('gives live users with selected properties, and leaves out the rest', async () => {
    const wanted = [id('theo.marsh'), id('rosa.gone'), '99999999-0000-4000-8000-000000000000', id('theo.marsh')];
    const { json } = await ask({ ids: wanted, types: ['user'] }, '?$select=id,onPremisesImmutableId');
    expect(json.value).toEqual([
      {
        '@odata.type': '#microsoft.graph.user',
        id: id('theo.marsh'),
        onPremisesImmutableId: 'PcT9u5BIWEW7iVDYAgFKlw==',
      },
    ]);
    expect((await ask({ ids: wanted, types: ['group'] })).json.value).toEqual([]);
  });

  it('refuses more than 1,000 ids, none, and what is no id', async () => {
    const many = Array.from({ length: 1_001 }, () => id('theo.marsh'));
    for (const ids of [many, [], ['nonsense'], undefined]) expect((await ask({ ids })).status).toBe(400);
  });
});

describe('what is asked of every answer', () => {
  it('carries ids, charge and date, and repeats the caller’s own id', async () => {
    const headers = { 'client-request-id': 'mine-1' };
    const good = await client.graph('/users?$top=5', { headers });
    expect(good.headers['request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(good.headers['client-request-id']).toBe('mine-1');
    expect(good.headers['date']).toBeDefined();
    expect(good.headers['x-ms-resource-unit']).toBe('1');
    const bad = await client.graph('/users/nobody', { headers });
    expect(bad.json.error.innerError).toEqual({
      date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
      'request-id': bad.headers['request-id'],
      'client-request-id': 'mine-1',
    });
  });

  it.each([
    ['/users', 2],
    ['/users?$select=id', 1],
    ['/users?$top=10', 1],
    ['/users?$top=20', 2],
    ['/users?$select=id&$top=10', 1],
    ['/domains', 1],
  ])('charges %s with %i units', async (path, units) => {
    expect((await client.graph(path)).headers['x-ms-resource-unit']).toBe(String(units));
  });

  it('charges getByIds with 5 units, 4 with $select', async () => {
    const body = { ids: [id('theo.marsh')] };
    const sent = { method: 'POST', body };
    expect((await client.graph('/directoryObjects/getByIds', sent)).headers['x-ms-resource-unit']).toBe('5');
    expect((await client.graph('/directoryObjects/getByIds?$select=id', sent)).headers['x-ms-resource-unit']).toBe('4');
  });

  it('refuses unknown paths and methods', async () => {
    expect((await client.graph('/nothing/here')).json.error.message).toContain("segment 'nothing'");
    const put = await client.graph(`/users/${id('nora.quill')}`, { method: 'PUT', body: {} });
    expect(put.status).toBe(405);
    expect((await client.graph('/$batch')).status).toBe(400);
  });
});

describe('permissions', () => {
  async function statuses(options: Parameters<typeof openTenant>[0]): Promise<Record<string, number>> {
    const other = await openTenant(options);
    try {
      const write = { method: 'PATCH', body: { onPremisesImmutableId: null } };
      const of = async (path: string, sent = {}): Promise<number> => (await other.graph(path, sent)).status;
      return {
        users: await of('/users'),
        patch: await of(`/users/${id('nora.quill')}`, write),
        deleted: await of('/directory/deletedItems/microsoft.graph.user'),
        purge: await of(`/directory/deletedItems/${id('rosa.gone')}`, { method: 'DELETE' }),
        domains: await of('/domains'),
        organization: await of('/organization'),
      };
    } finally {
      await other.close();
    }
  }

  it('all granted: everything is answered', async () => {
    expect(new Set(Object.values(await statuses({})))).toEqual(new Set([200, 204]));
  });

  it('without User.ReadWrite.All nobody is written', async () => {
    expect(await statuses({ denied: ['User.ReadWrite.All'] })).toMatchObject({ users: 200, patch: 403, purge: 204 });
  });

  it('without Domain.Read.All domains are refused, as nothing stands in for it', async () => {
    const result = await statuses({ denied: ['Domain.Read.All'] });
    expect(result).toMatchObject({ users: 200, patch: 204, domains: 403, organization: 200 });
  });

  it('User.DeleteRestore.All alone reads the recycle bin and purges', async () => {
    const result = await statuses({ permissions: ['User.DeleteRestore.All'] });
    expect(result).toMatchObject({ users: 403, patch: 403, deleted: 200, purge: 204, organization: 403 });
  });

  it('refuses in the documented shape', async () => {
    const other = await openTenant({ permissions: ['Organization.Read.All'] });
    try {
      const { json } = await other.graph('/users');
      expect(json.error).toMatchObject({
        code: 'Authorization_RequestDenied',
        message: 'Insufficient privileges to complete the operation.',
      });
    } finally {
      await other.close();
    }
  });
});
