import { describe, expect, it } from 'vitest';
import type { Guid } from '../../../src/core/guid.ts';
import { foldKey, type CloudRef } from '../../../src/core/references.ts';
import { parseCloudRef } from '../../../src/core/ids/parse-reference.ts';
import type { Survey, TenantReader } from '../../../src/run/ports.ts';
import type { People } from '../../../src/sandbox/people/people.ts';
import { cast, idOf, practice } from '../practice.ts';

const upn = (text: string): CloudRef => ({ kind: 'upn', upn: text });
const byId = (id: string): CloudRef => ({ kind: 'object-id', id: id as Guid });
const surveyed = (reader: TenantReader, refs: readonly CloudRef[], immutableIds: readonly string[]): Promise<Survey> =>
  reader.survey({ refs, immutableIds });
const shown = ({ users, holders }: Survey): unknown => [
  [...users].map((one) => ('user' in one ? [one.kind, one.user.userPrincipalName] : [one.kind])),
  [...holders].map(([id, who]) => [id, who.map((one) => [one.userPrincipalName, one.deleted])]),
];

const isForIdentifiers = ({ path }: { readonly path: string }): boolean => path.includes('onPremisesObjectIdentifier');

// Everything the cast can be asked for, and what nobody has.
const everybody: CloudRef[] = cast.cloudUsers.flatMap((user) => {
  const name = user.deletedDateTime === null ? user.userPrincipalName : user.userPrincipalName.slice(32);
  return [upn(name), upn(name.toUpperCase()), byId(user.id)];
});
const strangers: CloudRef[] = [upn('no.body@example.test'), byId('00000000-0000-4000-8000-000000000000')];
const heldIds = cast.cloudUsers.flatMap((user) => user.onPremisesImmutableId ?? []);
const freeIds = ['AAAAAAAAAAAAAAAAAAAAAA==', 'UH26AD5C+UGP5UL88++E1Q=='];

