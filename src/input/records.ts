import { pipeline } from 'node:stream/promises';
import { type CsvError, parse } from 'csv-parse';
import { newlinesIn } from './decode.ts';
import { inputFault } from './faults.ts';
import type { Delimiter } from './prelude.ts';

/** How the text is divided, and where it comes from. */
export type CsvShape = { readonly path: string; readonly delimiter: Delimiter; readonly firstLine: number };

/** One record with the line of the file on which it begins. */
export type OnRecord = (cells: readonly string[], line: number) => void;

// A record this long is a quote that was never closed and has swallowed the lines after it.
const longestRecord = 1_000_000;

/**
 * Gives every record, blank lines included (as one empty cell), in order. Throws the RunFault for broken quoting with
 * the line on which the record begins, and whatever `onRecord` throws.
 */
export async function eachRecord(texts: AsyncIterable<string>, shape: CsvShape, onRecord: OnRecord): Promise<void> {
  let count = 0;
  let line = shape.firstLine;
  let broken: { readonly after: number; readonly error: CsvError } | undefined;
  const parser = parse({
    delimiter: shape.delimiter,
    // All three: files put together from several sources mix them. The order matters, CR LF is one line end.
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    max_record_size: longestRecord,
    // An error would throw away the records parsed before it and not yet given out, and with them the count of lines.
    // So it is only noted here, and raised below when those records have been counted.
    skip_records_with_error: true,
    on_skip: (error) => {
      if (error) broken ??= { after: parser.info.records, error };
      return undefined;
    },
  });
  parser.on('data', (cells: string[]) => {
    // What csv-parse makes of the text after broken quoting is guesswork; and what it has ready may still come after
    // destroy().
    if (parser.destroyed || (broken && count >= broken.after)) return;
    const begin = line;
    count += 1;
    // csv-parse's own `info.lines` counts a CR LF inside quotes as two.
    line += 1;
    for (const cell of cells) line += newlinesIn(cell);
    try {
      onRecord(cells, begin);
    } catch (error) {
      parser.destroy(error instanceof Error ? error : new Error('not an error', { cause: error }));
    }
  });
  await pipeline(
    untilBroken(texts, () => broken !== undefined),
    parser,
  );
  if (broken) throw brokenRecord(broken.error, { path: shape.path, line });
}

async function* untilBroken(texts: AsyncIterable<string>, isBroken: () => boolean): AsyncGenerator<string> {
  for await (const text of texts) {
    if (isBroken()) return;
    yield text;
  }
}

const sentences: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened in the record that begins here and never closed',
  CSV_INVALID_CLOSING_QUOTE: 'in the record that begins here, text follows the closing quote of a value',
  INVALID_OPENING_QUOTE: 'in the record that begins here, a quote stands in a value that does not begin with one',
  CSV_MAX_RECORD_SIZE: 'the record that begins here is too long; most likely a quote in it is never closed',
};

function brokenRecord(error: CsvError, at: { path: string; line: number }): Error {
  const what = sentences[error.code];
  if (what === undefined) return error;
  return inputFault('input-broken', at, {
    what,
    hint: 'Put quotes around the whole value and double each quote inside it: "Jo ""JJ"" Doe".',
    cause: error,
  });
}
