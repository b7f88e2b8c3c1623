import { makeSecret, type Secret } from './secrets.ts';
import * as values from './values.ts';

/**
 * Makes a value of what a source gave: text from flags and the environment, text, numbers and more from the file. Says of
 * everything that is wrong, in a sentence each.
 */
export type Reader<Value> = (raw: unknown) => values.Read<Value> | { readonly allWrong: readonly string[] };

/** A text of one line, trimmed; a number of the file is taken as it was written. */
export function word(raw: unknown): values.Read<string> {
  if (typeof raw !== 'string' && !Number.isFinite(raw)) return { wrong: 'it is not a text' };
  const text = String(raw).trim();
  if (text === '') return { wrong: 'it is empty' };
  // "C:\temp" in JSON has a tab in it, and nobody sees why the file is not found.
  // oxlint-disable-next-line no-control-regex -- finding them is the point
  if (!/[\u0000-\u001f]/.test(text)) return { value: text };
  return { wrong: 'it has a control character in it; in JSON a backslash is written twice' };
}

/** What `read` makes of such a text. */
export function byText<Value>(read: (text: string) => values.Read<Value>) {
  return (raw: unknown): values.Read<Value> => {
    const text = word(raw);
    return 'wrong' in text ? text : read(text.value);
  };
}

/** One of these words, in whatever case. */
export function oneOf<const Choice extends string>(...choices: readonly Choice[]) {
  return byText((text): values.Read<Choice> => {
    const choice = choices.find((one) => one === text.toLowerCase());
    return choice === undefined ? { wrong: `"${text}" is none of ${choices.join(', ')}` } : { value: choice };
  });
}

/** A whole number within bounds. */
export function whole(least: number, most = Number.MAX_SAFE_INTEGER) {
  return byText((text) => values.readWhole(text, least, most));
}

/** A switch. */
export function toggle(raw: unknown): values.Read<boolean> {
  return typeof raw === 'boolean' || typeof raw === 'string'
    ? values.readToggle(String(raw).trim())
    : { wrong: 'it is neither true nor false' };
}

/** A secret, to the letter. */
export function secret(raw: unknown): values.Read<Secret> {
  if (typeof raw !== 'string') return { wrong: 'it is not a text' };
  return raw === '' ? { wrong: 'it is empty' } : { value: makeSecret(raw) };
}

/** Domain controllers, each once: a list, or a text with blanks or commas between them. */
export const urls: Reader<readonly string[]> = (raw) => {
  const given: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  if (!given.every((text) => typeof text === 'string')) return { wrong: 'it is neither a text nor a list of texts' };
  const read = given
    .flatMap((text) => text.split(/[\s,]+/))
    .filter((text) => text !== '')
    .map(values.readLdapUrl);
  if (read.length === 0) return { wrong: 'it is empty' };
  const allWrong = read.flatMap((one) => ('wrong' in one ? one.wrong : []));
  if (allWrong.length > 0) return { allWrong };
  return { value: [...new Set(read.flatMap((one) => ('value' in one ? one.value : [])))] };
};

/** Names of columns: `ad=<name>,cloud=<name>`, or an object of the file. */
export function columns(raw: unknown): values.Read<values.ColumnNames> {
  if (typeof raw === 'string') return values.readColumns(raw);
  const names = typeof raw === 'object' && raw !== null ? Object.entries(raw) : [];
  const isOne = ([side, name]: [string, unknown]): boolean =>
    (side === 'ad' || side === 'cloud') && typeof name === 'string' && name !== '';
  if (names.length === 0 || !names.every(isOne)) return { wrong: 'it is not {"ad": …, "cloud": …}' };
  return { value: Object.fromEntries(names) as values.ColumnNames };
}
