// The facts of users that sync's rules and its evidence are about: SIDs, critical objects, Exchange's attributes.
import { Control, EqualityFilter } from 'ldapts';
import { describe, expect, it } from 'vitest';
import { entriesOf } from '../../../src/sandbox/directory/forest.ts';
import { sidToBytes, sidToText } from '../../../src/sandbox/directory/sid.ts';
import { candidates, makeStore } from '../../../src/sandbox/directory/store.ts';
import { type People, domainSid, sidOfAdUser } from '../../../src/sandbox/people/people.ts';
import { type Started, bound, cast, start } from '../practice-directory.ts';

const given = 'S-1-5-21-1111111111-2222222222-3333333333-4444';
const [first, second, third, ...rest] = cast.adUsers;
if (!first || !second || !third) throw new Error('the cast has at least three AD users');
const people: People = {
  ...cast,
  adUsers: [
    { ...first, objectSid: given, isCriticalSystemObject: true },
    { ...second, isCriticalSystemObject: false, mailNickname: 'seanO' },
    { ...third, msExchRecipientTypeDetails: '2199023255552' },
    ...rest.filter((user) => user.isCriticalSystemObject === undefined),
  ],
};

async function find(directory: Started, filter: string | EqualityFilter, attributes = ['cn']) {
  const found = await (await bound(directory)).search(directory.baseDn, { filter, attributes });
  return found.searchEntries;
}

async function namesFor(directory: Started, filter: string | EqualityFilter): Promise<string[]> {
  return (await find(directory, filter)).map(({ cn }) => String(cn)).sort();
}

describe('a security identifier', () => {
  it.each([
    ['S-1-5-21-1-2-3-500', '010500000000000515000000010000000200000003000000f4010000'],
    ['S-1-5-32-544', '01020000000000052000000020020000'],
    ['S-1-5-18', '010100000000000512000000'],
    // The greatest parts there are.
    ['S-1-281474976710655-4294967295', '0101ffffffffffffffffffff'],
  ])('%s has its octets, and they have it', (text, hex) => {
    expect(sidToBytes(text)?.toString('hex')).toBe(hex);
    expect(sidToText(Buffer.from(hex, 'hex'))).toBe(text);
  });

  it.each(['', 'S-1', 'S-1-5', 'S-2-5-18', 'S-1-5-4294967296', 'S-1-281474976710656-1', 'S-1-5-x', 'nquill'])(
    'is not %j',
    (text) => {
      expect(sidToBytes(text)).toBeUndefined();
    },
  );

  it.each(['', '01', '0102000000000005', '010100000000000512000000ff'])('is not made of the octets %j', (hex) => {
    expect(() => sidToText(Buffer.from(hex, 'hex'))).toThrow('the octets are no SID');
  });
});

describe('objectSid', () => {
  it('is what the people file says, or follows from the place in it; nobody shares one, contacts have none', async () => {
    const directory = await start({ people });
    const { searchEntries } = await (
      await bound(directory)
    ).search(directory.baseDn, { filter: '(sAMAccountName=*)', explicitBufferAttributes: ['objectSid'] });
    const sids = new Map(
      searchEntries.map((entry) => [String(entry['sAMAccountName']), sidToText(entry['objectSid'] as Buffer)]),
    );
    for (const [place, user] of people.adUsers.entries()) {
      expect(sids.get(user.sAMAccountName)).toBe(sidOfAdUser(people, place));
    }
    expect(sids.get(first.sAMAccountName)).toBe(given);
    expect(new Set(sids.values()).size).toBe(searchEntries.length);
    expect(searchEntries.length).toBeGreaterThan(people.adUsers.length);
    expect(await namesFor(directory, '(&(objectClass=contact)(objectSid=*))')).toEqual([]);
    expect(await namesFor(directory, `(objectSid=${domainSid(people.directory.domain)})`)).toEqual(['']);
  });

  it('finds its user by octets and by text', async () => {
    const directory = await start({ people });
    const byOctets = new EqualityFilter({ attribute: 'objectSid', value: sidToBytes(given) ?? Buffer.alloc(0) });
    expect(await namesFor(directory, byOctets)).toEqual([first.cn]);
    expect(await namesFor(directory, `(objectSid=${given})`)).toEqual([first.cn]);
    expect(await namesFor(directory, `(objectSid=${sidOfAdUser(people, 1)})`)).toEqual([second.cn]);
  });

  it('is looked up by an index', () => {
    const { forest, entries } = entriesOf(people, { maxPageSize: 1000 });
    const domain = makeStore(forest, entries).contexts.find(({ dn }) => dn === forest.domainDn);
    if (!domain) throw new Error('the domain is a naming context');
    const view = { hidden: new Set<string>(), schemaDn: forest.schemaDn };
    const value = sidToBytes(given) ?? Buffer.alloc(0);
    const places = candidates(domain, { kind: 'equal', attribute: 'objectSid', value }, view);
    expect(places?.map((place) => domain.entries[place]?.dn)).toEqual([
      `CN=${first.cn},OU=${first.ou},DC=example,DC=test`,
    ]);
  });
});

