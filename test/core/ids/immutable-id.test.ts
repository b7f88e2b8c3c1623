import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guidOfImmutableId, immutableIdOfGuid } from '../../../src/core/ids/immutable-id.ts';
import { anyGuid, guidOf, knownPairs } from '../guid-samples.ts';

describe('immutable ID', () => {
  it.each(knownPairs)('of %s (bytes %s) is %s, and back', (text, _hex, id) => {
    expect(immutableIdOfGuid(guidOf(text))).toBe(id);
    expect(guidOfImmutableId(id)).toBe(text.toLowerCase());
  });

  it('is not the base64 of the bytes in text order', () => {
    expect(immutableIdOfGuid(guidOf('00112233-4455-6677-8899-aabbccddeeff'))).not.toBe('ABEiM0RVZneImaq7zN3u/w==');
  });

  it('has 24 characters, ends with == after A, Q, g or w, and comes back, for any GUID', () => {
    fc.assert(
      fc.property(anyGuid, (guid) => {
        const id = immutableIdOfGuid(guid);
        expect(id).toMatch(/^[A-Za-z0-9+/]{21}[AQgw]==$/);
        expect(guidOfImmutableId(id)).toBe(guid);
      }),
    );
  });

  it.each([
    ['', 'nothing'],
    ['f+bH/Mb+ZUq4IS9AopLRhQ', 'no padding'],
    ['f+bH/Mb+ZUq4IS9AopLRhQ=', 'half the padding'],
    ['f-bH_Mb-ZUq4IS9AopLRhQ==', 'URL-safe letters'],
    ['f bH/Mb ZUq4IS9AopLRhQ==', 'blanks where + was'],
    ['f+bH/Mb+ZUq4IS9AopLRhR==', 'spare bits that are not zero'],
    ['f+bH/Mb+ZUq4!IS9AopLRhQ==', 'junk in the middle'],
    [' f+bH/Mb+ZUq4IS9AopLRhQ==', 'a blank in front'],
    ['f+bH/Mb+ZUq4IS9AopLRhQ==\n', 'a line break behind'],
    ['f+bH/Mb+ZUq4IS9AopLR', '15 bytes'],
    ['f+bH/Mb+ZUq4IS9AopLRhQA=', '17 bytes'],
    ['fcc7e67f-fec6-4a65-b821-2f40a292d185', 'a GUID'],
  ])('has no GUID in %j (%s), which Node would decode without complaint', (text) => {
    expect(guidOfImmutableId(text)).toBeUndefined();
  });

  it('keeps its letter case: another case is another ID', () => {
    expect(guidOfImmutableId('F+bH/Mb+ZUq4IS9AopLRhQ==')).not.toBe(guidOfImmutableId('f+bH/Mb+ZUq4IS9AopLRhQ=='));
  });
});
