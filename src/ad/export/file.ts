import { pipeline, Readable } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import { exportFault } from './fault.ts';
import { decoded, type ExportEncoding, encodingOf, readHead, refuseOtherTexts } from './text.ts';

/** How the file is written, found out from its beginning. */
export type ExportFormat = ExportEncoding & {
  readonly path: string;
  readonly delimiter: ',' | ';' | '\t';
  /** The line of the header; above 1 after blank lines, PowerShell's `#TYPE` and Excel's `sep=`. */
  readonly headerLine: number;
};

/** One record of the file, the header included. */
export type ExportRecord = {
  /** Line on which it begins, counted from 1, as an editor does. */
  readonly line: number;
  readonly cells: readonly string[];
};

/** Looks at the beginning of the file. Throws RunFault when it cannot be read. */
export async function findFormat(path: string): Promise<ExportFormat> {
  const head = await readHead(path);
  const encoding = encodingOf(path, head);
  // Not fatal here: the head may end in the middle of a character. The whole file is read strictly.
  const text = new TextDecoder(encoding.encoding).decode(head.subarray(encoding.skipBytes));
  refuseOtherTexts(path, text);
  const lines = text.split(/\r\n|\r|\n/);
  // Excel quotes the #TYPE line and fills it up with delimiters when it saves such a file again.
  const place = lines.findIndex((line) => !/^(?:\s*$|"?#TYPE |"?sep=)/i.test(line));
  if (place < 0) throw exportFault(path, 'it has no header');
  return { path, ...encoding, delimiter: delimiterOf(lines[place] ?? ''), headerLine: place + 1 };
}

function delimiterOf(header: string): ExportFormat['delimiter'] {
  const bare = header.replaceAll(/"[^"]*"/g, '');
  const count = (letter: string): number => bare.split(letter).length - 1;
  const found = ([',', ';', '\t'] as const).map((letter) => ({ letter, times: count(letter) }));
  return found.reduce((best, next) => (next.times > best.times ? next : best)).letter;
}

// A record this long is a quote that was never closed and has swallowed the lines after it.
const longestRecord = 1_000_000;

/**
 * Streams the records, the header first; lines that are blank or have delimiters only are none. Throws RunFault with the
 * line on which the first broken one begins.
 */
export async function* recordsOf(format: ExportFormat): AsyncGenerator<ExportRecord, void, undefined> {
  const { path } = format;
  let broken: { readonly after: number; readonly error: CsvError } | undefined;
  const parser = parse({
    delimiter: format.delimiter,
    from_line: format.headerLine,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    max_record_size: longestRecord,
    // An error would throw away the records parsed before it, and with them the count of lines; it is raised below.
    skip_records_with_error: true,
    on_skip: (error) => {
      if (error) broken ??= { after: parser.info.records, error };
      return undefined;
    },
  });
  // Errors of the source reach the loop below, because pipeline ends the parser with them.
  pipeline(Readable.from(decoded(format)), parser, () => undefined);
  let { headerLine: line } = format;
  let width: number | undefined;
  let count = 0;
  try {
    for await (const item of parser) {
      // What is made of the text after broken quoting is guesswork.
      if (broken && count >= broken.after) break;
      const cells = item as string[];
      const begin = line;
      count += 1;
      line += 1 + cells.reduce((sum, cell) => sum + newlinesIn(cell), 0);
      if (cells.every(isBlank)) continue;
      width ??= cells.length;
      if (cells.length !== width) {
        throw exportFault(path, `it has ${cells.length} values, the header ${width} columns`, { line: begin });
      }
      yield { line: begin, cells };
    }
  } finally {
    parser.destroy();
  }
  if (broken) throw exportFault(path, whatIsBroken(broken.error), { line, cause: broken.error });
}

// DOS programs end a file with the byte 1A.
const isBlank = (cell: string): boolean => cell === '' || cell.replaceAll('\u001a', '').trim() === '';

function newlinesIn(cell: string): number {
  return cell.includes('\n') || cell.includes('\r') ? (cell.match(/\r\n|\n|\r/g)?.length ?? 0) : 0;
}

const brokenRecords: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quoted value has no end; the file may have been cut off',
  CSV_INVALID_CLOSING_QUOTE: 'something follows the closing quote of a value',
  INVALID_OPENING_QUOTE: 'a value has a quote in it that does not belong there',
  CSV_MAX_RECORD_SIZE: 'the record that begins here is too long; most likely a quote in it is never closed',
};

function whatIsBroken(error: CsvError): string {
  return brokenRecords[error.code] ?? error.message;
}
