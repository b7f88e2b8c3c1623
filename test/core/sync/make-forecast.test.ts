import { describe, expect, it } from 'vitest';
import { makeForecast } from '../../../src/core/sync/make-forecast.ts';
import type { SyncCandidate, World } from '../../../src/core/sync/world.ts';
import { outOfScopeRule } from '../../../src/core/sync/scope.ts';
import { immutableIdOfGuid } from '../../../src/core/ids/immutable-id.ts';
import { foldKey } from '../../../src/core/references.ts';
import type { AddressHolder, AdUser, CloudUser, Holder } from '../../../src/core/users.ts';
import { openFeatures } from '../../support/in-memory.ts';
import { adUser, cloudUser, guid, idOf } from '../../support/people.ts';

const world = (more: Partial<World> = {}): World => ({
  sync: 'connect',
  features: openFeatures,
  domains: null,
  roles: new Map(),
  cloudManaged: new Set(),
  addresses: new Map(),
  adAddresses: new Map(),
  ...links(cloudUser(2)),
  candidateOf: (user) => candidate({ user, immutableId: immutableIdOfGuid(user.objectGuid) }),
  ...more,
});
/** Each of these cloud users is written the ID of the AD user of its number. */
const links = (...users: readonly CloudUser[]): Pick<World, 'written' | 'linked'> => {
  const ids = new Map(users.map((user) => [user.id, idOf(Number(user.id.slice(-12)))]));
  return {
    written: (id) => ids.get(id),
    linked: (immutableId) => users.find(({ id }) => ids.get(id) === immutableId),
  };
};
const unlinked = links();
const candidate = (more: Partial<SyncCandidate> = {}): SyncCandidate => ({
  user: adUser(2),
  immutableId: idOf(2),
  holders: [],
  rivals: [],
  ...more,
});
const holder = (n: number, more: Partial<Holder> = {}): Holder => ({
  id: guid('cloud', n),
  userPrincipalName: `u${n}@example.test`,
  displayName: null,
  mail: null,
  proxyAddresses: [],
  sid: null,
  dn: null,
  lastSyncAt: null,
  objectIdentifier: null,
  isGuest: false,
  licences: 0,
  isSynced: false,
  deleted: false,
  deletedDateTime: null,
  ...more,
});
const at = (address: string, n: number, more: Partial<AddressHolder> = {}): World['addresses'] =>
  new Map([
    [
      foldKey(address),
      [
        {
          kind: 'user',
          id: guid('cloud', n),
          name: `u${n}@example.test`,
          displayName: `User ${n}`,
          as: 'upn',
          immutableId: null,
          isSynced: false,
          isGuest: false,
          ...more,
        },
      ],
    ],
  ]);
const role = (n: number, how: 'assigned' | 'eligible'): World['roles'] =>
  new Map([[guid('cloud', n), [{ role: 'Helpdesk Administrator', how, through: null }]]]);
const forecastOf = (one: SyncCandidate, there: World, own = cloudUser(2)) => makeForecast(one, own, there);
const predicted = (one: SyncCandidate, there: World) => forecastOf(one, there).prediction;

