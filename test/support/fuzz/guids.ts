import * as fc from 'fast-check';
import { allForms, convert, readAnyForm } from '../../../src/core/ids/conversions.ts';
import { emptyGuid, type Guid, guidFromBytes, guidToBytes } from '../../../src/core/guid.ts';
import type { GuidReading } from '../../../src/core/ids/guid-readers.ts';
import { awkwardText } from './dialects.ts';
import { Attempts, same, type Tally } from './tally.ts';

const hexPairs = (guid: Guid): string[] => allForms(guid).hexBytes.split(' ');
const tail = (guid: Guid): string => guid.replaceAll('-', '').slice(16).replaceAll(/../g, ',0x$&').slice(1);

const writings: readonly ((guid: Guid) => string)[] = [
  (guid) => guid,
  (guid) => guid.toUpperCase(),
  (guid) => `{${guid}}`,
  (guid) => `(${guid})`,
  (guid) => `urn:uuid:${guid}`,
  (guid) => `<GUID=${guid}>`,
  (guid) => `{0x${guid.slice(0, 8)},0x${guid.slice(9, 13)},0x${guid.slice(14, 18)},{${tail(guid)}}}`,
  (guid) => allForms(guid).immutableId,
  (guid) => `objectGUID:: ${allForms(guid).immutableId}`,
  (guid) => allForms(guid).ldapFilter,
  (guid) => `(objectGUID=${allForms(guid).ldapFilter})`,
  (guid) => `X'${hexPairs(guid).join('')}'`,
  (guid) =>
    hexPairs(guid)
      .map((pair) => `0x${pair}`)
      .join(' '),
  (guid) => hexPairs(guid).join(' '),
  (guid) => hexPairs(guid).join('-').toUpperCase(),
  (guid) => allForms(guid).decimalBytes,
  (guid) => `{${[...guidToBytes(guid)].join(', ')}}`,
  (guid) => [...guidToBytes(guid)].map((byte) => String(byte).padStart(3, '0')).join(' '),
  (guid) => hexPairs(guid).join(''),
];

const byte = fc.oneof(fc.nat({ max: 255 }), fc.integer({ min: 10, max: 99 }), fc.constantFrom(0, 255, 0x20, 0x41));
const guids = fc.array(byte, { minLength: 16, maxLength: 16 }).map((bytes) => guidFromBytes(Uint8Array.from(bytes)));
const input = fc.record({
  guid: guids,
  writing: fc.constantFrom(...writings),
  at: fc.nat({ max: 60 }),
  drop: fc.nat({ max: 2 }),
  put: fc.oneof(fc.constant(''), fc.stringMatching(/^[0-9a-fXx+/= {}()-]$/), awkwardText),
});

/** GUIDs: all writings of 16 bytes are that GUID, no damaged one is read as a GUID it does not spell, and all round trips close. */
export async function fuzzGuids(numRuns: number, seed: number): Promise<Tally> {
  const attempts = new Attempts();
  const property = fc.asyncProperty(input, async ({ guid, writing, at, drop, put }) => {
    await attempts.of(() => {
      const text = writing(guid);
      checkIs(readAnyForm(text), guid, text);
      for (const form of Object.values(allForms(guid))) {
        const back = convert(form);
        if (back.kind === 'value') same(form, back.forms, allForms(guid));
        else checkIs(readAnyForm(form), guid, form);
      }
      const damaged = text.slice(0, at) + put + text.slice(at + drop);
      const reading = readAnyForm(damaged);
      if (reading.kind === 'value' && !spells(damaged, reading)) throw new Error(`${damaged} is no ${reading.guid}`);
    });
  });
  await fc.assert(property, { numRuns, seed });
  return attempts.tally();
}

/** The GUID, or two readings of which it is one; never another. */
function checkIs(reading: GuidReading, guid: Guid, text: string): void {
  if (guid === emptyGuid && reading.kind === 'bad') return;
  const read =
    reading.kind === 'value' ? [reading.guid] : reading.kind === 'bad' ? [] : reading.readings.map((one) => one.guid);
  if (!read.includes(guid) || (reading.kind === 'value' && reading.guid !== guid))
    throw new Error(`${text} is not ${guid}`);
}

/** Whether the text has the GUID in it as its form writes it; found out without the readers. */
function spells(text: string, { form, guid }: Extract<GuidReading, { kind: 'value' }>): boolean {
  const bytes = [...guidToBytes(guid)];
  const letters = text
    .replaceAll(/[\u2010-\u2015\u2212]/g, '-')
    .replaceAll(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/g, '');
  const numbers = (pattern: RegExp, base: number): number[] =>
    [...letters.matchAll(pattern)].map(([token]) => Number.parseInt(token.replace(/^0x|^\\+/i, ''), base));
  const isBytes = (read: readonly number[]): boolean =>
    read.length === 16 && read.every((one, place) => one === bytes[place]);
  const folded = (some: string): string => some.replaceAll(/[^0-9a-f]/gi, '').toLowerCase();
  switch (form) {
    case 'guid-text':
      return letters.toLowerCase().includes(guid);
    case 'immutable-id':
    case 'ldif':
      return (
        letters.replaceAll(/\s/g, '').includes(allForms(guid).immutableId) ||
        letters.includes(Buffer.from(bytes).toString('latin1'))
      );
    case 'decimal-bytes':
      return isBytes(numbers(/\d+/g, 10));
    case 'hex-bytes':
      return isBytes(numbers(/(?:0x)?[0-9a-f]+/gi, 16));
    case 'ldap-filter':
      return isBytes(numbers(/\\+[0-9a-f]{2}/gi, 16));
    case 'csvde':
      return folded(letters) === folded(allForms(guid).hexBytes);
    case 'hex-digits':
      return [folded(allForms(guid).hexBytes), folded(guid)].includes(folded(letters.replace(/0x/i, '')));
    default:
      // The structure, with leading zeros left out or not.
      return numbers(/0x[0-9a-f]+/gi, 16).length === 11;
  }
}
