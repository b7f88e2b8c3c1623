// Every rule of what sync refuses or changes in a value, each on a user that is taken over otherwise.
import { describe, expect, it } from 'vitest';
import type { PracticeAdUser, PracticeCloudUser } from '../../../src/sandbox/people/people.ts';
import type { RefusedValue } from '../../../src/sandbox/sync/values.ts';
import { type Parts, adUser, bob, cloudUser, guids, idOf, synced } from '../practice-sync.ts';

const anchored = { onPremisesImmutableId: idOf(guids.ada) };

/** The cloud user that ada takes over, and what became of it. */
async function takenOver(changes: Partial<PracticeAdUser>, parts: Parts = {}, cloud: Partial<PracticeCloudUser> = {}) {
  const before = cloudUser({ ...anchored, userPrincipalName: 'now@example.test', ...cloud });
  const { cloudUsers = [], adUsers = [] } = parts;
  const { line, report, tenant } = await synced({
    ...parts,
    adUsers: [adUser(changes), ...adUsers],
    cloudUsers: [before, ...cloudUsers],
  });
  expect(line).toMatchObject({ outcome: 'joined', cloudId: before.id });
  const user = tenant.user(before.id);
  if (!user) throw new Error('the user is gone');
  return { line, report, user };
}

/** Each of them; all are of ASCII. */
const signs = (text: string): string[] => text.split('');

const refused = (attribute: RefusedValue['attribute'], value: string, why: RefusedValue['why']): RefusedValue => ({
  attribute,
  value,
  why,
});

describe('a userPrincipalName', () => {
  it.each([
    ['with a blank', 'a da@example.test', 'character'],
    ...signs('\\%&*+/=?{}|<>();:,[]"').map((sign) => [`with ${sign}`, `a${sign}da@example.test`, 'character'] as const),
    ['with a sign that is nowhere allowed', 'a$da@example.test', 'character'],
    ['with a diacritical mark', 'jürgen@example.test', 'character'],
    ['without @', 'ada.example.test', 'format'],
    ['with two @', 'ada@b@example.test', 'format'],
    ['with @ first', '@example.test', 'local part'],
    ['with @ last', 'ada@', 'domain part'],
    ['with a dot last', 'ada@example.test.', 'domain part'],
    ['with a dot before @', 'ada.@example.test', 'local part'],
    ['of 65 before @', `${'a'.repeat(65)}@example.test`, 'length'],
    ['of 49 after @', `ada@${'b'.repeat(44)}.test`, 'length'],
  ] as const)('%s is refused: the cloud user keeps its own', async (_what, userPrincipalName, why) => {
    const { line, user } = await takenOver({ userPrincipalName });
    expect(line.refused).toEqual([refused('userPrincipalName', userPrincipalName, why)]);
    expect(user.userPrincipalName).toBe('now@example.test');
  });

  it.each(["sean.o'brien@example.test", 'a-b_c!d#e^f~g@example.test', `${'a'.repeat(64)}@example.test`])(
    'such as %s is taken',
    async (userPrincipalName) => {
      const { line, user } = await takenOver({ userPrincipalName });
      expect(line.refused).toEqual([]);
      expect(user.userPrincipalName).toBe(userPrincipalName);
    },
  );

  it('of 48 after @ is none of a verified domain, and no fault', async () => {
    const { line, user } = await takenOver({ userPrincipalName: `ada@${'b'.repeat(43)}.test` });
    expect(line.refused).toEqual([]);
    expect(user.userPrincipalName).toBe('ada@example.onmicrosoft.test');
  });

  it('that is refused gives a new user the name that sync makes', async () => {
    const { line, tenant } = await synced({ adUsers: [adUser({ userPrincipalName: 'a da@example.test' })] });
    expect(line.outcome).toBe('provisioned');
    expect(tenant.users()[0]?.userPrincipalName).toBe('ada@example.test');
  });

  it('that is refused is matched softly with nobody', async () => {
    const cloudUsers = [cloudUser({ userPrincipalName: 'ada.@example.test' })];
    const { line } = await synced({ adUsers: [adUser({ userPrincipalName: 'ada.@example.test' })], cloudUsers });
    expect(line.outcome).toBe('provisioned');
  });

  it('that is absent is made of the logon name and the domain', async () => {
    const { user } = await takenOver({ userPrincipalName: null, sAMAccountName: 'noupn' });
    expect(user.userPrincipalName).toBe('noupn@example.test');
    expect(user.onPremisesUserPrincipalName).toBe('noupn@example.test');
  });

  it('that is absent goes to the initial domain where the AD domain is not verified', async () => {
    const domains = [
      { id: 'else.test', isDefault: true, isInitial: false, isVerified: true, authenticationType: 'Managed' as const },
      {
        id: 'x.onmicrosoft.test',
        isDefault: false,
        isInitial: true,
        isVerified: true,
        authenticationType: 'Managed' as const,
      },
    ];
    const { user } = await takenOver({ userPrincipalName: null }, { tenant: { domains } });
    expect(user.userPrincipalName).toBe('ada@x.onmicrosoft.test');
  });

  it.each([
    ['another user’s UPN', { userPrincipalName: 'ADA@example.test' }],
    ['another user’s mail', { mail: 'ada@example.test' }],
  ])('that is %s is in quarantine', async (_what, changes) => {
    const other = cloudUser(changes);
    const { line } = await takenOver({}, { cloudUsers: [other] });
    expect(line.quarantined).toEqual([
      { attribute: 'userPrincipalName', value: 'ada@example.test', holderId: other.id },
    ]);
  });

  it('that two AD users have is the first one’s', async () => {
    const twin = bob({ userPrincipalName: 'ada@example.test' });
    const cloud = cloudUser({ onPremisesImmutableId: idOf(guids.bob) });
    const { report, line } = await takenOver({}, { adUsers: [twin], cloudUsers: [cloud] });
    expect(line.quarantined).toEqual([]);
    expect(report.lines[1]?.quarantined).toEqual([
      { attribute: 'userPrincipalName', value: 'ada@example.test', holderId: line.cloudId },
    ]);
  });
});