describe('the prediction', () => {
  it('is a join for a row that is written', () => {
    expect(predicted(candidate(), world())).toEqual({ kind: 'joins', user: guid('cloud', 2) });
  });
  it('is that sync carries the user already when a synced user has the anchor', () => {
    const carried = candidate({ holders: [holder(9, { isSynced: true })] });
    expect(predicted(carried, world())).toEqual({ kind: 'carried', by: guid('cloud', 9) });
  });
  it('is blocked by the switch, a role, an eligibility and another object identifier, the switch first', () => {
    const blocked = (there: World, one = candidate()) => predicted(one, there);
    const features = { ...openFeatures, hardMatchBlocked: true };
    expect(blocked(world({ features, roles: role(2, 'assigned') }))).toMatchObject({
      why: 'hard-match-blocked-in-tenant',
    });
    expect(blocked(world({ roles: role(2, 'assigned') }))).toMatchObject({ why: 'cloud-user-holds-role' });
    expect(blocked(world({ roles: role(2, 'eligible') }))).toMatchObject({ why: 'cloud-user-eligible-for-role' });
    const mapped = links(cloudUser(2, { objectIdentifier: guid('ad', 5) }));
    expect(blocked(world(mapped))).toMatchObject({ kind: 'join-blocked', why: 'cloud-object-identifier-set' });
    const allowed = { ...openFeatures, objectIdentifierMayChange: true };
    expect(blocked(world({ ...mapped, features: allowed }))).toMatchObject({ kind: 'joins' });
    const equal = links(cloudUser(2, { objectIdentifier: guid('ad', 2) }));
    expect(blocked(world(equal))).toMatchObject({ kind: 'joins' });
    const guest = links(cloudUser(2, { userPrincipalName: 'u2_far.test#EXT#@example.test' }));
    expect(blocked(world(guest))).toMatchObject({ kind: 'join-blocked', why: 'cloud-user-guest' });
  });
  it('of a row that is not written is a join of whoever has the anchor now', () => {
    const there = world(unlinked);
    expect(predicted(candidate({ holders: [holder(7)] }), there)).toEqual({ kind: 'joins', user: guid('cloud', 7) });
    // Unless the plan gives that user another ID.
    const moved = world({ ...unlinked, written: (id) => (id === guid('cloud', 7) ? idOf(70) : undefined) });
    expect(predicted(candidate({ holders: [holder(7)] }), moved)).toEqual({ kind: 'provisions' });
  });
  it('is that a deleted user comes back when it alone has the anchor', () => {
    const binned = candidate({ holders: [holder(8, { deleted: true })] });
    expect(predicted(binned, world(unlinked))).toEqual({ kind: 'restores', user: guid('cloud', 8) });
    const features = { ...openFeatures, hardMatchBlocked: true };
    expect(predicted(binned, world({ ...unlinked, features }))).toMatchObject({ kind: 'join-blocked' });
    expect(predicted(binned, world({ ...unlinked, roles: role(8, 'eligible') }))).toMatchObject({
      kind: 'join-blocked',
    });
  });
  it('is a soft match by UPN or primary SMTP address where nobody has the anchor', () => {
    const there = (addresses: World['addresses'], more: Partial<World> = {}) =>
      world({ ...unlinked, addresses, ...more });
    const upn = 'u2@example.test';
    expect(predicted(candidate(), there(at(upn, 4)))).toEqual({ kind: 'soft-matches', user: guid('cloud', 4) });
    expect(predicted(candidate(), there(at(upn, 4, { immutableId: idOf(44) })))).toMatchObject({
      kind: 'soft-match-blocked',
    });
    const failing = { kind: 'soft-match-fails', user: guid('cloud', 4) };
    const features = { ...openFeatures, softMatchBlocked: true };
    expect(predicted(candidate(), there(at(upn, 4), { roles: role(4, 'assigned') }))).toEqual({
      ...failing,
      why: 'role',
    });
    expect(predicted(candidate(), there(at(upn, 4), { features }))).toEqual({ ...failing, why: 'blocked-in-tenant' });
    // By UPN neither Cloud Sync joins anybody, nor a tenant that has it switched off.
    expect(predicted(candidate(), there(at(upn, 4), { sync: 'cloud' }))).toEqual({ kind: 'provisions' });
    const byAddressAlone = { ...openFeatures, softMatchOnUpn: false };
    expect(predicted(candidate(), there(at(upn, 4), { features: byAddressAlone }))).toEqual({ kind: 'provisions' });
    const managed = new Set([guid('cloud', 4)]);
    expect(predicted(candidate(), there(at(upn, 4), { cloudManaged: managed }))).toEqual({ kind: 'provisions' });
    expect(predicted(candidate(), there(at(upn, 4, { isGuest: true })))).toEqual({ kind: 'provisions' });
    expect(predicted(candidate(), there(at(upn, 4, { as: 'other-smtp' })))).toEqual({ kind: 'provisions' });
    const byMail = candidate({
      user: adUser(2, { userPrincipalName: 'other@example.test', proxyAddresses: ['SMTP:u2@example.test'] }),
    });
    expect(predicted(byMail, there(at(upn, 4, { as: 'primary-smtp' })))).toMatchObject({ kind: 'soft-matches' });
    expect(predicted(byMail, there(at(upn, 4, { as: 'upn' })))).toEqual({ kind: 'provisions' });
    // Eligible is not admin for a soft match, and an AD user without UPN is sent with one made of its logon name.
    expect(predicted(candidate(), there(at(upn, 4), { roles: role(4, 'eligible') }))).toMatchObject({
      kind: 'soft-matches',
    });
    const nameless = candidate({ user: adUser(2, { userPrincipalName: null, mail: null }) });
    expect(predicted(nameless, there(at(upn, 4)))).toMatchObject({ kind: 'soft-matches' });
    // The primary SMTP address is tried before the UPN.
    const both = new Map([...at('first@example.test', 5, { as: 'primary-smtp' }), ...at(upn, 4)]);
    const user = adUser(2, { proxyAddresses: ['SMTP:first@example.test'] });
    expect(predicted(candidate({ user }), there(both))).toEqual({ kind: 'soft-matches', user: guid('cloud', 5) });
    const fed = [{ name: 'example.test', isVerified: true, isFederated: true, isInitial: false }];
    expect(predicted(candidate(), there(at(upn, 4), { domains: fed }))).toEqual({ kind: 'provisions' });
    // A row of the same plan gives the target an ID of its own first.
    const taken = there(at(upn, 4), links(cloudUser(4)));
    expect(predicted(candidate(), taken)).toMatchObject({ kind: 'soft-match-blocked' });
  });
  it('is a new user when nobody fits, unless it could have no name', () => {
    expect(predicted(candidate(), world(unlinked))).toEqual({ kind: 'provisions' });
    const user = adUser(2, { userPrincipalName: null, samAccountName: 'u2;x' });
    expect(predicted(candidate({ user }), world(unlinked))).toEqual({ kind: 'nameless' });
    // Nor is anybody made of it where its soft match is refused.
    const there = world({
      ...unlinked,
      addresses: at('u2@example.test', 4, { as: 'primary-smtp' }),
      roles: role(4, 'assigned'),
    });
    expect(predicted(candidate({ user }), there)).toEqual({ kind: 'soft-match-blocked', user: guid('cloud', 4) });
  });
  it('is that sync leaves alone whom the cloud manages, live or deleted, synced or not', () => {
    const why = { kind: 'join-blocked', why: 'cloud-user-cloud-managed' };
    const cloudManaged = new Set([guid('cloud', 2), guid('cloud', 8)]);
    expect(predicted(candidate(), world({ cloudManaged }))).toMatchObject(why);
    const binned = candidate({ holders: [holder(8, { deleted: true })] });
    expect(predicted(binned, world({ ...unlinked, cloudManaged }))).toMatchObject(why);
  });
  it('is that a user whom sync carries for another AD object does not change hands', () => {
    const carried = candidate({ holders: [holder(9, { isSynced: true, objectIdentifier: guid('ad', 5) })] });
    expect(predicted(carried, world(unlinked))).toEqual({ kind: 'carry-blocked', user: guid('cloud', 9) });
  });
});

