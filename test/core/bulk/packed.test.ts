import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyIndex, mapOver } from '../../../src/core/bulk/key-index.ts';
import { KeyTable } from '../../../src/core/bulk/key-table.ts';
import { PackedList } from '../../../src/core/bulk/packed.ts';
import { adUserPacking, packedCloudUser } from '../../../src/core/bulk/packed-users.ts';
import type { AdUser, CloudUser } from '../../../src/core/users.ts';
import { adUser, cloudUser } from '../../support/people.ts';

const texts = (): PackedList<string> =>
  new PackedList<string>({ pack: (text) => text, unpack: (text: string) => text });
// Texts of every width, halves of surrogate pairs, and now and then one longer than a chunk of memory.
const anyText = fc.oneof(
  { weight: 20, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 20, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  { weight: 15, arbitrary: fc.constantFrom('', '\ud800', 'a\udc00b', 'é', '\0', 'ÿĀ') },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(2_500_000), '€'.repeat(600_000)) },
);

describe('a packed list', () => {
  it('gives back what was added, each in its place', () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 40 }), (added) => {
        const list = texts();
        expect(added.map((text) => list.add(text))).toEqual(added.map((_text, place) => place));
        expect([...list]).toEqual(added);
        expect(added.map((_text, place) => list.at(place))).toEqual(added);
        expect(list.length).toBe(added.length);
      }),
      { numRuns: 60 },
    );
  });

  it('goes on from chunk to chunk', () => {
    const list = texts();
    const text = (n: number): string => `${n} ${'ü'.repeat(n % 900)}`;
    for (let n = 0; n < 20_000; n++) list.add(text(n));
    const asked = Array.from({ length: 2_857 }, (_none, count) => 7 * count);
    expect(asked.filter((n) => list.at(n) !== text(n))).toEqual([]);
  });

  it('has nothing where nothing was added', () => {
    const list = texts();
    list.add('one');
    expect([list.at(1), list.at(-1)]).toEqual([undefined, undefined]);
    expect(() => list.get(1)).toThrow(RangeError);
  });
});

describe('a key table', () => {
  it('numbers distinct texts in the order they came, as a Map would', () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 60 }), fc.array(anyText, { maxLength: 20 }), (added, asked) => {
        const table = new KeyTable();
        const map = new Map<string, number>();
        for (const key of added) {
          if (!map.has(key)) map.set(key, map.size);
          expect(table.add(key)).toBe(map.get(key));
        }
        for (const key of [...added, ...asked]) expect(table.find(key)).toBe(map.get(key) ?? -1);
        expect([...table.keys()]).toEqual([...map.keys()]);
        expect(table.size).toBe(map.size);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps a hundred thousand apart', () => {
    const table = new KeyTable();
    const key = (n: number): string => `u${String(n).padStart(7, '0')}@example.test`;
    const all = Array.from({ length: 100_000 }, (_none, n) => n);
    expect(all.filter((n) => table.add(key(n)) !== n)).toEqual([]);
    expect(all.filter((n) => table.find(key(n)) !== n || table.find(key(n).toUpperCase()) !== -1)).toEqual([]);
  });
});

describe('numbers by key', () => {
  const keys = new KeyTable();
  for (const key of ['a', 'b', 'c']) keys.add(key);

  it('are a map of those keys that have any', () => {
    const keyed = new KeyIndex(keys);
    keyed.add(0, 7);
    keyed.add(2, 8);
    keyed.add(0, 9);
    const map = mapOver(keyed, (numbers, key) => [key, ...numbers]);
    expect(new Map(map)).toEqual(
      new Map([
        ['a', ['a', 7, 9]],
        ['c', ['c', 8]],
      ]),
    );
    expect([map.size, map.get('a'), map.get('b'), map.has('b'), map.get('other')]).toEqual([
      2,
      ['a', 7, 9],
      undefined,
      false,
      undefined,
    ]);
    expect([[...map.keys()], [...map.values()].length]).toEqual([['a', 'c'], 2]);
  });

  it('can be replaced and taken away, and belong to known keys alone', () => {
    const keyed = new KeyIndex(keys);
    keyed.replace(1, [4, 5, 6]);
    keyed.replace(1, [5]);
    expect([keyed.at(1), keyed.of('b')]).toEqual([[5], [5]]);
    keyed.replace(1, []);
    expect(keyed.at(1)).toEqual([]);
    expect(() => keyed.add(3, 1)).toThrow(RangeError);
    keys.add('d');
    keyed.add(3, 1);
    expect(keyed.of('d')).toEqual([1]);
  });
});

