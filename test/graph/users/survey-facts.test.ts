// What a survey brings besides users and holders: addresses, object identifiers, and what it had to do without.
import { describe, expect, it } from 'vitest';
import { foldKey, type CloudRef } from '../../../src/core/references.ts';
import type { Survey, SurveyRequest } from '../../../src/run/ports.ts';
import type { People } from '../../../src/sandbox/people/people.ts';
import type { PracticeTenant } from '../../../src/sandbox/tenant/tenant.ts';
import { cast, idOf, practice } from '../practice.ts';

const modes = ['filters', 'listing'] as const;
const upn = (text: string): CloudRef => ({ kind: 'upn', upn: text });
const live = cast.cloudUsers.filter((user) => user.deletedDateTime === null);
const bare = (proxy: string): string => proxy.replace(/^smtp:/i, '');

const everything: SurveyRequest = {
  refs: cast.cloudUsers.flatMap((user) => [
    upn(user.deletedDateTime === null ? user.userPrincipalName : user.userPrincipalName.slice(32)),
    { kind: 'object-id', id: idOf('nora.quill') },
  ]),
  immutableIds: cast.cloudUsers.flatMap((user) => user.onPremisesImmutableId ?? []),
  addresses: new Set(
    [
      ...cast.cloudUsers.flatMap((user) => [user.userPrincipalName, user.mail ?? '', ...user.proxyAddresses.map(bare)]),
      ...[...(cast.groups ?? []), ...(cast.contacts ?? [])].flatMap((one) => [
        one.mail ?? '',
        ...one.proxyAddresses.map(bare),
      ]),
      ...cast.adUsers.flatMap((user) => [user.userPrincipalName ?? '', user.mail ?? '']),
      'nobody.at.all@example.test',
    ]
      .filter((address) => address !== '')
      .map(foldKey),
  ),
};

describe('a survey of everything', () => {
  it('is the same by filters and by listing: users, holders, addresses, identifiers', async () => {
    const { open } = await practice();
    const surveys: Survey[] = [];
    for (const surveyMode of modes) {
      surveys.push(await (await open({ tools: { surveyMode } })).reader.survey(everything));
    }
    const [byFilters, byListing] = surveys;
    expect([...(byFilters?.users ?? [])]).toEqual([...(byListing?.users ?? [])]);
    expect(new Map(byFilters?.holders)).toEqual(new Map(byListing?.holders));
    expect(new Map(byFilters?.addresses)).toEqual(new Map(byListing?.addresses));
    expect(byFilters?.unchecked).toEqual([]);
    expect(byListing?.unchecked).toEqual([]);
  });

  it.each(modes)('knows of each user what the tenant knows (%s)', async (surveyMode) => {
    const { open } = await practice();
    const { reader } = await open({ tools: { surveyMode } });
    const { users } = await reader.survey({
      refs: cast.cloudUsers.map(({ id }) => ({ kind: 'object-id', id: idFrom(id) })),
    });
    for (const [index, user] of cast.cloudUsers.entries()) {
      const found = users.at(index);
      expect(found && 'user' in found ? found.user : undefined).toMatchObject({
        id: user.id,
        proxyAddresses: user.proxyAddresses,
        licences: user.assignedLicenses?.length ?? 0,
        // Which they are is read by a preflight, and there was none.
        hasMailbox: user.assignedLicenses?.length ? null : false,
        sid: user.onPremisesSecurityIdentifier ?? null,
        dn: user.onPremisesDistinguishedName ?? null,
        lastSyncAt: user.onPremisesLastSyncDateTime ?? null,
        // Users in the recycle bin have none that could be read.
        objectIdentifier: user.deletedDateTime === null ? (user.onPremisesObjectIdentifier ?? null) : undefined,
      });
    }
    expect(cast.cloudUsers.some((user) => user.onPremisesObjectIdentifier)).toBe(true);
    expect(cast.cloudUsers.some((user) => user.assignedLicenses?.length)).toBe(true);
  });
});

