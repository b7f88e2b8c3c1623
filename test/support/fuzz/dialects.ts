// CSV as different programs write it, by a writer of our own: no library is its own witness.
import * as fc from 'fast-check';

/** One way to write a table. */
export type Dialect = {
  readonly delimiter: ',' | ';' | '\t';
  readonly lineEnd: '\n' | '\r\n' | '\r';
  readonly isQuoted: boolean;
  readonly hasLastLineEnd: boolean;
  readonly encoding: 'utf-8' | 'utf-8-mark' | 'utf-16le' | 'utf-16be';
  readonly prelude: 'none' | 'type' | 'sep' | 'blank';
  readonly blanksBetween: number;
};

/** Every dialect; all of them have to be read alike. */
export const dialects: fc.Arbitrary<Dialect> = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t'),
  lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
  isQuoted: fc.boolean(),
  hasLastLineEnd: fc.boolean(),
  encoding: fc.constantFrom('utf-8', 'utf-8-mark', 'utf-16le', 'utf-16be'),
  prelude: fc.constantFrom('none', 'type', 'sep', 'blank'),
  blanksBetween: fc.nat({ max: 2 }),
});

/** A table written out, and the line on which each record begins, as an editor counts. */
export type Written = { readonly text: string; readonly bytes: Buffer; readonly lines: readonly number[] };

/** Writes a table; the first record is the header. */
export function written(records: readonly (readonly string[])[], dialect: Dialect): Written {
  const { delimiter, lineEnd } = dialect;
  const preludes = {
    none: '',
    type: `#TYPE Selected.User${lineEnd}`,
    sep: `sep=${delimiter}${lineEnd}`,
    blank: lineEnd,
  };
  let text = preludes[dialect.prelude];
  const lines: number[] = [];
  for (const [place, record] of records.entries()) {
    if (place > 0) text += lineEnd + lineEnd.repeat(place > 1 ? dialect.blanksBetween : 0);
    lines.push(text.split(/\r\n|\n|\r/).length);
    text += record.map((cell) => cellOf(cell, dialect)).join(delimiter);
  }
  if (dialect.hasLastLineEnd) text += lineEnd;
  return { text, bytes: encoded(text, dialect.encoding), lines };
}

function cellOf(cell: string, { isQuoted, delimiter }: Dialect): string {
  const needsQuotes = isQuoted || cell.includes(delimiter) || /["\r\n]/.test(cell);
  return needsQuotes ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function encoded(text: string, encoding: Dialect['encoding']): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text);
  const marked = `\uFEFF${text}`;
  if (encoding === 'utf-8-mark') return Buffer.from(marked);
  const little = Buffer.from(marked, 'utf16le');
  return encoding === 'utf-16le' ? little : little.swap16();
}

/** Text with everything in it that CSV, spreadsheets and terminals trip over; no U+0000, which no text has. */
export const awkwardText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replaceAll('\0', '')),
  fc
    .array(
      fc.constantFrom(
        '"',
        '""',
        ',',
        ';',
        '\t',
        '\n',
        '\r',
        '\r\n',
        ' ',
        "'",
        '=',
        '+',
        '-',
        '@',
        '|',
        '\\',
        '#',
        '\u001a',
        '\u00a0',

        '\u200b',
        '\u202e',
        '\u2028',
        '\ufeff',
        '\ufffd',
        '“',
        '”',
        'é',
        'e\u0301',
        '😀',
        '__proto__',
        'constructor',
        "=cmd|' /C calc'!A0",
        '<script>',
        '${x}',
        '%s',
        '../',
        'NULL',
        'System.Byte[]',
        'ad_user',
        '1E+10',
      ),
      { maxLength: 6 },
    )
    .map((parts) => parts.join('')),
);

/** Damage to bytes: some replaced, taken out, put in or cut off. */
export const damage: fc.Arbitrary<(bytes: Buffer) => Buffer> = fc
  .array(
    fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      drop: fc.nat({ max: 4 }),
      put: fc.oneof(
        fc.uint8Array({ maxLength: 4 }),
        fc.constantFrom('"', ',', '\n', '\r', '\0', '\u001a', '""', '{', ',"', '"\n').map((text) => Buffer.from(text)),
      ),
      cut: fc.nat({ max: 9 }),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((changes) => (bytes) => {
    let damaged = bytes;
    for (const { at, drop, put, cut } of changes) {
      const place = Math.floor(at * damaged.length);
      const rest = cut === 0 ? Buffer.alloc(0) : damaged.subarray(place + drop);
      damaged = Buffer.concat([damaged.subarray(0, place), put, rest]);
    }
    return damaged;
  });
