import { describe, expect, it } from 'vitest';
import { sidOfAdUser } from '../../../src/sandbox/people/people.ts';
import { adUser, bob, cloudUser, guids, idOf, peopleOf, synced, world } from '../practice-sync.ts';

const anchored = { onPremisesImmutableId: idOf(guids.ada) };
const at = '2026-11-23T00:00:00Z';

/** The cloud user of ada after one cycle. */
async function after(parts: Parameters<typeof synced>[0]) {
  const { line, tenant } = await synced(parts);
  const user = tenant.user(line.cloudId ?? '');
  if (!user) throw new Error(`ada has no cloud user: ${line.outcome}`);
  return { line, user };
}

describe('a user that is taken over', () => {
  it('gets all that says whose it is, and the values of AD', async () => {
    const ad = adUser({
      cn: 'Ada "North", Dr',
      mail: 'ada.north@example.test',
      proxyAddresses: ['SMTP:ada.north@example.test', 'smtp:a@example.test'],
      disabled: true,
      'mS-DS-ConsistencyGuid': guids.consistency,
    });
    const cloud = cloudUser({
      onPremisesImmutableId: idOf(guids.consistency),
      mail: 'old@example.test',
      proxyAddresses: ['SMTP:old@example.test'],
      assignedLicenses: [guids.other],
    });
    const { user } = await after({ adUsers: [ad], cloudUsers: [cloud] });
    expect(user).toEqual({
      id: cloud.id,
      userType: 'Member',
      assignedLicenses: [guids.other],
      displayName: 'Ada "North", Dr',
      userPrincipalName: 'ada@example.test',
      mail: 'ada.north@example.test',
      proxyAddresses: ['SMTP:ada.north@example.test', 'smtp:a@example.test'],
      accountEnabled: false,
      deletedDateTime: null,
      onPremisesImmutableId: idOf(guids.consistency),
      onPremisesSyncEnabled: true,
      onPremisesObjectIdentifier: guids.ada,
      onPremisesSecurityIdentifier: sidOfAdUser(peopleOf({ adUsers: [ad] }), 0),
      onPremisesDistinguishedName: String.raw`CN=Ada \"North\"\, Dr,OU=People,DC=example,DC=test`,
      onPremisesDomainName: 'example.test',
      onPremisesSamAccountName: 'ada',
      onPremisesUserPrincipalName: 'ada@example.test',
      onPremisesLastSyncDateTime: at,
      onPremisesProvisioningErrors: [],
    });
  });

  it('keeps what AD has no value for', async () => {
    const cloud = cloudUser({ ...anchored, mail: 'c@example.test', proxyAddresses: ['SMTP:c@example.test'] });
    const { user } = await after({ adUsers: [adUser()], cloudUsers: [cloud] });
    expect(user).toMatchObject({ mail: 'c@example.test', proxyAddresses: ['SMTP:c@example.test'] });
  });

  it('keeps its addresses in the initial domain, as secondary ones', async () => {
    const cloud = cloudUser({
      ...anchored,
      proxyAddresses: ['SMTP:ada@example.onmicrosoft.test', 'smtp:lost@example.test'],
    });
    const { user } = await after({ adUsers: [adUser({ mail: 'ada@example.test' })], cloudUsers: [cloud] });
    expect(user.proxyAddresses).toEqual(['SMTP:ada@example.test', 'smtp:ada@example.onmicrosoft.test']);
    expect(user.mail).toBe('ada@example.test');
  });
});