describe('a shared anchor', () => {
  it('is contested: sync takes one AD user and fails on the others', () => {
    expect(predicted(candidate({ rivals: [adUser(5)] }), world())).toEqual({ kind: 'contested' });
  });
  it('is none with an AD user that sync leaves out', () => {
    const rivals = [adUser(5, { dn: 'CN=U 2\\0ACNF:fcc7e67f,OU=People,DC=example,DC=test' })];
    expect(predicted(candidate({ rivals }), world())).toMatchObject({ kind: 'joins' });
  });
  it('is decided where the tenant knows one of them by it', () => {
    const known = (n: number) => [holder(9, { objectIdentifier: guid('ad', n) })];
    const rivals = [adUser(5)];
    expect(predicted(candidate({ rivals, holders: known(2) }), world(unlinked))).toMatchObject({ kind: 'joins' });
    const rival = adUser(5).dn;
    expect(predicted(candidate({ rivals, holders: known(5) }), world(unlinked))).toEqual({
      kind: 'another-joins',
      rival,
    });
  });
});

describe('the take-over', () => {
  it('replaces what AD has and the cloud has otherwise, letter case aside', () => {
    const user = adUser(2, {
      userPrincipalName: 'new@example.test',
      mail: 'U2@EXAMPLE.TEST',
      proxyAddresses: ['SMTP:u2@example.test', 'smtp:b@example.test'],
    });
    const own = cloudUser(2, { proxyAddresses: ['SMTP:u2@example.test'] });
    const { overwrites } = forecastOf(candidate({ user }), world(), own);
    expect(overwrites).toEqual([
      { attribute: 'userPrincipalName', cloud: 'u2@example.test', ad: 'new@example.test' },
      { attribute: 'proxyAddresses', cloud: 'SMTP:u2@example.test', ad: 'SMTP:u2@example.test smtp:b@example.test' },
    ]);
  });
  it('clashes with whoever else has an address, groups included, and not with the user taken over', () => {
    const there = world({ addresses: at('u2@example.test', 2) });
    expect(forecastOf(candidate(), there).clashes).toEqual([]);
    const noted = world({ addresses: at('u2@example.test', 5, { as: 'other-mail' }) });
    expect(forecastOf(candidate(), noted).clashes).toEqual([]);
    const taken = world({ addresses: at('u2@example.test', 5, { kind: 'group', name: 'Team', as: 'other-smtp' }) });
    expect(forecastOf(candidate(), taken).clashes).toEqual([
      { attribute: 'mail', value: 'u2@example.test', holder: `the group Team (${guid('cloud', 5)})` },
    ]);
  });
});

