import { type Entry, troubleOf } from '../entries.ts';
import { counted, number } from '../phrases.ts';
import { adCell, cloudCell, idCell, statusCell, statusWords } from './cells.ts';
import { type Markup, markup } from './markup.ts';

// Rows the page carries; beyond it a browser's search and scrolling become slow, and the CSV is the better tool.
const rowsInPage = 5000;
const rowsPerPiece = 500;

/**
 * The table of all rows in pieces, in file order. Of more than `rowsInPage` rows it has that many, those that need
 * attention before the others, and says so with the file that has them all.
 */
export function* allRowsOf(entries: readonly Entry[], fullList: string): Iterable<Markup> {
  const shown = pick(entries);
  const isCut = shown.length < entries.length;
  const count = isCut ? `${number(shown.length)} of ${number(entries.length)}` : number(entries.length);
  yield markup`<section class="all" aria-labelledby="all">
<h2 id="all">All rows <span class="count">${count}</span></h2>
${isCut && cutNote(shown.length, entries.length, fullList)}<div id="tools"></div>
<table id="rows">
<thead><tr><th scope="col">Line</th><th scope="col">AD user</th><th scope="col">Cloud user</th><th scope="col">Immutable ID, before and after</th><th scope="col">Status</th></tr></thead>
<tbody>
`;
  for (let at = 0; at < shown.length; at += rowsPerPiece) {
    yield markup`${shown.slice(at, at + rowsPerPiece).map((entry) => rowOf(entry))}`;
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

function pick(entries: readonly Entry[]): readonly Entry[] {
  if (entries.length <= rowsInPage) return entries;
  const urgent = entries.filter((entry) => troubleOf(entry) !== undefined);
  const others = entries.filter((entry) => troubleOf(entry) === undefined);
  return [...urgent, ...others].slice(0, rowsInPage);
}

function rowOf(entry: Entry): Markup {
  return markup`<tr data-status="${statusWords(entry).join(' ')}"><td>${entry.row.line}</td><td>${adCell(entry)}</td><td>${cloudCell(entry)}</td><td>${idCell(entry)}</td><td>${statusCell(entry)}</td></tr>
`;
}
