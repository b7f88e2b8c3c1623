import { CsvFault } from './fault.ts';

/** The encodings that are read. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

const marks: readonly (readonly [Encoding, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** What a file may be in place of a CSV: known by its first bytes, each as one letter, or by its first words where it is a text. */
export type OtherKind = readonly [begins: string | RegExp, what: string];

// What is saved under the name .csv by a browser, a script or another export.
const otherKinds: readonly OtherKind[] = [
  ['\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1', 'an Excel workbook (.xls) or another old Office file'],
  ['%PDF', 'a PDF file'],
  ['\u001f\u008b', 'a gzip file'],
  [/^<(?:!doctype|html|\?xml|objs)\b/i, 'an HTML or XML file'],
  [/^(?:\[\s*[[{"\]]|\{\s*["}])/, 'a JSON file'],
];

// UTF-32's little-endian mark begins with that of UTF-16, so it is looked for first.
const foreignMarks: readonly (readonly [string, string])[] = [
  ['fffe0000', 'UTF-32'],
  ['0000feff', 'UTF-32'],
  ['2b2f76', 'UTF-7'],
];

const headSize = 4096;

/**
 * The encoding of a file, from what was told and the bytes it begins with. Throws CsvFault for a file that is no text, and
 * for a telling that the file's own byte-order mark contradicts.
 */
export function encodingOf(
  begin: Buffer,
  ask: { readonly encoding?: Encoding | undefined; readonly otherKinds: readonly OtherKind[] },
): Encoding {
  const head = begin.subarray(0, headSize);
  refuseOtherKinds(head, ask.otherKinds);
  const mark = marks.find(([, bytes]) => bytes.every((byte, place) => head[place] === byte))?.[0];
  if (mark !== undefined && ask.encoding !== undefined && mark !== ask.encoding) {
    throw new CsvFault('other-mark', { detail: mark });
  }
  const encoding = mark ?? ask.encoding ?? 'utf-8';
  if (!encoding.startsWith('utf-16') && head.includes(0)) throw zeroBytes(head);
  return encoding;
}

function refuseOtherKinds(head: Buffer, others: readonly OtherKind[]): void {
  // Without the zeros, ASCII letters read alike in every encoding; so do marks, once they are taken off.
  const text = head
    .toString('latin1')
    .replaceAll('\0', '')
    .replace(/^(?:\u00ef\u00bb\u00bf|\u00ff\u00fe|\u00fe\u00ff)?\s*/, '');
  for (const [begins, detail] of [...others, ...otherKinds]) {
    if (typeof begins === 'string' && text.startsWith(begins)) throw new CsvFault('other-binary', { detail });
    if (typeof begins !== 'string' && begins.test(text)) throw new CsvFault('other-text', { detail });
  }
  const foreign = foreignMarks.find(([mark]) => head.toString('hex', 0, mark.length / 2) === mark);
  if (foreign !== undefined) throw new CsvFault('foreign-encoding', { detail: foreign[1] });
}

// In UTF-16 every other byte of plain letters is zero: the odd places in little-endian order, the even in big-endian.
function zeroBytes(head: Buffer): CsvFault {
  const zeros = [0, 0];
  for (const [place, byte] of head.entries()) if (byte === 0) zeros[place % 2] = (zeros[place % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  // One zero among much text is damage at a place that can be named. Other control bytes beside it say "no text at all".
  if (even + odd <= head.length / 16 && !head.some((byte) => byte > 0 && byte < 9)) {
    const line = head.toString('latin1', 0, head.indexOf(0)).split(/\r\n|\r|\n/).length;
    return new CsvFault('zero-byte', { line });
  }
  const guess = odd > 4 * even ? 'utf-16le' : even > 4 * odd ? 'utf-16be' : undefined;
  return guess === undefined || Math.max(even, odd) < head.length / 8
    ? new CsvFault('zero-bytes')
    : new CsvFault('utf-16-unmarked', { detail: guess });
}