describe('the addresses', () => {
  it.each([
    ['mail alone is the primary one', { mail: 'm@example.test' }, ['SMTP:m@example.test']],
    [
      'mail is the primary one beside secondary ones, once',
      { mail: 'm@example.test', proxyAddresses: ['smtp:M@example.test', 'smtp:s@example.test'] },
      ['smtp:s@example.test', 'SMTP:m@example.test'],
    ],
    [
      'mail adds nothing to a primary one',
      { mail: 'm@example.test', proxyAddresses: ['SMTP:p@example.test'] },
      ['SMTP:p@example.test'],
    ],
    [
      'other protocols come along, outdated and broken ones do not',
      {
        proxyAddresses: [
          'SMTP:p@example.test',
          'sip:p@example.test',
          'X400:c=DE;a= ;',
          'p@example.test',
          'smtp:a b@x.test',
        ],
      },
      ['SMTP:p@example.test', 'sip:p@example.test'],
    ],
    [
      'reserved domains are left out',
      { mail: 'm@example.onmicrosoft.com', proxyAddresses: ['smtp:p@example.onmicrosoft.com', 'smtp:s@example.test'] },
      ['smtp:s@example.test'],
    ],
  ])('of a new user: %s', async (_what, changes, expected) => {
    expect((await after({ adUsers: [adUser(changes)] })).user.proxyAddresses).toEqual(expected);
  });

  it('make mail follow the primary one', async () => {
    const ad = adUser({ mail: 'm@example.test', proxyAddresses: ['SMTP:p@example.test'] });
    expect((await after({ adUsers: [ad] })).user.mail).toBe('p@example.test');
  });
});

describe('the UPN of a new user', () => {
  it.each([
    ['is AD’s in a verified domain', {}, 'ada@example.test'],
    ['is made of sAMAccountName where AD has none', { userPrincipalName: null }, 'ada@example.test'],
    [
      'goes to the initial domain from one nobody verified',
      { userPrincipalName: 'u@claimed.test' },
      'u@example.onmicrosoft.test',
    ],
    ['goes there from an unknown one', { userPrincipalName: 'u@example.local' }, 'u@example.onmicrosoft.test'],
    [
      'has its prefix there, whatever nickname and addresses say',
      { userPrincipalName: 'u@x.local', mailNickname: 'nick', mail: 'm@example.test' },
      'u@example.onmicrosoft.test',
    ],
  ])('%s', async (_what, changes, expected) => {
    const { line, user } = await after({ adUsers: [adUser(changes)] });
    expect(line).toMatchObject({ outcome: 'provisioned', quarantined: [] });
    expect(user.userPrincipalName).toBe(expected);
  });
});