describe('a sAMAccountName', () => {
  const unfit = [
    ['over 20 long', 'a'.repeat(21), 'length'],
    ...signs('\\"|,/[]:<>+=;?*\'').map((sign) => [`with ${sign}`, `a${sign}da`, 'character'] as const),
  ] as const;

  it.each(unfit)('%s is refused where it has to make the UPN', async (_what, sAMAccountName, why) => {
    const { line, user } = await takenOver({ userPrincipalName: null, sAMAccountName });
    expect(line.refused).toEqual([refused('sAMAccountName', sAMAccountName, why)]);
    expect(user.userPrincipalName).toBe('now@example.test');
  });

  it('is refused beside a bad UPN too, and matters for nobody else', async () => {
    const sAMAccountName = 'a'.repeat(21);
    const { line } = await takenOver({ userPrincipalName: 'a b@example.test', sAMAccountName });
    expect(line.refused.map(({ attribute }) => attribute)).toEqual(['userPrincipalName', 'sAMAccountName']);
    expect((await takenOver({ sAMAccountName })).line.refused).toEqual([]);
  });
});

describe('a proxy address', () => {
  it.each([
    ...signs(' <>();,[]"').map((sign) => [`with ${sign}`, `smtp:a${sign}b@example.test`, 'character'] as const),
    ['with a diacritical mark', 'smtp:jürgen@example.test', 'character'],
    ['with a second colon', 'smtp:smtp:a@example.test', 'character'],
    ['without @', 'smtp:a.example.test', 'format'],
    ['with two dots', 'SMTP:dot..x@example.test', 'local part'],
    ['with a label that begins with a hyphen', 'smtp:a@-x.test', 'domain part'],
    ['with a domain of one label', 'smtp:a@localhost', 'domain part'],
    ['with a last label of one letter', 'smtp:a@example.t', 'top-level domain'],
    ['with a last label of 18 letters', `smtp:a@example.${'t'.repeat(18)}`, 'top-level domain'],
    ['over 256 long', `smtp:${'a'.repeat(252)}@example.test`, 'length'],
    ['of another protocol with a line break', 'x500:/o=a\nb', 'character'],
    ...signs('[]"\'').map((sign) => [`of another protocol with ${sign}`, `sip:a${sign}b@x.test`, 'character'] as const),
    ['of a protocol that is dropped, with a quote', 'X400:c=DE;a="', 'character'],
  ] as const)('%s is refused, the others are set', async (_what, value, why) => {
    const { line, user } = await takenOver({ proxyAddresses: ['smtp:good@example.test', value] });
    expect(line.refused).toEqual([refused('proxyAddresses', value, why)]);
    expect(user.proxyAddresses).toEqual(['smtp:good@example.test']);
  });

  it.each(['x500:/o=First Organization/cn=Recipients/cn=a b', 'smtp:a+b@example.test', "smtp:o'brien@example.test"])(
    'such as %s is taken',
    async (value) => {
      const { line, user } = await takenOver({ proxyAddresses: [value] });
      expect([line.refused, user.proxyAddresses]).toEqual([[], [value]]);
    },
  );

  it.each(['a@corp.local', 'a@claimed.test', 'a@nowhere.test'])(
    'in a domain that is not verified is dropped without a word: %s',
    async (address) => {
      const changes = { mail: address, proxyAddresses: [`SMTP:${address}`, 'smtp:good@example.test'] };
      const { line, user } = await takenOver(changes);
      expect([line.refused, user.proxyAddresses]).toEqual([[], ['smtp:good@example.test']]);
    },
  );

  it.each([
    ['a UPN', { userPrincipalName: 'p@example.test' }],
    ['a proxy address', { proxyAddresses: ['smtp:p@example.test'] }],
    ['mail', { mail: 'p@example.test' }],
    ['the other address of a guest', { userType: 'Guest' as const, otherMails: ['P@example.test'] }],
  ])('that somebody else has as %s is in quarantine', async (_as, changes) => {
    const other = cloudUser(changes);
    const { line } = await takenOver({ proxyAddresses: ['smtp:p@example.test'] }, { cloudUsers: [other] });
    expect(line.quarantined).toEqual([{ attribute: 'proxyAddresses', value: 'p@example.test', holderId: other.id }]);
  });

  it('that an AD user before has as targetAddress is refused', async () => {
    const adUsers = [bob({ proxyAddresses: ['smtp:far@example.test'] })];
    const { report } = await takenOver({ targetAddress: 'SMTP:Far@example.test' }, { adUsers });
    expect(report.lines[1]?.refused).toEqual([refused('proxyAddresses', 'smtp:far@example.test', 'duplicate')]);
  });

  it('is no fault as the other address of a member: those are for recovery', async () => {
    const cloudUsers = [cloudUser({ otherMails: ['p@example.test'] })];
    const { line } = await takenOver({ proxyAddresses: ['smtp:p@example.test'] }, { cloudUsers });
    expect(line.quarantined).toEqual([]);
  });
});