function idFrom(text: string) {
  return text as ReturnType<typeof idOf>;
}

describe('addresses', () => {
  const claimsOf = (survey: Survey, address: string): unknown =>
    survey.addresses.get(address)?.map((one) => [one.kind, one.name, one.as]);

  it.each(modes)(
    'are found with live users, groups and contacts, in any case, and not in the bin (%s)',
    async (mode) => {
      const { open, tenant } = await practice();
      tenant.change(idOf('nora.quill'), {
        mail: 'Nora@Mail.example.test',
        proxyAddresses: ['SMTP:Primary@Example.test', 'smtp:team.news@example.test', 'SIP:sip@example.test'],
      });
      const { reader } = await open({ tools: { surveyMode: mode } });
      const asked = [
        'nora.quill@example.test',
        'nora@mail.example.test',
        'primary@example.test',
        'team.news@example.test',
      ];
      const more = ['news.desk@example.test', 'sip@example.test', 'rosa.gone@example.test'];
      const survey = await reader.survey({ refs: [], addresses: new Set([...asked, ...more]) });
      const nora = 'nora.quill@example.test';
      expect(asked.map((address) => claimsOf(survey, address))).toEqual([
        [['user', nora, 'upn']],
        [['user', nora, 'mail']],
        [['user', nora, 'primary-smtp']],
        [
          ['user', nora, 'other-smtp'],
          ['group', 'News Team', 'primary-smtp'],
        ],
      ]);
      expect(more.map((address) => claimsOf(survey, address))).toEqual([
        [['contact', 'News Desk', 'primary-smtp']],
        undefined,
        undefined,
      ]);
    },
  );

  it.each(modes)('come with what tells whether sync could take the user (%s)', async (mode) => {
    const { open } = await practice();
    const { reader } = await open({ tools: { surveyMode: mode } });
    const names = new Map(live.map((user) => [foldKey(user.userPrincipalName), user]));
    const { addresses } = await reader.survey({ refs: [], addresses: new Set(names.keys()) });
    for (const [name, user] of names) {
      expect(addresses.get(name)).toContainEqual({
        kind: 'user',
        id: user.id,
        name: user.userPrincipalName,
        displayName: user.displayName,
        as: 'upn',
        immutableId: user.onPremisesImmutableId,
        isSynced: user.onPremisesSyncEnabled === true,
        isGuest: user.userType === 'Guest' || user.userPrincipalName.includes('#EXT#'),
      });
    }
  });

  it('that nobody asks for cost nothing and are nobody’s lack of permission', async () => {
    for (const surveyMode of modes) {
      const { open, tenant } = await practice({ permissions: ['User.Read.All'] });
      const { reader } = await open({ tools: { surveyMode } });
      const survey = await reader.survey({ refs: [upn('nora.quill@example.test')], addresses: new Set() });
      expect([survey.addresses.size, survey.unchecked]).toEqual([0, []]);
      expect(tenant.requests.some((one) => /groups|contacts|proxyAddresses\/any/.test(one.path))).toBe(false);
    }
  });

  it('longer than Graph compares are found by listing', async () => {
    const { open, tenant } = await practice();
    const long = `${'x'.repeat(110)}@example.test`;
    tenant.change(idOf('nora.quill'), { proxyAddresses: [`smtp:${long}`] });
    const { reader } = await open();
    const survey = await reader.survey({ refs: [], addresses: new Set([long]) });
    expect(claimsOf(survey, long)).toEqual([['user', 'nora.quill@example.test', 'other-smtp']]);
    expect(survey.unchecked).toEqual([]);
  });

  it('with quotes, plus signs and hashes are asked for as they are', async () => {
    const { open, tenant } = await practice();
    const odd = ["sean.o'brien+x#y&z@example.test", 'petra_partner.test#ext#@example.onmicrosoft.test'];
    tenant.change(idOf('nora.quill'), { proxyAddresses: [`smtp:${odd[0]}`] });
    const { reader } = await open({ tools: { surveyMode: 'filters' } });
    const survey = await reader.survey({ refs: [], addresses: new Set(odd) });
    expect(odd.map((address) => claimsOf(survey, address))).toEqual([
      [['user', 'nora.quill@example.test', 'other-smtp']],
      [['user', 'petra_partner.test#EXT#@example.onmicrosoft.test', 'upn']],
    ]);
  });
});

