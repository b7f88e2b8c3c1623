// core/ids/: what identifies a user, in all its writings.
//   conversions      any writing of a GUID, by guid-readers     immutable-id   the base64 text
//   anchor           the source anchor of a user                addresses      mail and proxy addresses, UPNs
//   base64-mistakes  what goes wrong between a GUID and its immutable ID
import { base64MistakeOf, unswappedTwinOf } from './base64-mistakes.ts';
import { emptyGuid, type Guid, guidToBytes } from '../guid.ts';
import { type GuidForm, type HexOrder, looksRandom, type GuidReading, readers } from './guid-readers.ts';
import { type ImmutableId, immutableIdOfGuid } from './immutable-id.ts';

/** One GUID in the writings that people need. */
export type GuidForms = {
  readonly guid: Guid;
  readonly immutableId: ImmutableId;
  /** As ADUC and ADSI Edit show an octet string: `4e ce c2 …`. */
  readonly hexBytes: string;
  /** As PowerShell shows a byte[]: `78 206 194 …`. */
  readonly decimalBytes: string;
  /** For use in an LDAP filter (RFC 4515): `\4e\ce\c2…`. */
  readonly ldapFilter: string;
};

/** What `convert` says of one value; plain data, fit for JSON. */
export type Conversion =
  | {
      readonly kind: 'value';
      readonly input: string;
      readonly form: GuidForm;
      readonly forms: GuidForms;
      readonly notes: readonly string[];
    }
  | {
      readonly kind: 'ambiguous';
      readonly input: string;
      readonly why: string;
      readonly remedy: string;
      readonly readings: readonly { readonly as: string; readonly looksRandom: boolean; readonly forms: GuidForms }[];
    }
  | { readonly kind: 'bad'; readonly input: string; readonly why: string; readonly meant: GuidForms | null };

const formNames: Readonly<Record<GuidForm, string>> = {
  'guid-text': 'GUID',
  'guid-struct': 'GUID as a structure',
  'hex-digits': '32 hex digits',
  'hex-bytes': 'bytes in hexadecimal',
  'decimal-bytes': 'bytes in decimal',
  'ldap-filter': 'LDAP filter value',
  csvde: 'csvde value',
  ldif: 'LDIF line',
  'immutable-id': 'immutable ID',
};

/**
 * Reads a GUID in any writing that AD, PowerShell, LDAP tools and Entra ID use. Refuses what can be read in two ways,
 * naming both; `hex` settles the one case in which the writing alone never can: 32 hex digits.
 */
export function readAnyForm(text: string, options: { readonly hex?: HexOrder } = {}): GuidReading {
  const tidied = tidy(text);
  const known = nothingOf(tidied);
  if (known !== undefined) return { kind: 'bad', why: known, meant: null };
  // Format-List and ldapsearch put the attribute's name in front; LDIF itself has a reader, which needs the name.
  const unlabelled = tidied.replace(/^[a-z][\w;-]{2,}\s*:\s+/i, '');
  const reading =
    firstReading(tidied, options.hex) ??
    (unlabelled === tidied ? undefined : firstReading(unlabelled, options.hex)) ??
    refusal(unlabelled);
  return reading.kind === 'value' ? judged(reading) : reading;
}

/** All writings of one GUID. */
export function allForms(guid: Guid): GuidForms {
  const bytes = [...guidToBytes(guid)];
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0'));
  return {
    guid,
    immutableId: immutableIdOfGuid(guid),
    hexBytes: hex.join(' '),
    decimalBytes: bytes.join(' '),
    ldapFilter: hex.map((pair) => `\\${pair}`).join(''),
  };
}

/** Reads one value and writes it in every form. */
export function convert(input: string, options: { readonly hex?: HexOrder } = {}): Conversion {
  const reading = readAnyForm(input, options);
  switch (reading.kind) {
    case 'value':
      return { kind: 'value', input, form: reading.form, forms: allForms(reading.guid), notes: reading.notes };
    case 'ambiguous': {
      const readings = reading.readings.map(({ guid, ...rest }) => ({ ...rest, forms: allForms(guid) }));
      return { kind: 'ambiguous', input, why: reading.why, remedy: reading.remedy, readings };
    }
    case 'bad':
      return { kind: 'bad', input, why: reading.why, meant: reading.meant && allForms(reading.meant) };
  }
}