describe('mail', () => {
  it('over 256 long is refused', async () => {
    const mail = `${'m'.repeat(245)}@example.test`;
    const { line, user } = await takenOver({ mail }, {}, { mail: 'now@example.test' });
    expect(line.refused).toEqual([refused('mail', mail, 'length')]);
    expect(user.mail).toBe('now@example.test');
  });

  it('that is no address is no fault, and makes no proxy address', async () => {
    const { line, user } = await takenOver({ mail: 'nobody' });
    expect([line.refused, user.mail, user.proxyAddresses]).toEqual([[], null, []]);
  });
});

describe('a targetAddress', () => {
  it.each([
    ['over 255 long', `SMTP:${'t'.repeat(240)}@example.test`, 'length'],
    ['with a backslash', 'SMTP:a\\b@example.test', 'character'],
    ['with a blank', 'SMTP:a b@example.test', 'character'],
    ['that is no address', 'SMTP:nobody', 'format'],
    ['without prefix that is no address', 'nobody', 'format'],
  ] as const)('%s is refused', async (_what, targetAddress, why) => {
    expect((await takenOver({ targetAddress })).line.refused).toEqual([refused('targetAddress', targetAddress, why)]);
  });

  it('that another object of the tenant has is refused', async () => {
    const targetAddress = 'SMTP:far@example.test';
    const cloudUsers = [cloudUser({ proxyAddresses: ['smtp:far@example.test'] })];
    const { line } = await takenOver({ targetAddress }, { cloudUsers });
    expect(line.refused).toEqual([refused('targetAddress', targetAddress, 'duplicate')]);
  });

  it('of two AD users is the first one’s', async () => {
    const targetAddress = 'SMTP:far@example.test';
    const { line, report } = await takenOver({ targetAddress }, { adUsers: [bob({ targetAddress })] });
    expect(line.refused).toEqual([]);
    expect(report.lines[1]?.refused).toEqual([refused('targetAddress', targetAddress, 'duplicate')]);
  });
});

