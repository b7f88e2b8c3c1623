import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dnKey, domainOf, formatDn, isWithin, parseDn } from '../../src/ad/dn.ts';

function keyOf(text: string): string {
  const dn = parseDn(text);
  if (!dn) throw new Error(`malformed: ${text}`);
  return dnKey(dn);
}

describe('a distinguished name', () => {
  it.each([
    [String.raw`CN=Smith\, John,DC=a`, 'cn=smith\\2C john, dc=A'],
    [String.raw`CN=Smith\, John,DC=a`, 'CN="Smith, John" , DC=a'],
    [String.raw`CN=M\c3\bcller,DC=a`, 'CN=MÜLLER,DC=a'],
    ['CN=Müller,DC=a', 'CN=Mu\u0308ller,DC=a'],
    [String.raw`CN=end\ ,DC=a`, String.raw`CN=end\20 ,DC=a`],
    ['2.5.4.3=x,0.9.2342.19200300.100.1.25=a', 'OID.2.5.4.3=x,DomainComponent=a'],
    ['CN=a+OU=b,DC=c', 'cn=A + ou=B,dc=C'],
    [String.raw`CN=\#1\=2,DC=a`, String.raw`CN=\231\3d2,DC=a`],
    ['CN=a  b,DC=c', 'CN=A  B,DC=c'],
  ])('%s is the same object as %s', (one, other) => {
    expect(keyOf(one)).toBe(keyOf(other));
  });

  it.each([
    ['CN=a,DC=c', 'CN=a b,DC=c'],
    [String.raw`CN=end\ ,DC=a`, 'CN=end,DC=a'],
    [String.raw`CN=a\,DC=b,DC=c`, 'CN=a,DC=b,DC=c'],
    ['CN=Müller,DC=a', 'CN=Muller,DC=a'],
    ['CN=a+OU=b,DC=c', 'CN=a,OU=b,DC=c'],
  ])('%s is another object than %s', (one, other) => {
    expect(keyOf(one)).not.toBe(keyOf(other));
  });

  it.each([
    [''],
    ['CN'],
    ['CN='],
    ['CN=,DC=a'],
    ['=x'],
    ['CN=a,'],
    ['CN=a,,DC=b'],
    ['CN=a"b,DC=c'],
    [String.raw`CN=a\zb`],
    ['CN=#0403,DC=a'],
    ['C N=a'],
    ['CN="a"b,DC=c'],
  ])('"%s" is malformed', (text) => {
    expect(parseDn(text)).toBeNull();
  });

  it('comes back the same from its canonical spelling, whatever it holds', () => {
    // Control characters are kept out by the directory and by the readers of references; keys rely on it.
    const letter = fc.oneof(
      fc.constantFrom(...' ,+"\\<>;=#*()'.split('')),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    );
    const value = fc.array(letter, { minLength: 1, maxLength: 8 }).map((letters) => letters.join(''));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), (values) => {
        const dn = values.map((text) => [{ type: 'cn', value: text }]);
        expect(parseDn(formatDn(dn))).toEqual(dn);
      }),
    );
  });

  it('tells its domain, and whether it lies within another', () => {
    const dn = parseDn('CN=a,OU=People,DC=Child,DC=example,DC=test') ?? [];
    expect(domainOf(dn)).toBe('child.example.test');
    expect(isWithin(dnKey(dn), keyOf('DC=example,DC=test'))).toBe(true);
    expect(isWithin(dnKey(dn), keyOf('DC=ample,DC=test'))).toBe(false);
    expect(isWithin(keyOf('DC=test'), keyOf('DC=test'))).toBe(true);
    expect(isWithin(keyOf('DC=test'), keyOf('DC=example,DC=test'))).toBe(false);
  });
});
