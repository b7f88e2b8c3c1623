import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { People } from '../../../src/sandbox/people/people.ts';
import { type Client, cast, id, openTenant, patch } from '../tenant-client.ts';

let client: Client;
beforeEach(async () => {
  client = await openTenant({}, withDomains());
});
afterEach(() => client.close());

/** The cast, with an unverified domain besides, and a user in the federated one who has an immutable ID. */
function withDomains(): People {
  const people = cast();
  const domain = { isDefault: false, isInitial: false, isVerified: true, authenticationType: 'Managed' } as const;
  const [first] = people.cloudUsers;
  if (first === undefined) throw new Error('the cast is empty');
  return {
    ...people,
    tenant: {
      ...people.tenant,
      domains: [...people.tenant.domains, { ...domain, id: 'new.example.test', isVerified: false }],
    },
    cloudUsers: [
      ...people.cloudUsers,
      {
        ...first,
        id: federated,
        userPrincipalName: 'fred@fed.example.test',
        mail: null,
        onPremisesImmutableId: theirs,
      },
    ],
  };
}

const federated = 'fedfedfe-0000-4000-8000-000000000001';
const theirs = 'AAAAAAAAAAAAAAAAAAAAAA==';
const free = 'AQEBAQEBAQEBAQEBAQEBAQ==';
const theoHas = 'PcT9u5BIWEW7iVDYAgFKlw==';
const nora = id('nora.quill');

const write = (user: string, values: unknown) => client.graph(`/users/${encodeURIComponent(user)}`, patch(values));
const idOf = (user: string): string | null | undefined => client.tenant.user(user)?.onPremisesImmutableId;

describe('PATCH /users/{id}', () => {
  it('sets the immutable ID: 204, no body, and the next read shows it', async () => {
    const reply = await write(nora, { onPremisesImmutableId: free });
    expect([reply.status, reply.text, reply.headers['content-type']]).toEqual([204, '', undefined]);
    expect(idOf(nora)).toBe(free);
    const { json } = await client.graph(`/users/${nora}?$select=onPremisesImmutableId`);
    expect(json.onPremisesImmutableId).toBe(free);
    const found = await client.graph(`/users?$filter=onPremisesImmutableId%20eq%20'${encodeURIComponent(free)}'`);
    expect(found.json.value.map((user) => user.id)).toEqual([nora]);
  });

  it('clears it with null', async () => {
    expect((await write(id('theo.marsh'), { onPremisesImmutableId: null })).status).toBe(204);
    expect(idOf(id('theo.marsh'))).toBeNull();
    expect((await write(nora, { onPremisesImmutableId: theoHas })).status).toBe(204);
  });

  it('frees a value once its holder has another', async () => {
    expect((await write(nora, { onPremisesImmutableId: free })).status).toBe(204);
    expect((await write(id('iris.vance'), { onPremisesImmutableId: free })).status).toBe(400);
    expect((await write(nora, { onPremisesImmutableId: 'AgICAgICAgICAgICAgICAg==' })).status).toBe(204);
    expect((await write(id('iris.vance'), { onPremisesImmutableId: free })).status).toBe(204);
  });

  it('answers 204 to the value that is there already', async () => {
    expect((await write(id('theo.marsh'), { onPremisesImmutableId: theoHas })).status).toBe(204);
  });

  it('reaches a user by UPN, and another one where a # was not encoded', async () => {
    const guest = id('petra_partner.test#EXT#');
    const upn = 'petra_partner.test#EXT#@example.onmicrosoft.test';
    expect((await write(upn, { onPremisesImmutableId: free })).status).toBe(204);
    expect(idOf(guest)).toBe(free);
    const raw = await client.graph(`/users/${upn}`, patch({ onPremisesImmutableId: 'AgICAgICAgICAgICAgICAg==' }));
    expect(raw.status).toBe(204);
    expect(idOf(guest)).toBe(free);
    expect(idOf(id('petra_partner.test'))).toBe('AgICAgICAgICAgICAgICAg==');
  });

  it('refuses a synced user', async () => {
    const { status, json } = await write(id('will.sync'), { onPremisesImmutableId: free });
    expect(status).toBe(400);
    expect(json.error.code).toBe('Request_BadRequest');
    expect(json.error.message).toMatch(/^Unable to update the specified properties for on-premises mastered/);
    expect(idOf(id('will.sync'))).not.toBe(free);
    expect((await write(id('will.sync'), { usageLocation: 'DE' })).status).toBe(204);
  });

  it('writes a formerly synced user', async () => {
    client.tenant.change(id('will.sync'), { onPremisesSyncEnabled: false });
    expect((await write(id('will.sync'), { onPremisesImmutableId: free })).status).toBe(204);
  });

  it('refuses a value that another user has, naming whom', async () => {
    const { status, json } = await write(nora, { onPremisesImmutableId: theoHas });
    const message = 'Another object with the same value for property onPremisesImmutableId already exists.';
    expect(status).toBe(400);
    expect(json.error).toMatchObject({
      code: 'Request_BadRequest',
      message,
      details: [
        { code: 'ObjectConflict', message, target: 'onPremisesImmutableId' },
        { code: 'ConflictingObjects', message, target: `User_${id('theo.marsh')}` },
      ],
    });
    expect(idOf(nora)).toBeNull();
  });

  it('takes a value that differs from another only by case', async () => {
    expect((await write(nora, { onPremisesImmutableId: theoHas.toUpperCase() })).status).toBe(204);
  });

  it('refuses a value that a deleted user has, unless told otherwise', async () => {
    const held = 'NKT48cjPGEWnXTXkSfzB8w==';
    const { status, json } = await write(id('gus.bin'), { onPremisesImmutableId: held });
    expect(status).toBe(400);
    expect(json.error.details[1]?.target).toBe('User_672c888b-d0fd-4dda-a38b-c7fe8874141a');
    const lenient = await openTenant({ deletedHoldersConflict: false });
    try {
      const reply = await lenient.graph(`/users/${id('gus.bin')}`, patch({ onPremisesImmutableId: held }));
      expect(reply.status).toBe(204);
    } finally {
      await lenient.close();
    }
  });

  it.each(['', 'with$dollar', 'with_underscore'])('refuses the value "%s"', async (value) => {
    const { status, json } = await write(nora, { onPremisesImmutableId: value });
    expect(status).toBe(400);
    expect(json.error).toMatchObject({
      code: 'Request_BadRequest',
      message: 'One or more properties contains invalid values.',
    });
  });

  it.each([
    ['an unknown property', { immutableId: free }, "'immutableId' does not exist"],
    ['a read-only property', { proxyAddresses: [] }, "Property 'proxyAddresses' is read-only"],
    ['a value of another type', { onPremisesImmutableId: 5 }, 'incompatible'],
    ['an empty object', {}, 'Empty Payload'],
    ['a list', [], 'Empty Payload'],
  ])('refuses %s', async (_what, body, words) => {
    const { status, json } = await write(nora, body);
    expect(status).toBe(400);
    expect(json.error.message).toContain(words);
  });

  it('changes nothing when one of several properties is refused', async () => {
    expect((await write(nora, { displayName: 'Changed', onPremisesImmutableId: theoHas })).status).toBe(400);
    expect(client.tenant.user(nora)?.displayName).toBe('Nora Quill');
  });

  it('refuses a body that is no JSON, or is not said to be', async () => {
    const headers = { 'content-type': 'application/json' };
    expect((await client.graph(`/users/${nora}`, { method: 'PATCH', body: '{', headers })).status).toBe(400);
    const text = { 'content-type': 'text/plain' };
    expect((await client.graph(`/users/${nora}`, { method: 'PATCH', body: '{}', headers: text })).status).toBe(400);
    expect((await client.graph(`/users/${nora}`, { method: 'PATCH' })).status).toBe(400);
  });

  it('does not find deleted and unknown users', async () => {
    for (const user of [id('rosa.gone'), '99999999-0000-4000-8000-000000000000']) {
      const { status, json } = await write(user, { onPremisesImmutableId: free });
      expect([status, json.error.code]).toEqual([404, 'Request_ResourceNotFound']);
    }
  });

  it('keeps properties the people file does not speak of', async () => {
    expect((await write(nora, { employeeId: '4711', department: 'Post' })).status).toBe(204);
    const { json } = await client.graph("/users?$select=id,department&$filter=employeeId%20eq%20'4711'");
    expect(json.value).toEqual([{ id: nora, department: 'Post' }]);
  });
});