describe('a mailNickname', () => {
  it.each([
    ['over 64 long', 'n'.repeat(65), 'length'],
    ['with a dot first', '.ada', 'format'],
    ['with a dot last', 'ada.', 'format'],
  ] as const)('%s is refused', async (_what, mailNickname, why) => {
    const { line, user } = await takenOver({ mailNickname });
    expect(line.refused).toEqual([refused('mailNickname', mailNickname, why)]);
    expect(user.mailNickname).toBeUndefined();
  });

  it.each(signs(' \\!#$%&*+/=?^`{}|~<>()\';:,[]"@'))('has _ in place of %j', async (sign) => {
    const { line, user } = await takenOver({ mailNickname: `a${sign}da` });
    expect([line.refused, user.mailNickname]).toEqual([[], 'a_da']);
  });

  it('of two AD users is the first one’s', async () => {
    const { report } = await takenOver({ mailNickname: 'ada' }, { adUsers: [bob({ mailNickname: 'ADA' })] });
    expect(report.lines.map(({ refused: values }) => values)).toEqual([
      [],
      [refused('mailNickname', 'ADA', 'duplicate')],
    ]);
  });
});

describe('a name', () => {
  it.each([
    ['displayName', { displayName: 'd'.repeat(256) }, 'length'],
    ['displayName', { displayName: '  ' }, 'blank'],
    ['givenName', { givenName: 'g'.repeat(64) }, 'length'],
    ['sn', { sn: 's'.repeat(65) }, 'length'],
  ] as const)('%s that is unfit is refused: the cloud user keeps its own', async (attribute, changes, why) => {
    const cloud = { displayName: 'Now', givenName: 'N', surname: 'Ow' };
    const { line, user } = await takenOver({ displayName: 'Now', ...changes }, {}, cloud);
    expect(line.refused).toEqual([refused(attribute, Object.values(changes)[0] ?? '', why)]);
    expect(user).toMatchObject(cloud);
  });

  it('is taken at its longest, and what AD has none of stays', async () => {
    const long = { displayName: 'd'.repeat(255), givenName: 'g'.repeat(63), sn: 's'.repeat(64), employeeID: '0042' };
    const { line, user } = await takenOver(long);
    expect(line.refused).toEqual([]);
    expect(user).toMatchObject({ displayName: long.displayName, givenName: long.givenName, surname: long.sn });
    expect(user.employeeId).toBe('0042');
    const stays = await takenOver({ displayName: null }, {}, { displayName: 'Now', surname: 'Ow' });
    expect(stays.user).toMatchObject({ displayName: 'Now', surname: 'Ow' });
  });
});

describe('sign-in', () => {
  it.each([true, false])('is what AD says, whatever the cloud has: enabled %s', async (enabled) => {
    const { user } = await takenOver({ disabled: !enabled }, {}, { accountEnabled: !enabled });
    expect(user.accountEnabled).toBe(enabled);
  });
});

describe('a mailbox on both sides', () => {
  const plan = (capabilityStatus: 'Enabled' | 'Deleted', service = 'exchange') => ({
    assignedPlans: [{ service, servicePlanId: guids.other, capabilityStatus, assignedDateTime: null }],
  });

  it.each([
    ['a user mailbox', { msExchRecipientTypeDetails: '1' }, plan('Enabled'), true],
    ['a mailbox GUID', { msExchMailboxGuid: guids.other }, plan('Enabled'), true],
    ['a remote mailbox', { msExchRecipientTypeDetails: '2147483648' }, plan('Enabled'), undefined],
    ['a plan that is gone', { msExchRecipientTypeDetails: '1' }, plan('Deleted'), undefined],
    ['a plan of another kind', { msExchRecipientTypeDetails: '1' }, plan('Enabled', 'SharePoint'), undefined],
    ['no mailbox in AD', {}, plan('Enabled'), undefined],
  ] as const)('is told for %s', async (...[, changes, cloud, expected]) => {
    expect((await takenOver(changes, {}, cloud)).line.orphansMailbox).toBe(expected);
  });
});
