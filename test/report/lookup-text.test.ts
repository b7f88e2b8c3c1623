import { describe, expect, it } from 'vitest';
import type { AdHit } from '../../src/core/lookup/ad-findings.ts';
import type { LookupAnswer } from '../../src/core/lookup/answer.ts';
import type { CloudHit } from '../../src/core/lookup/cloud-findings.ts';
import { lookupText } from '../../src/report/lookup-text.ts';
import { adUser, guid, idOf, sid } from '../support/people.ts';

const plain = { color: false, width: 100 };

const inAd: AdHit = { as: ['objectGUID'], user: adUser(2), immutableId: idOf(2), anchor: 'objectGUID' };
const inCloud: CloudHit = {
  as: ['UPN', 'immutable ID'],
  id: guid('cloud', 2),
  userPrincipalName: 'u2@example.test',
  displayName: 'User 2',
  mail: 'u2@example.test',
  userType: 'Member',
  accountEnabled: true,
  immutableId: idOf(2),
  owner: { kind: 'anchor', dn: adUser(2).dn },
  isSynced: false,
  licences: 1234,
  deletedDateTime: null,
};
const nobody: LookupAnswer = {
  value: 'u2',
  kind: 'account name',
  notes: [],
  ad: [],
  adOthers: [],
  live: [],
  deleted: [],
  objects: [],
  isFound: false,
};
const found = (more: Partial<LookupAnswer>): LookupAnswer => ({ ...nobody, isFound: true, ...more });
const text = (answer: LookupAnswer, options = plain): string => lookupText([answer], [], options);

describe('the text of a look-up', () => {
  it('shows one block for each value: AD, live users, recycle bin', () => {
    const deleted = { ...inCloud, id: guid('cloud', 3), deletedDateTime: '2026-11-02T08:15:00Z' };
    expect(text(found({ ad: [inAd], live: [inCloud], deleted: [deleted] }))).toBe(
      `u2  account name
  Active Directory
    ${adUser(2).dn}, by objectGUID
      immutable ID    ${idOf(2)} (from objectGUID)
      objectGUID      ${guid('ad', 2)}
      sAMAccountName  u2
      UPN             u2@example.test
      mail            u2@example.test
      SID             ${sid(2)}
  Live users
    u2@example.test (User 2), by UPN, immutable ID
      object id     ${guid('cloud', 2)}
      immutable ID  ${idOf(2)}
      whose         ${adUser(2).dn}
      synced        no
      mail          u2@example.test
      licences      1,234
  Recycle bin
    u2@example.test (User 2), by UPN, immutable ID
      object id     ${guid('cloud', 3)}
      immutable ID  ${idOf(2)}
      whose         ${adUser(2).dn}
      synced        no
      mail          u2@example.test
      licences      1,234
      deleted       2026-11-02T08:15:00Z

1 value, 1 found.
`,
    );
  });

  it('says in which place nobody was found, and at the end who was found nowhere', () => {
    const shown = lookupText([nobody, found({ value: 'u3', live: [inCloud] })], [], plain);
    expect(shown).toContain('u2  account name, found nowhere\n  Active Directory: nobody\n  Live users: nobody\n');
    expect(shown).toMatch(/2 values, 1 found\. Nowhere: u2\n$/);
  });

  it('keeps a long list of the missing short', () => {
    const answers = Array.from({ length: 1_500 }, (_, index) => ({ ...nobody, value: `u${index}` }));
    expect(lookupText(answers, [], plain)).toMatch(/1,500 values, 0 found\. Nowhere: u0, u1, .*u9 and 1,490 more\n$/);
  });

  it.each([
    [{ kind: 'other-anchor', dn: 'CN=A', attribute: 'objectGUID' } as const, 'CN=A: its objectGUID, which is not its'],
    [
      { kind: 'wrong-encoding', dn: 'CN=A', attribute: 'objectGUID', why: 'the plain text' } as const,
      'CN=A: wrongly encoded, the plain text of its objectGUID',
    ],
    [null, "nobody's in AD"],
  ])('says whose an immutable ID is: %j', (owner, expected) => {
    expect(text(found({ live: [{ ...inCloud, owner }] }))).toContain(expected);
  });

  it('says nothing about whose it is when AD was not asked', () => {
    const shown = text(found({ ad: null, live: [{ ...inCloud, owner: null }] }));
    expect(shown).toContain('Active Directory: not asked');
    expect(shown).not.toContain('whose');
    expect(shown).toMatch(/AD was not asked: no domain controller and no AD export is configured\.\n$/);
  });

  it('tells what is out of the ordinary: disabled, blocked, guest, no anchor, other objects', () => {
    const shown = text(
      found({
        ad: [{ ...inAd, user: adUser(2, { enabled: false, adminDescription: 'User_out' }), immutableId: null }],
        adOthers: [{ dn: 'CN=Staff', objectClass: 'group' }],
        live: [{ ...inCloud, userType: 'Guest', accountEnabled: false, immutableId: null, licences: null }],
        objects: [
          {
            kind: 'contact',
            id: guid('other', 1),
            name: 'Sales',
            displayName: 'Sales',
            as: 'other-smtp',
            immutableId: null,
            isSynced: false,
            isGuest: false,
          },
        ],
      }),
    );
    for (const part of [
      'by objectGUID; disabled',
      'immutable ID      none',
      'adminDescription  User_out',
      'CN=Staff, a group',
      '; a guest; sign-in blocked',
      'Sales, a contact, by SMTP address',
    ]) {
      expect(shown).toContain(part);
    }
    expect(shown).not.toContain('licences');
  });

  it('tells which checks of addresses could not be made, and no others', () => {
    const shown = lookupText(
      [nobody],
      [
        { check: 'address-groups', kind: 'not-permitted', needs: 'Group.Read.All', why: '403' },
        { check: 'object-identifiers', kind: 'not-permitted', needs: 'User.Read.All', why: '404' },
      ],
      plain,
    );
    expect(shown).toMatch(/Not checked: addresses of groups\. It needs Group\.Read\.All\.\n$/);
  });

  it('makes characters visible that would drive the terminal or hide', () => {
    const hostile = '\u001b[31m\u202e';
    const shown = text(
      found({
        value: `u2${hostile}`,
        notes: [`note ${hostile}`],
        ad: [{ ...inAd, user: adUser(2, { dn: `CN=${hostile}`, mail: hostile }) }],
        live: [{ ...inCloud, displayName: hostile, userPrincipalName: hostile }],
      }),
    );
    for (const character of ['\u001b', '\u202e']) expect(shown).not.toContain(character);
    expect(shown).toContain('⟨U+001B⟩[31m⟨U+202E⟩');
    expect(text({ ...nobody, value: ' ' })).toContain('(empty)');
  });

  it('colours only when it may, and the words are the same', () => {
    const answer = found({ live: [inCloud] });
    const coloured = text(answer, { color: true, width: 100 });
    // oxlint-disable-next-line no-control-regex -- colours are control sequences
    expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(text(answer));
    expect(coloured).not.toBe(text(answer));
  });
});