describe('changing a UPN', () => {
  it('moves the user: the new name is found, the old one is not', async () => {
    expect((await write(nora, { userPrincipalName: 'nq@example.onmicrosoft.test' })).status).toBe(204);
    expect((await client.graph('/users/nq@example.onmicrosoft.test')).json.id).toBe(nora);
    expect((await client.graph('/users/nora.quill@example.test')).status).toBe(404);
  });

  it('needs a verified domain and a free name', async () => {
    for (const upn of ['nora@elsewhere.test', 'nora@new.example.test', 'nora', 'nora quill@example.test']) {
      expect((await write(nora, { userPrincipalName: upn })).status).toBe(400);
    }
    const { json } = await write(nora, { userPrincipalName: 'THEO.marsh@example.test' });
    expect(json.error.details[0]).toMatchObject({ code: 'ObjectConflict', target: 'userPrincipalName' });
    expect(json.error.details[1]?.target).toBe(`User_${id('theo.marsh')}`);
  });

  it('may change the case of the name', async () => {
    expect((await write(nora, { userPrincipalName: 'Nora.Quill@example.test' })).status).toBe(204);
  });
});

describe('a user whose UPN is in a federated domain', () => {
  it('keeps its immutable ID: neither another nor none is taken', async () => {
    for (const value of [free, null]) {
      const { status, json } = await write(federated, { onPremisesImmutableId: value });
      expect([status, json.error.message]).toEqual([400, 'One or more properties contains invalid values.']);
    }
    expect(idOf(federated)).toBe(theirs);
    expect((await write(federated, { onPremisesImmutableId: theirs })).status).toBe(204);
  });

  it('is changed by way of a managed UPN, the ID and the old UPN set in one call', async () => {
    expect((await write(federated, { userPrincipalName: 'fred@example.onmicrosoft.test' })).status).toBe(204);
    const back = { userPrincipalName: 'fred@fed.example.test', onPremisesImmutableId: free };
    expect((await write(federated, back)).status).toBe(204);
    expect(idOf(federated)).toBe(free);
  });

  it('does not come in without an immutable ID', async () => {
    expect((await write(nora, { userPrincipalName: 'nora@fed.example.test' })).status).toBe(400);
    expect((await write(nora, { onPremisesImmutableId: free })).status).toBe(204);
    expect((await write(nora, { userPrincipalName: 'nora@fed.example.test' })).status).toBe(204);
  });

  it('gets its first immutable ID in three steps, and cannot be brought back to none', async () => {
    const fern = id('fern.fed');
    expect((await write(fern, { onPremisesImmutableId: free })).status).toBe(400);
    const steps = [
      { userPrincipalName: 'fern.fed@example.onmicrosoft.test' },
      { onPremisesImmutableId: free },
      { userPrincipalName: 'fern.fed@fed.example.test' },
    ];
    for (const step of steps) expect((await write(fern, step)).status).toBe(204);
    expect(client.tenant.user(fern)).toMatchObject({
      userPrincipalName: 'fern.fed@fed.example.test',
      onPremisesImmutableId: free,
    });
    expect((await write(fern, steps[0])).status).toBe(204);
    expect((await write(fern, { onPremisesImmutableId: null })).status).toBe(204);
    expect((await write(fern, steps[2])).status).toBe(400);
  });
});

