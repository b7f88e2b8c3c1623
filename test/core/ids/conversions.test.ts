import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodingErrorOf } from '../../../src/core/ids/base64-mistakes.ts';
import { allForms, conversionLines, convert, readAnyForm } from '../../../src/core/ids/conversions.ts';
import { guidToBytes } from '../../../src/core/guid.ts';
import { immutableIdOfGuid } from '../../../src/core/ids/immutable-id.ts';
import { anyGuid, guidOf, knownPairs } from '../guid-samples.ts';

const sample = guidOf('f4c2ce4e-1f08-4358-abdc-fe3f035af4cd');
const rawHex = '4ecec2f4081f5843abdcfe3f035af4cd';
const hexPairs = '4E CE C2 F4 08 1F 58 43 AB DC FE 3F 03 5A F4 CD';
const decimals = '78 206 194 244 8 31 88 67 171 220 254 63 3 90 244 205';
const base64 = 'Ts7C9AgfWEOr3P4/A1r0zQ==';

/** The GUID that was read, or what was said instead. */
function readOf(text: string, hex?: 'text' | 'raw'): string {
  const reading = readAnyForm(text, hex ? { hex } : {});
  return reading.kind === 'value' ? `${reading.form} ${reading.guid}` : `${reading.kind}: ${reading.why}`;
}

describe('readAnyForm reads one GUID in all its writings', () => {
  it.each([
    ['guid-text', 'f4c2ce4e-1f08-4358-abdc-fe3f035af4cd'],
    ['guid-text', 'F4C2CE4E-1F08-4358-ABDC-FE3F035AF4CD'],
    ['guid-text', '{f4c2ce4e-1f08-4358-abdc-fe3f035af4cd}'],
    ['guid-text', '(F4C2CE4E-1F08-4358-ABDC-FE3F035AF4CD)'],
    ['guid-text', 'urn:uuid:f4c2ce4e-1f08-4358-abdc-fe3f035af4cd'],
    ['guid-text', '<GUID=f4c2ce4e-1f08-4358-abdc-fe3f035af4cd>'],
    ['guid-text', 'ObjectGUID        : f4c2ce4e-1f08-4358-abdc-fe3f035af4cd'],
    ['guid-struct', '{0xf4c2ce4e,0x1f08,0x4358,{0xab,0xdc,0xfe,0x3f,0x03,0x5a,0xf4,0xcd}}'],
    ['guid-struct', '{0xF4C2CE4E, 0x1F08, 0x4358, {0xAB, 0xDC, 0xFE, 0x3F, 0x3, 0x5A, 0xF4, 0xCD}}'],
    ['guid-struct', '{ 0xf4c2ce4e, 0x1f08, 0x4358, 0xab, 0xdc, 0xfe, 0x3f, 0x03, 0x5a, 0xf4, 0xcd }'],
    ['hex-bytes', hexPairs],
    ['hex-bytes', hexPairs.toLowerCase().replaceAll(' ', '-')],
    ['hex-bytes', hexPairs.replaceAll(' ', ':')],
    ['hex-bytes', hexPairs.replaceAll(' ', ', ')],
    ['hex-bytes', hexPairs.replaceAll(/(\w\w)/g, '0x$1')],
    ['hex-bytes', `[byte[]](${hexPairs.replaceAll(/(\w\w)/g, '0x$1').replaceAll(' ', ',')})`],
    ['ldap-filter', String.raw`\4e\ce\c2\f4\08\1f\58\43\ab\dc\fe\3f\03\5a\f4\cd`],
    ['ldap-filter', String.raw`(objectGUID=\4E\CE\C2\F4\08\1F\58\43\AB\DC\FE\3F\03\5A\F4\CD)`],
    ['ldap-filter', String.raw`\\4e\\ce\\c2\\f4\\08\\1f\\58\\43\\ab\\dc\\fe\\3f\\03\\5a\\f4\\cd`],
    ['csvde', `X'${rawHex}'`],
    ['csvde', `X’${rawHex}’`],
    ['ldif', `objectGUID:: ${base64}`],
    ['ldif', `mS-DS-ConsistencyGuid:: ${base64}`],
    ['ldif', 'objectGUID:: Ts7C9AgfWEOr\n 3P4/A1r0zQ=='],
    ['immutable-id', base64],
    ['immutable-id', `ImmutableId : ${base64}`],
    ['decimal-bytes', decimals],
    ['decimal-bytes', decimals.replaceAll(' ', ',')],
    ['decimal-bytes', decimals.replaceAll(' ', '\r\n')],
    ['decimal-bytes', `mS-DS-ConsistencyGuid : {${decimals.replaceAll(' ', ', ')}}`],
    ['decimal-bytes', `@(${decimals.replaceAll(' ', ', ')})`],
  ])('%s: %j', (form, text) => {
    expect(readOf(text)).toBe(`${form} ${sample}`);
  });

  it.each(knownPairs)('%s from its text, its bytes and its immutable ID alike', (text, hex, id) => {
    const pairs = hex.replaceAll(/(..)(?=.)/g, '$1 ');
    expect([text, pairs, id].map((form) => readAnyForm(form))).toMatchObject(
      Array.from({ length: 3 }, () => ({ kind: 'value', guid: text.toLowerCase() })),
    );
  });

  it('reads the LDIF of an anchor whose bytes are readable text, which ldifde writes without base64', () => {
    const reading = readAnyForm('mS-DS-ConsistencyGuid: sixteen letters!');
    expect(reading).toMatchObject({ kind: 'value', form: 'ldif' });
    expect(reading.kind === 'value' && guidToBytes(reading.guid).toString()).toBe('sixteen letters!');
  });

  it('reads back every form that it writes, for any GUID', () => {
    fc.assert(
      fc.property(anyGuid, (guid) => {
        for (const text of Object.values(allForms(guid))) {
          const reading = readAnyForm(text);
          // One list in millions has numbers of two digits only, and must be refused with the right one among its readings.
          if (reading.kind === 'ambiguous') expect(reading.readings.map((one) => one.guid)).toContain(guid);
          else if (!/^0{8}-0{4}/.test(guid)) expect(reading).toMatchObject({ kind: 'value', guid });
        }
      }),
    );
  });

  it('never throws and never reads a GUID into random text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        expect(readAnyForm(text).kind).not.toBe('value');
      }),
    );
  });
});

