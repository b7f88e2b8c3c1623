import type { RunRecord } from '../core/result.ts';
import { type Digest, digestOf } from './digest.ts';
import { type Count, outcomeCounts, stateCounts, verdictCounts } from './counts.ts';
import {
  type RowEntry,
  type Group,
  type WarningGroup,
  remedyOfGroup,
  storyOf,
  troubleWord,
  warningSentence,
} from './row-entries.ts';
import { nextSteps, runFiles } from './next-steps.ts';
import { counted, headlineOf, number, stageOf, titleOf, took } from './phrases.ts';
import { type Paint, type TerminalOptions, pairs, painter, wrap } from './terminal-layout.ts';
import { forecastSentences, takeOverSentence } from './forecast-words.ts';
import { evidenceText, runFindings, showsPreflight, switchText, syncText } from './tenant-facts.ts';
import { visible } from './visible.ts';

// A screen, not a listing: the files have every row.
const examplesPerGroup = 3;
const groupsShown = 6;

/**
 * What a person sees at the end of plan, apply, verify and rollback: where it ran, what needs attention with examples,
 * then, nearest to the prompt, what happened, what to do next and where the files are. Ends with a line break. Fits
 * `width` columns but for paths, commands and fingerprints, which are never broken.
 */
export function summaryText(record: RunRecord, options: TerminalOptions, digest: Digest = digestOf(record)): string {
  const paint = painter(options);
  const width = Math.max(options.width, 40);
  const blocks = [
    whereBlock(record, paint, width),
    showsPreflight(record) ? wholeRunBlock(record, paint, width) : [],
    ...attentionBlocks(digest.groups, paint, width),
    stageOf(record) === 'verified' ? [] : warningsBlock(digest.warnings, paint, width),
    headlineBlock(record, digest, { paint, width }),
    showsPreflight(record) ? forecastBlock(digest, paint, width) : [],
    options.hasNext === false ? [] : nextBlock(record, digest, { paint, width }),
    filesBlock(record, paint),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

type Look = { readonly paint: Paint; readonly width: number };

function headlineBlock(record: RunRecord, digest: Digest, { paint, width }: Look): string[] {
  const { sentence, assurance } = headlineOf(record);
  return [
    ...wrap(sentence, width, '').map((line) => paint('strong', line)),
    ...countLines(countsOf(record, digest), paint, width),
    ...wrap(assurance, width, ''),
  ];
}

function whereBlock(record: RunRecord, paint: Paint, width: number): string[] {
  const { summary } = record;
  const { tenant, directory, input } = summary;
  const taken = took(summary.startedAt, summary.finishedAt);
  const rows: [string, string][] = [
    ['Tenant', visible(tenant.name)],
    ['', visible(tenant.id)],
    ['Directory', visible(`${directory.domain} (${directory.source})`)],
    ['Source anchor', visible(summary.sourceAnchor)],
    ...(showsPreflight(record) ? syncRows(record, width) : []),
    ['Input', visible(input.path)],
    ['Fingerprint', visible(summary.fingerprint)],
  ];
  if (taken !== '') rows.push(['Took', `${taken}, ${counted(summary.requests.graph, 'Graph request')}`]);
  return [paint('strong', titleOf(record)), ...pairs(rows, width)];
}

function syncRows({ summary }: RunRecord, width: number): [string, string][] {
  const { preflight } = summary;
  const evidence = evidenceText(preflight);
  // Beside the labels, of which "Source anchor" is the longest.
  const beside = (text: string): [string, string][] =>
    wrap(text, width - 'Source anchor'.length - 4, '').map((line) => ['', line]);
  const switches = preflight.features
    ? `hard match ${switchText(preflight, 'hardMatchBlocked')}, soft match ${switchText(preflight, 'softMatchBlocked')}`
    : 'its two match switches could not be read';
  return [...(evidence === null ? [] : beside(evidence)), ['Sync', visible(syncText(preflight))], ...beside(switches)];
}

/** What holds for every row, told once; a check that was not made stands here with what it needs. */
function wholeRunBlock({ summary }: RunRecord, paint: Paint, width: number): string[] {
  const findings = runFindings(summary.preflight);
  if (findings.length === 0) return [];
  const lines = findings.flatMap(({ code, sentences, remedy }) => [
    `  ${paint('warn', code)}`,
    ...sentences.flatMap((sentence) => wrap(visible(sentence), width, '    ')),
    ...remedyLines(remedy, width),
  ]);
  return [paint('strong', 'For the whole run'), ...lines];
}

function forecastBlock({ forecasts }: Digest, paint: Paint, width: number): string[] {
  const told = [...forecastSentences(forecasts), takeOverSentence(forecasts)];
  const [first, ...rest] = told.filter((each) => each !== undefined);
  if (first === undefined) return [];
  return [
    ...wrap(first, width, '').map((line) => paint('strong', line)),
    ...rest.flatMap((sentence) => wrap(sentence, width, '')),
  ];
}

// Told even when they are zero: that nothing was refused is news too.
const always = new Set(['applied', 'rejected', 'uncertain']);

function countLines(counts: readonly Count[], paint: Paint, width: number): string[] {
  const labels = Math.max(...counts.map(({ word }) => word.length));
  const figures = Math.max(...counts.map(({ n }) => number(n).length));
  return counts.flatMap(({ word, n, look, meaning }) => {
    const line = `  ${word.padEnd(labels)}  ${number(n).padStart(figures)}`;
    const [first = '', ...rest] = wrap(meaning, width - line.length - 2, '');
    const more = rest.map((text) => ' '.repeat(line.length + 2) + text);
    return [n === 0 ? paint('faint', `${line}  ${first}`) : `${paint(look.tone, line)}  ${first}`, ...more];
  });
}

function countsOf(record: RunRecord, digest: Digest): Count[] {
  const { counts } = record.summary;
  switch (stageOf(record)) {
    case 'planned':
      return stateCounts(record, digest);
    case 'applied':
      return outcomeCounts(counts).filter(({ word, n }) => n > 0 || always.has(word));
    case 'verified':
      return verdictCounts(counts);
  }
}

function attentionBlocks(groups: readonly Group[], paint: Paint, width: number): string[][] {
  if (groups.length === 0) return [];
  // What went wrong with a write is always told; of the held, the largest groups.
  const ranked = groups.toSorted((a, b) => Number(a.kind === 'held') - Number(b.kind === 'held') || b.count - a.count);
  const writes = groups.filter((group) => group.kind !== 'held').length;
  const largest = new Set(ranked.slice(0, Math.max(groupsShown, writes)));
  const blocks = groups.filter((group) => largest.has(group)).map((group) => groupBlock(group, paint, width));
  blocks[0]?.unshift(paint('strong', 'Needs attention'));
  const left = groups.filter((group) => !largest.has(group));
  if (left.length > 0) {
    const list = left.map((group) => `${group.code ?? group.kind} ${number(group.count)}`).join(', ');
    blocks.push(wrap(`and held for ${counted(left.length, 'more reason')}: ${list}`, width, '  '));
  }
  return blocks;
}

function groupBlock(group: Group, paint: Paint, width: number): string[] {
  const kind = paint(troubleWord(group.kind).tone, group.kind);
  const title = group.code === null ? kind : `${kind} ${group.code}`;
  const { story: only } = group;
  const lines = [`  ${title}, ${counted(group.count, 'row')}`];
  if (only !== null) lines.push(...wrap(visible(only), width, '    '));
  for (const entry of group.entries.slice(0, examplesPerGroup)) {
    lines.push(...wrap(who(entry), width, '    '));
    if (only === null) lines.push(...wrap(visible(storyOf(entry).join(' ')), width, '      '));
  }
  const more = group.count - examplesPerGroup;
  if (more > 0) lines.push(`    and ${number(more)} more`);
  return [...lines, ...remedyLines(remedyOfGroup(group), width)];
}

function remedyLines(remedy: string, width: number): string[] {
  const [first = '', ...rest] = wrap(remedy, width - 6, '');
  return [`    > ${first}`, ...rest.map((line) => `      ${line}`)];
}

function who({ row }: RowEntry): string {
  const cell = (text: string): string => (text === '' ? '(empty)' : visible(text));
  return `line ${row.line}: ${cell(row.adText)} → ${cell(row.cloudText)}`;
}

function warningsBlock(warnings: readonly WarningGroup[], paint: Paint, width: number): string[] {
  if (warnings.length === 0) return [];
  const lines = warnings.slice(0, groupsShown).flatMap((group) => {
    const shown = group.entries.slice(0, examplesPerGroup).map((entry) => entry.row.line);
    const more = group.count - shown.length;
    const places = `${group.count === 1 ? 'line' : 'lines'} ${shown.join(', ')}${more > 0 ? ` and ${number(more)} more` : ''}`;
    return [
      `  ${paint('warn', group.code)}, ${counted(group.count, 'row')}: ${places}`,
      ...wrap(visible(warningSentence(group)), width, '    '),
    ];
  });
  const left = warnings.slice(groupsShown).map(({ code, count }) => `${code} ${number(count)}`);
  if (left.length > 0) lines.push(...wrap(`and ${left.join(', ')}`, width, '  '));
  return [paint('strong', 'Worth a look, not held'), ...lines];
}

function nextBlock(record: RunRecord, digest: Digest, { paint, width }: Look): string[] {
  const lines = nextSteps(record, digest).flatMap(({ text, command }) => [
    ...wrap(text, width, '  '),
    ...(command === undefined ? [] : [`    ${paint('plan', visible(command))}`]),
  ]);
  return [paint('strong', 'Next'), ...lines];
}

function filesBlock(record: RunRecord, paint: Paint): string[] {
  const files = runFiles(record);
  const names = Math.max(...files.map(({ name }) => name.length));
  return [
    `${paint('strong', 'Files')} in ${visible(record.summary.run)}`,
    ...files.map(({ name, purpose }) => `  ${name.padEnd(names)}  ${paint('faint', purpose)}`),
  ];
}
