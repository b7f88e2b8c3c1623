import { howMany, type List } from '../core/list.ts';
import type { Preflight } from '../core/preflight.ts';
import type { Summary } from '../core/result.ts';
import type { PlanRow } from '../core/row.ts';
import { codesOf } from './row-entries.ts';
import { counted, moment, number, timeToWrite } from './phrases.ts';
import { forecastCountsOf, forecastSentences } from './forecast-words.ts';
import { runFindings } from './tenant-facts.ts';
import { type TerminalOptions, pairs, painter, wrap } from './terminal-layout.ts';
import { visible } from './visible.ts';

/** What somebody must know before saying yes. `rows` are the rows that would be written, and no others. */
export type ConsentFacts = Pick<Summary, 'tenant' | 'directory' | 'fingerprint'> & {
  readonly planCreatedAt: string;
  /** What holds for the tenant as a whole; its warnings are told by code. */
  readonly preflight?: Preflight;
  readonly rows: List<PlanRow>;
  /** How many rows of the plan are held. */
  readonly held: number;
  /** The run folder, as a person in this working directory names it. */
  readonly run: string;
  /** How many applications write. */
  readonly applications: number;
};

/**
 * The question before a write: the tenant by name, how many users and what is done to them, the fingerprint; its last
 * line asks for `rows.length` to be typed and ends without a line break, so that the answer stands beside it.
 */
export function consentText(facts: ConsentFacts, options: TerminalOptions): string {
  const paint = painter(options);
  const n = facts.rows.length;
  const lines = [
    paint('strong', `This will change ${counted(n, 'user')} in ${visible(facts.tenant.name)}`),
    ...changesOf(facts.rows).map((text) => `  ${text}`),
    '',
    ...pairs(
      [
        ['Tenant', visible(facts.tenant.id)],
        ['Directory', visible(facts.directory.domain)],
        ['Planned', moment(facts.planCreatedAt)],
        [
          'Held',
          facts.held === 0
            ? 'no row'
            : `${counted(facts.held, 'row')}, left as ${facts.held === 1 ? 'it is' : 'they are'}`,
        ],
        ['To review', visible(`${facts.run}, report.html or plan.csv in it`)],
        ['Takes', timeToWrite({ rows: n, detours: detoursAmong(facts.rows) }, facts.applications)],
        ['Fingerprint', visible(facts.fingerprint)],
      ],
      Math.max(options.width, 40),
    ),
    ...warningLines(facts, options),
    '',
    `Type ${paint('strong', String(n))} to write, anything else to stop: `,
  ];
  return lines.join('\n');
}

function detoursAmong(rows: Iterable<PlanRow>): number {
  return howMany(rows, (row) => row.detour !== null);
}

function changesOf(rows: Iterable<PlanRow>): string[] {
  const has = (step: PlanRow['step']): number => howMany(rows, (row) => row.step === step);
  const said: [number, string][] = [
    [has('link'), 'get an immutable ID (link)'],
    [has('relink'), 'have a different immutable ID replaced (relink)'],
    [has('unlink'), 'have the immutable ID taken away (unlink)'],
  ];
  const figures = Math.max(...said.map(([n]) => number(n).length));
  const lines = said.filter(([n]) => n > 0).map(([n, text]) => `${number(n).padStart(figures)}  ${text}`);
  const detours = detoursAmong(rows);
  if (detours > 0) lines.push(`${number(detours)} of them by a detour: the UPN is changed, and changed back`);
  return lines;
}

function warningLines({ rows, preflight }: ConsentFacts, options: TerminalOptions): string[] {
  const width = Math.max(options.width, 40);
  const counts = new Map<string, number>();
  for (const row of rows) for (const code of codesOf(row.warnings)) counts.set(code, (counts.get(code) ?? 0) + 1);
  const told = [
    ['For the whole run', preflight ? runFindings(preflight).map(({ code }) => code) : []],
    ['Warnings among them', [...counts].map(([code, n]) => `${code} ${number(n)}`)],
  ] as const;
  const lines = told.flatMap(([what, list]) =>
    list.length > 0 ? wrap(`${what}: ${list.join(', ')}`, width, '  ') : [],
  );
  const next = forecastSentences(forecastCountsOf(rows)).flatMap((sentence) => wrap(sentence, width, '  '));
  return [...(lines.length > 0 ? ['', ...lines] : []), ...(next.length > 0 ? ['', ...next] : [])];
}
