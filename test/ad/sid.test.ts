import { describe, expect, it } from 'vitest';
import { octetsOfSid, sidOfOctets } from '../../src/ad/sid.ts';

// The well-known SIDs are in MS-DTYP 2.4.2.4; their octets follow from 2.4.2.2. The last two were put together by hand.
const known: readonly (readonly [string, string])[] = [
  ['S-1-1-0', '010100000000000100000000'],
  ['S-1-5-18', '010100000000000512000000'],
  ['S-1-5-32-544', '01020000000000052000000020020000'],
  ['S-1-5-21-397955417-626881126-188441444-512', '0105000000000005150000005951b81766725d2564633b0b00020000'],
  ['S-1-5-21-4294967295-0-2147483648-1105', '010500000000000515000000ffffffff000000000000008051040000'],
  ['S-1-0x0100000000FF-7', '01010100000000ff07000000'],
];

describe('a security identifier', () => {
  it.each(known)('%s is read from its octets and written to them', (text, hex) => {
    expect(sidOfOctets(Buffer.from(hex, 'hex'))).toBe(text);
    expect(octetsOfSid(text)?.toString('hex')).toBe(hex);
    expect(octetsOfSid(text.toLowerCase())?.toString('hex')).toBe(hex);
  });

  it('may have fifteen sub-authorities and no more', () => {
    const of = (count: number) => `S-1-5${'-1'.repeat(count)}`;
    const octets = octetsOfSid(of(15));
    expect(octets?.length).toBe(68);
    expect(sidOfOctets(octets ?? Buffer.alloc(0))).toBe(of(15));
    expect(octetsOfSid(of(16))).toBeNull();
  });

  it.each([
    '',
    'S-1-5',
    'S-1-5-',
    'S-2-5-18',
    'S-1-5-21-4294967296',
    'S-1-4294967296-1',
    'S-1-0x000000000005-18',
    'S-1-5-021',
    'S-1-5--21',
    'S-1-5-21 ',
    'xS-1-5-21',
    'S-1-5-1e3',
    'S-1-5-0x15',
  ])('is not "%s"', (text) => {
    expect(octetsOfSid(text)).toBeNull();
  });

  it.each([
    ['nothing', ''],
    ['one byte', '01'],
    ['no sub-authority', '0100000000000005'],
    ['another revision', '020100000000000512000000'],
    ['a byte short', '0101000000000005120000'],
    ['a byte over', '01010000000000051200000000'],
    ['sixteen sub-authorities', `0110000000000005${'01000000'.repeat(16)}`],
  ])('is not in octets with %s', (_what, hex) => {
    expect(sidOfOctets(Buffer.from(hex, 'hex'))).toBeNull();
  });
});
