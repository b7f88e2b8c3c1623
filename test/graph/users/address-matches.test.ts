import { describe, expect, it } from 'vitest';
import type { Guid } from '../../../src/core/guid.ts';
import { type Addressed, openAddressMatches } from '../../../src/graph/users/address-matches.ts';

const id = (n: number): Guid => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}` as Guid;
const user = (n: number, more: Partial<Addressed> = {}): Addressed => ({
  kind: 'user',
  id: id(n),
  name: `user${n}@x.test`,
  displayName: `User ${n}`,
  userPrincipalName: `user${n}@x.test`,
  mail: null,
  proxyAddresses: [],
  otherMails: [],
  immutableId: null,
  isSynced: false,
  isGuest: false,
  ...more,
});
const group = (n: number, more: Partial<Addressed> = {}): Addressed =>
  user(n, { kind: 'group', name: `Group ${n}`, userPrincipalName: null, ...more });

/** What the book says of one address: who, and by what. */
function claims(address: string, met: readonly Addressed[]): (readonly [Guid, string])[] {
  const book = openAddressMatches(new Set([address]));
  for (const one of met) book.meet(one);
  return (book.answer().get(address) ?? []).map((one) => [one.id, one.as]);
}

describe('an address book', () => {
  it('tells by what an address is had: user principal name, primary SMTP address, another one, mail alone', () => {
    expect(claims('user1@x.test', [user(1)])).toEqual([[id(1), 'upn']]);
    expect(claims('a@x.test', [user(1, { proxyAddresses: ['SMTP:a@x.test'] })])).toEqual([[id(1), 'primary-smtp']]);
    expect(claims('a@x.test', [user(1, { proxyAddresses: ['smtp:a@x.test'] })])).toEqual([[id(1), 'other-smtp']]);
    expect(claims('a@x.test', [user(1, { mail: 'a@x.test' })])).toEqual([[id(1), 'mail']]);
  });

  it('lets the proxy addresses speak for the mail attribute', () => {
    for (const [prefix, as] of [
      ['SMTP:', 'primary-smtp'],
      ['smtp:', 'other-smtp'],
    ]) {
      const both = user(1, { mail: 'A@x.test', proxyAddresses: [`${prefix}a@X.test`] });
      expect(claims('a@x.test', [both])).toEqual([[id(1), as]]);
    }
    expect(claims('a@x.test', [user(1, { proxyAddresses: ['smtp:a@x.test', 'SMTP:a@x.test'] })])).toEqual([
      [id(1), 'primary-smtp'],
    ]);
  });

  it('keeps user principal name and mail apart, because sync joins by either', () => {
    const both = user(1, { mail: 'user1@x.test', proxyAddresses: ['SMTP:user1@x.test'] });
    expect(claims('user1@x.test', [both])).toEqual([
      [id(1), 'upn'],
      [id(1), 'primary-smtp'],
    ]);
  });

  it('knows an object that is met again as it was met last, once by each claim', () => {
    const first = user(1, { proxyAddresses: ['SMTP:user1@x.test'], isSynced: true });
    const again = user(1, { mail: 'user1@x.test', immutableId: 'k==' });
    const book = openAddressMatches(['user1@x.test']);
    for (const one of [first, group(2, { mail: 'user1@x.test' }), again, again]) book.meet(one);
    const met = book.answer().get('user1@x.test') ?? [];
    expect(met.map(({ id: who, as, isSynced, immutableId }) => [who, as, isSynced, immutableId])).toEqual([
      [id(1), 'upn', false, 'k=='],
      [id(1), 'primary-smtp', false, 'k=='],
      [id(1), 'mail', false, 'k=='],
      [id(2), 'mail', false, null],
    ]);
  });

  it('knows an address that stands in other mails alone, after whoever has it in another way', () => {
    const had = { mail: 'm@x.test', proxyAddresses: ['SMTP:p@x.test'] };
    const guest = user(1, { ...had, otherMails: ['Home@y.test', 'M@x.test', 'p@x.test', 'user1@x.test'] });
    expect(claims('home@y.test', [guest])).toEqual([[id(1), 'other-mail']]);
    expect(claims('m@x.test', [guest])).toEqual([[id(1), 'mail']]);
    expect(claims('user1@x.test', [guest])).toEqual([[id(1), 'upn']]);
    expect(claims('p@x.test', [user(0, { otherMails: ['p@x.test'] }), guest])).toEqual([
      [id(1), 'primary-smtp'],
      [id(0), 'other-mail'],
    ]);
  });

  it('compares without regard to case and composition', () => {
    expect(claims('j\u00f6rg@x.test', [user(1, { userPrincipalName: 'JO\u0308RG@X.test' })])).toEqual([[id(1), 'upn']]);
  });

  it('takes no other kind of proxy address for an SMTP address', () => {
    const others = ['SIP:a@x.test', 'x500:/o=a', 'eum:a@x.test', 'a@x.test'];
    expect(claims('a@x.test', [user(1, { proxyAddresses: others })])).toEqual([]);
  });

  it('gives users first, then groups and contacts, in an order of its own, however often and in whichever order they are met', () => {
    const met = [
      user(4, { kind: 'contact', name: 'Desk', userPrincipalName: null, mail: 'a@x.test' }),
      group(3, { proxyAddresses: ['SMTP:a@x.test'] }),
      user(2, { proxyAddresses: ['smtp:a@x.test'] }),
      user(1, { proxyAddresses: ['SMTP:a@x.test'] }),
    ];
    const expected = [
      [id(1), 'primary-smtp'],
      [id(2), 'other-smtp'],
      [id(3), 'primary-smtp'],
      [id(4), 'mail'],
    ];
    expect(claims('a@x.test', met)).toEqual(expected);
    expect(claims('a@x.test', [...met, ...met].reverse())).toEqual(expected);
  });

  it('keeps what was asked for and nothing else', () => {
    const book = openAddressMatches(new Set(['user1@x.test', 'nobody@x.test']));
    expect(book.ask).toEqual(['user1@x.test', 'nobody@x.test']);
    book.meet(user(1, { proxyAddresses: ['SMTP:other@x.test'], immutableId: 'k==', isSynced: true, isGuest: true }));
    book.meet(user(2));
    expect([...book.answer()]).toEqual([
      [
        'user1@x.test',
        [
          {
            kind: 'user',
            id: id(1),
            name: 'user1@x.test',
            displayName: 'User 1',
            as: 'upn',
            immutableId: 'k==',
            isSynced: true,
            isGuest: true,
          },
        ],
      ],
    ]);
  });
});