describe('deleting, restoring, purging', () => {
  const bin = '/directory/deletedItems';

  it('puts a user into the recycle bin with its UPN mangled, and back', async () => {
    expect((await client.graph(`/users/${nora}`, { method: 'DELETE' })).status).toBe(204);
    const mangled = `${nora.replaceAll('-', '')}nora.quill@example.test`;
    expect(client.tenant.user(nora)).toMatchObject({ userPrincipalName: mangled, mail: 'nora.quill@example.test' });
    expect(client.tenant.user(nora)?.deletedDateTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect((await client.graph(`/users/${nora}`)).status).toBe(404);
    expect((await client.graph('/users/nora.quill@example.test')).status).toBe(404);
    const restored = await client.graph(`${bin}/${nora}/restore`, { method: 'POST' });
    expect(restored.status).toBe(200);
    expect(restored.json).toMatchObject({
      '@odata.type': '#microsoft.graph.user',
      id: nora,
      userPrincipalName: 'nora.quill@example.test',
    });
    expect((await client.graph(`/users/${nora}`)).status).toBe(200);
  });

  it('restores under another name, and refuses one that is taken', async () => {
    const rosa = id('rosa.gone');
    const taken = { newUserPrincipalName: 'theo.marsh@example.test' };
    expect((await client.graph(`${bin}/${rosa}/restore`, { method: 'POST', body: taken })).status).toBe(400);
    const body = { newUserPrincipalName: 'rosa@example.test' };
    expect((await client.graph(`${bin}/${rosa}/restore`, { method: 'POST', body })).status).toBe(200);
    expect(client.tenant.user(rosa)?.userPrincipalName).toBe('rosa@example.test');
  });

  it('brings a synced user back as formerly synced', async () => {
    await client.graph(`/users/${id('will.sync')}`, { method: 'DELETE' });
    await client.graph(`${bin}/${id('will.sync')}/restore`, { method: 'POST', body: {} });
    expect(client.tenant.user(id('will.sync'))?.onPremisesSyncEnabled).toBe(false);
  });

  it('frees the immutable ID of a deleted user once it is purged', async () => {
    const holder = '672c888b-d0fd-4dda-a38b-c7fe8874141a';
    expect((await client.graph(`${bin}/${holder}`, { method: 'DELETE' })).status).toBe(204);
    expect(client.tenant.user(holder)).toBeUndefined();
    expect((await client.graph(`${bin}/${holder}`)).status).toBe(404);
    expect((await client.graph(`${bin}/${holder}`, { method: 'DELETE' })).status).toBe(404);
    const reply = await write(id('gus.bin'), { onPremisesImmutableId: 'NKT48cjPGEWnXTXkSfzB8w==' });
    expect(reply.status).toBe(204);
  });

  it('purges and restores nobody who is not deleted', async () => {
    expect((await client.graph(`${bin}/${nora}`, { method: 'DELETE' })).status).toBe(404);
    expect((await client.graph(`${bin}/${nora}/restore`, { method: 'POST' })).status).toBe(404);
    expect(client.tenant.user(nora)?.deletedDateTime).toBeNull();
  });

  it('continues a listing over a purge without leaving anybody out', async () => {
    const { json } = await client.graph('/users?$select=id&$top=3');
    const first = json.value[0]?.id ?? '';
    await client.graph(`/users/${first}`, { method: 'DELETE' });
    await client.graph(`${bin}/${first}`, { method: 'DELETE' });
    const next = await client.graph(client.next(json));
    expect(next.json.value[0]?.id).toBe(cast().cloudUsers[3]?.id);
  });
});