describe('what the user is after it', () => {
  const domains = [
    { name: 'example.test', isVerified: true, isFederated: false, isInitial: false },
    { name: 'example.onmicrosoft.test', isVerified: true, isFederated: false, isInitial: true },
  ];
  const changes = (user: Partial<AdUser>, cloud: Partial<CloudUser> = {}, more: Partial<World> = {}) =>
    Object.fromEntries(
      forecastOf(candidate({ user: adUser(2, user) }), world({ domains, ...more }), cloudUser(2, cloud)).overwrites.map(
        ({ attribute, ad }) => [attribute, ad],
      ),
    );
  const proxyAddresses = ['SMTP:u2@example.test'];

  it('is named after the initial domain where AD has a domain that is not verified', () => {
    expect(changes({ userPrincipalName: 'u2@claimed.test' }, { proxyAddresses })).toEqual({
      userPrincipalName: 'u2@example.onmicrosoft.test',
    });
  });
  it('is named by the logon name where AD has no UPN, and keeps its name where AD has a bad one', () => {
    const unnamed = { userPrincipalName: null, samAccountName: 'noupn' };
    expect(changes(unnamed, { proxyAddresses })).toEqual({ userPrincipalName: 'noupn@example.test' });
    const dn = 'CN=U 2,DC=corp,DC=local';
    expect(changes({ ...unnamed, dn }, { proxyAddresses })).toEqual({
      userPrincipalName: 'noupn@example.onmicrosoft.test',
    });
    expect(changes({ userPrincipalName: 'u 2@example.test' }, { proxyAddresses })).toEqual({});
  });
  it('gets four digits behind a name that somebody else has', () => {
    const addresses = at('new@example.test', 5);
    expect(changes({ userPrincipalName: 'new@example.test' }, { proxyAddresses }, { addresses })).toEqual({
      userPrincipalName: 'new<4 digits>@example.onmicrosoft.test',
    });
  });
  it('has no address left where others have all that AD brings', () => {
    const user = { mail: 'gone@example.test', proxyAddresses: ['SMTP:gone@example.test'] };
    const addresses = at('gone@example.test', 5, { as: 'primary-smtp' });
    expect(changes(user, { proxyAddresses: ['SMTP:u2@example.test', 'smtp:u@example.test'] }, { addresses })).toEqual({
      proxyAddresses: '',
    });
  });
  it('has the addresses that sync takes, with mail for the primary one, and keeps those of the initial domain', () => {
    const user = {
      mail: 'new@example.test',
      proxyAddresses: [
        'smtp:a,b@example.test',
        'smtp:c@claimed.test',
        'x400:c=de',
        'smtp:d@x.onmicrosoft.com',
        'sip:u2@x.test',
      ],
    };
    const routing = 'SMTP:u2@example.onmicrosoft.test';
    expect(changes(user, { proxyAddresses: [routing] })).toEqual({
      mail: 'new@example.test',
      proxyAddresses: 'SMTP:new@example.test sip:u2@x.test smtp:u2@example.onmicrosoft.test',
    });
  });
});

