import type { RunRecord } from '../../core/result.ts';
import { type Group, type WarningGroup, entriesOf, groupsOf, warningsOf } from '../entries.ts';
import { nextSteps } from '../next-steps.ts';
import { number, stageOf, titleOf } from '../phrases.ts';
import { allRowsOf } from './all-rows.ts';
import { attentionOf, warningsSection } from './attention.ts';
import { legendOf } from './legend.ts';
import { type Markup, markup, render, scriptElement, styleElement } from './markup.ts';
import { countsOf, factsOf, headingOf } from './overview.ts';
import { pageScript } from './script.ts';
import { pageStyle } from './style.ts';

const style = styleElement(pageStyle);
const script = scriptElement(pageScript);
// Nothing is fetched, sent or framed; the one style and the one script are named by what is in them.
const policy = `default-src 'none'; style-src ${style.source}; script-src ${script.source}; base-uri 'none'; form-action 'none'`;

/**
 * report.markup, in pieces to be written one after the other: one file that needs nothing else, complete without its
 * script (which adds search, filter and sorting) and made to be printed. Every text in it is escaped by construction.
 */
export function* reportHtml(record: RunRecord): Iterable<string> {
  for (const piece of pieces(record)) yield render(piece);
}

function* pieces(record: RunRecord): Iterable<Markup> {
  const entries = entriesOf(record);
  const groups = groupsOf(entries);
  const warnings = warningsOf(entries);
  const fullList = fullListOf(record);
  yield headOf(record);
  yield headingOf(record, sectionsOf(groups, warnings, entries.length));
  yield countsOf(record);
  yield nextOf(record);
  yield factsOf(record);
  yield* attentionOf(groups, fullList);
  yield* warningsSection(warnings, fullList);
  yield* allRowsOf(entries, fullList);
  yield legendOf(record);
  yield markup`<footer><p>Made by hardmatch ${record.summary.tool.version}. The record for machines is in summary.json and the NDJSON files of the run folder.</p></footer>
</main>
${script.element}
</body>
</html>
`;
}

function sectionsOf(groups: readonly Group[], warnings: readonly WarningGroup[], rows: number): [string, string][] {
  const urgent = groups.reduce((sum, group) => sum + group.entries.length, 0);
  const sections: ([string, string] | false)[] = [
    ['attention', `Needs attention (${number(urgent)})`],
    warnings.length > 0 && ['warnings', 'Worth a look'],
    ['all', `All rows (${number(rows)})`],
    ['legend', 'What the words mean'],
  ];
  return sections.filter((section) => section !== false);
}

function fullListOf(record: RunRecord): string {
  const stage = stageOf(record);
  if (stage === 'planned') return 'plan.csv';
  return stage === 'applied' ? 'results.csv' : 'verification.csv';
}

function headOf(record: RunRecord): Markup {
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>hardmatch: ${titleOf(record)}</title>
${style.element}
</head>
<body>
<main>
`;
}

function nextOf(record: RunRecord): Markup {
  return markup`<section aria-labelledby="next">
<h2 id="next">What to do next</h2>
<ol class="next">
${nextSteps(record).map(
  ({
    text,
    command,
  }) => markup`<li>${text}${command !== undefined && markup` <code class="command">${command}</code>`}</li>
`,
)}</ol>
</section>
`;
}