describe('a survey that may not read all', () => {
  const request: SurveyRequest = {
    refs: [upn('nora.quill@example.test')],
    addresses: everything.addresses ?? new Set(),
  };
  const reading = ['User.Read.All', 'GroupMember.Read.All', 'OrgContact.Read.All'];
  const cases = [
    ['GroupMember.Read.All', 'address-groups', 'group'],
    ['OrgContact.Read.All', 'address-contacts', 'contact'],
  ] as const;

  it.each(cases)('without %s says that %s is unchecked, and gives the rest', async (permission, check, kind) => {
    for (const surveyMode of modes) {
      const whole = await (await (await practice({ permissions: reading })).open()).reader.survey(request);
      const { open } = await practice({ permissions: reading.filter((one) => one !== permission) });
      const survey = await (await open({ tools: { surveyMode } })).reader.survey(request);
      const why = 'Insufficient privileges to complete the operation.';
      expect(survey.unchecked).toEqual([{ check, kind: 'not-permitted', needs: permission, why }]);
      expect([...survey.users]).toEqual([...whole.users]);
      const kept = [...whole.addresses]
        .map(([address, who]) => [address, who.filter((one) => one.kind !== kind)] as const)
        .filter(([, who]) => who.length > 0);
      expect(new Map(survey.addresses)).toEqual(new Map(kept));
      expect(whole.unchecked).toEqual([]);
      expect(kept.flatMap(([, who]) => who).length).toBeLessThan([...whole.addresses.values()].flat().length);
    }
  });

  it.each([400, 403, 404, 501])('gives users without object identifiers when /beta answers %i', async (status) => {
    for (const surveyMode of modes) {
      const { open, tenant, clock } = await practice();
      const { reader } = await open({ tools: { surveyMode } });
      tenant.hooks.onRequest = refusingBeta(status);
      const { users, unchecked } = await reader.survey({ refs: live.map((user) => upn(user.userPrincipalName)) });
      expect([...users].every((one) => one.kind === 'found' && one.user.objectIdentifier === undefined)).toBe(true);
      const why = 'No beta here.';
      expect(unchecked).toEqual([{ check: 'object-identifiers', kind: 'failed', needs: expect.any(String), why }]);
      expect(clock.slept).toEqual([]);
    }
  });

  it('lists v1.0 from its beginning where /beta refuses half way, and keeps nothing of what it said', async () => {
    const { open, tenant } = await practice({ pageSizeCap: 7 });
    const { reader } = await open({ tools: { surveyMode: 'listing' } });
    tenant.hooks.onRequest = ({ path }) =>
      path.startsWith('/beta/') && path.includes('skiptoken')
        ? { status: 403, body: { error: { code: 'Authorization_RequestDenied', message: 'No more beta.' } } }
        : undefined;
    const { users, unchecked } = await reader.survey({ refs: live.map((user) => upn(user.userPrincipalName)) });
    expect([...users].every((one) => one.kind === 'found' && one.user.objectIdentifier === undefined)).toBe(true);
    const why = 'No more beta.';
    expect(unchecked).toEqual([{ check: 'object-identifiers', kind: 'not-permitted', needs: expect.any(String), why }]);
    expect(tenant.requests.filter(({ path }) => path.startsWith('/beta/'))).toHaveLength(2);
  });

  it('does without /beta where its listing lacks what v1.0 has', async () => {
    const { open, tenant } = await practice();
    const { reader } = await open({ tools: { surveyMode: 'listing' } });
    const [first] = live;
    const lacking = { ...first, assignedLicenses: [], onPremisesObjectIdentifier: null, proxyAddresses: undefined };
    tenant.hooks.onRequest = ({ path }) =>
      path.startsWith('/beta/') ? { status: 200, body: { value: [lacking] } } : undefined;
    const { users, unchecked } = await reader.survey({ refs: [upn(first?.userPrincipalName ?? '')] });
    expect([...users]).toMatchObject([{ kind: 'found', user: { proxyAddresses: first?.proxyAddresses } }]);
    expect(unchecked).toMatchObject([{ check: 'object-identifiers' }]);
  });

  it.each(modes)('reads nothing from /beta for whoever does not want object identifiers (%s)', async (surveyMode) => {
    const { open, tenant } = await practice();
    const { reader } = await open({ tools: { surveyMode } });
    const { users } = await reader.survey({ ...everything, objectIdentifiers: false });
    expect([...users].every((one) => !('user' in one) || one.user.objectIdentifier === undefined)).toBe(true);
    expect(tenant.requests.filter(({ path }) => path.startsWith('/beta/'))).toEqual([]);
  });

  it('ends with the first page that cannot be read, though the next one is on its way and fails as well', async () => {
    const { open, tenant } = await practice({ pageSizeCap: 7 });
    const { reader } = await open({ tools: { surveyMode: 'listing' } });
    const users = { value: [{ id: 'no user' }], '@odata.nextLink': `${tenant.graphUrl}/v1.0/users?$skiptoken=x` };
    tenant.hooks.onRequest = ({ path }) => {
      if (path.includes('skiptoken')) return { status: 500, body: {} };
      return path.includes('/users?') ? { status: 200, body: users } : undefined;
    };
    await expect(reader.survey({ ...request, objectIdentifiers: false })).rejects.toHaveProperty(
      'message',
      expect.stringContaining('a user'),
    );
  });

  it('stops when groups, contacts or /beta break down for good', async () => {
    for (const path of [/groups/, /contacts/, /onPremisesObjectIdentifier/]) {
      const { open, tenant } = await practice();
      const { reader } = await open();
      tenant.hooks.onRequest = ({ path: asked }) => (path.test(asked) ? { status: 500, body: {} } : undefined);
      await expect(reader.survey(request)).rejects.toMatchObject({ name: 'RunFault', code: 'graph-server-error' });
    }
  });

  it('asks for object identifiers of nobody when nobody was found', async () => {
    const { open, tenant } = await practice();
    const { reader } = await open();
    const { unchecked } = await reader.survey({ refs: [upn('no.body@example.test')] });
    expect(unchecked).toEqual([]);
    expect(tenant.requests.some((one) => one.path.includes('onPremisesObjectIdentifier'))).toBe(false);
  });
});

function refusingBeta(status: number): NonNullable<PracticeTenant['hooks']['onRequest']> {
  return ({ path }) =>
    path.includes('onPremisesObjectIdentifier')
      ? { status, body: { error: { code: 'BadRequest', message: 'No beta here.' } } }
      : undefined;
}

describe('object identifiers', () => {
  it('are in lower case when they are GUIDs, and as they are when not', async () => {
    const people: People = {
      ...cast,
      cloudUsers: cast.cloudUsers.map((user) => {
        if (user.id === idOf('nora.quill'))
          return { ...user, onPremisesObjectIdentifier: '11FACC31-3BFB-4BD2-8032-87E444CBE022' };
        return user.id === idOf('iris.vance') ? { ...user, onPremisesObjectIdentifier: 'Odd Value' } : user;
      }),
    };
    const { open } = await practice({}, people);
    const { users } = await (
      await open()
    ).reader.survey({
      refs: [upn('nora.quill@example.test'), upn('iris.vance@example.test')],
    });
    expect([...users].map((one) => 'user' in one && one.user.objectIdentifier)).toEqual([
      '11facc31-3bfb-4bd2-8032-87e444cbe022',
      'Odd Value',
    ]);
  });
});
