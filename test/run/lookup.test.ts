import { describe, expect, it } from 'vitest';
import type { SourceAnchor } from '../../src/core/ids/anchor.ts';
import type { LookupAnswer } from '../../src/core/lookup/answer.ts';
import type { AdUser, CloudUser } from '../../src/core/users.ts';
import { lookUp } from '../../src/run/lookup.ts';
import { memoryDirectory, type MemoryTenant, memoryTenant, noProgress } from '../support/in-memory.ts';
import { adUser, cloudUser, guid, idOf, sid } from '../support/people.ts';

type World = { readonly ad?: readonly AdUser[] | null; readonly tenant?: MemoryTenant; readonly anchor?: SourceAnchor };

async function ask(values: readonly string[], { ad = [], tenant, anchor = { kind: 'auto' } }: World) {
  const directory = ad === null ? null : memoryDirectory(ad);
  const locates: number[] = [];
  const counted = directory && {
    ...directory,
    locate: (...given: Parameters<typeof directory.locate>) => {
      locates.push(given[0].length);
      return directory.locate(...given);
    },
  };
  const { reader } = tenant ?? memoryTenant([]);
  const end = await lookUp(values, { directory: counted, reader, progress: noProgress }, { sourceAnchor: anchor });
  return { ...end, locates };
}

async function only(value: string, world: World): Promise<LookupAnswer> {
  const { answers } = await ask([value], world);
  const [answer] = answers;
  if (!answer || answers.length !== 1) throw new Error('one answer was expected');
  return answer;
}

const tenantOf = (...people: readonly CloudUser[]): MemoryTenant => memoryTenant(people);
const linked = (n: number, more: Partial<CloudUser> = {}): CloudUser =>
  cloudUser(n, { onPremisesImmutableId: idOf(n), userPrincipalName: `cloud${n}@example.test`, mail: null, ...more });

