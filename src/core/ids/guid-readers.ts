import { type Guid, guidFromBytes, guidFromText, guidFromTextOrder } from '../guid.ts';
import { guidOfImmutableId } from './immutable-id.ts';

/** The writings of a GUID that can be told apart. */
export type GuidForm =
  | 'guid-text'
  | 'guid-struct'
  | 'hex-digits'
  | 'hex-bytes'
  | 'decimal-bytes'
  | 'ldap-filter'
  | 'csvde'
  | 'ldif'
  | 'immutable-id';

/** One way to read a text that can be read in two. */
export type AmbiguousReading = {
  readonly as: string;
  readonly guid: Guid;
  /** The bits say version 4 (RFC 9562), which is what AD makes. A hint for people; never enough to choose by. */
  readonly looksRandom: boolean;
};

export type GuidReading =
  | { readonly kind: 'value'; readonly form: GuidForm; readonly guid: Guid; readonly notes: readonly string[] }
  | {
      readonly kind: 'ambiguous';
      readonly why: string;
      readonly remedy: string;
      readonly readings: readonly AmbiguousReading[];
    }
  /** `meant`: what the text probably stood for. For people to check; never used in its place. */
  | { readonly kind: 'bad'; readonly why: string; readonly meant: Guid | null };

/** How 32 hex digits are to be read: as the GUID's text without dashes, or as its bytes. */
export type HexOrder = 'text' | 'raw';

/** A reader answers undefined when the text is not its form at all. */
type Reader = (text: string, hex: HexOrder | undefined) => GuidReading | undefined;

const value = (form: GuidForm, guid: Guid): GuidReading => ({ kind: 'value', form, guid, notes: [] });
const bad = (why: string): GuidReading => ({ kind: 'bad', why, meant: null });
const wrongCount = (bytes: number): GuidReading =>
  bad(`it has ${bytes} ${bytes === 1 ? 'byte' : 'bytes'}, a GUID has 16`);

/** The readers in the order in which they are asked; the forms exclude each other, so the order settles nothing. */
export const readers: readonly Reader[] = [
  readGuidText,
  readStruct,
  readHexDigits,
  readLdapFilter,
  readCsvde,
  readLdif,
  readImmutableId,
  readByteList,
];

/** Whether the GUID carries the marks of a random one: version 4 and the RFC 9562 variant. */
export function looksRandom(guid: Guid): boolean {
  return guid.charAt(14) === '4' && /[89ab]/.test(guid.charAt(19));
}

// D, B, P, and the two wrappings that programs put around them: a URN (RFC 9562) and a GUID DN (MS-ADTS 3.1.1.3.1.2.4).
function readGuidText(text: string): GuidReading | undefined {
  const inner = /^(?:urn:uuid:(.*)|<guid=(.*)>|\{(.*)\}|\((.*)\))$/is.exec(text);
  const guid = guidFromText((inner?.slice(1).find((part) => part !== undefined) ?? text).trim());
  return guid && value('guid-text', guid);
}

// .NET's X form, and C's initialiser, which is the same without the inner braces. Leading zeros may be missing.
function readStruct(text: string): GuidReading | undefined {
  // Braces and blanks stand around a field, never in one.
  const fields = text.split(',').map((field) => field.replaceAll(/^[\s{]+|[\s}]+$/g, ''));
  const widths = [8, 4, 4, 2, 2, 2, 2, 2, 2, 2, 2];
  if (fields.length !== widths.length || !fields.every((field) => /^0x[0-9a-f]+$/i.test(field))) return undefined;
  const digits = fields.map((field, place) => field.slice(2).padStart(widths[place] ?? 0, '0'));
  if (digits.some((field, place) => field.length !== widths[place])) return bad('a field of it has too many digits');
  const [first, second, third, ...rest] = digits;
  const tail = rest.join('');
  const guid = guidFromText(`${first}-${second}-${third}-${tail.slice(0, 4)}-${tail.slice(4)}`);
  return guid && value('guid-struct', guid);
}

function readHexDigits(text: string, hex: HexOrder | undefined): GuidReading | undefined {
  const digits = text.replace(/^[{(](.*)[)}]$/s, '$1').replace(/^0x/i, '');
  // Groups ("4ecec2f4 081f 5843 …") are how hex dumps look, but a GUID with blanks for dashes looks the same.
  const bare = /^[0-9a-f]{4,}(?:\s+[0-9a-f]{4,})*$/i.test(digits) ? digits.replaceAll(/\s/g, '') : '';
  if (bare.length !== 32) return undefined;
  const readings = [
    reading('the text of a GUID without its dashes', Buffer.from(bare, 'hex'), guidFromTextOrder),
    reading('the 16 bytes as the directory stores them', Buffer.from(bare, 'hex'), guidFromBytes),
  ] as const;
  const chosen = hex === 'raw' ? readings[1] : readings[0];
  if (hex !== undefined || readings[0].guid === readings[1].guid) return value('hex-digits', chosen.guid);
  return {
    kind: 'ambiguous',
    why: '32 hex digits may be the text of a GUID without its dashes, or its bytes; the two are different GUIDs',
    remedy: 'Write the GUID with dashes, or say which it is: --hex text or --hex raw.',
    readings,
  };
}