describe('readAnyForm sees through what copying adds', () => {
  const guid = 'f4c2ce4e-1f08-4358-abdc-fe3f035af4cd';
  it.each([
    ['a byte-order mark', `\ufeff${guid}`],
    ['no-break spaces', `\u00a0${guid}\u00a0`],
    ['zero-width characters', `f4c2ce4e\u200b-1f08-4358-\u2060abdc-fe3f035af4cd`],
    ['a left-to-right mark, as certificate dialogs add', `\u200e${guid}`],
    ['quotes', `"${guid}"`],
    ['smart quotes', `\u201c${guid}\u201d`],
    ['single smart quotes', `\u2018${guid}\u2019`],
    ['dashes that Word made longer', guid.replaceAll('-', '\u2013')],
    ['a line break', `${guid}\r\n`],
  ])('%s', (_what, text) => {
    expect(readOf(text)).toBe(`guid-text ${guid}`);
  });

  it("takes off the ' that a spreadsheet needs before a leading +", () => {
    const plus = immutableIdOfGuid(guidOf('0000ccfb-0000-4000-8000-000000000000'));
    expect(plus.startsWith('+')).toBe(true);
    expect(readOf(`'${plus}`)).toBe('immutable-id 0000ccfb-0000-4000-8000-000000000000');
  });
});

