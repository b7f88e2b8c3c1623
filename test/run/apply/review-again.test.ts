import { describe, expect, it } from 'vitest';
import { reviewAgain, type ReviewOptions, roleChange } from '../../../src/run/apply/review-again.ts';
import type { ReadyRow } from '../../../src/run/apply/row/row-outcome.ts';
import type { AdUser } from '../../../src/core/users.ts';
import { memoryDirectory, type MemoryTenant, memoryTenant, noProgress, openFacts } from '../../support/in-memory.ts';
import { adUser, cloudUser, guid, idOf, planRow } from '../../support/people.ts';

const link: ReviewOptions = { kind: 'link', sourceAnchor: { kind: 'auto' }, allowRelink: false };
const numbers = [2, 3, 4];
const rows = numbers.map((n) => planRow(n) as ReadyRow);
const everybody = (): MemoryTenant => memoryTenant(numbers.map((n) => cloudUser(n)));

async function changes(
  tenant: MemoryTenant,
  more: {
    readonly ad?: readonly AdUser[] | null;
    readonly options?: ReviewOptions;
    readonly of?: readonly ReadyRow[];
  } = {},
): Promise<Record<number, string>> {
  const { ad = numbers.map((n) => adUser(n)), options = link, of = rows } = more;
  const directory = ad === null ? null : memoryDirectory(ad);
  const { changed } = await reviewAgain(of, { reader: tenant.reader, directory, progress: noProgress }, options);
  return Object.fromEntries(changed);
}

describe('a plan that is read again before its first write', () => {
  it('stands as it is where nothing has changed, with AD and without', async () => {
    expect(await changes(everybody())).toEqual({});
    expect(await changes(everybody(), { ad: null })).toEqual({});
  });

  it.each(['assigned', 'eligible'] as const)(
    'speaks against whoever has become a role holder since (%s)',
    async (how) => {
      const tenant = everybody();
      const holding = { role: 'Global Administrator', how, through: null };
      tenant.facts = { ...openFacts, roles: new Map([[guid('cloud', 3), [holding]]]) };
      const changed = await changes(tenant);
      expect(Object.keys(changed)).toEqual(['3']);
      expect(changed[3]).toContain('Global Administrator');
      expect(roleChange(planRow(3) as ReadyRow, tenant.facts)).toBe(
        `The cloud user ${how === 'assigned' ? 'holds' : 'is eligible for'} the role Global Administrator. ` +
          'It was not so when the plan was reviewed.',
      );
      expect(roleChange(planRow(2) as ReadyRow, tenant.facts)).toBeNull();
    },
  );

  it('speaks against a row whose immutable ID somebody else has by now, live or deleted, and names them', async () => {
    const tenant = everybody();
    tenant.users.set(guid('cloud', 9), cloudUser(9, { onPremisesImmutableId: idOf(2) }));
    const deletedDateTime = '2026-11-23T10:00:00Z';
    tenant.users.set(guid('cloud', 8), cloudUser(8, { onPremisesImmutableId: idOf(4), deletedDateTime }));
    const changed = await changes(tenant);
    expect(changed[2]).toContain('u9@example.test');
    expect(changed[4]).toContain('u8@example.test');
    expect(changed[3]).toBeUndefined();
  });

  it('does not take the row its own user for another holder', async () => {
    const tenant = everybody();
    tenant.users.set(guid('cloud', 2), cloudUser(2, { onPremisesImmutableId: idOf(2) }));
    expect(await changes(tenant)).toEqual({});
  });

  it('speaks against a user of a domain that has become federated, unless the row takes the detour', async () => {
    const tenant = everybody();
    const domain = { name: 'example.test', isVerified: true, isFederated: true, isInitial: false };
    tenant.facts = { ...openFacts, domains: [domain] };
    expect((await changes(tenant))[2]).toContain('example.test');
    const detour = { home: 'u2@example.test', away: 'hardmatch-2@example.onmicrosoft.test' };
    expect(await changes(tenant, { of: [planRow(2, { detour }) as ReadyRow] })).toEqual({});
  });

  it('speaks against an object identifier of another AD object, also where AD is not read', async () => {
    const tenant = everybody();
    tenant.users.set(guid('cloud', 2), cloudUser(2, { objectIdentifier: guid('ad', 77) }));
    expect((await changes(tenant))[2]).toContain(guid('ad', 77));
    expect((await changes(tenant, { ad: null }))[2]).toContain(guid('ad', 77));
  });

  it('speaks against an AD user that is gone, and one with another anchor', async () => {
    const consistencyGuid = { kind: 'guid', guid: guid('ad', 99) } as const;
    const changed = await changes(everybody(), { ad: [adUser(3, { consistencyGuid }), adUser(4)] });
    expect(changed[2]).toContain('is not found in AD');
    expect(changed[3]).toContain(idOf(99));
    expect(changed[4]).toBeUndefined();
  });

  it('speaks against an anchor that AD has lost', async () => {
    const options: ReviewOptions = { ...link, sourceAnchor: { kind: 'mS-DS-ConsistencyGuid' } };
    const changed = await changes(everybody(), { options });
    expect(Object.keys(changed)).toEqual(['2', '3', '4']);
    expect(changed[2]).toContain('mS-DS-ConsistencyGuid');
  });

  it('speaks against a row for which AD has two users, and against one that has none', async () => {
    const of = [planRow(2), planRow(3, { ad: null }), planRow(4)] as ReadyRow[];
    const changed = await changes(everybody(), { of, ad: [adUser(2), adUser(2), adUser(4)] });
    expect(Object.keys(changed)).toEqual(['2', '3']);
    expect(changed[2]).toContain('u2');
    expect(changed[3]).toBe('The AD user u3 is not found in AD. It was not so when the plan was reviewed.');
    expect(Object.keys(await changes(everybody(), { of, ad: null }))).toEqual(['3']);
  });

  it('speaks against a cloud user that nobody answers for', async () => {
    const tenant = everybody();
    const survey = tenant.reader.survey.bind(tenant.reader);
    tenant.reader.survey = async (request) => ({ ...(await survey(request)), users: [] });
    expect((await changes(tenant))[3]).toContain('No cloud user is found for "u3@example.test".');
  });

  it('speaks against a cloud user that has another immutable ID by now, also where AD is not read', async () => {
    const tenant = everybody();
    tenant.users.set(guid('cloud', 2), cloudUser(2, { onPremisesImmutableId: idOf(77) }));
    for (const ad of [undefined, null]) {
      const changed = await changes(tenant, ad === null ? { ad } : {});
      expect(Object.keys(changed)).toEqual(['2']);
      expect(changed[2]).toContain(idOf(77));
    }
  });

  it('speaks against nobody for what is but a warning', async () => {
    const ad = numbers.map((n) => adUser(n, { enabled: false }));
    expect(await changes(everybody(), { ad })).toEqual({});
  });

  it('says which checks could not be made again', async () => {
    const tenant = everybody();
    const unchecked = [
      { check: 'roles-assigned', kind: 'not-permitted', needs: 'RoleManagement.Read.Directory', why: 'refused' },
    ] as const;
    tenant.facts = { ...openFacts, unchecked };
    const tools = { reader: tenant.reader, directory: null, progress: noProgress };
    expect((await reviewAgain(rows, tools, link)).unchecked).toEqual(unchecked);
  });
});