describe('a survey', () => {
  it('gives the same answers by filters and by listing, for everybody in the cast and for strangers', async () => {
    const { open, tenant } = await practice();
    const ask = [...everybody, ...strangers];
    const answers: unknown[] = [];
    for (const surveyMode of ['filters', 'listing'] as const) {
      const { reader } = await open({ tools: { surveyMode } });
      const survey = await surveyed(reader, ask, [...heldIds, ...freeIds]);
      answers.push(shown(survey));
      for (const [index, user] of cast.cloudUsers.entries()) {
        const kind = user.deletedDateTime === null ? 'found' : 'deleted';
        for (const offset of [0, 1, 2])
          expect(survey.users.at(index * 3 + offset)).toMatchObject({ kind, user: { id: user.id } });
      }
      expect([...survey.users].slice(-2)).toEqual([{ kind: 'none' }, { kind: 'none' }]);
      expect([...survey.holders.keys()].toSorted()).toEqual([...heldIds].toSorted());
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(tenant.requests.some((one) => one.batchItem && one.path.includes('$filter'))).toBe(true);
    expect(tenant.counters.writes).toBe(0);
  });

  it('finds immutable IDs with + and /, and tells apart those that differ in case alone', async () => {
    const people: People = {
      ...cast,
      cloudUsers: cast.cloudUsers.map((user) => {
        if (user.id === idOf('nora.quill')) return { ...user, onPremisesImmutableId: 'aB+/cD+/eF+/gH+/iJ+/kA==' };
        return user.id === idOf('iris.vance') ? { ...user, onPremisesImmutableId: 'Ab+/cD+/eF+/gH+/iJ+/kA==' } : user;
      }),
    };
    for (const surveyMode of ['filters', 'listing'] as const) {
      const { open } = await practice({}, people);
      const { reader } = await open({ tools: { surveyMode } });
      const { holders } = await surveyed(reader, [], ['aB+/cD+/eF+/gH+/iJ+/kA==', 'AB+/CD+/EF+/GH+/IJ+/KA==']);
      expect([...holders].map(([id, who]) => [id, who.map((one) => one.id)])).toEqual([
        ['aB+/cD+/eF+/gH+/iJ+/kA==', [idOf('nora.quill')]],
      ]);
    }
  });

  it('drops whom a server that compares IDs loosely gives in addition', async () => {
    const { open, tenant } = await practice();
    const { reader } = await open({ tools: { surveyMode: 'filters' } });
    const everyone = cast.cloudUsers.filter((user) => user.deletedDateTime === null);
    const value = everyone.map((user) => ({ ...user, assignedLicenses: [], onPremisesObjectIdentifier: null }));
    const loose = { '@odata.context': 'x', value };
    tenant.hooks.onRequest = (request) =>
      request.batchItem ? { status: 200, headers: { 'Content-Type': 'application/json' }, body: loose } : undefined;
    const survey = await surveyed(reader, [upn('nora.quill@example.test')], ['UH26AD5C+UGP5UL88++E1Q==']);
    expect([...survey.users]).toMatchObject([{ kind: 'found', user: { id: idOf('nora.quill') } }]);
    expect([...survey.holders]).toEqual([]);
  });

  it("never cuts a guest's UPN at the #, and never finds petra_partner.test in its place", async () => {
    const { open, tenant } = await practice();
    const { reader } = await open({ tools: { surveyMode: 'filters' } });
    const guest = 'petra_partner.test#EXT#@example.onmicrosoft.test';
    const { users } = await surveyed(reader, [upn(guest), upn("sean.o'brien@example.test")], []);
    expect([...users]).toMatchObject([
      { kind: 'found', user: { userPrincipalName: guest, userType: 'Guest' } },
      { kind: 'found', user: { userPrincipalName: "sean.o'brien@example.test" } },
    ]);
    const asked = tenant.requests.filter((one) => one.path.includes('$filter')).map((one) => one.path);
    // The second is for their object identifiers.
    expect(asked.map((path) => isForIdentifiers({ path }))).toEqual([false, true]);
    expect(asked[0]).not.toContain('#');
    expect(decodeURIComponent(asked[0] ?? '')).toContain(`in ('${guest}','sean.o''brien@example.test')`);
  });

  it('knows a deleted user by the name it had, by id and by immutable ID', async () => {
    const { open } = await practice();
    const { reader } = await open();
    const rosa = '41bb3eff-2ee7-4290-a3d8-d5791c04c901';
    const survey = await surveyed(
      reader,
      [upn('rosa.gone@example.test'), byId(rosa), upn('41bb3eff2ee74290a3d8d5791c04c901rosa.gone@example.test')],
      ['NKT48cjPGEWnXTXkSfzB8w=='],
    );
    const deleted = {
      kind: 'deleted',
      user: { id: rosa, userPrincipalName: 'rosa.gone@example.test', deletedDateTime: '2026-11-10T16:40:00Z' },
    };
    expect([...survey.users]).toMatchObject([deleted, deleted, { kind: 'none' }]);
    expect(survey.holders.get('NKT48cjPGEWnXTXkSfzB8w==')).toEqual([
      {
        id: '672c888b-d0fd-4dda-a38b-c7fe8874141a',
        userPrincipalName: 'gbin5678@example.onmicrosoft.test',
        displayName: 'Gus Bin',
        mail: null,
        proxyAddresses: [],
        licences: expect.any(Number),
        isSynced: false,
        sid: null,
        dn: null,
        lastSyncAt: null,
        objectIdentifier: undefined,
        isGuest: false,
        deleted: true,
        deletedDateTime: '2026-11-02T08:15:00Z',
      },
    ]);
  });

  it('looks users up by another key, several included, and refuses keys that Graph cannot look up', async () => {
    const { open, tenant } = await practice();
    tenant.change(idOf('nora.quill'), { mail: 'shared@example.test' });
    tenant.change(idOf('iris.vance'), { mail: 'SHARED@example.test' });
    const key = (attribute: string, value: string): CloudRef => ({ kind: 'key', attribute, value });
    for (const surveyMode of ['filters', 'listing'] as const) {
      const { reader } = await open({ tools: { surveyMode } });
      const { users } = await surveyed(
        reader,
        [key('Mail', 'shared@example.test'), key('Mail', 'theo.marsh@example.test'), key('Mail', 'petra@x')],
        [],
      );
      expect([...users]).toMatchObject([
        { kind: 'several' },
        { kind: 'found', user: { id: idOf('theo.marsh') } },
        { kind: 'none' },
      ]);
      const [several] = users;
      expect(several?.kind === 'several' ? several.users.map((one) => one.id).toSorted() : []).toEqual(
        [idOf('nora.quill'), idOf('iris.vance')].toSorted(),
      );
    }
    const { reader } = await open();
    await expect(surveyed(reader, [key('shoeSize', '43')], [])).rejects.toMatchObject({
      code: 'cloud-key-unknown',
      exitCode: 2,
    });
  });

  it('lists when a value is too long to be filtered by, in one mode or the other never failing', async () => {
    const { open, tenant } = await practice();
    const { reader } = await open();
    const long = `${'x'.repeat(120)}@example.test`;
    expect(
      [...(await surveyed(reader, [upn(long), upn('nora.quill@example.test')], [])).users].map((one) => one.kind),
    ).toEqual(['none', 'found']);
    expect(tenant.requests.some((one) => one.path.includes('$filter') && !isForIdentifiers(one))).toBe(false);
  });

  it('chooses by the size of the tenant, and goes on without knowing it', async () => {
    const people: People = { ...cast, cloudUsers: crowd(1_500) };
    const ask = people.cloudUsers.map((user) => upn(user.userPrincipalName));
    for (const refuseCount of [false, true]) {
      const { open, tenant } = await practice({}, people);
      if (refuseCount) {
        tenant.hooks.onRequest = (request) =>
          request.path.includes('/$count') ? { status: 403, body: {} } : undefined;
      }
      const { reader } = await open();
      const { users } = await surveyed(reader, ask, []);
      expect(
        [...users].every((one, index) => one.kind === 'found' && one.user.id === people.cloudUsers[index]?.id),
      ).toBe(true);
      // Of 1,500 users, two pages hold them all; where the size is not known, 100 filters seem the lesser work.
      const batched = tenant.requests.filter((one) => one.batchItem && !isForIdentifiers(one));
      expect(batched.length).toBe(refuseCount ? 100 : 0);
    }
  });

  it('follows next links to the end of live and deleted users alike', async () => {
    const { open, tenant } = await practice({ pageSizeCap: 7 });
    for (const surveyMode of ['filters', 'listing'] as const) {
      const { reader } = await open({ tools: { surveyMode } });
      const survey = await surveyed(reader, everybody, heldIds);
      expect([...survey.users].filter((one) => one.kind === 'none')).toEqual([]);
    }
    expect(tenant.requests.filter((one) => /skiptoken/i.test(one.path)).length).toBeGreaterThan(3);
  });

  it('is repeated where Graph refuses for now: the page, the batch, and single items of a batch', async () => {
    const { open, tenant, clock } = await practice();
    const throttled = (seconds: string) => ({
      status: 429,
      headers: { 'Retry-After': seconds },
      body: { error: { code: 'TooManyRequests', message: 'Please retry again later.' } },
    });
    const seen = new Map<string, number>();
    tenant.hooks.onRequest = (request) => {
      if (request.kind === 'sign-in') return undefined;
      const place = request.batchItem ? `item ${request.path}` : request.path;
      seen.set(place, (seen.get(place) ?? 0) + 1);
      if (seen.get(place) !== 1) return undefined;
      // The first item of the first batch waits longest; everything else passes once it has been asked a second time.
      return request.batchItem ? throttled(request.path.includes('nora') ? '7.5' : '2') : throttled('1');
    };
    const { reader } = await open({ tools: { surveyMode: 'filters' } });
    const survey = await surveyed(reader, [upn('nora.quill@example.test')], heldIds);
    expect([...survey.users]).toMatchObject([{ kind: 'found' }]);
    expect([...survey.holders.keys()].toSorted()).toEqual([...heldIds].toSorted());
    // The batch itself, then its items after the longest of their waits; then, side by side, the recycle bin and the batch of
    // the requests for object identifiers, and the items of that.
    expect(clock.slept).toEqual([1_000, 7_500, 1_000, 1_000, 2_000]);
    expect(reader.counts().graphThrottled).toBe(tenant.counters.throttled);
  });

  it('without the permission ends the run and names it', async () => {
    for (const surveyMode of ['filters', 'listing'] as const) {
      const { open } = await practice({ denied: ['User.Read.All'] });
      const { reader } = await open({ tools: { surveyMode } });
      const refused = surveyed(reader, [upn('nora.quill@example.test')], []);
      await expect(refused).rejects.toMatchObject({ code: 'permission-missing', exitCode: 2 });
      await expect(refused).rejects.toHaveProperty('hint', expect.stringContaining('User.Read.All'));
    }
    const { open } = await practice({ denied: ['Organization.Read.All'] });
    const { reader } = await open();
    await expect(reader.describe()).rejects.toHaveProperty('hint', expect.stringContaining('Organization.Read.All'));
  });

  it('reads references as the input gives them', async () => {
    const { open } = await practice();
    const { reader } = await open();
    const refs = ['nora.quill@example.test', '{46C82861-23B9-470B-AB37-A08402A70C67}'].map((text) =>
      parseCloudRef(text),
    );
    const { users } = await surveyed(
      reader,
      refs.flatMap((one) => (one.kind === 'ref' ? [one.ref] : [])),
      [],
    );
    expect([...users].map((one) => ('user' in one ? foldKey(one.user.userPrincipalName) : one.kind))).toEqual([
      'nora.quill@example.test',
      'iris.vance@example.test',
    ]);
  });
});

/** So many plain cloud users. */
function crowd(count: number): People['cloudUsers'] {
  return Array.from({ length: count }, (_, n) => ({
    id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    displayName: `User ${n}`,
    userPrincipalName: `user${n}@example.test`,
    mail: null,
    userType: 'Member',
    accountEnabled: true,
    onPremisesImmutableId: null,
    onPremisesSyncEnabled: null,
    deletedDateTime: null,
    proxyAddresses: [],
  }));
}
