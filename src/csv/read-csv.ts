// csv/: from the bytes of a file to records, for whoever reads a CSV. Start here: this file is the whole way. encoding.ts
// recognises the encoding, decode.ts makes text of the bytes, prelude.ts finds header and delimiter, records.ts the records
// (csv-parse). What is wrong is a CsvFault (fault.ts), for which each reader has its own words.
import { bytesFrom } from '../files/regular-file.ts';
import { textOf } from './decode.ts';
import { type Encoding, encodingOf, type OtherKind } from './encoding.ts';
import { type Delimiter, readPrelude } from './prelude.ts';
import { type CsvRecord, eachRecord } from './records.ts';

/** What one reader wants of a file. */
export type CsvAsk = {
  /** Told by a person; without it the byte-order mark says, else UTF-8. */
  readonly encoding?: Encoding | undefined;
  /** What such a file is mistaken for, beside what any CSV is. */
  readonly otherKinds: readonly OtherKind[];
  /** Whether these cells make a header; decides where two delimiters are possible. Without it the commoner one is taken. */
  readonly isHeader?: (cells: readonly string[]) => boolean;
  /** Whether the delimiter is what Excel's `sep=` line says. */
  readonly heedsSep: boolean;
  /** Gets all bytes of the file, as they are read. */
  readonly onBytes?: (bytes: Buffer) => void;
  /** Gets every record, the header first, blank lines as one empty cell; `enough` ends the reading. */
  readonly onRecord: (record: CsvRecord, delimiter: Delimiter) => 'enough' | undefined;
};

/** How the file is written, found out from its beginning. */
export type CsvForm = {
  readonly encoding: Encoding;
  /** Above 1 after blank lines, PowerShell's `#TYPE` and Excel's `sep=`. */
  readonly headerLine: number;
};

/**
 * Reads a regular file once, as a stream. Throws CsvFault for what is no CSV, NotRegular or the system's error for what cannot
 * be read, and whatever `onRecord` throws.
 */
export async function readCsv(path: string, ask: CsvAsk): Promise<CsvForm> {
  const bytes = heard(bytesFrom(path, 0), ask.onBytes);
  try {
    const { value: first = Buffer.alloc(0) } = await bytes.next();
    const encoding = encodingOf(first, ask);
    const texts = textOf(startingWith(first, bytes), { path, encoding });
    const { line, delimiter, rest } = await readPrelude(texts, ask);
    const shape = { delimiter, firstLine: line };
    await eachRecord(startingWith(rest, texts), shape, (record) => ask.onRecord(record, delimiter));
    return { encoding, headerLine: line };
  } finally {
    await bytes.return(undefined);
  }
}

async function* heard(bytes: AsyncIterable<Buffer>, onBytes: CsvAsk['onBytes']): AsyncGenerator<Buffer, undefined> {
  for await (const piece of bytes) {
    onBytes?.(piece);
    yield piece;
  }
}

async function* startingWith<Piece>(first: Piece, rest: AsyncIterable<Piece>): AsyncGenerator<Piece> {
  yield first;
  yield* rest;
}