describe('a rollback that is read again', () => {
  const back = numbers.map((n) => planRow(n, { step: 'relink', after: idOf(n + 50) }) as ReadyRow);
  const options: ReviewOptions = { ...link, kind: 'rollback' };

  it('rests on nobody else having the former ID', async () => {
    const tenant = everybody();
    tenant.users.set(guid('cloud', 9), cloudUser(9, { onPremisesImmutableId: idOf(53) }));
    const changed = await changes(tenant, { of: back, options });
    expect(Object.keys(changed)).toEqual(['3']);
    expect(changed[3]).toContain('u9@example.test');
  });

  it('asks for the former IDs alone, and nothing of /beta', async () => {
    const tenant = everybody();
    const survey = tenant.reader.survey.bind(tenant.reader);
    const asked: unknown[] = [];
    tenant.reader.survey = (request) => {
      asked.push([[...request.refs], [...(request.immutableIds ?? [])], request.objectIdentifiers]);
      return survey(request);
    };
    const of = [planRow(2, { step: 'unlink', after: null }) as ReadyRow, ...back.slice(1)];
    expect(await changes(tenant, { of, options })).toEqual({});
    expect(asked).toEqual([[[], [idOf(53), idOf(54)], false]]);
  });

  it('does not take the row its own user for somebody else who has the former ID', async () => {
    const tenant = everybody();
    tenant.users.set(guid('cloud', 3), cloudUser(3, { onPremisesImmutableId: idOf(53) }));
    expect(await changes(tenant, { of: back, options })).toEqual({});
  });

  it('is not kept from anybody by a role, nor by AD', async () => {
    const tenant = everybody();
    const holding = { role: 'Global Administrator', how: 'assigned', through: null } as const;
    tenant.facts = { ...openFacts, roles: new Map([[guid('cloud', 3), [holding]]]) };
    expect(await changes(tenant, { of: back, options, ad: [] })).toEqual({});
  });
});