describe('a value that another AD user brings as well', () => {
  const shared = 'team@example.test';
  const one = adUser(2, { proxyAddresses: ['SMTP:u2@example.test', `smtp:${shared}`] });
  const other = (more: Partial<AdUser> = {}) => adUser(5, { proxyAddresses: [`smtp:${shared}`], ...more });
  const clashes = (rival: AdUser, more: Partial<World> = {}) =>
    forecastOf(candidate({ user: one }), world({ adAddresses: new Map([[shared, [one, rival]]]), ...more })).clashes;
  const clash = { attribute: 'proxyAddresses', value: shared, holder: `the AD user ${adUser(5).dn}` };

  it('may be in error afterwards', () => {
    expect(clashes(other())).toEqual([clash]);
  });
  it('is safe where sync leaves that one out, or refuses it, or its value', () => {
    expect(clashes(other({ adminDescription: 'User_NoSync' }))).toEqual([]);
    const refused = { ...links(cloudUser(2), cloudUser(5)), roles: role(5, 'assigned') };
    expect(clashes(other(), refused)).toEqual([]);
    expect(clashes(other({ proxyAddresses: [] }))).toEqual([]);
  });
  it('is safe where the cloud user has it already', () => {
    expect(clashes(other(), { addresses: at(shared, 2, { as: 'other-smtp' }) })).toEqual([]);
  });
  it('is not safe where that one takes the very cloud user first, and names it otherwise', () => {
    // Nobody has the anchor: the one finds the cloud user by UPN, the other by address.
    const [upn] = at(shared, 2).get(shared) ?? [];
    const addresses = new Map([[shared, upn ? [upn, { ...upn, as: 'primary-smtp' as const }] : []]]);
    const own = candidate({ user: adUser(2, { userPrincipalName: shared, mail: null }) });
    const rival = other({ proxyAddresses: [`SMTP:${shared}`], mail: null });
    const adAddresses = new Map([[shared, [own.user, rival]]]);
    const { prediction, clashes: found } = forecastOf(own, world({ ...unlinked, addresses, adAddresses }));
    expect(prediction).toMatchObject({ kind: 'soft-matches' });
    expect(found).toEqual([{ ...clash, attribute: 'userPrincipalName' }]);
  });
});

describe('the default scope', () => {
  it.each([
    [{ adminDescription: 'User_NoSync' }],
    [{ adminDescription: 'user_nosync' }],
    [{ isCriticalSystemObject: true }],
    [{ samAccountName: null }],
    [{ samAccountName: 'MSOL_0123' }],
    [{ samAccountName: 'AAD_0123' }],
    [{ samAccountName: 'SUPPORT_388945a0' }],
    [{ mailNickname: 'SystemMailbox{1f05a927}' }],
    [{ mailNickname: 'CAS_{0123}' }],
    [{ samAccountName: 'krbtgt' }],
    [{ samAccountName: 'HealthMailbox0123' }],
    [{ mailNickname: 'DiscoverySearchMailbox{D919BA05}' }],
    [{ dn: 'CN=FederatedEmail.4c1f4d8b,CN=Users,DC=example,DC=test' }],
    [{ dn: 'CN=U 2\\0ADEL:fcc7e67f,CN=Deleted Objects,DC=example,DC=test' }],
    [{ recipientTypeDetails: '536870912' }],
    [{ recipientTypeDetails: '2' }],
    [{ dn: 'CN=U 2\\0ACNF:fcc7e67f,OU=People,DC=example,DC=test' }],
  ])('leaves out %j', (more) => {
    expect(outOfScopeRule(adUser(2, more))).toEqual(expect.any(String));
    expect(predicted(candidate({ user: adUser(2, more) }), world())).toMatchObject({ kind: 'out-of-scope' });
  });
  it.each([
    [{}],
    [{ adminDescription: 'Group_x' }],
    [{ recipientTypeDetails: '1' }],
    [{ recipientTypeDetails: '2147483648' }],
    [{ mailNickname: 'casper' }],
  ])('takes %j', (more) => {
    expect(outOfScopeRule(adUser(2, more))).toBeNull();
  });
});
