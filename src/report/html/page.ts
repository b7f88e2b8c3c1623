import type { RunRecord } from '../../core/result.ts';
import { type Digest, digestOf } from '../digest.ts';
import { nextSteps } from '../next-steps.ts';
import { number, stageOf, titleOf } from '../phrases.ts';
import { allRowsOf } from './all-rows.ts';
import { attentionOf, warningsSection } from './attention.ts';
import { legendOf } from './legend.ts';
import { type Markup, markup, render, scriptElement, styleElement } from './markup.ts';
import { countsOf, factsOf, headingOf } from './overview.ts';
import { hasForecast, forecastSection, takeOverSection } from './take-over.ts';
import { tenantOf } from './tenant.ts';
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
export function* reportHtml(record: RunRecord, digest: Digest = digestOf(record)): Iterable<string> {
  for (const piece of pieces(record, digest)) yield render(piece);
}

function* pieces(record: RunRecord, digest: Digest): Iterable<Markup> {
  const { groups, warnings } = digest;
  const fullList = fullListOf(record);
  const hasForecasts = hasForecast(record, digest);
  const isAhead = hasForecasts && stageOf(record) !== 'verified';
  yield headOf(record);
  yield headingOf(record, sectionsOf(digest, isAhead));
  const tenant = tenantOf(record);
  if (tenant) yield tenant;
  yield countsOf(record, digest);
  if (isAhead) yield forecastSection(digest);
  yield nextOf(record, digest);
  yield factsOf(record);
  yield* attentionOf(groups, fullList);
  yield* warningsSection(warnings, fullList);
  if (isAhead) yield* takeOverSection(digest);
  yield* allRowsOf(digest, { fullList, forecast: hasForecasts ? (isAhead ? 'Next sync' : 'As predicted') : null });
  yield legendOf(record, digest, hasForecasts ? Object.values(digest.forecasts) : []);
  yield markup`<footer><p>Made by hardmatch ${record.summary.tool.version}. The record for machines is in summary.json and the NDJSON files of the run folder.</p></footer>
</main>
${script.element}
</body>
</html>
`;
}

function sectionsOf({ groups, warnings, takeOver, rows }: Digest, isAhead: boolean): [string, string][] {
  const urgent = groups.reduce((sum, { count }) => sum + count, 0);
  const sections: ([string, string] | false)[] = [
    isAhead && ['outlook', 'After the next sync'],
    ['attention', `Needs attention (${number(urgent)})`],
    warnings.length > 0 && ['warnings', 'Worth a look'],
    isAhead && takeOver.count > 0 && ['take-over', 'What the take-over will change'],
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

function nextOf(record: RunRecord, digest: Digest): Markup {
  return markup`<section aria-labelledby="next">
<h2 id="next">What to do next</h2>
<ol class="next">
${nextSteps(record, digest).map(
  ({
    text,
    command,
  }) => markup`<li>${text}${command !== undefined && markup` <code class="command">${command}</code>`}</li>
`,
)}</ol>
</section>
`;
}