/** The conversion as lines for a terminal: the value, then one line per form, or why there are none. */
export function conversionLines(conversion: Conversion): string[] {
  const shown = conversion.input.replaceAll(/\s+/g, ' ').trim();
  switch (conversion.kind) {
    case 'value': {
      const notes = conversion.notes.map((note) => `  note: ${note}`);
      return [`${shown} (${formNames[conversion.form]})`, ...formLines(conversion.forms), ...notes];
    }
    case 'ambiguous':
      return [
        `${shown}: can be read in two ways`,
        `  ${conversion.why}.`,
        ...conversion.readings.flatMap(({ as, looksRandom: random, forms }) => [
          `  read as ${as}${random ? ' (would be a random GUID, as AD makes them)' : ''}:`,
          ...formLines(forms).map((line) => `  ${line}`),
        ]),
        `  ${conversion.remedy}`,
      ];
    case 'bad':
      return [
        `${shown === '' ? '(empty)' : shown}: cannot be read: ${conversion.why}.`,
        ...(conversion.meant ? ['  Probably meant, please check:', ...formLines(conversion.meant)] : []),
      ];
  }
}

function formLines(forms: GuidForms): string[] {
  return [
    `  GUID           ${forms.guid}`,
    `  immutable ID   ${forms.immutableId}`,
    `  hex bytes      ${forms.hexBytes}`,
    `  decimal bytes  ${forms.decimalBytes}`,
    `  LDAP filter    ${forms.ldapFilter}`,
  ];
}

// What Word, Teams, Excel and certificate dialogs put in or around a copied value. None of it can be part of one.
function tidy(text: string): string {
  return text
    .replaceAll(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/g, '')
    .replaceAll(/[\u2018\u2019\u201a\u2032]/g, "'")
    .replaceAll(/[\u201c\u201d\u201e\u2033\u00ab\u00bb]/g, '"')
    .replaceAll(/[\u2010-\u2015\u2212]/g, '-')
    .replaceAll(/[^\S\r\n]/g, ' ')
    .trim()
    .replace(/^(["'])(.*)\1$/s, '$2')
    .replace(/^'(?=[+=@-])/, '')
    .trim();
}

// Texts that say that there is no value, or that the value was lost on the way.
function nothingOf(text: string): string | undefined {
  if (/^(?:<null>|\$?null|<not set>|\{\}|<>)?$/i.test(text)) return 'it is empty';
  if (/^system\.byte\[\]$/i.test(text) || /^microsoft\.activedirectory\./i.test(text)) {
    return 'PowerShell wrote the type of the value, not the value; export the GUID as text';
  }
  if (/^s-1-\d+(?:-\d+)+$/i.test(text)) return 'it is a SID; a source anchor is a GUID';
  return undefined;
}

function firstReading(text: string, hex: HexOrder | undefined): GuidReading | undefined {
  for (const read of readers) {
    const reading = read(text, hex);
    if (reading !== undefined) return reading;
  }
  return undefined;
}

function judged(reading: Extract<GuidReading, { kind: 'value' }>): GuidReading {
  if (reading.guid === emptyGuid) return { kind: 'bad', why: 'all its bytes are zero, which is nobody', meant: null };
  if (reading.form !== 'immutable-id') return reading;
  const twin = unswappedTwinOf(reading.guid, looksRandom);
  if (twin === undefined) return reading;
  const note = `if it was made by a program that does not swap bytes, the GUID meant is ${twin} (immutable ID ${immutableIdOfGuid(twin)})`;
  return { ...reading, notes: [...reading.notes, note] };
}

function refusal(text: string): GuidReading {
  if (/^[{(]?[0-9a-f]{4,}[0-9a-f-]{8,}[)}]?$/i.test(text)) {
    const digits = text.replaceAll(/[^0-9a-f]/gi, '').length;
    const why =
      digits === 32 ? 'its dashes are not where a GUID has them' : `it has ${digits} hex digits, a GUID has 32`;
    return { kind: 'bad', why, meant: null };
  }
  const mistake = base64MistakeOf(text);
  if (mistake) return { kind: 'bad', ...mistake };
  const why = text.includes('@')
    ? 'it looks like a UPN; hardmatch lookup finds users'
    : 'it is no GUID, immutable ID, list of 16 bytes or LDAP filter value';
  return { kind: 'bad', why, meant: null };
}
