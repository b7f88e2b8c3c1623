import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldKey } from '../../src/core/references.ts';
import { parseAdRef, parseCloudRef } from '../../src/core/ids/parse-reference.ts';
import { anyGuid } from './guid-samples.ts';

const guid = 'f4c2ce4e-1f08-4358-abdc-fe3f035af4cd';

describe('parseAdRef', () => {
  it.each([
    ['jdoe', { kind: 'sam', name: 'jdoe' }],
    ['Jürgen.Müller', { kind: 'sam', name: 'Jürgen.Müller' }],
    ["sean.o'brien", { kind: 'sam', name: "sean.o'brien" }],
    ['svc (old) 1', { kind: 'sam', name: 'svc (old) 1' }],
    ['CONTOSO\\jdoe', { kind: 'domain-sam', domain: 'CONTOSO', name: 'jdoe' }],
    ['corp.example.test\\jdoe', { kind: 'domain-sam', domain: 'corp.example.test', name: 'jdoe' }],
    ['jdoe@example.test', { kind: 'upn', upn: 'jdoe@example.test' }],
    ["sean.o'brien@example.test", { kind: 'upn', upn: "sean.o'brien@example.test" }],
    ['a@b@example.test', { kind: 'upn', upn: 'a@b@example.test' }],
    ['CN=Doe\\, John,OU=People,DC=example,DC=test', { kind: 'dn', dn: 'CN=Doe\\, John,OU=People,DC=example,DC=test' }],
    ['cn=jürgen@home,DC=test', { kind: 'dn', dn: 'cn=jürgen@home,DC=test' }],
    ['2.5.4.3=jdoe,DC=test', { kind: 'dn', dn: '2.5.4.3=jdoe,DC=test' }],
  ])('reads %j', (text, ref) => {
    expect(parseAdRef(text)).toEqual({ kind: 'ref', ref });
  });

  it.each([
    guid,
    guid.toUpperCase(),
    `{${guid}}`,
    `(${guid})`,
    '{0xf4c2ce4e,0x1f08,0x4358,{0xab,0xdc,0xfe,0x3f,0x03,0x5a,0xf4,0xcd}}',
    '4E CE C2 F4 08 1F 58 43 AB DC FE 3F 03 5A F4 CD',
    String.raw`\4e\ce\c2\f4\08\1f\58\43\ab\dc\fe\3f\03\5a\f4\cd`,
    "X'4ecec2f4081f5843abdcfe3f035af4cd'",
    'objectGUID:: Ts7C9AgfWEOr3P4/A1r0zQ==',
    '78 206 194 244 8 31 88 67 171 220 254 63 3 90 244 205',
    `\u200b${guid}`,
  ])('reads the GUID in %j', (text) => {
    expect(parseAdRef(text)).toEqual({ kind: 'ref', ref: { kind: 'guid', guid } });
  });

  it.each([
    ['4ecec2f4081f5843abdcfe3f035af4cd', 'write the GUID with dashes'],
    ['{4ecec2f4081f5843abdcfe3f035af4cd}', 'write the GUID with dashes'],
    ['10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25', 'write the GUID with dashes'],
    ['00000000-0000-0000-0000-000000000000', 'zero'],
    ['{00000000-0000-0000-0000-000000000000}', 'zero'],
    ['Ts7C9AgfWEOr3P4/A1r0zQ==', 'immutable ID'],
    ['PcT9u5BIWEW7iVDYAgFKlw==', 'immutable ID'],
    ['System.Byte[]', 'PowerShell'],
    ['Microsoft.ActiveDirectory.Management.ADPropertyValueCollection', 'PowerShell'],
    ['@example.test', 'name@domain'],
    ['jdoe@', 'name@domain'],
    ['j doe@example.test', 'name@domain'],
    ['\\jdoe', 'both parts'],
    ['CONTOSO\\', 'both parts'],
    ['A\\B\\C', 'cannot contain'],
    ['j/doe', 'cannot contain'],
    ['<null>', 'cannot contain'],
    ['jd\u0000oe', 'control character'],
    ['jd\noe', 'control character'],
    ['jdoe\u200b', 'invisible character'],
    ['\u200ejdoe@example.test', 'invisible character'],
  ])('refuses %j: %s', (text, why) => {
    expect(parseAdRef(text)).toEqual({ kind: 'bad', why: expect.stringContaining(why) as string });
  });

  it('takes anything but control characters as the value of another key', () => {
    expect(parseAdRef(guid, 'employeeID')).toEqual({
      kind: 'ref',
      ref: { kind: 'key', attribute: 'employeeID', value: guid },
    });
    expect(parseAdRef('4711\t', 'employeeID').kind).toBe('bad');
  });

  it('reads every GUID with dashes and refuses the same one without', () => {
    fc.assert(
      fc.property(anyGuid, (any) => {
        expect(parseAdRef(any)).toEqual({ kind: 'ref', ref: { kind: 'guid', guid: any } });
        expect(parseAdRef(any.replaceAll('-', '')).kind).toBe('bad');
      }),
    );
  });
});

describe('parseCloudRef', () => {
  it.each([
    ['jdoe@example.test', { kind: 'upn', upn: 'jdoe@example.test' }],
    ['p_x.test#EXT#@example.onmicrosoft.test', { kind: 'upn', upn: 'p_x.test#EXT#@example.onmicrosoft.test' }],
    [guid.toUpperCase(), { kind: 'object-id', id: guid }],
    [`{${guid}}`, { kind: 'object-id', id: guid }],
    [`(${guid})`, { kind: 'object-id', id: guid }],
  ])('reads %j', (text, ref) => {
    expect(parseCloudRef(text)).toEqual({ kind: 'ref', ref });
  });

  it.each([
    ['jdoe', '--cloud-key'],
    ['CONTOSO\\jdoe', '--cloud-key'],
    ['4ecec2f4081f5843abdcfe3f035af4cd', 'dashes'],
    ['00000000-0000-0000-0000-000000000000', 'zero'],
    ['@example.test', 'name@domain'],
    ['j doe@example.test', 'name@domain'],
    ['jdoe\u200b@example.test', 'invisible character'],
    ['jdoe@example.test\r', 'control character'],
  ])('refuses %j: %s', (text, why) => {
    expect(parseCloudRef(text)).toEqual({ kind: 'bad', why: expect.stringContaining(why) as string });
  });

  it('takes the value of another key as it is', () => {
    expect(parseCloudRef('4711', 'employeeId')).toEqual({
      kind: 'ref',
      ref: { kind: 'key', attribute: 'employeeId', value: '4711' },
    });
  });
});

describe('foldKey', () => {
  it('takes letter case and Unicode composition for the same', () => {
    expect(foldKey('JU\u0308RGEN@Example.Test')).toBe(foldKey('j\u00fcrgen@example.test'));
  });

  it('keeps accents apart: two users may differ in nothing else', () => {
    expect(foldKey('muller')).not.toBe(foldKey('müller'));
  });

  it('changes nothing when applied again, for any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => foldKey(foldKey(text)) === foldKey(text)));
  });
});
