// Distinguished names (RFC 4514), as far as comparing and sending them needs. Shared by LDAP and the export file.
import { foldKey } from '../core/references.ts';

type Part = { readonly type: string; readonly value: string };
/** From the leaf up; several parts in one name are a multi-valued RDN. */
export type Dn = readonly (readonly Part[])[];

// Between names and between parts of a key. A directory refuses control characters in a DN, so no value has them.
const betweenNames = '\u0001';
const betweenParts = '\u0002';

const shortNames = new Map([
  ['2.5.4.3', 'cn'],
  ['2.5.4.11', 'ou'],
  ['2.5.4.10', 'o'],
  ['2.5.4.7', 'l'],
  ['0.9.2342.19200300.100.1.25', 'dc'],
  ['commonname', 'cn'],
  ['organizationalunitname', 'ou'],
  ['domaincomponent', 'dc'],
]);

/**
 * Reads a DN: escapes, hex pairs, the older quoted values, blanks around separators. Null when it is malformed or has a
 * value in BER (`#04…`), which no tool for AD writes.
 */
export function parseDn(text: string): Dn | null {
  const names: Part[][] = [[]];
  let at = 0;
  for (;;) {
    const equals = text.indexOf('=', at);
    if (equals < 0) return null;
    const type = text
      .slice(at, equals)
      .trim()
      .toLowerCase()
      .replace(/^oid\./, '');
    if (!/^([a-z][a-z0-9-]*|\d+(\.\d+)*)$/.test(type)) return null;
    const read = readValue(text, equals + 1);
    if (read === null) return null;
    names.at(-1)?.push({ type: shortNames.get(type) ?? type, value: read.value });
    if (read.end === text.length) return names;
    if (text[read.end] === ',') names.push([]);
    at = read.end + 1;
  }
}

// RFC 4514 3: blanks around a value are no part of it unless escaped; the lazy group leaves bare ones to what follows it.
const plainValue = / *((?:\\(?:[0-9a-f]{2}|[ "#+,;<=>\\])|[^\\,+"])*?) *(?=[,+]|$)/iy;
const quotedValue = / *"((?:\\.|[^"\\])*)" *(?=[,+]|$)/sy;

/** One value from `start` up to the next bare `,` or `+`, unescaped; null when malformed. */
function readValue(text: string, start: number): { readonly value: string; readonly end: number } | null {
  for (const pattern of [plainValue, quotedValue]) {
    pattern.lastIndex = start;
    const written = pattern.exec(text)?.[1];
    if (written !== undefined && written !== '' && !written.startsWith('#')) {
      return { value: unescape(written), end: pattern.lastIndex };
    }
  }
  return null;
}

/** Undoes `\,` and `\c3\a9`; runs of hex pairs are UTF-8 together. */
function unescape(written: string): string {
  return written.replaceAll(/(?:\\[0-9a-f]{2})+|\\(.)/gis, (run, letter: string | undefined) =>
    letter === undefined ? Buffer.from(run.replaceAll('\\', ''), 'hex').toString() : letter,
  );
}

/** Two DNs that name the same object have the same key: escapes undone, case and composition folded. */
export function dnKey(dn: Dn): string {
  return dn
    .map((name) => name.map((part) => `${part.type}=${foldKey(part.value)}`).join(betweenParts))
    .join(betweenNames);
}

/** The spelling every server reads alike. */
export function formatDn(dn: Dn): string {
  return dn.map((name) => name.map((part) => `${part.type}=${escapeValue(part.value)}`).join('+')).join(',');
}

function escapeValue(value: string): string {
  const last = value.length - 1;
  return value.replaceAll(/[",+;<>\\ #\0\r\n]/g, (letter, at: number) => {
    if (letter < ' ') return `\\${Buffer.from(letter).toString('hex')}`;
    const isPlain = letter === ' ' ? at > 0 && at < last : letter === '#' && at > 0;
    return isPlain ? letter : `\\${letter}`;
  });
}

/** Whether the key is the base's or below it. */
export function isWithin(key: string, baseKey: string): boolean {
  return baseKey === '' || key === baseKey || key.endsWith(`${betweenNames}${baseKey}`);
}

/** The DNS name made of the DN's DC parts, lower case; empty when it has none. */
export function domainOf(dn: Dn): string {
  return dn
    .flat()
    .filter((part) => part.type === 'dc')
    .map((part) => part.value.toLowerCase())
    .join('.');
}
