import type { AdRef, CloudRef, Parsed } from '../core/references.ts';
import { parseAdRef, parseCloudRef } from '../core/ids/parse-reference.ts';

// What people cannot see and did not mean: blanks of every kind (\s has NBSP and the byte-order mark), zero-width
// characters, direction marks, soft hyphens, and the byte 1A with which DOS programs end a file.
const unseen = String.raw`[\s\u001a\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]`;
const unseenAtEnds = new RegExp(`^${unseen}+|${unseen}+$`, 'g');

// A straight quote is part of a name (O'Brien) or of the CSV; the pairs below come from word processors and chats.
const smartQuoted = /^[“”„‟«»‘’‚‛‹›](.*)[“”„‟«»‘’‚‛‹›]$/su;

/** Plain ASCII ends need none of the trimming; nearly every cell is such a one. */
const plainEnds = /^[\w{(](?:.*[\w)}=])?$/;

// What report/csv.ts puts before a formula within a cell, where another delimiter would make a cell begin.
const defusedWithin = /(?<=[;\t\r\n]"*)'(?='*[=+\-@\uff1d\uff0b\uff0d\uff20])(?<!'')/g;

/** A reference as it was meant: unseen characters and smart quotes around it gone, one `'` before `= + - @` gone, also behind a `;` within. */
export function clean(written: string): string {
  const cell = written.includes("'") ? written.replaceAll(defusedWithin, '') : written;
  if (plainEnds.test(cell)) return cell;
  const trimmed = cell.replaceAll(unseenAtEnds, '');
  const bare = trimmed.replace(smartQuoted, '$1').replaceAll(unseenAtEnds, '');
  // Spreadsheet programs are kept from calculating such a cell by this apostrophe; csv-stringify's escape_formulas
  // writes it, and so do our own reports.
  return /^'[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(bare) ? bare.slice(1).replaceAll(unseenAtEnds, '') : bare;
}

/** Whether there is nothing to see in the cell. */
export function isBlank(cell: string): boolean {
  return cell === '' || (!plainEnds.test(cell) && cell.replaceAll(unseenAtEnds, '') === '');
}

/** Reads a cleaned AD reference; null where it is empty. */
export function adRefOf(text: string, key: string | undefined): Parsed<AdRef> | null {
  return text === '' ? null : (mangled(text) ?? parseAdRef(text, key));
}

/** Reads a cleaned cloud reference; null where it is empty. */
export function cloudRefOf(text: string, key: string | undefined): Parsed<CloudRef> | null {
  return text === '' ? null : (mangled(text) ?? parseCloudRef(text, key));
}

/** What spreadsheets and clipboards make of values, told as such: "not found" would send people looking in AD. */
function mangled(text: string): { readonly kind: 'bad'; readonly why: string } | undefined {
  if (/^#(?:N\/A|NV|[\p{Lu}\d_/]+[!?])$/u.test(text)) {
    return { kind: 'bad', why: 'it is the error of a spreadsheet formula, not a value' };
  }
  if (/^\d(?:[.,]\d+)?E\+\d+$/i.test(text)) {
    return { kind: 'bad', why: 'a spreadsheet has shortened the number; format the column as text' };
  }
  return undefined;
}