// Every byte escaped (RFC 4515); a backslash may have been doubled on its way through JSON or source code.
function readLdapFilter(text: string): GuidReading | undefined {
  const inner = /^\(?(?:[a-z][\w;-]*=)?((?:\\{1,2}[0-9a-f]{2})+)\)?$/i.exec(text)?.[1];
  return inner === undefined ? undefined : fromHex('ldap-filter', inner.replaceAll('\\', ''));
}

function readCsvde(text: string): GuidReading | undefined {
  const digits = /^x'([0-9a-f]*)'$/i.exec(text)?.[1];
  return digits === undefined ? undefined : fromHex('csvde', digits);
}

// RFC 2849: two colons announce base64, and a long line goes on after a line break and one blank. With one colon the
// value stands as it is, which happens when all 16 bytes are readable characters.
function readLdif(text: string): GuidReading | undefined {
  const line = /^[a-z][\w;-]{2,}:(:?) *(.*)$/is.exec(text);
  if (!line) return undefined;
  const rest = (line[2] ?? '').replaceAll(/\r?\n /g, '');
  if (line[1] === ':') {
    const guid = guidOfImmutableId(rest.trim());
    return guid ? value('ldif', guid) : bad('what follows the two colons is not the base64 of 16 bytes');
  }
  return /^[\x20-\x7e]{16}$/.test(rest) ? value('ldif', guidFromBytes(Buffer.from(rest, 'latin1'))) : undefined;
}

function readImmutableId(text: string): GuidReading | undefined {
  const guid = guidOfImmutableId(text);
  return guid && value('immutable-id', guid);
}

function readByteList(text: string): GuidReading | undefined {
  const list = text.replace(/^\[byte\[\]\]\s*/i, '').replace(/^@?[([{](.*)[)\]}]$/s, '$1');
  const tokens = list.split(/[\s,;:-]+/).filter((token) => token !== '');
  if (tokens.length > 1 && /^(?:\.{3}|…)$/.test(tokens.at(-1)?.replace(/^\d+/, '') ?? '')) {
    return bad('PowerShell has cut the list short; set $FormatEnumerationLimit = -1 and show it again');
  }
  if (tokens.length < 2) return undefined;
  if (tokens.every((token) => /^0x[0-9a-f]{1,2}$/i.test(token))) return fromTokens('hex-bytes', tokens);
  if (tokens.some((token) => !/^[0-9a-f]{1,3}$/i.test(token))) return undefined;
  return tokens.some((token) => /[a-f]/i.test(token)) ? hexList(tokens) : numberList(tokens);
}

function hexList(tokens: readonly string[]): GuidReading {
  return tokens.some((token) => token.length > 2)
    ? bad('some of its numbers are hexadecimal and some are too long for that')
    : fromTokens('hex-bytes', tokens);
}

function numberList(tokens: readonly string[]): GuidReading {
  // Bytes in hexadecimal are written with two digits, so one or three mean decimal; a zero in front of one digit does not
  // go with decimal, unless all numbers are filled up to three.
  const hasThree = tokens.some((token) => token.length === 3);
  const isDecimal = hasThree || (tokens.some((token) => token.length === 1) && !tokens.some((t) => /^0\d$/.test(t)));
  if (isDecimal) {
    const tooBig = tokens.find((token) => Number(token) > 255);
    return tooBig === undefined ? fromTokens('decimal-bytes', tokens) : bad(`${tooBig} is more than a byte can hold`);
  }
  if (tokens.length !== 16) return wrongCount(tokens.length);
  const readings = [
    reading('decimal numbers', bytesOf(tokens, 10), guidFromBytes),
    reading('hexadecimal numbers', bytesOf(tokens, 16), guidFromBytes),
  ];
  return {
    kind: 'ambiguous',
    why: 'numbers of two digits may be decimal or hexadecimal; the two are different GUIDs',
    remedy:
      'Write 0x before each number when they are hexadecimal, or fill each up to three digits when they are decimal.',
    readings,
  };
}

function fromTokens(form: 'hex-bytes' | 'decimal-bytes', tokens: readonly string[]): GuidReading {
  if (tokens.length !== 16) return wrongCount(tokens.length);
  return value(form, guidFromBytes(bytesOf(tokens, form === 'hex-bytes' ? 16 : 10)));
}

function fromHex(form: GuidForm, digits: string): GuidReading {
  const bytes = Buffer.from(digits, 'hex');
  // Buffer.from drops an odd digit at the end without a word; the count tells it.
  return digits.length === 32 ? value(form, guidFromBytes(bytes)) : wrongCount(Math.ceil(digits.length / 2));
}

function bytesOf(tokens: readonly string[], base: 10 | 16): Buffer {
  return Buffer.from(tokens.map((token) => Number.parseInt(token, base)));
}

function reading(as: string, bytes: Buffer, read: (bytes: Uint8Array) => Guid): AmbiguousReading {
  const guid = read(bytes);
  return { as, guid, looksRandom: looksRandom(guid) };
}
