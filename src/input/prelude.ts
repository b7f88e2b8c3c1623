import { parse } from 'csv-parse/sync';
import { newlinesIn } from './decode.ts';
import { inputFault } from './faults.ts';

export type Delimiter = ',' | ';' | '\t';

/** All of them. */
export const delimiters: readonly Delimiter[] = [',', ';', '\t'];

/** How a sentence names them. */
export const delimiterNames: Readonly<Record<Delimiter, string>> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs' };

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

/**
 * Reads as far as the header's end: skips blank lines, PowerShell's `#TYPE` line and Excel's `sep=` line, finds the
 * delimiter. `isUsable` says whether these cells make a header; it decides where two delimiters are possible.
 */
export async function readPrelude(
  texts: AsyncIterator<string>,
  ask: { path: string; isUsable: (cells: readonly string[]) => boolean },
): Promise<Prelude> {
  let read = '';
  for (;;) {
    const next = await texts.next();
    const ended = next.done === true;
    if (!ended) read += next.value;
    const skipped = skipToHeader(read, ask.path);
    const header = headerEnd(skipped.rest);
    if (header === undefined && !ended && read.length < longestHeader) continue;
    if (skipped.rest === '') {
      throw inputFault(
        'input-empty',
        { path: ask.path },
        {
          what: 'the file is empty',
          hint: 'It needs a header line, ad_user,cloud_user, and a line for each user.',
        },
      );
    }
    const cells = skipped.rest.slice(0, header ?? skipped.rest.length);
    return { ...skipped, delimiter: skipped.told ?? delimiterOf(cells, ask.isUsable) };
  }
}

type Skipped = { readonly line: number; readonly rest: string; readonly told: Delimiter | undefined };

function skipToHeader(text: string, path: string): Skipped {
  let line = 1;
  let rest = text;
  let told: Delimiter | undefined;
  // Excel quotes the #TYPE line and fills it up with delimiters when it saves such a file again.
  for (;;) {
    const skip = /^(?:[^\S\r\n]*|"?#TYPE [^\r\n]*|"?sep=([^\r\n"]*)"?[^\r\n]*)(?:\r\n|\n|\r(?!$))/i.exec(rest);
    if (!skip) return { line, rest, told };
    if (skip[1] !== undefined) told = separatorOf(skip[1], { path, line });
    line += newlinesIn(skip[0]);
    rest = rest.slice(skip[0].length);
  }
}

function separatorOf(text: string, at: { path: string; line: number }): Delimiter {
  const first = text.charAt(0);
  if (first === ',' || first === ';' || first === '\t') return first;
  throw inputFault('input-header', at, {
    what: `"sep=${text}" asks for a delimiter that is not supported`,
    hint: 'Save the file with commas, semicolons or tabs.',
  });
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
function delimiterOf(header: string, isUsable: (cells: readonly string[]) => boolean): Delimiter {
  const outside = header.replaceAll(/"[^"]*"/g, '');
  const byCount = delimiters
    .map((delimiter) => ({ delimiter, count: outside.split(delimiter).length }))
    .sort((a, b) => b.count - a.count);
  const usable = byCount.find(({ delimiter }) => isUsable(cellsOf(header, delimiter)));
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
