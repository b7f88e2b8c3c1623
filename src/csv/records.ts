import { pipeline } from 'node:stream/promises';
import { type CsvError, parse } from 'csv-parse';
import { newlinesIn } from './decode.ts';
import { CsvFault, type CsvTrouble } from './fault.ts';
import type { Delimiter } from './prelude.ts';

/** One record. */
export type CsvRecord = {
  /** Line on which it begins, counted from 1, as an editor does. */
  readonly line: number;
  readonly cells: readonly string[];
};

// A record this long is a quote that was never closed and has swallowed the lines after it.
const longestRecord = 1_000_000;

/**
 * Gives every record, blank lines included (as one empty cell), in order, until `onRecord` has enough. Throws CsvFault for
 * broken quoting with the line on which the record begins, and whatever `onRecord` throws.
 */
export async function eachRecord(
  texts: AsyncIterable<string>,
  shape: { readonly delimiter: Delimiter; readonly firstLine: number },
  onRecord: (record: CsvRecord) => 'enough' | undefined,
): Promise<void> {
  let count = 0;
  let line = shape.firstLine;
  let isEnough = false;
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
    if (isEnough || parser.destroyed || (broken && count >= broken.after)) return;
    const begin = line;
    count += 1;
    // csv-parse's own `info.lines` counts a CR LF inside quotes as two.
    line += 1;
    for (const cell of cells) line += newlinesIn(cell);
    try {
      isEnough = onRecord({ line: begin, cells }) === 'enough';
    } catch (error) {
      parser.destroy(error instanceof Error ? error : new Error('not an error', { cause: error }));
    }
  });
  await pipeline(
    asLongAs(texts, () => !isEnough && broken === undefined),
    parser,
  );
  if (broken && !isEnough) throw brokenRecord(broken.error, line);
}

async function* asLongAs(texts: AsyncIterable<string>, isWanted: () => boolean): AsyncGenerator<string> {
  for await (const text of texts) {
    if (!isWanted()) return;
    yield text;
  }
}

const troubles: Readonly<Record<string, CsvTrouble>> = {
  CSV_QUOTE_NOT_CLOSED: 'quote-not-closed',
  CSV_INVALID_CLOSING_QUOTE: 'text-after-quote',
  INVALID_OPENING_QUOTE: 'quote-within',
  CSV_MAX_RECORD_SIZE: 'record-too-long',
};

function brokenRecord(error: CsvError, line: number): Error {
  const trouble = troubles[error.code];
  return trouble === undefined ? error : new CsvFault(trouble, { line, cause: error });
}
