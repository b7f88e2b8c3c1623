import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dnKeyOf, escapeDnValue, foldText, parseDn } from '../../../src/sandbox/directory/names.ts';

describe('foldText', () => {
  it.each([
    ['case', 'NQuill', 'nquill'],
    ['accents', 'Jürgen Åse', 'jurgen ase'],
    ['composed and decomposed', 'e\u0301', '\u00e9'],
    ['full-width letters', 'ＡＢＣ', 'abc'],
    ['half-width katakana', 'ｶﾞ', 'か'],
    ['katakana and hiragana', 'カ', 'か'],
  ])('does not see a difference in %s', (_what, a, b) => {
    expect(foldText(a)).toBe(foldText(b));
  });

  it.each([
    ['ß', 'ss'],
    ['ø', 'o'],
    ['a ', 'a'],
    ['中', '申'],
  ])('keeps %j and %j apart', (a, b) => {
    expect(foldText(a)).not.toBe(foldText(b));
  });
});

describe('distinguished names', () => {
  it('come back from their escaped form, whatever is in a value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (value) => {
        const parsed = parseDn(`CN=${escapeDnValue(value)},OU=x`);
        expect(parsed).toEqual([[{ type: 'cn', value }], [{ type: 'ou', value: 'x' }]]);
      }),
    );
  });

  it.each([
    ['#a', String.raw`\#a`],
    [' a ', String.raw`\ a\ `],
    [' ', String.raw`\ `],
    ['a,b+c"d\\e<f>g;h', String.raw`a\,b\+c\"d\\e\<f\>g\;h`],
    ['a#b=c', 'a#b=c'],
    ['a\nb', String.raw`a\0Ab`],
  ])('escape %j as %s', (value, escaped) => {
    expect(escapeDnValue(value)).toBe(escaped);
  });

  it('have one key for all ways of writing one name', () => {
    const key = dnKeyOf(String.raw`CN=M\C3\BCller\, J,OU=People,DC=example,DC=test`);
    expect(dnKeyOf(String.raw`cn = Muller\2c J , ou=PEOPLE;dc=Example,DC=test`)).toBe(key);
    expect(dnKeyOf('cn=a+ou=b')).toBe(dnKeyOf('OU=B + CN=A'));
  });

  it('have different keys where a comma or a plus is part of the value', () => {
    expect(dnKeyOf(String.raw`CN=a\,OU=b`)).not.toBe(dnKeyOf('CN=a,OU=b'));
    expect(dnKeyOf(String.raw`CN=a\+OU\=b`)).not.toBe(dnKeyOf('CN=a+OU=b'));
    expect(dnKeyOf(String.raw`CN=a\ `)).not.toBe(dnKeyOf('CN=a '));
  });

  it.each(['nquill', 'CN=a,', 'CN=a,,OU=b', '=a', 'CN=a"b', String.raw`CN=a\xyz`, 'CN=<a>', 'CN=a,b'])(
    'are not %j',
    (text) => {
      expect(parseDn(text)).toBeUndefined();
    },
  );

  it('may be empty', () => {
    expect(parseDn('')).toEqual([]);
  });
});
