import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAnyForm } from '../../src/core/ids/conversions.ts';
import { guidFromBytes, guidFromText, guidFromTextOrder, guidToBytes } from '../../src/core/guid.ts';
import { anyGuid, guidOf, knownPairs } from './guid-samples.ts';

describe('the structure of a GUID', () => {
  it.each([
    '{0}x00000a00,0x000a,0x0000,{0x00,0x00,0x00,0x0a,0x00,0x00,0x00,0x01}}',
    '{0x00000a00,0x000a,0x0000,{0x00,0x00,0x00,0x0a,0{x00,0x00,0x00,0x01}}',
    '{0x0000 0a00,0x000a,0x0000,{0x00,0x00,0x00,0x0a,0x00,0x00,0x00,0x01}}',
  ])('is not read when something stands inside a number: %s', (text) => {
    expect(readAnyForm(text).kind).toBe('bad');
  });
});

describe('guidFromText', () => {
  it('reads the D form in any case and keeps it in lower case', () => {
    expect(guidFromText('F4C2CE4E-1F08-4358-ABDC-FE3F035AF4CD')).toBe('f4c2ce4e-1f08-4358-abdc-fe3f035af4cd');
  });

  it.each([
    ['', 'nothing'],
    ['f4c2ce4e1f084358abdcfe3f035af4cd', 'no dashes'],
    ['{f4c2ce4e-1f08-4358-abdc-fe3f035af4cd}', 'braces'],
    [' f4c2ce4e-1f08-4358-abdc-fe3f035af4cd', 'a blank in front'],
    ['f4c2ce4e-1f08-4358-abdc-fe3f035af4cd\n', 'a line break behind'],
    ['f4c2ce4e-1f08-4358-abdcfe3f-035af4cd', 'a dash in the wrong place'],
    ['g4c2ce4e-1f08-4358-abdc-fe3f035af4cd', 'a letter that is no hex digit'],
    ['f4c2ce4e-1f08-4358-abdc-fe3f035af4cd0', 'a digit too many'],
  ])('does not read %j (%s)', (text) => {
    expect(guidFromText(text)).toBeUndefined();
  });
});

describe('directory order', () => {
  it.each(knownPairs)('of %s is %s', (text, hex) => {
    expect(guidToBytes(guidOf(text)).toString('hex')).toBe(hex);
    expect(guidFromBytes(Buffer.from(hex, 'hex'))).toBe(text.toLowerCase());
  });

  it('comes back from bytes as it went in, for any GUID', () => {
    fc.assert(fc.property(anyGuid, (guid) => guidFromBytes(guidToBytes(guid)) === guid));
  });

  it('leaves the bytes that it was given as they were', () => {
    const bytes = Buffer.from('4ecec2f4081f5843abdcfe3f035af4cd', 'hex');
    guidFromBytes(bytes);
    expect(bytes.toString('hex')).toBe('4ecec2f4081f5843abdcfe3f035af4cd');
  });

  it('reads a view into a larger buffer, not what lies around it', () => {
    const whole = Buffer.from(`ffff4ecec2f4081f5843abdcfe3f035af4cdffff`, 'hex');
    expect(guidFromBytes(whole.subarray(2, 18))).toBe('f4c2ce4e-1f08-4358-abdc-fe3f035af4cd');
  });

  it.each([0, 5, 15, 17, 27])('refuses %i bytes', (length) => {
    expect(() => guidFromBytes(Buffer.alloc(length))).toThrow(RangeError);
    expect(() => guidFromTextOrder(Buffer.alloc(length))).toThrow(RangeError);
  });

  it('differs from text order in the first three fields alone', () => {
    const bytes = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
    expect(guidFromTextOrder(bytes)).toBe('00112233-4455-6677-8899-aabbccddeeff');
    expect(guidFromBytes(bytes)).toBe('33221100-5544-7766-8899-aabbccddeeff');
  });
});