describe('readAnyForm refuses what has two readings', () => {
  it('32 hex digits: names both GUIDs and which of them looks like one of AD', () => {
    expect(readAnyForm(rawHex)).toMatchObject({
      kind: 'ambiguous',
      remedy: expect.stringContaining('--hex') as string,
      readings: [
        {
          as: expect.stringContaining('without its dashes') as string,
          guid: '4ecec2f4-081f-5843-abdc-fe3f035af4cd',
          looksRandom: false,
        },
        { as: expect.stringContaining('bytes') as string, guid: sample, looksRandom: true },
      ],
    });
  });

  it.each([
    ['in braces', `{${rawHex}}`],
    ['after 0x', `0x${rawHex}`],
    ['in groups of a hex dump', '4ecec2f4 081f 5843 abdcfe3f035af4cd'],
    ['in upper case', rawHex.toUpperCase()],
  ])('32 hex digits %s', (_what, text) => {
    expect(readAnyForm(text).kind).toBe('ambiguous');
  });

  it('unless the caller says which it is', () => {
    expect(readOf(rawHex, 'raw')).toBe(`hex-digits ${sample}`);
    expect(readOf('f4c2ce4e1f084358abdcfe3f035af4cd', 'text')).toBe(`hex-digits ${sample}`);
  });

  it('or both readings are the same GUID', () => {
    expect(readOf('1'.repeat(32))).toBe('hex-digits 11111111-1111-1111-1111-111111111111');
  });

  it('a list of two-digit numbers: decimal and hexadecimal', () => {
    const list = '10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25';
    expect(readAnyForm(list)).toMatchObject({
      kind: 'ambiguous',
      readings: [{ guid: '0d0c0b0a-0f0e-1110-1213-141516171819' }, { guid: '13121110-1514-1716-1819-202122232425' }],
    });
    expect(readOf(list.replaceAll(/(\d\d)/g, '0$1'))).toBe('decimal-bytes 0d0c0b0a-0f0e-1110-1213-141516171819');
    expect(readOf(list.replaceAll(/(\d\d)/g, '0x$1'))).toBe('hex-bytes 13121110-1514-1716-1819-202122232425');
  });

  it.each([
    ['one number has one digit', '8 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25', 'value'],
    ['one number has three digits', '100 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25', 'value'],
    ['a zero stands in front and one digit alone', '08 1 12 13 14 15 16 17 18 19 20 21 22 23 24 25', 'ambiguous'],
  ])('a list of numbers is decimal when %s', (_what, list, kind) => {
    expect(readAnyForm(list).kind).toBe(kind);
  });
});

describe('readAnyForm says what is wrong', () => {
  it.each([
    ['', 'it is empty'],
    ['   ', 'it is empty'],
    ['<null>', 'it is empty'],
    ['$null', 'it is empty'],
    ['<not set>', 'it is empty'],
    ['00000000-0000-0000-0000-000000000000', 'all its bytes are zero'],
    ['AAAAAAAAAAAAAAAAAAAAAA==', 'all its bytes are zero'],
    ['0'.repeat(32), 'all its bytes are zero'],
    ['System.Byte[]', 'PowerShell wrote the type'],
    ['Microsoft.ActiveDirectory.Management.ADPropertyValueCollection', 'PowerShell wrote the type'],
    ['{78, 206, 194, 244...}', '$FormatEnumerationLimit'],
    ['{78, 206, 194, 244…}', '$FormatEnumerationLimit'],
    ['S-1-5-21-1004336348-1177238915-682003330-512', 'SID'],
    ['jdoe@example.test', 'UPN'],
    ['jdoe', 'no GUID, immutable ID'],
    ['f4c2ce4e-1f08-4358-abdc-fe3f035af4c', '31 hex digits'],
    ['f4c2ce4e-1f08-4358abdc-fe3f-035af4cd', 'its dashes are not where'],
    ['f4c2ce4e1f084358abdcfe3f035af4', '30 hex digits'],
    [decimals.slice(0, -4), 'it has 15 bytes'],
    [`${hexPairs} 00`, 'it has 17 bytes'],
    ['256 206 194 244 8 31 88 67 171 220 254 63 3 90 244 205', '256 is more than a byte'],
    ['4e 206 194 244 8 31 88 67 171 220 254 63 3 90 244 205', 'too long'],
    [String.raw`\4e\ce\c2`, 'it has 3 bytes'],
    ["X'4ece'", 'it has 2 bytes'],
    ["X''", 'it has 0 bytes'],
    ['{0xf4c2ce4e1,0x1f08,0x4358,{0xab,0xdc,0xfe,0x3f,0x03,0x5a,0xf4,0xcd}}', 'too many digits'],
    ['objectGUID:: Zm9v', 'not the base64 of 16 bytes'],
    ['f+bH/Mb+ZUq4IS9AopLRhQA=', 'base64 of 17 bytes'],
    ['+bH/Mb+ZUq4IS9AopLRhQ==', 'leading +'],
    ['f+bh/mb+zuq4is9aoplrhq==', 'lower case'],
    ['F+BH/MB+ZUQ4IS9AOPLRHZ==', 'upper case'],
    ['f+bH/Mb+ZUq4IS9AopLRhR==', 'must be A, Q, g or w'],
  ])('%j: %s', (text, why) => {
    const reading = readAnyForm(text);
    expect(reading.kind).toBe('bad');
    expect(reading.kind === 'bad' && reading.why).toContain(why);
  });
});