describe('what decides the sync scope', () => {
  it('shows isCriticalSystemObject as a boolean, and not at all for those who have none', async () => {
    const directory = await start({ people });
    expect(await namesFor(directory, '(isCriticalSystemObject=TRUE)')).toEqual([first.cn]);
    expect(await namesFor(directory, '(isCriticalSystemObject=*)')).toEqual([first.cn, second.cn].sort());
  });

  it('shows mailNickname, and recipient types as 64-bit numbers that bits can be asked of', async () => {
    const directory = await start({ people });
    expect(await namesFor(directory, '(mailNickname=SEANO)')).toEqual([second.cn]);
    const [user] = await find(directory, '(msExchRecipientTypeDetails>=2199023255552)', ['msExchRecipientTypeDetails']);
    expect(user?.['msExchRecipientTypeDetails']).toBe('2199023255552');
    const bit = '(msExchRecipientTypeDetails:1.2.840.113556.1.4.803:=2199023255552)';
    expect(await namesFor(directory, bit)).toEqual([third.cn]);
  });

  it.each([
    ['objectSid', '1.2.840.113556.1.4.146', '2.5.5.17', '4'],
    ['isCriticalSystemObject', '1.2.840.113556.1.4.868', '2.5.5.8', '1'],
    ['mailNickname', '1.2.840.113556.1.2.447', '2.5.5.12', '64'],
    ['msExchRecipientTypeDetails', '1.2.840.113556.1.4.7000.102.50855', '2.5.5.16', '65'],
  ])('is described in the schema: %s', async (name, ...facts) => {
    const directory = await start();
    const { searchEntries } = await (
      await bound(directory)
    ).search('CN=Schema,CN=Configuration,DC=example,DC=test', { filter: `(lDAPDisplayName=${name})` });
    expect(searchEntries).toHaveLength(1);
    const [entry] = searchEntries;
    expect([entry?.['attributeID'], entry?.['attributeSyntax'], entry?.['oMSyntax']]).toEqual(facts);
    expect(entry?.['isSingleValued']).toBe('TRUE');
  });
});

describe('names, mailboxes and forwarding', () => {
  it('are shown as the file has them; the display name is the cn unless told otherwise', async () => {
    const adUsers = [
      {
        ...first,
        displayName: 'Quill, Nora',
        givenName: 'Nora',
        sn: 'Quill',
        targetAddress: 'SMTP:far@example.test',
        msExchMailboxGuid: '00112233-4455-6677-8899-aabbccddeeff',
      },
      { ...second, displayName: null },
      third,
    ];
    const directory = await start({ people: { ...people, adUsers } });
    const names = ['displayName', 'givenName', 'sn', 'targetAddress'];
    const guid = Buffer.from('33221100554477668899aabbccddeeff', 'hex');
    const [user] = await find(directory, new EqualityFilter({ attribute: 'msExchMailboxGuid', value: guid }), names);
    expect(user).toMatchObject({ displayName: 'Quill, Nora', givenName: 'Nora', sn: 'Quill' });
    expect(user?.['targetAddress']).toBe('SMTP:far@example.test');
    const all = await find(directory, '(sAMAccountType=805306368)', ['cn', 'displayName']);
    const shown = new Map(all.map(({ cn, displayName }) => [cn, displayName]));
    expect([shown.get(second.cn), shown.get(third.cn)]).toEqual([[], third.cn]);
  });
});

describe('a deleted object', () => {
  const adUsers = [{ ...first, isDeleted: true }, second];

  it('is there for nobody who does not ask for deleted ones', async () => {
    const directory = await start({ people: { ...people, adUsers } });
    expect(await namesFor(directory, `(sAMAccountName=${first.sAMAccountName})`)).toEqual([]);
    expect(await namesFor(directory, '(isDeleted=TRUE)')).toEqual([]);
  });

  it('lies in the recycle bin, under a name with its GUID', async () => {
    const directory = await start({ people: { ...people, adUsers } });
    const showDeleted = new Control('1.2.840.113556.1.4.417', { critical: true });
    const { searchEntries } = await (
      await bound(directory)
    ).search(
      directory.baseDn,
      { filter: `(sAMAccountName=${first.sAMAccountName})`, attributes: ['cn', 'isDeleted'] },
      [showDeleted],
    );
    expect(searchEntries).toEqual([
      {
        dn: `CN=${first.cn}\\0ADEL:${first.objectGUID},CN=Deleted Objects,DC=example,DC=test`,
        cn: `${first.cn}\nDEL:${first.objectGUID}`,
        isDeleted: 'TRUE',
      },
    ]);
  });
});
