import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressesPerFilter,
  filterIn,
  filterSmtp,
  literal,
  segment,
  select,
  slicesOf,
  valuesPerFilter,
} from '../../../src/graph/bulk/odata.ts';

// What a server sees: the URL goes through WHATWG parsing, then percent-decoding.
const asServerSees = (encoded: string): string =>
  decodeURIComponent(new URL(`https://host/${encoded}`).pathname.slice(1));
const wellFormed = (text: string): string => Buffer.from(text).toString();
const unquoted = (text: string): string => text.slice(1, -1).replaceAll("''", "'");

describe('literal', () => {
  it('doubles the quote and encodes what a URL would take for itself', () => {
    expect(literal("sean.o'brien@x.test")).toBe("'sean.o''brien%40x.test'");
    expect(literal('a_b.com#EXT#@c&d')).toBe("'a_b.com%23EXT%23%40c%26d'");
    expect(literal('ab+/c==')).toBe("'ab%2B%2Fc%3D%3D'");
  });

  it('arrives as it was written, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const url = new URL(`https://host/users?$filter=x%20eq%20${literal(text)}&$top=1`);
        const raw = /\$filter=([^&]*)&\$top=1$/.exec(url.search)?.[1] ?? 'cut short';
        expect(unquoted(decodeURIComponent(raw).slice('x eq '.length))).toBe(wellFormed(text));
        expect(url.hash).toBe('');
      }),
    );
  });

  it('never ends before its last quote, so that no value can add to a filter', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", 'a', ' ', ')', '%', '2', '7') }), (text) => {
        const inner = decodeURIComponent(literal(text)).slice(1, -1);
        expect(inner.replaceAll("''", '')).not.toContain("'");
      }),
    );
  });

  it('makes half a surrogate pair a replacement character rather than throwing', () => {
    expect(literal('a\ud800b')).toBe("'a%EF%BF%BDb'");
  });
});

describe('segment', () => {
  it('keeps any text within its own segment', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1 }).filter((text) => text !== '.' && text !== '..'),
        (text) => {
          const encoded = segment(text);
          expect(encoded).not.toMatch(/[/?#]/);
          expect(asServerSees(encoded)).toBe(wellFormed(text));
        },
      ),
    );
  });

  it('refuses the segments that a URL would swallow', () => {
    for (const text of ['', '.', '..']) expect(() => segment(text)).toThrow(RangeError);
  });
});

describe('query parts', () => {
  it('lists the values of a filter, each a literal', () => {
    expect(filterIn('mail', ["o'b", 'c'])).toBe("$filter=mail%20in%20('o''b','c')");
  });

  it('asks for an address as the primary one and as another, each a literal', () => {
    expect(filterSmtp(["o'b@x", 'c+d@x'])).toBe(
      "$filter=proxyAddresses/any(p:p%20eq%20'SMTP%3Ao''b%40x')%20or%20proxyAddresses/any(p:p%20eq%20'smtp%3Ao''b%40x')" +
        "%20or%20proxyAddresses/any(p:p%20eq%20'SMTP%3Ac%2Bd%40x')%20or%20proxyAddresses/any(p:p%20eq%20'smtp%3Ac%2Bd%40x')",
    );
  });

  it('stays within the clauses that Graph allows', () => {
    const addresses = Array.from({ length: addressesPerFilter }, (_, n) => `a${n}@x`);
    expect(filterSmtp(addresses).split('%20or%20').length).toBeLessThanOrEqual(valuesPerFilter);
  });

  it('slices lists without losing or repeating a value', () => {
    expect(slicesOf([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(slicesOf([], 2)).toEqual([]);
  });

  it('joins selected properties with commas', () => {
    expect(select(['id', 'mail'])).toBe('$select=id,mail');
  });
});
