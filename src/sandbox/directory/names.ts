// Text comparison and distinguished names, as Active Directory treats them.

const ascii = /^[\u0000-\u007f]*$/; // oxlint-disable-line no-control-regex -- it is the range that is meant

/**
 * The text two directory strings share when AD takes them for equal: case, accents, character width and kana type do not
 * count (MS-ADTS 6.5.1: NORM_IGNORECASE, NORM_IGNORENONSPACE, NORM_IGNOREWIDTH, NORM_IGNOREKANATYPE).
 * An approximation of Windows' sorting tables: letters that Unicode does not decompose (ø, ł, ß) stay themselves.
 */
export function foldText(text: string): string {
  if (ascii.test(text)) return text.toLowerCase();
  return text
    .replaceAll(/[\uff00-\uffef]/g, (wide) => wide.normalize('NFKC'))
    .normalize('NFD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase()
    .replaceAll(/[\u30a1-\u30f6]/g, (katakana) => String.fromCharCode(katakana.charCodeAt(0) - 0x60));
}

/** One `type=value` of a DN, the value unescaped. */
export type NamePart = { readonly type: string; readonly value: string };

/** A relative name: mostly one part, several when joined by `+`. */
export type RelativeName = readonly NamePart[];

// The attribute types of AD's own DNs also by OID, RFC 4514 section 3.
const typesByOid: Readonly<Record<string, string>> = {
  '2.5.4.3': 'cn',
  '2.5.4.11': 'ou',
  '0.9.2342.19200300.100.1.25': 'dc',
  '2.5.4.10': 'o',
};

/** Reads a DN (RFC 4514, spaces around `,` `+` `=` allowed), leaf first; undefined when it is none. */
export function parseDn(text: string): readonly RelativeName[] | undefined {
  if (text.trim() === '') return [];
  const names: RelativeName[] = [];
  let parts: NamePart[] = [];
  for (let rest = text; ;) {
    const head = /^ *([a-z][a-z0-9-]*|\d+(?:\.\d+)+) *= */i.exec(rest);
    if (head?.[1] === undefined) return undefined;
    const read = readValue(rest.slice(head[0].length));
    if (!read) return undefined;
    parts.push({ type: typesByOid[head[1]] ?? head[1].toLowerCase(), value: read.value });
    if (read.after !== '+') {
      names.push(parts);
      parts = [];
    }
    if (read.after === '') return names;
    rest = read.rest;
  }
}

type ReadValue = { readonly value: string; readonly after: '' | ',' | '+'; readonly rest: string };

// An escaped byte; an escaped character; a run of plain characters; a run of spaces.
const valuePiece = /\\([0-9a-f]{2})|\\([ "#+,;<=>\\])|([^\\",;+<> ]+)| +/iuy;

/** Reads one attribute value up to the next `,`, `;` or `+` that is not escaped. */
function readValue(text: string): ReadValue | undefined {
  const bytes: Buffer[] = [];
  // Unescaped spaces at the end are not part of the value, escaped ones are: where the last part worth keeping ends.
  let kept = 0;
  let at = 0;
  for (;;) {
    valuePiece.lastIndex = at;
    const piece = valuePiece.exec(text);
    if (!piece) break;
    const [whole, hex, escaped, plain] = piece;
    bytes.push(hex === undefined ? Buffer.from(escaped ?? whole) : Buffer.from(hex, 'hex'));
    at += whole.length;
    if (hex ?? escaped ?? plain) kept = bytes.length;
  }
  const separator = text.charAt(at);
  const after = separator === ';' ? ',' : separator;
  if (after !== '' && after !== ',' && after !== '+') return undefined;
  return { value: Buffer.concat(bytes.slice(0, kept)).toString('utf8'), after, rest: text.slice(at + 1) };
}

/** Escapes a value for use in a DN, RFC 4514 2.4. */
export function escapeDnValue(value: string): string {
  return value
    .replaceAll(/[",+;<>\\]/g, String.raw`\$&`)
    .replaceAll(/[\u0000\n\r]/g, (control) => `\\${control.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`) // oxlint-disable-line no-control-regex
    .replace(/^[ #]/, String.raw`\$&`)
    .replace(/ $/, (space, at: number, whole: string) => (at === 1 && whole.startsWith('\\') ? space : `\\${space}`));
}

/**
 * The text two DNs share when they name the same object: types and values folded, escapes and optional spaces in one form,
 * parts joined by `+` in one order.
 */
export function dnKey(dn: readonly RelativeName[]): string {
  return dn
    .map((name) =>
      name
        .map(({ type, value }) => `${type}=${foldText(value).replaceAll(/[\\,+=]/g, String.raw`\$&`)}`)
        .sort()
        .join('+'),
    )
    .join(',');
}

/** `dnKey` of a text, or undefined when it is no DN. */
export function dnKeyOf(text: string): string | undefined {
  const parsed = parseDn(text);
  return parsed && dnKey(parsed);
}
