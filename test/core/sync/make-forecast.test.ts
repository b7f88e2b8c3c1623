import { describe, expect, it } from 'vitest';
import { type SyncCandidate, makeForecast, type World } from '../../../src/core/sync/make-forecast.ts';
import { outOfScopeRule } from '../../../src/core/sync/scope.ts';
import { foldKey } from '../../../src/core/references.ts';
import type { AddressHolder, Holder } from '../../../src/core/users.ts';
import { adUser, cloudUser, guid, idOf } from '../../support/people.ts';

const world = (more: Partial<World> = {}): World => ({
  features: { hardMatchBlocked: false, softMatchBlocked: false },
  domains: null,
  roles: new Map(),
  addresses: new Map(),
  written: new Map([[guid('cloud', 2), idOf(2)]]),
  ...more,
});
const candidate = (more: Partial<SyncCandidate> = {}): SyncCandidate => ({
  user: adUser(2),
  immutableId: idOf(2),
  cloud: cloudUser(2),
  holders: [],
  isShared: false,
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
const predicted = (one: SyncCandidate, there: World) => makeForecast(one, there).prediction;

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
    const features = { hardMatchBlocked: true, softMatchBlocked: false };
    expect(blocked(world({ features, roles: role(2, 'assigned') }))).toMatchObject({
      why: 'hard-match-blocked-in-tenant',
    });
    expect(blocked(world({ roles: role(2, 'assigned') }))).toMatchObject({ why: 'cloud-user-holds-role' });
    expect(blocked(world({ roles: role(2, 'eligible') }))).toMatchObject({ why: 'cloud-user-eligible-for-role' });
    const mapped = candidate({ cloud: cloudUser(2, { objectIdentifier: guid('ad', 5) }) });
    expect(blocked(world(), mapped)).toMatchObject({ kind: 'join-blocked', why: 'cloud-object-identifier-set' });
    const equal = candidate({ cloud: cloudUser(2, { objectIdentifier: guid('ad', 2) }) });
    expect(blocked(world(), equal)).toMatchObject({ kind: 'joins' });
  });
  it('of a row that is not written is a join of whoever has the anchor now', () => {
    const there = world({ written: new Map() });
    expect(predicted(candidate({ holders: [holder(7)] }), there)).toEqual({ kind: 'joins', user: guid('cloud', 7) });
    // Unless the plan gives that user another ID.
    const moved = world({ written: new Map([[guid('cloud', 7), idOf(70)]]) });
    expect(predicted(candidate({ holders: [holder(7)] }), moved)).toEqual({ kind: 'provisions' });
  });
  it('is that a deleted user comes back when it alone has the anchor', () => {
    const binned = candidate({ holders: [holder(8, { deleted: true })] });
    expect(predicted(binned, world({ written: new Map() }))).toEqual({ kind: 'restores', user: guid('cloud', 8) });
    const features = { hardMatchBlocked: true, softMatchBlocked: false };
    expect(predicted(binned, world({ written: new Map(), features }))).toMatchObject({ kind: 'join-blocked' });
    expect(predicted(binned, world({ written: new Map(), roles: role(8, 'eligible') }))).toMatchObject({
      kind: 'join-blocked',
    });
  });
  it('is a soft match by UPN or primary SMTP address where nobody has the anchor', () => {
    const there = (addresses: World['addresses'], more: Partial<World> = {}) =>
      world({ written: new Map(), addresses, ...more });
    const upn = 'u2@example.test';
    expect(predicted(candidate(), there(at(upn, 4)))).toEqual({ kind: 'soft-matches', user: guid('cloud', 4) });
    expect(predicted(candidate(), there(at(upn, 4, { immutableId: idOf(44) })))).toMatchObject({
      kind: 'soft-match-blocked',
    });
    expect(predicted(candidate(), there(at(upn, 4), { roles: role(4, 'assigned') }))).toMatchObject({
      kind: 'soft-match-blocked',
    });
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
    const taken = there(at(upn, 4), { written: new Map([[guid('cloud', 4), idOf(4)]]) });
    expect(predicted(candidate(), taken)).toMatchObject({ kind: 'soft-match-blocked' });
  });
  it('is a new user when nobody fits', () => {
    expect(predicted(candidate(), world({ written: new Map() }))).toEqual({ kind: 'provisions' });
  });
});

describe('a shared anchor', () => {
  it('is contested: sync takes one AD user and fails on the others', () => {
    expect(predicted(candidate({ isShared: true }), world())).toEqual({ kind: 'contested' });
  });
});

describe('the take-over', () => {
  it('replaces what AD has and the cloud has otherwise, letter case aside', () => {
    const user = adUser(2, {
      userPrincipalName: 'new@example.test',
      mail: 'U2@EXAMPLE.TEST',
      proxyAddresses: ['SMTP:u2@example.test', 'smtp:b@example.test'],
    });
    const { overwrites } = makeForecast(
      candidate({ user, cloud: cloudUser(2, { proxyAddresses: ['SMTP:u2@example.test'] }) }),
      world(),
    );
    expect(overwrites).toEqual([
      { attribute: 'userPrincipalName', cloud: 'u2@example.test', ad: 'new@example.test' },
      { attribute: 'proxyAddresses', cloud: 'SMTP:u2@example.test', ad: 'SMTP:u2@example.test smtp:b@example.test' },
    ]);
  });
  it('clashes with whoever else has an address, groups included, and not with the user taken over', () => {
    const there = world({ addresses: at('u2@example.test', 2) });
    expect(makeForecast(candidate(), there).clashes).toEqual([]);
    const noted = world({ addresses: at('u2@example.test', 5, { as: 'other-mail' }) });
    expect(makeForecast(candidate(), noted).clashes).toEqual([]);
    const taken = world({ addresses: at('u2@example.test', 5, { kind: 'group', name: 'Team', as: 'other-smtp' }) });
    expect(makeForecast(candidate(), taken).clashes).toEqual([
      { attribute: 'mail', value: 'u2@example.test', holder: `the group Team (${guid('cloud', 5)})` },
    ]);
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
