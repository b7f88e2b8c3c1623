import { describe, expect, it } from 'vitest';
import { anchorOfOctets, octetsOfText } from '../../src/ad/byte-text.ts';
import { guidFromText, type Guid, guidToBytes } from '../../src/core/guid.ts';

const guid = guidFromText('f4c2ce4e-1f08-4358-abdc-fe3f035af4cd') as Guid;
const bytes = guidToBytes(guid);

describe('an octet string written as text', () => {
  it.each([
    [guid],
    [`{${guid.toUpperCase()}}`],
    ['Ts7C9AgfWEOr3P4/A1r0zQ=='],
    ['4E CE C2 F4 08 1F 58 43 AB DC FE 3F 03 5A F4 CD'],
    ['4E-CE-C2-F4-08-1F-58-43-AB-DC-FE-3F-03-5A-F4-CD'],
    ['78 206 194 244 8 31 88 67 171 220 254 63 3 90 244 205'],
    ["X'4ecec2f4081f5843abdcfe3f035af4cd'"],
  ])('%s is read', (text) => {
    expect(octetsOfText(text)).toEqual({ kind: 'bytes', bytes });
  });

  it.each([
    ['4ecec2f4081f5843abdcfe3f035af4cd'],
    ['10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25'],
    ['System.Byte[]'],
    ['Microsoft.ActiveDirectory.Management.ADPropertyValueCollection'],
    ['not bytes'],
    ['Ts7C9AgfWEOr3P4/A1r0zQ'],
  ])('%s is refused, not guessed', (text) => {
    expect(octetsOfText(text).kind).toBe('bad');
  });

  it('may have another length than a GUID, and may be all zeros: to judge that is not its business', () => {
    expect(octetsOfText('AQIDBAU=')).toEqual({ kind: 'bytes', bytes: Buffer.from([1, 2, 3, 4, 5]) });
    expect(octetsOfText('01 02 03 04 ff')).toEqual({ kind: 'bytes', bytes: Buffer.from([1, 2, 3, 4, 255]) });
    const zeros = octetsOfText('00000000-0000-0000-0000-000000000000');
    expect(zeros).toEqual({ kind: 'bytes', bytes: Buffer.alloc(16) });
  });
});

describe('an anchor of bytes', () => {
  it('is a GUID with sixteen, bytes with another number, nothing with none', () => {
    expect(anchorOfOctets(bytes)).toEqual({ kind: 'guid', guid });
    expect(anchorOfOctets(Buffer.from('abc'))).toEqual({ kind: 'bytes', base64: 'YWJj' });
    expect(anchorOfOctets(Buffer.alloc(0))).toBeNull();
  });
});
