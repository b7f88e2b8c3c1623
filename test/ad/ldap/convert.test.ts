import type { Entry } from 'ldapts';
import { describe, expect, it } from 'vitest';
import { askFor, readEntry } from '../../../src/ad/ldap/convert.ts';
import { flawsName } from '../../../src/ad/ldap/entry-parser.ts';

// Entries as ldapts hands them out: absent attributes are [], single values bare, several in an array.
const guid = Buffer.from('4ecec2f4081f5843abdcfe3f035af4cd', 'hex');
const plain: Entry = {
  dn: 'CN=a,DC=b',
  objectGUID: guid,
  'mS-DS-ConsistencyGuid': [],
  objectClass: ['top', 'person', 'organizationalPerson', 'user'],
  sAMAccountType: '805306368',
  sAMAccountName: 'a',
  userPrincipalName: [],
  mail: [],
  proxyAddresses: [],
  userAccountControl: '512',
  adminDescription: [],
  objectSid: Buffer.from('0105000000000005150000000b000000160000002100000051040000', 'hex'),
  isCriticalSystemObject: [],
  mailNickname: [],
  whenCreated: '20240102030405.0Z',
};
const read = (more: Partial<Record<string, Entry[string]>>) =>
  readEntry({ ...plain, ...more } as Entry, null).candidate.found;

