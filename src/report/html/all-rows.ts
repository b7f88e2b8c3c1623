import type { Digest } from '../digest.ts';
import { type RowEntry, isPredicted } from '../row-entries.ts';
import { counted, number } from '../phrases.ts';
import { adCell, cloudCell, idCell, statusCell, statusWords } from './cells.ts';
import { forecastWordOf } from '../forecast-words.ts';
import { prospectCell } from './take-over.ts';
import { type Markup, markup } from './markup.ts';

const rowsPerPiece = 500;

type Options = {
  /** The file that has every row. */
  readonly fullList: string;
  /** Title of the column with what sync was predicted to do; null leaves the column out. */
  readonly forecast: string | null;
};

/**
 * The table of all rows in pieces, in file order. Of more than `rowsInPage` rows it has that many, those that need
 * attention before the others, and says so with the file that has them all.
 */
export function* allRowsOf({ rows, shown }: Digest, options: Options): Iterable<Markup> {
  const { fullList, forecast } = options;
  const isCut = shown.length < rows;
  const count = isCut ? `${number(shown.length)} of ${number(rows)}` : number(rows);
  yield markup`<section class="all" aria-labelledby="all">
<h2 id="all">All rows <span class="count">${count}</span></h2>
${isCut && cutNote(shown.length, rows, fullList)}<div id="tools"></div>
<table id="rows" class="${forecast === null ? 'plain' : 'predicted'}">
<thead><tr><th scope="col">Line</th><th scope="col">AD user</th><th scope="col">Cloud user</th><th scope="col">Immutable ID, before and after</th><th scope="col">Status</th>${forecast !== null && markup`<th scope="col">${forecast}</th>`}</tr></thead>
<tbody>
`;
  for (let at = 0; at < shown.length; at += rowsPerPiece) {
    yield markup`${shown.slice(at, at + rowsPerPiece).map((entry) => rowOf(entry, forecast !== null))}`;
  }
  yield markup`</tbody>
</table>
</section>
`;
}

function cutNote(shown: number, all: number, fullList: string): Markup {
  return markup`<p class="note cut"><b>This page shows ${number(shown)} of ${counted(all, 'row')}:</b> those that need attention first, then the others from the top of the file. ${number(all - shown)} are not on it; every row is in ${fullList}.</p>
`;
}

function rowOf(entry: RowEntry, hasForecast: boolean): Markup {
  return markup`<tr data-status="${wordsOf(entry, hasForecast)}"><td>${entry.row.line}</td><td>${adCell(entry)}</td><td>${cloudCell(entry)}</td><td>${idCell(entry)}</td><td>${statusCell(entry)}</td>${
    hasForecast && markup`<td>${prospectCell(entry)}</td>`
  }</tr>
`;
}

/** What the row can be filtered by. */
function wordsOf(entry: RowEntry, hasForecast: boolean): string {
  const forecast = hasForecast && isPredicted(entry) ? forecastWordOf(entry.row) : null;
  return [...statusWords(entry), ...(forecast ? [forecast] : [])].join(' ');
}