describe('an immutable ID that went wrong', () => {
  const guid = guidOf('fcc7e67f-fec6-4a65-b821-2f40a292d185');
  const id = 'f+bH/Mb+ZUq4IS9AopLRhQ==';
  it.each([
    ['URL-safe letters', 'f-bH_Mb-ZUq4IS9AopLRhQ==', 'URL-safe letters'],
    ['no padding', 'f+bH/Mb+ZUq4IS9AopLRhQ', 'padding'],
    ['half the padding', 'f+bH/Mb+ZUq4IS9AopLRhQ=', 'padding'],
    ['both', 'f-bH_Mb-ZUq4IS9AopLRhQ', 'URL-safe letters and its padding'],
    ['blanks for +', 'f bH/Mb ZUq4IS9AopLRhQ==', 'blanks where + was'],
    ['percent signs', 'f%2BbH%2FMb%2bZUq4IS9AopLRhQ%3D%3D', 'percent signs'],
    ['a line break', 'f+bH/Mb+ZUq4\r\nIS9AopLRhQ==', 'line break'],
    ['the base64 of the text', Buffer.from(guid).toString('base64'), `text of the GUID ${guid}`],
    [
      'the base64 of the text in upper case and braces',
      Buffer.from(`{${guid.toUpperCase()}}`).toString('base64'),
      'text of the GUID',
    ],
    ['the base64 of the text in UTF-16', Buffer.from(guid, 'utf16le').toString('base64'), 'UTF-16'],
  ])('is refused for %s, with the GUID that was meant', (_what, text, why) => {
    expect(readAnyForm(text)).toMatchObject({ kind: 'bad', why: expect.stringContaining(why) as string, meant: guid });
  });

  it('is refused without a guess when it is the base64 of 32 letters, which have two readings', () => {
    const text = Buffer.from(rawHex).toString('base64');
    expect(readAnyForm(text)).toMatchObject({
      kind: 'bad',
      why: expect.stringContaining(rawHex) as string,
      meant: null,
    });
  });

  it('is read with a note when its bytes look like a random GUID only without swapping', () => {
    const unswapped = Buffer.from(guid.replaceAll('-', ''), 'hex').toString('base64');
    const reading = readAnyForm(unswapped);
    expect(reading).toMatchObject({ kind: 'value', notes: [expect.stringContaining(guid)] });
    expect(readAnyForm(id)).toMatchObject({ kind: 'value', notes: [] });
  });

  it.each([
    [Buffer.from('fcc7e67ffec64a65b8212f40a292d185', 'hex').toString('base64'), 'not swapped'],
    [Buffer.from(guid).toString('base64'), 'base64 of the text'],
    [Buffer.from(guid.toUpperCase()).toString('base64'), 'base64 of the text'],
    [Buffer.from(guid, 'utf16le').toString('base64'), 'base64 of the text'],
    [guid, 'plain text'],
    [`{${guid.toUpperCase()}}`, 'plain text'],
    ['fcc7e67ffec64a65b8212f40a292d185', 'plain text'],
    ['7FE6C7FCC6FE654AB8212F40A292D185', 'hex digits'],
    ['f-bH_Mb-ZUq4IS9AopLRhQ', 'URL-safe letters'],
    ['f+bh/mb+zuq4is9aoplrhq==', 'letter case'],
  ])('%s is recognised as made from the GUID (%s)', (text, how) => {
    expect(encodingErrorOf(text, guid)).toContain(how);
  });

  it('is not blamed when it is right or belongs to another GUID', () => {
    expect(encodingErrorOf(id, guid)).toBeUndefined();
    expect(encodingErrorOf(base64, guid)).toBeUndefined();
    expect(encodingErrorOf('employee-4711', guid)).toBeUndefined();
  });

  it('is not blamed for any pair of different GUIDs unless one is the other unswapped', () => {
    fc.assert(
      fc.property(anyGuid, anyGuid, (one, other) => {
        fc.pre(one !== other && !(encodingErrorOf(immutableIdOfGuid(one), other) ?? '').includes('swapped'));
        expect(encodingErrorOf(immutableIdOfGuid(one), other)).toBeUndefined();
      }),
    );
  });
});