describe('an entry', () => {
  it('without values has nulls and an empty list', () => {
    expect(readEntry(plain, null)).toEqual({
      hidden: [],
      candidate: {
        dn: 'CN=a,DC=b',
        objectGuid: 'f4c2ce4e-1f08-4358-abdc-fe3f035af4cd',
        found: {
          kind: 'user',
          user: {
            dn: 'CN=a,DC=b',
            objectGuid: 'f4c2ce4e-1f08-4358-abdc-fe3f035af4cd',
            samAccountName: 'a',
            userPrincipalName: null,
            mail: null,
            proxyAddresses: [],
            enabled: true,
            adminDescription: null,
            sid: 'S-1-5-21-11-22-33-1105',
            isCriticalSystemObject: false,
            mailNickname: null,
            recipientTypeDetails: null,
            displayName: null,
            givenName: null,
            surname: null,
            employeeId: null,
            targetAddress: null,
            hasMailbox: false,
            consistencyGuid: null,
            customAnchor: null,
          },
        },
      },
    });
  });

  it('is a user also as inetOrgPerson', () => {
    expect(read({ objectClass: ['top', 'person', 'organizationalPerson', 'user', 'inetOrgPerson'] }).kind).toBe('user');
  });

  it.each([
    [{ objectClass: ['top', 'person', 'organizationalPerson', 'user', 'computer'] }, 'computer'],
    [
      { objectClass: ['top', 'person', 'organizationalPerson', 'user', 'computer', 'msDS-GroupManagedServiceAccount'] },
      'msDS-GroupManagedServiceAccount',
    ],
    [{ objectClass: ['top', 'person', 'organizationalPerson', 'contact'] }, 'contact'],
    [{ sAMAccountType: '805306370' }, 'domain trust'],
  ])('with %j is no user but a %s', (more, objectClass) => {
    expect(read(more)).toEqual({ kind: 'other', objectClass });
  });

  it('names what every user has and this one came without', () => {
    const { hidden } = readEntry({ ...plain, whenCreated: [], userAccountControl: [] }, null);
    expect(hidden).toEqual(['whenCreated', 'userAccountControl']);
  });

  it('is disabled by one flag among others', () => {
    const found = read({ userAccountControl: '66050' });
    expect(found.kind === 'user' && found.user.enabled).toBe(false);
  });

  it('is read whatever the spelling of its attributes', () => {
    const { 'mS-DS-ConsistencyGuid': _absent, ...rest } = plain;
    const found = readEntry({ ...rest, 'ms-ds-consistencyguid': guid }, null).candidate.found;
    expect(found.kind === 'user' && found.user.consistencyGuid).toMatchObject({ kind: 'guid' });
  });

  it('is never believed when bytes came as text: ldapts decodes what happens to be UTF-8', () => {
    expect(() => read({ objectGUID: 'sixteen.letters!' })).toThrow(/its bytes are lost/);
    expect(() => read({ 'mS-DS-ConsistencyGuid': 'sixteen.letters!' })).toThrow(/its bytes are lost/);
    expect(askFor([]).explicitBufferAttributes).toEqual([
      'objectGUID',
      'mS-DS-ConsistencyGuid',
      'objectSid',
      'msExchMailboxGuid',
    ]);
    expect(() => read({ objectSid: '\u0001\u0001' })).toThrow(/its bytes are lost/);
  });

  it('tells what sync leaves out by: system objects, Exchange attributes, which a directory may not know', () => {
    const found = read({
      isCriticalSystemObject: 'TRUE',
      mailNickname: 'a.b',
      msExchRecipientTypeDetails: '9223372036854775807',
    });
    expect(found.kind === 'user' && found.user).toMatchObject({
      isCriticalSystemObject: true,
      mailNickname: 'a.b',
      recipientTypeDetails: '9223372036854775807',
    });
    const plainly = read({ isCriticalSystemObject: 'FALSE' });
    expect(plainly.kind === 'user' && plainly.user.isCriticalSystemObject).toBe(false);
  });

  it('has no SID when it came without', () => {
    const found = read({ objectSid: [] });
    expect(found.kind === 'user' && found.user.sid).toBeNull();
  });

  const zero = Buffer.alloc(16);
  const full = Buffer.alloc(16, 0xff);
  const other = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
  it.each([
    ['an objectGUID that is absent', { objectGUID: [] }, 'objectGUID', /it is absent \(CN=a,DC=b\)/],
    ['an objectGUID of no bytes', { objectGUID: Buffer.alloc(0) }, 'objectGUID', /it is absent/],
    ['an objectGUID of 15 bytes', { objectGUID: Buffer.alloc(15) }, 'objectGUID', /15 bytes, not 16/],
    ['an objectGUID of 17 bytes', { objectGUID: Buffer.alloc(17) }, 'objectGUID', /17 bytes, not 16/],
    ['an objectGUID of zeros', { objectGUID: zero }, 'objectGUID', /zero, which is nobody/],
    ['an objectGUID of FF', { objectGUID: full }, 'objectGUID', /FF, which is nobody/],
    ['two objectGUIDs', { objectGUID: [guid, other] }, 'objectGUID', /2 values .*f4c2ce4e.* and 33221100-/],
    ['two ConsistencyGuids', { 'mS-DS-ConsistencyGuid': [guid, other] }, 'mS-DS-ConsistencyGuid', /2 values/],
    ['two names', { sAMAccountName: ['a', 'b'] }, null, /sAMAccountName: it has 2 values .*: "a" and "b" \(CN=a/],
    ['two UPNs', { userPrincipalName: ['a@b', 'c@d'] }, null, /userPrincipalName: it has 2 values/],
    ['two SIDs', { objectSid: [guid, other] }, null, /objectSid: it has 2 values/],
    ['a SID that is none', { objectSid: Buffer.alloc(3) }, null, /objectSid: its 3 bytes are no security identifier/],
    ['two sets of flags', { userAccountControl: ['512', '514'] }, null, /userAccountControl: it has 2 values/],
    ['flags that are no number', { userAccountControl: 'enabled' }, null, /"enabled", no whole number/],
    ['two mail addresses', { mail: ['a@b', 'c@d'] }, null, /mail: it has 2 values/],
    ['a name that is not UTF-8', { sAMAccountName: Buffer.from([0xff, 0x61]) }, null, /it is not UTF-8: ff61/],
    ['no distinguished name', { dn: '' }, null, /the distinguished name: it has none \(an entry without a name\)/],
    ['a distinguished name that is none', { dn: 'nobody' }, null, /the distinguished name: it is malformed \(nobody\)/],
    ['values still to come', { [flawsName]: ['there are more'] }, null, /there are more \(CN=a/],
  ] as const)('with %s is nobody to be taken for', (...[, more, anchor, why]) => {
    expect(read(more as never)).toMatchObject({
      kind: 'unusable',
      flaws: [{ anchor, why: expect.stringMatching(why) }],
    });
  });

  it('has a text anchor only when its bytes are text', () => {
    const anchor = { name: 'info', values: 'text', isIndexed: false, isSingleValued: true } as const;
    const anchorOf = (bytes: Buffer) => {
      const { found } = readEntry({ ...plain, info: bytes }, anchor).candidate;
      return found.kind === 'user' ? found.user.customAnchor : undefined;
    };
    expect(anchorOf(Buffer.from('\uFEFFabc'))).toEqual({ kind: 'text', text: '\uFEFFabc' });
    expect(anchorOf(Buffer.from([0xff, 0x00]))).toEqual({ kind: 'bytes', base64: '/wA=' });
    expect(anchorOf(Buffer.alloc(0))).toBeNull();
  });
});
