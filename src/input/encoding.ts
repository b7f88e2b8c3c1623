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

// UTF-32's little-endian mark begins with that of UTF-16, so it is looked for first.
const foreignMarks: readonly (readonly [string, string])[] = [
  ['fffe0000', 'UTF-32'],
  ['0000feff', 'UTF-32'],
  ['2b2f76', 'UTF-7'],
];

// What is saved under the name .csv by a browser, a script or another export, known by its first letters.
const otherTexts: readonly (readonly [RegExp, string])[] = [
  [/^<(?:!doctype|html|\?xml|objs|workbook)\b/i, 'an HTML or XML file'],
  [/^\{\\rtf/, 'an RTF file'],
  [/^(?:\[\s*[[{"\]]|\{\s*["}])/, 'a JSON file'],
  [/^(?:version: \d+\s+)?dn::? /i, 'an LDIF file'],
  [/^version https:\/\/git-lfs/, 'a pointer of Git LFS'],
];

const saveAsCsv = 'In Excel: Save As, "CSV UTF-8 (Comma delimited)"; then give the .csv file.';

/** Text has no U+0000 in it; a file that does is damaged, or something else than text from there on. */
export const zeroByte = {
  what: 'there is a zero byte; the file is damaged or not text',
  hint: 'Export it again.',
} as const;

/**
 * The encoding of a file, from what was told and the bytes it begins with. Throws the RunFault for a file that is no text,
 * and for a telling that the file's own byte-order mark contradicts.
 */
export function encodingOf(head: Buffer, told: Encoding | undefined, path: string): Encoding {
  refuseOtherKinds(head, path);
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

function refuseOtherKinds(head: Buffer, path: string): void {
  const beginsWith = ([magic]: readonly [string, string]): boolean =>
    head.toString('hex', 0, magic.length / 2) === magic;
  const kind = kinds.find(beginsWith);
  if (kind) throw inputFault('input-not-text', { path }, { what: `is ${kind[1]}, not a CSV file`, hint: saveAsCsv });
  const foreign = foreignMarks.find(beginsWith);
  if (foreign) {
    const what = `is written in ${foreign[1]}, which is not read`;
    throw inputFault('input-encoding', { path }, { what, hint: 'Save it as "CSV UTF-8".' });
  }
  // Without the zeros, these ASCII letters read alike in every encoding; so do marks, once they are taken off.
  const text = head
    .toString('latin1')
    .replaceAll('\0', '')
    .replace(/^(?:\u00ef\u00bb\u00bf|\u00ff\u00fe|\u00fe\u00ff)?\s*/, '');
  const other = otherTexts.find(([pattern]) => pattern.test(text))?.[1];
  if (other === undefined) return;
  const hint = 'Give a CSV file: a line ad_user,cloud_user, and a line for each user.';
  throw inputFault('input-not-text', { path }, { what: `is ${other}, not a CSV file`, hint });
}

// In UTF-16 every other byte of plain letters is zero: the odd places in little-endian order, the even in big-endian.
function zeroBytes(head: Buffer, path: string): Error {
  const zeros = [0, 0];
  for (const [place, byte] of head.entries()) if (byte === 0) zeros[place % 2] = (zeros[place % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  // One zero among much text is damage at a place that can be named. Other control bytes beside it say "no text at all".
  if (even + odd <= head.length / 16 && !head.some((byte) => byte > 0 && byte < 9)) {
    const line = head.toString('latin1', 0, head.indexOf(0)).split(/\r\n|\r|\n/).length;
    return inputFault('input-not-text', { path, line }, zeroByte);
  }
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
