import { remedyOf } from '../../core/reasons.ts';
import {
  type RowEntry,
  type Group,
  type WarningGroup,
  codesOf,
  findingsOf,
  remedyOfGroup,
  sentenceOfGroup,
  storyOf,
  troubleWord,
  warningSentence,
  warningTold,
} from '../row-entries.ts';
import { counted, number } from '../phrases.ts';
import { adCell, badge, cloudCell, idFact } from './cells.ts';
import { prospectLine } from './take-over.ts';
import { type Child, type Markup, markup } from './markup.ts';

/** The rows that need somebody, by what to fix, in pieces of one group. `fullList` names the file that has every row. */
export function* attentionOf(groups: readonly Group[], fullList: string): Iterable<Markup> {
  const rows = groups.reduce((sum, { count }) => sum + count, 0);
  const note = rows === 0 ? 'No row needs attention.' : 'Each row stands once, under what to fix first.';
  yield markup`<section aria-labelledby="attention">
<h2 id="attention">Needs attention <span class="count">${counted(rows, 'row')}</span></h2>
<p class="note">${note}</p>
`;
  for (const group of groups) yield groupArticle(group, fullList);
  yield markup`</section>
`;
}

function groupArticle(group: Group, fullList: string): Markup {
  const { code, kind, entries, count, story: only } = group;
  // With one story for all, a column that repeats it would be noise; what was read back differs from row to row.
  const hasColumn =
    only === null ||
    kind === 'differs' ||
    entries.some((entry) => othersOf(entry).length > 0 || asideOf(entry) !== null);
  return article({
    entries,
    count,
    title: markup`${badge(kind, troubleWord(kind))}${code !== null && markup` <code>${code}</code>`}`,
    says:
      code === null ? (only ?? troubleWord(kind).meaning) : sentenceOfGroup(group, (entry) => storyOf(entry).join(' ')),
    remedy: remedyOfGroup(group),
    found: hasColumn ? (entry) => foundCell(entry, only === null) : null,
    fullList,
  });
}

function othersOf(entry: RowEntry): string[] {
  return codesOf(findingsOf(entry)).slice(1);
}

function foundCell(entry: RowEntry, hasStory: boolean): Markup {
  const { verification } = entry;
  const others = othersOf(entry);
  return markup`${hasStory && storyOf(entry).join(' ')}${
    verification?.verdict === 'differs' &&
    markup`${idFact('expected', verification.expected)}${idFact('read back', verification.actual)}`
  }${others.length > 0 && markup`<small>also ${others.join(', ')}</small>`}${asideOf(entry)}`;
}

// What sync will do with a row that is left alone; of the others it was predicted for after a write.
function asideOf(entry: RowEntry): Child {
  return entry.row.state === 'held' ? prospectLine(entry) : null;
}

type Article = {
  readonly entries: readonly RowEntry[];
  readonly count: number;
  readonly title: Markup;
  readonly says: string;
  readonly remedy: string;
  readonly found: ((entry: RowEntry) => Child) | null;
  readonly fullList: string;
};

function article({ entries, count, title, says, remedy, found, fullList }: Article): Markup {
  const more = count - entries.length;
  return markup`<article>
<h3>${title} <span class="count">${counted(count, 'row')}</span></h3>
<p>${says}</p>
<p class="remedy"><b>What to do</b> ${remedy}</p>
<table class="group">
<thead><tr><th scope="col">Line</th><th scope="col">AD user</th><th scope="col">Cloud user</th>${found && markup`<th scope="col">What was found</th>`}</tr></thead>
<tbody>
${entries.map(
  (entry) => markup`<tr><td>${entry.row.line}</td><td>${adCell(entry)}</td><td>${cloudCell(entry)}</td>${
    found && markup`<td>${found(entry)}</td>`
  }</tr>
`,
)}</tbody>
</table>
${
  more > 0 &&
  markup`<p class="more">and ${number(more)} more, all of them in ${fullList}</p>
`
}</article>
`;
}

/** Rows that go on all the same, but with something somebody should have seen. Nothing when there are none. */
export function* warningsSection(warnings: readonly WarningGroup[], fullList: string): Iterable<Markup> {
  if (warnings.length === 0) return;
  yield markup`<section aria-labelledby="warnings">
<h2 id="warnings">Worth a look</h2>
<p class="note">These rows are not held; somebody should know of them all the same.</p>
`;
  for (const group of warnings) yield warningArticle(group, fullList);
  yield markup`</section>
`;
}

function warningArticle(group: WarningGroup, fullList: string): Markup {
  const { code, entries, count, story } = group;
  return article({
    entries,
    count,
    title: markup`${badge('warning', { symbol: '!', tone: 'warn' })} <code>${code}</code>`,
    says: warningSentence(group),
    remedy: remedyOf(code),
    found: story === null ? (entry) => warningTold(entry, code) : null,
    fullList,
  });
}
