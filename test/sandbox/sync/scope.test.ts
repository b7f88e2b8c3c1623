import { describe, expect, it } from 'vitest';
import type { PracticeAdUser } from '../../../src/sandbox/people/people.ts';
import { anchorOf, outOfScope } from '../../../src/sandbox/sync/scope.ts';
import { adUser, cloudUser, guids, idOf, synced } from '../practice-sync.ts';

describe('the scope of sync', () => {
  it.each<readonly [string, Partial<PracticeAdUser>]>([
    ['a critical system object', { isCriticalSystemObject: true }],
    ['isCriticalSystemObject present, though false', { isCriticalSystemObject: false }],
    ['no sAMAccountName', { sAMAccountName: '' }],
    ['an account of Azure AD Connect', { sAMAccountName: 'AAD_1a2b3c' }],
    ['an account of DirSync', { sAMAccountName: 'MSOL_1a2b3c' }],
    ['the support account', { sAMAccountName: 'SUPPORT_388945a0' }],
    ['a system mailbox', { mailNickname: 'SystemMailbox{1f05a927}' }],
    ['a CAS mailbox by mailNickname', { mailNickname: 'CAS_{1f05a927}' }],
    ['a CAS mailbox by sAMAccountName', { sAMAccountName: 'CAS_{1f05a927}' }],
    ['krbtgt', { sAMAccountName: 'krbtgt' }],
    ['a system mailbox by its name', { cn: 'SystemMailbox{1f05a927}' }],
    ['a health mailbox', { cn: 'HealthMailbox0a1b2c', sAMAccountName: 'HealthMailbox0a1b2c' }],
    ['the discovery mailbox', { mailNickname: 'DiscoverySearchMailbox{D919BA05}' }],
    ['the federation mailbox', { cn: 'FederatedEmail.4c1f4d8b' }],
    ['a deleted object', { isDeleted: true }],
    ['a recycled object', { isRecycled: true }],
    ['a deleted object by its name', { cn: 'Ada North\nDEL:ada00000-0000-4000-8000-000000000001' }],
    ['a mailbox plan', { msExchRecipientTypeDetails: '16777216' }],
    ['a discovery mailbox', { msExchRecipientTypeDetails: '536870912' }],
    ['a mail-enabled public folder', { msExchRecipientTypeDetails: '4096' }],
    ['a linked mailbox', { msExchRecipientTypeDetails: '2' }],
    ['a replication victim', { cn: 'Ada North\nCNF:ada00000-0000-4000-8000-000000000001' }],
    ['adminDescription User_', { adminDescription: 'User_NoSync' }],
    ['adminDescription User_ in another case', { adminDescription: 'user_nosync' }],
  ])('leaves out %s', (_what, changes) => {
    expect(outOfScope(adUser(changes))).toBeDefined();
  });

  it.each<readonly [string, Partial<PracticeAdUser>]>([
    ['a plain user', {}],
    ['a disabled user', { disabled: true }],
    ['a user without UPN', { userPrincipalName: null }],
    ['MSOL in the middle of a name', { sAMAccountName: 'xMSOL_1' }],
    ['CAS_ without a brace', { mailNickname: 'CAS_house', sAMAccountName: 'CAS_house' }],
    ['a user mailbox', { msExchRecipientTypeDetails: '1' }],
    ['a shared mailbox', { msExchRecipientTypeDetails: '4' }],
    ['a remote mailbox, a bit beyond 32', { msExchRecipientTypeDetails: '2147483648' }],
    ['another adminDescription', { adminDescription: 'Group_NoSync' }],
    ['User_ not at the beginning', { adminDescription: 'No User_' }],
  ])('takes %s', (_what, changes) => {
    expect(outOfScope(adUser(changes))).toBeUndefined();
  });

  it('does nothing for a user out of scope, and names the rule', async () => {
    const target = cloudUser({ onPremisesImmutableId: idOf(guids.ada) });
    const { line, tenant } = await synced({
      adUsers: [adUser({ adminDescription: 'User_wait' })],
      cloudUsers: [target],
    });
    expect(line).toEqual({
      objectGuid: guids.ada,
      dn: 'CN=Ada North,OU=People,DC=example,DC=test',
      outcome: 'out-of-scope',
      why: 'adminDescription starts with User_',
      quarantined: [],
      refused: [],
    });
    expect(tenant.users()).toEqual([target]);
  });

  it('tells which synced user somebody out of scope still has', async () => {
    const target = cloudUser({ onPremisesImmutableId: idOf(guids.ada), onPremisesSyncEnabled: true });
    const parts = { adUsers: [adUser({ adminDescription: 'User_wait' })], cloudUsers: [target] };
    const { line, tenant } = await synced(parts);
    expect(line).toMatchObject({ outcome: 'out-of-scope', cloudId: target.id });
    expect(tenant.user(target.id)).toEqual(target);
  });
});

describe('the anchor', () => {
  const both = adUser({ 'mS-DS-ConsistencyGuid': guids.consistency });

  it.each([
    ['auto', both, guids.consistency],
    ['mS-DS-ConsistencyGuid', both, guids.consistency],
    ['objectGUID', both, guids.ada],
    ['auto', adUser(), guids.ada],
    ['mS-DS-ConsistencyGuid', adUser(), guids.ada],
  ] as const)('by %s is the right GUID', (setting, user, guid) => {
    expect(anchorOf(user, setting)).toEqual({ kind: 'anchor', immutableId: idOf(guid) });
  });

  it('is the bytes of a ConsistencyGuid that is readable text', () => {
    const user = adUser({ 'mS-DS-ConsistencyGuid': { hex: '7369787465656e2e6c65747465727321' } });
    expect(anchorOf(user, 'auto')).toEqual({ kind: 'anchor', immutableId: 'c2l4dGVlbi5sZXR0ZXJzIQ==' });
  });

  it('is the text of another attribute, in any case of its name', () => {
    expect(anchorOf(adUser({ employeeID: 'E-1001' }), 'attribute:EmployeeId')).toEqual({
      kind: 'anchor',
      immutableId: 'E-1001',
    });
  });

  it('of text counts what is encoded thrice', () => {
    expect(anchorOf(adUser({ employeeID: 'E-'.repeat(14) }), 'attribute:employeeID').kind).toBe('anchor');
    expect(anchorOf(adUser({ employeeID: 'E-'.repeat(15) }), 'attribute:employeeID').kind).toBe('malformed');
  });

  it.each(['a@b.test', 'one two', 'E_1', 'x'.repeat(60), "O'Brien"])('is malformed as text: %s', (employeeID) => {
    expect(anchorOf(adUser({ employeeID }), 'attribute:employeeID')).toEqual({
      kind: 'malformed',
      attribute: 'employeeID',
    });
  });

  it('that is malformed is a sync error, and nothing is written', async () => {
    const user = adUser({ 'mS-DS-ConsistencyGuid': { hex: 'abcd' } });
    const { line, tenant } = await synced({ adUsers: [user] });
    expect(line).toMatchObject({ outcome: 'error', error: 'MalformedAnchor', why: 'mS-DS-ConsistencyGuid' });
    expect(tenant.users()).toEqual([]);
  });

  it('that is absent leaves the user out of scope', async () => {
    const { line } = await synced({ adUsers: [adUser()] }, { sourceAnchor: 'attribute:employeeID' });
    expect(line).toMatchObject({ outcome: 'out-of-scope', why: 'no source anchor: employeeID is empty' });
  });
});
