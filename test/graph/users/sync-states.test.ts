import { describe, expect, it } from 'vitest';
import type { Guid } from '../../../src/core/guid.ts';
import type { SyncState } from '../../../src/core/users.ts';
import { cast, idOf, practice } from '../practice.ts';

const modes = ['filters', 'listing'] as const;
const live = cast.cloudUsers.filter((user) => user.deletedDateTime === null);
const synced = live.filter((user) => user.onPremisesSyncEnabled === true);
const nobody = '00000000-0000-4000-8000-000000000000' as Guid;

describe('syncedUsers', () => {
  it('gives the users that sync carries with what tells their AD object', async () => {
    const { open } = await practice();
    const { users, unchecked } = await (await open()).reader.syncedUsers(500);
    expect(unchecked).toEqual([]);
    expect(users?.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
      synced
        .map((user) => ({
          id: user.id,
          userPrincipalName: user.userPrincipalName,
          immutableId: user.onPremisesImmutableId,
          sid: user.onPremisesSecurityIdentifier ?? null,
          domain: user.onPremisesDomainName?.toLowerCase() ?? null,
        }))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    );
    expect(synced.length).toBeGreaterThan(3);
  });

  it('gives no more than the limit, and asks for no more pages than it takes', async () => {
    const { open, tenant } = await practice({ pageSizeCap: 2 });
    const { reader } = await open();
    expect((await reader.syncedUsers(3)).users).toHaveLength(3);
    expect(reader.counts().graph).toBe(2);
    expect(tenant.requests.filter((one) => one.path.includes('/users')).map((one) => one.path)[0]).toContain('$top=3');
  });

  it('is null when Graph refuses, which is told, and a fault when it breaks down', async () => {
    const denied = await (await practice({ permissions: ['Organization.Read.All'] })).open();
    const why = 'Insufficient privileges to complete the operation.';
    expect(await denied.reader.syncedUsers(10)).toEqual({
      users: null,
      unchecked: [{ check: 'synced-users', kind: 'not-permitted', needs: 'User.Read.All', why }],
    });
    const { open, tenant } = await practice();
    const { reader } = await open();
    tenant.hooks.onRequest = ({ path }) => (path.includes('/users') ? { status: 502, body: {} } : undefined);
    await expect(reader.syncedUsers(10)).rejects.toMatchObject({ name: 'RunFault' });
  });
});

describe('syncStates', () => {
  const everybody = [...cast.cloudUsers.map((user) => user.id as Guid), nobody];

  it('tells of each user how far sync has taken it over, the same by id and by listing', async () => {
    const { open, tenant } = await practice();
    const error = {
      category: 'PropertyConflict',
      propertyCausingError: 'UserPrincipalName',
      value: 'x@example.test',
      occurredDateTime: '2026-11-23T12:00:00Z',
    };
    const marked = idOf('nora.quill');
    tenant.change(marked, { onPremisesProvisioningErrors: [error] });
    const readings = [];
    for (const surveyMode of modes) {
      readings.push(await (await open({ tools: { surveyMode } })).reader.syncStates([...everybody, marked]));
    }
    expect(new Map(readings[0])).toEqual(new Map(readings[1]));
    expect([...(readings[0]?.keys() ?? [])]).toEqual(everybody);
    for (const user of cast.cloudUsers) {
      const state: SyncState = {
        id: user.id as Guid,
        userPrincipalName: user.userPrincipalName,
        immutableId: user.onPremisesImmutableId,
        isSynced: user.onPremisesSyncEnabled === true,
        lastSyncAt: user.onPremisesLastSyncDateTime ?? null,
        sid: user.onPremisesSecurityIdentifier ?? null,
        dn: user.onPremisesDistinguishedName ?? null,
        objectIdentifier: user.onPremisesObjectIdentifier ?? null,
        errors:
          user.id === marked
            ? [
                {
                  category: error.category,
                  property: error.propertyCausingError,
                  value: error.value,
                  occurredAt: error.occurredDateTime,
                },
              ]
            : (user.onPremisesProvisioningErrors ?? []).map((one) => ({
                category: one.category,
                property: one.propertyCausingError,
                value: one.value,
                occurredAt: one.occurredDateTime,
              })),
      };
      const expected = user.deletedDateTime === null ? { kind: 'state', state } : { kind: 'missing' };
      expect(readings[0]?.get(user.id as Guid)).toEqual(expected);
    }
    expect(readings[0]?.get(nobody)).toEqual({ kind: 'missing' });
  });

  it('asks for few by id, 20 to a request, and once more for their object identifiers', async () => {
    const { open, tenant } = await practice();
    const { reader } = await open();
    await reader.syncStates(live.slice(0, 20).map((user) => user.id as Guid));
    expect(reader.counts()).toEqual({ graph: 2, graphWrites: 0, graphThrottled: 0 });
    expect(tenant.requests.filter((one) => one.path.endsWith('$batch')).map((one) => one.path)).toEqual([
      '/v1.0/$batch',
      '/beta/$batch',
    ]);
    expect((await reader.syncStates([])).size).toBe(0);
    expect(reader.counts().graph).toBe(2);
  });

  it('does without object identifiers, whatever keeps them away', async () => {
    for (const answer of [{ status: 403, body: {} }, { status: 503, body: {} }, 'reset-before'] as const) {
      for (const surveyMode of modes) {
        const { open, tenant } = await practice();
        const { reader } = await open({ tools: { surveyMode } });
        tenant.hooks.onRequest = ({ path }) => (path.includes('onPremisesObjectIdentifier') ? answer : undefined);
        const reading = (await reader.syncStates([idOf('nora.quill')])).get(idOf('nora.quill'));
        expect(reading).toMatchObject({ kind: 'state', state: { objectIdentifier: undefined } });
      }
    }
  });

  it('says of whom it could not read that it could not, and never that they are missing', async () => {
    for (const surveyMode of modes) {
      const { open, tenant } = await practice();
      const { reader } = await open({ tools: { surveyMode } });
      tenant.hooks.onRequest = ({ path }) => (path.includes('/users') ? { status: 500, body: {} } : undefined);
      const readings = await reader.syncStates([idOf('nora.quill'), nobody]);
      for (const id of [idOf('nora.quill'), nobody]) {
        expect(readings.get(id)).toMatchObject({ kind: 'unreadable', failure: { facts: { code: 'server-error' } } });
      }
    }
  });

  it('keeps what a listing that broke off had brought', async () => {
    const { open, tenant } = await practice({ pageSizeCap: 5 });
    const { reader } = await open({ tools: { surveyMode: 'listing' } });
    tenant.hooks.onRequest = ({ path }) =>
      /skiptoken/i.test(path) && path.startsWith('/v1.0') ? { status: 500, body: {} } : undefined;
    const readings = await reader.syncStates(live.map((user) => user.id as Guid));
    const kinds = [...readings.values()].map((one) => one.kind);
    expect(kinds.filter((kind) => kind === 'state')).toHaveLength(5);
    expect(kinds.filter((kind) => kind === 'unreadable')).toHaveLength(live.length - 5);
  });
});