describe('convert', () => {
  it('gives every form as plain data', () => {
    expect(JSON.parse(JSON.stringify(convert(base64)))).toEqual({
      kind: 'value',
      input: base64,
      form: 'immutable-id',
      notes: [],
      forms: {
        guid: sample,
        immutableId: base64,
        hexBytes: hexPairs.toLowerCase(),
        decimalBytes: decimals,
        ldapFilter: String.raw`\4e\ce\c2\f4\08\1f\58\43\ab\dc\fe\3f\03\5a\f4\cd`,
      },
    });
  });

  it('shows a value and its forms, one to a line', () => {
    expect(conversionLines(convert(` ${sample.toUpperCase()}\n`))).toEqual([
      'F4C2CE4E-1F08-4358-ABDC-FE3F035AF4CD (GUID)',
      `  GUID           ${sample}`,
      `  immutable ID   ${base64}`,
      `  hex bytes      ${hexPairs.toLowerCase()}`,
      `  decimal bytes  ${decimals}`,
      String.raw`  LDAP filter    \4e\ce\c2\f4\08\1f\58\43\ab\dc\fe\3f\03\5a\f4\cd`,
    ]);
  });

  it('shows both readings of an ambiguous value, the hint and the way out', () => {
    const text = conversionLines(convert(rawHex)).join('\n');
    expect(text).toContain('can be read in two ways');
    expect(text).toContain('4ecec2f4-081f-5843-abdc-fe3f035af4cd');
    expect(text).toMatch(
      /bytes as the directory stores them \(would be a random GUID[^]*f4c2ce4e-1f08-4358-abdc-fe3f035af4cd/,
    );
    expect(text).toContain('--hex raw');
  });

  it('shows what was probably meant by a value that is refused', () => {
    expect(conversionLines(convert('f-bH_Mb-ZUq4IS9AopLRhQ'))).toEqual([
      'f-bH_Mb-ZUq4IS9AopLRhQ: cannot be read: it is an immutable ID with URL-safe letters and its padding (==) missing.',
      '  Probably meant, please check:',
      '  GUID           fcc7e67f-fec6-4a65-b821-2f40a292d185',
      ...conversionLines(convert('fcc7e67f-fec6-4a65-b821-2f40a292d185')).slice(2),
    ]);
    expect(conversionLines(convert(''))).toEqual(['(empty): cannot be read: it is empty.']);
  });
});
