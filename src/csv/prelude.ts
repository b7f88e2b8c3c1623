import { parse } from 'csv-parse/sync';
import { newlinesIn } from './decode.ts';
import { CsvFault } from './fault.ts';

/** What may divide cells. */
export type Delimiter = ',' | ';' | '\t';

/** All of them. */
export const delimiters: readonly Delimiter[] = [',', ';', '\t'];

/** What stands before the header, skipped, and how the header's cells are divided. */
export type Prelude = {
  /** The line the header begins on. */
  readonly line: number;
  readonly delimiter: Delimiter;
  /** All text from the header on, as far as it was read. */
  readonly rest: string;
};

// No header is longer; text that goes on and on without a line end is not a CSV file.
const longestHeader = 1024 * 1024;

/** How the delimiter is found. */
type Ask = { readonly isHeader?: (cells: readonly string[]) => boolean; readonly heedsSep: boolean };

/**
 * Reads as far as the header's end: skips blank lines, PowerShell's `#TYPE` line and Excel's `sep=` line, finds the delimiter.
 * Throws CsvFault where nothing is left, or where the `sep=` line is heeded and asks for a delimiter that is none.
 */
export async function readPrelude(texts: AsyncIterator<string>, ask: Ask): Promise<Prelude> {
  let read = '';
  for (;;) {
    const next = await texts.next();
    const ended = next.done === true;
    if (!ended) read += next.value;
    const { line, rest, sep } = skipToHeader(read, ended);
    const end = headerEnd(rest);
    if (end === undefined && !ended && read.length < longestHeader) continue;
    const told = ask.heedsSep && sep !== undefined ? separatorOf(sep) : undefined;
    if (rest === '') throw new CsvFault('empty');
    return { line, rest, delimiter: told ?? delimiterOf(rest.slice(0, end), ask.isHeader ?? (() => false)) };
  }
}

type Sep = { readonly text: string; readonly line: number };

const skippedLine = String.raw`^(?:[^\S\r\n]*|"?#TYPE [^\r\n]*|"?sep=([^\r\n"]*)"?[^\r\n]*)`;
// A CR at the end of what was read may be half a line end.
const skippedSoFar = new RegExp(String.raw`${skippedLine}(?:\r\n|\n|\r(?!$))`, 'i');
const skippedAtEnd = new RegExp(String.raw`${skippedLine}(?:\r\n|\n|\r|$)`, 'i');

function skipToHeader(text: string, ended: boolean): { line: number; rest: string; sep: Sep | undefined } {
  let line = 1;
  let rest = text;
  let sep: Sep | undefined;
  // Excel quotes the #TYPE line and fills it up with delimiters when it saves such a file again.
  for (;;) {
    const [skipped = '', told] = (ended ? skippedAtEnd : skippedSoFar).exec(rest) ?? [];
    if (skipped === '') return { line, rest, sep };
    if (told !== undefined) sep = { text: told, line };
    line += newlinesIn(skipped);
    rest = rest.slice(skipped.length);
  }
}

function separatorOf({ text, line }: Sep): Delimiter {
  const found = delimiters.find((one) => one === text.charAt(0));
  if (found === undefined) throw new CsvFault('separator', { detail: text, line });
  return found;
}

/** Where the header ends: at the first line end outside quotes; undefined while there is none. */
function headerEnd(text: string): number | undefined {
  let inQuotes = false;
  for (let place = 0; place < text.length; place++) {
    const letter = text[place];
    if (letter === '"') inQuotes = !inQuotes;
    else if (!inQuotes && (letter === '\n' || letter === '\r')) return place;
  }
  return undefined;
}

/** The delimiter that divides the header into known columns; where none or several do, the one that occurs most often. */
function delimiterOf(header: string, isHeader: (cells: readonly string[]) => boolean): Delimiter {
  const outside = header.replaceAll(/"[^"]*"/g, '');
  const byCount = delimiters
    .map((delimiter) => ({ delimiter, count: outside.split(delimiter).length }))
    .sort((a, b) => b.count - a.count);
  const usable = byCount.find(({ delimiter }) => isHeader(cellsOf(header, delimiter)));
  return (usable ?? byCount[0])?.delimiter ?? ',';
}

function cellsOf(header: string, delimiter: Delimiter): readonly string[] {
  try {
    const records: string[][] = parse(header, { delimiter, relax_quotes: true, relax_column_count: true });
    return records[0] ?? [];
  } catch {
    // A quote that is never closed; reading the records tells it with its line.
    return [];
  }
}