describe('what another object has', () => {
  const upnTaken = cloudUser({ userPrincipalName: 'ADA@example.test', userType: 'Guest' });

  it('as UPN is put in quarantine, with a placeholder of prefix and four digits', async () => {
    const { line, user } = await after({ adUsers: [adUser()], cloudUsers: [upnTaken, cloudUser(anchored)] });
    expect(line).toMatchObject({ outcome: 'joined' });
    expect(line.quarantined).toEqual([
      { attribute: 'userPrincipalName', value: 'ada@example.test', holderId: upnTaken.id },
    ]);
    expect(user.userPrincipalName).toMatch(/^ada\d{4}@example\.onmicrosoft\.test$/);
    expect(user.onPremisesUserPrincipalName).toBe('ada@example.test');
    expect(user.onPremisesProvisioningErrors).toEqual([
      {
        category: 'PropertyConflict',
        propertyCausingError: 'UserPrincipalName',
        value: 'ada@example.test',
        occurredDateTime: at,
      },
    ]);
  });

  it('as placeholder is passed over', async () => {
    const parts = { adUsers: [adUser()], cloudUsers: [upnTaken, cloudUser(anchored)] };
    const { user } = await after(parts);
    const squatter = cloudUser({ userPrincipalName: user.userPrincipalName });
    const second = await after({ ...parts, cloudUsers: [...parts.cloudUsers, squatter] });
    expect(second.user.userPrincipalName).toMatch(/^ada\d{4}@example\.onmicrosoft\.test$/);
    expect(second.user.userPrincipalName).not.toBe(user.userPrincipalName);
  });

  const address = 'smtp:shared@example.test';
  const mailed = { displayName: 'X', mail: null, proxyAddresses: ['SMTP:Shared@example.test'] };
  const groupId = '99999999-0000-4000-8000-000000000001';

  it.each([
    ['a user', { cloudUsers: [cloudUser({ id: groupId, proxyAddresses: ['smtp:SHARED@example.test'] })] }],
    ['a user by mail', { cloudUsers: [cloudUser({ id: groupId, mail: 'shared@example.test' })] }],
    ['a guest', { cloudUsers: [cloudUser({ id: groupId, userType: 'Guest', mail: 'shared@example.test' })] }],
    ['a group', { groups: [{ ...mailed, id: groupId, members: [], owners: [] }] }],
    ['a contact', { contacts: [{ ...mailed, id: groupId }] }],
  ])('as address is dropped and put in quarantine: %s', async (_who, parts) => {
    const ad = adUser({ proxyAddresses: ['SMTP:p@example.test', address] });
    const { line, user } = await after({ adUsers: [ad], ...parts });
    expect(line.quarantined).toEqual([
      { attribute: 'proxyAddresses', value: 'shared@example.test', holderId: groupId },
    ]);
    expect(user.proxyAddresses).toEqual(['SMTP:p@example.test']);
    expect(user.onPremisesProvisioningErrors).toEqual([
      { category: 'PropertyConflict', propertyCausingError: 'ProxyAddresses', value: address, occurredDateTime: at },
    ]);
  });

  it('as primary address leaves mail as it was', async () => {
    const groups = [{ ...mailed, id: groupId, members: [], owners: [] }];
    const ad = adUser({ mail: 'shared@example.test' });
    const cloud = cloudUser({ ...anchored, mail: 'old@example.test', proxyAddresses: ['SMTP:old@example.test'] });
    const { line, user } = await after({ adUsers: [ad], cloudUsers: [cloud], groups });
    expect(line.quarantined).toEqual([
      { attribute: 'proxyAddresses', value: 'shared@example.test', holderId: groupId },
    ]);
    expect(user.mail).toBe('old@example.test');
    expect((await after({ adUsers: [ad], groups })).user.mail).toBeNull();
  });

  it('is nothing in the way when the user has it itself, or has it no more', async () => {
    const cloud = cloudUser({ ...anchored, userPrincipalName: 'ada@example.test', proxyAddresses: [address] });
    const deleted = cloudUser({ deletedDateTime: at, proxyAddresses: [address] });
    const ad = adUser({ proxyAddresses: [address] });
    expect((await after({ adUsers: [ad], cloudUsers: [cloud, deleted] })).line.quarantined).toEqual([]);
  });

  it('of two AD users the first gets it', async () => {
    const twice = { proxyAddresses: ['smtp:team@example.test'] };
    const made = await world(peopleOf({ adUsers: [adUser(twice), bob(twice)] }));
    const [first, second] = made.sync().lines;
    expect(first?.quarantined).toEqual([]);
    expect(second?.quarantined).toEqual([
      { attribute: 'proxyAddresses', value: 'team@example.test', holderId: first?.cloudId },
    ]);
  });

  it('keeps its time of quarantine over cycles, and is given back once it is free', async () => {
    const made = await world(peopleOf({ adUsers: [adUser()], cloudUsers: [upnTaken, cloudUser(anchored)] }));
    const id = made.sync().lines[0]?.cloudId ?? '';
    const placeholder = made.tenant.user(id)?.userPrincipalName;
    made.sync();
    expect(made.tenant.user(id)?.userPrincipalName).toBe(placeholder);
    expect(made.tenant.user(id)?.onPremisesProvisioningErrors?.[0]?.occurredDateTime).toBe(at);
    made.tenant.change(upnTaken.id, { userPrincipalName: 'elsewhere@example.test' });
    expect(made.sync().lines[0]?.quarantined).toEqual([]);
    expect(made.tenant.user(id)).toMatchObject({
      userPrincipalName: 'ada@example.test',
      onPremisesProvisioningErrors: [],
    });
  });
});