describe('lookup', () => {
  it.each([
    ['u2', 'sAMAccountName'],
    [adUser(2).dn, 'distinguishedName'],
    [sid(2), 'objectSid'],
    [guid('ad', 2), 'objectGUID'],
    [idOf(2), 'objectGUID'],
    ['u2@example.test', 'userPrincipalName'],
  ])('finds an AD user by %s, and the cloud user who has its immutable ID', async (value, how) => {
    const answer = await only(value, { ad: [adUser(2), adUser(3)], tenant: tenantOf(linked(2), linked(3)) });
    expect(answer.ad).toMatchObject([{ user: { dn: adUser(2).dn }, immutableId: idOf(2), anchor: 'objectGUID' }]);
    expect(answer.ad?.[0]?.as).toContain(how);
    expect(answer.live).toMatchObject([
      { id: guid('cloud', 2), as: ['immutable ID'], owner: { kind: 'anchor', dn: adUser(2).dn } },
    ]);
    expect(answer).toMatchObject({ deleted: [], objects: [], isFound: true });
  });

  it('tells a user once, with everything it was found by', async () => {
    const user = cloudUser(2, { onPremisesImmutableId: idOf(2), proxyAddresses: ['SMTP:u2@example.test'] });
    const { live, ad } = await only('u2@example.test', { ad: [adUser(2)], tenant: tenantOf(user) });
    expect(live.map(({ as }) => as)).toEqual([['UPN', 'mail', 'immutable ID']]);
    expect(ad?.map(({ as }) => as)).toEqual([['userPrincipalName', 'mail']]);
  });

  it('finds whoever has an address, groups and contacts too, with the details of a user', async () => {
    const tenant = tenantOf(cloudUser(2, { proxyAddresses: ['smtp:sales@example.test'], licences: 3 }));
    tenant.others.push({ kind: 'group', id: guid('other', 1), name: 'Sales', primary: 'sales@example.test' });
    const answer = await only('sales@example.test', { tenant });
    expect(answer.live).toMatchObject([{ as: ['SMTP address'], displayName: 'User 2', licences: 3 }]);
    expect(answer.objects).toMatchObject([{ kind: 'group', name: 'Sales', as: 'primary-smtp' }]);
  });

  it('finds the cloud user who has an address of the AD user found', async () => {
    const answer = await only('u2', { ad: [adUser(2)], tenant: tenantOf(cloudUser(2)) });
    expect(answer.live).toMatchObject([{ id: guid('cloud', 2), as: ['UPN of the AD user'], immutableId: null }]);
  });

  it('looks into the recycle bin, by object id, by name and by immutable ID', async () => {
    const tenant = tenantOf(linked(2, { deletedDateTime: '2026-11-02T08:15:00Z' }));
    for (const value of [guid('cloud', 2), 'cloud2@example.test', idOf(2)]) {
      const answer = await only(value, { tenant, ad: [adUser(2)] });
      expect(answer.live).toEqual([]);
      expect(answer.deleted).toMatchObject([{ deletedDateTime: '2026-11-02T08:15:00Z', owner: { kind: 'anchor' } }]);
    }
  });

  it('says whose the immutable ID of a cloud user is, whoever in AD that may be', async () => {
    const tenant = tenantOf(linked(2, { onPremisesImmutableId: idOf(9) }));
    const found = await only('cloud2@example.test', { ad: [adUser(9)], tenant });
    expect(found.live).toMatchObject([{ owner: { kind: 'anchor', dn: adUser(9).dn } }]);
    expect((await only('cloud2@example.test', { ad: [], tenant })).live).toMatchObject([{ owner: null }]);
  });

  it('tells a wrong encoding and the wrong one of two GUIDs', async () => {
    const ad = [adUser(2, { consistencyGuid: { kind: 'guid', guid: guid('other', 2) } })];
    const text = Buffer.from(guid('other', 2)).toString('base64');
    const tenant = tenantOf(linked(2), linked(3, { onPremisesImmutableId: text }));
    const { live } = await only('u2', { ad, tenant });
    expect(live.map(({ owner }) => owner)).toEqual([
      { kind: 'other-anchor', dn: adUser(2).dn, attribute: 'objectGUID' },
      {
        kind: 'wrong-encoding',
        dn: adUser(2).dn,
        attribute: 'mS-DS-ConsistencyGuid',
        why: 'the base64 of the text',
      },
    ]);
  });

  it('shows both AD users when a GUID is the objectGUID of one and the ConsistencyGuid of the other', async () => {
    const ad = [adUser(2), adUser(3, { consistencyGuid: { kind: 'guid', guid: guid('ad', 2) } })];
    const answer = await only(guid('ad', 2), { ad });
    expect(answer.ad?.map(({ as, user }) => [user.dn, as])).toEqual([
      [adUser(2).dn, ['objectGUID']],
      [adUser(3).dn, ['mS-DS-ConsistencyGuid']],
    ]);
  });

  it('works by a text anchor', async () => {
    const ad = [adUser(2, { customAnchor: { kind: 'text', text: 'u2-anchor' } })];
    const tenant = tenantOf(cloudUser(3, { onPremisesImmutableId: 'u2-anchor' }));
    const answer = await only('u2', { ad, tenant, anchor: { kind: 'attribute', name: 'employeeID' } });
    expect(answer.ad).toMatchObject([{ immutableId: 'u2-anchor', anchor: 'employeeID' }]);
    expect(answer.live).toMatchObject([{ as: ['immutable ID'], owner: { kind: 'anchor' } }]);
  });

  it('asks the tenant alone where there is no directory', async () => {
    const answer = await only(guid('cloud', 2), { ad: null, tenant: tenantOf(linked(2)) });
    expect(answer).toMatchObject({ ad: null, live: [{ id: guid('cloud', 2), owner: null }], isFound: true });
  });

  it('finds nobody where there is nobody', async () => {
    expect(await only('nobody@example.test', {})).toMatchObject({ ad: [], live: [], deleted: [], isFound: false });
  });

  it('asks once for thousands of values, in order, the same one once only', async () => {
    const numbers = Array.from({ length: 2_000 }, (_, index) => index + 2);
    const tenant = tenantOf(...numbers.map((n) => linked(n)));
    let surveys = 0;
    const honest = { ...tenant.reader };
    tenant.reader.survey = (request) => {
      surveys++;
      // The in-memory tenant compares everything with everything; that the question is one is what is tested here.
      return honest.survey({ ...request, immutableIds: [], addresses: new Set() });
    };
    const values = [...numbers.map((n) => guid('cloud', n)), ...numbers.map((n) => guid('cloud', n))];
    const { answers, locates } = await ask(values, { ad: [adUser(2)], tenant });
    expect(answers.map(({ value }) => value)).toEqual(values);
    expect(answers.every(({ live }) => live.length === 1)).toBe(true);
    // The second asks whose the immutable IDs are that turned up.
    expect({ surveys, locates }).toEqual({ surveys: 1, locates: [4_000, 2_000] });
  });

  it('hands on what the survey could not check', async () => {
    const tenant = tenantOf();
    tenant.unchecked = [{ check: 'address-groups', kind: 'not-permitted', needs: 'Group.Read.All', why: '403' }];
    expect((await ask(['x'], { tenant })).unchecked).toEqual(tenant.unchecked);
  });
});
