import { inputFault } from './faults.ts';

/** The encodings `--encoding` takes. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

const marks: readonly (readonly [Encoding, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

const kinds: readonly (readonly [string, string])[] = [
  ['504b0304', 'an Excel workbook (.xlsx) or another ZIP file'],
  ['d0cf11e0a1b11ae1', 'an Excel workbook (.xls) or another old Office file'],
  ['25504446', 'a PDF file'],
  ['1f8b', 'a gzip file'],
];

const saveAsCsv = 'In Excel: Save As, "CSV UTF-8 (Comma delimited)"; then give the .csv file.';

/**
 * The encoding of a file, from what was told and the bytes it begins with. Throws the RunFault for a file that is no text,
 * and for a telling that the file's own byte-order mark contradicts.
 */
export function encodingOf(head: Buffer, told: Encoding | undefined, path: string): Encoding {
  const kind = kinds.find(([magic]) => head.subarray(0, magic.length / 2).toString('hex') === magic);
  if (kind) throw inputFault('input-not-text', { path }, { what: `is ${kind[1]}, not a CSV file`, hint: saveAsCsv });
  const mark = marks.find(([, bytes]) => bytes.every((byte, place) => head[place] === byte))?.[0];
  if (mark !== undefined && told !== undefined && mark !== told) {
    throw inputFault(
      'input-encoding',
      { path },
      {
        what: `begins with the byte-order mark of ${mark}, but --encoding says ${told}`,
        hint: 'Leave --encoding out: the file says itself what it is.',
      },
    );
  }
  const encoding = mark ?? told ?? 'utf-8';
  if (!encoding.startsWith('utf-16') && head.includes(0)) throw zeroBytes(head, path);
  return encoding;
}

// In UTF-16 every other byte of plain letters is zero: the odd places in little-endian order, the even in big-endian.
function zeroBytes(head: Buffer, path: string): Error {
  const zeros = [0, 0];
  for (const [place, byte] of head.entries()) if (byte === 0) zeros[place % 2] = (zeros[place % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const guess = odd > 4 * even ? 'utf-16le' : even > 4 * odd ? 'utf-16be' : undefined;
  return guess === undefined || Math.max(even, odd) < head.length / 8
    ? inputFault('input-not-text', { path }, { what: 'has zero bytes in it: it is not a text file', hint: saveAsCsv })
    : inputFault(
        'input-encoding',
        { path },
        {
          what: 'looks like UTF-16 without its byte-order mark',
          hint: `Say --encoding ${guess}, or save the file as UTF-8.`,
        },
      );
}