describe('a packed user', () => {
  const text = fc.option(fc.constantFrom('u2', 'u2@example.test', 'x@y', ''), { nil: null });
  const addresses = fc.array(
    fc.constantFrom('SMTP:u2@example.test', 'smtp:u2@example.test', 'SMTP:null', 'SMTP:x@y', 'X500:/o=1'),
    { maxLength: 3 },
  );
  const same = <User>(list: PackedList<User>, user: User): void => {
    expect(list.get(list.add(user))).toStrictEqual(user);
  };

  it('of AD comes back as it was', () => {
    const anchor: fc.Arbitrary<AdUser['consistencyGuid']> = fc.constantFrom(
      null,
      { kind: 'bytes', base64: 'AQI=' },
      { kind: 'text', text: '7' },
      { kind: 'guid', guid: adUser(3).objectGuid },
    );
    const users = new PackedList(adUserPacking());
    const parts = fc.record({
      dn: fc.constantFrom('CN=a,OU=b,DC=c', 'CN=a\\,b,OU=b,DC=c', 'CN=a', ',', 'CN=a,', 'CN=ü,OU=b,DC=c'),
      samAccountName: text,
      userPrincipalName: text,
      mail: text,
      mailNickname: text,
      proxyAddresses: addresses,
      enabled: fc.boolean(),
      isCriticalSystemObject: fc.boolean(),
      adminDescription: text,
      sid: fc.constantFrom(null, 'S-1-5-21-1-2-3-1105', 'S-1-5-21-1-2-3-', '-', 'S', ''),
      recipientTypeDetails: text,
      consistencyGuid: anchor,
      customAnchor: anchor,
    });
    fc.assert(fc.property(parts, (more) => same(users, { ...adUser(2), ...more })));
  });

  it('of the tenant comes back as it was, an identifier that was not read too', () => {
    const flag = fc.constantFrom(true, false, null);
    const identifier: fc.Arbitrary<CloudUser['objectIdentifier']> = fc.constantFrom(undefined, null, 'e1f0');
    const users = new PackedList(packedCloudUser());
    const parts = fc.record({
      displayName: fc.oneof(text, fc.constantFrom('Anna Maria Adler', 'Adler, Anna Maria', ' Adler', 'Adler, ', ', ')),
      givenName: fc.constantFrom(null, '', 'Anna', 'Anna Maria'),
      surname: fc.constantFrom(null, '', 'Adler', 'Maria Adler'),
      employeeId: text,
      otherMails: fc.array(fc.constantFrom('a@b', ''), { maxLength: 2 }),
      hasMailbox: flag,
      isAgent: fc.boolean(),
      sid: fc.constantFrom(null, 'S-1-5-21-1-2-3-1105', 'S', ''),
      dn: fc.constantFrom(null, 'CN=a,OU=b,DC=c', 'CN=a\\,b,OU=b,DC=c', 'CN=a', ''),
      lastSyncAt: text,
      mail: text,
      proxyAddresses: addresses,
      userType: text,
      accountEnabled: flag,
      onPremisesImmutableId: text,
      onPremisesSyncEnabled: flag,
      licences: fc.nat(3),
      objectIdentifier: identifier,
      deletedDateTime: text,
    });
    fc.assert(fc.property(parts, (more) => same(users, { ...cloudUser(2), ...more })));
  });
});
