// report/: what people read of a run. Pure: a RunRecord in, text out; one place elsewhere writes the files.
//   entries.ts       a row with all that is known of it, and what needs attention (start here)
//   digest.ts        all that the reports tell of the rows, gathered in one pass over any number of them
//   words.ts         the words of the reports: state, outcome, verdict, each with its meaning
//   counts.ts        how many rows each word stands for
//   forecast-words.ts     what the next sync will do with the rows, in words
//   tenant-facts.ts  what stands at the top of a plan: sync, its switches, the anchor evidence, the whole run's warnings
//   phrases.ts       numbers, times, and the one sentence that says what happened
//   next-steps.ts    what to do next, as commands
//   visible.ts       characters that would hide or reorder text, made visible
//   csv.ts           plan.csv, results.csv, verification.csv
//   summary-json.ts  summary.json
//   terminal.ts      the end of a command at the terminal; consent.ts: the question before a write
//   html/            report.html; markup.ts is why nothing in it can be unescaped
import type { OutcomeKind } from '../core/outcome.ts';
import {
  type Finding,
  type ReasonCode,
  inRepairOrder,
  reasonCatalogue,
  remedyOf,
  sentenceOf,
} from '../core/reasons.ts';
import type { List } from '../core/list.ts';
import { reasonsOf, type ResultRow, type RunRecord, type VerdictKind, type VerificationRow } from '../core/result.ts';
import type { PlanRow } from '../core/row.ts';
import { type Word, outcomeWords, verdictWords } from './words.ts';

/** One input row with everything known of it; `result` and `verification` are null before there are any. */
export type RowEntry = {
  readonly row: PlanRow;
  readonly result: ResultRow | null;
  readonly verification: VerificationRow | null;
};

const readTroubles = ['differs', 'missing', 'unreadable', 'sync-error', 'waiting'] as const satisfies VerdictKind[];

/** Why a row needs somebody. A row has one: what happened to its write goes before what was read back later. */
export type TroubleKind = 'uncertain' | 'rejected' | 'stale' | 'not-reached' | 'held' | ReadTrouble;
type ReadTrouble = (typeof readTroubles)[number];

/** Rows with the same trouble and the same first reason. `code` is null where the trouble itself is the reason. */
export type Group = Examples & { readonly kind: TroubleKind; readonly code: ReasonCode | null };

/** What somebody should look at, although the row is written all the same. */
export type WarningGroup = Examples & { readonly code: ReasonCode };

/** Rows of one kind: how many, and the first of them in file order, up to `examplesKept`. */
export type Examples = {
  readonly count: number;
  readonly entries: readonly RowEntry[];
  /** What is told of every one of them, where that is the same; null where it differs. */
  readonly story: string | null;
};

/** Enough to see the pattern; the files have the others. */
export const examplesKept = 100;

// The order in which groups are shown: doubt about what is in the tenant first, what was never touched last.
const urgency: readonly TroubleKind[] = [
  'uncertain',
  'sync-error',
  'differs',
  'missing',
  'rejected',
  'stale',
  'unreadable',
  'waiting',
  'not-reached',
  'held',
];
const repair = new Map(Object.keys(reasonCatalogue).map((code, place) => [code, place]));

/** The record's rows in file order, each with its result and verification, joined by line. */
export function* entriesOf(record: RunRecord): Generator<RowEntry> {
  const resultOf = inTurn(record.results);
  const verificationOf = inTurn(record.verifications);
  for (const row of record.rows) yield { row, result: resultOf(row.line), verification: verificationOf(row.line) };
}

/** What is told of each line, asked for in the order of the rows; null where nothing is. */
function inTurn<Told extends { readonly row: PlanRow }>(result: List<Told> | null): (line: number) => Told | null {
  let place = 0;
  return (line) => {
    const next = result?.at(place);
    if (next?.row.line !== line) return null;
    place += 1;
    return next;
  };
}

/** Undefined when the row needs nobody. */
export function troubleOf(entry: RowEntry): TroubleKind | undefined {
  const outcome = entry.result?.outcome;
  const verdict = entry.verification?.verdict;
  // A doubt that was settled by looking is none any more.
  if (outcome === 'uncertain' && verdict !== 'matches' && verdict !== 'taken-over') return outcome;
  switch (outcome) {
    case 'rejected':
    case 'stale':
    case 'not-reached':
    case 'held':
      return outcome;
    default: {
      if (isReadTrouble(verdict)) return verdict;
      return entry.row.state === 'held' ? 'held' : undefined;
    }
  }
}

/** Whether it is a verdict that needs somebody. */
function isReadTrouble(kind: TroubleKind | VerdictKind | undefined): kind is ReadTrouble {
  return (readTroubles as readonly unknown[]).includes(kind);
}

/** The word for a trouble: an outcome's or a verdict's. */
export function troubleWord(kind: TroubleKind): Word {
  return isReadTrouble(kind) ? verdictWords[kind] : outcomeWords[kind];
}

/** The row's reasons as they stand after the last stage, the one to fix first in front. */
export function findingsOf(entry: RowEntry): readonly Finding[] {
  const reasons = entry.result ? reasonsOf(entry.result) : [];
  return inRepairOrder(reasons.length > 0 ? reasons : entry.row.reasons);
}

/** What is gathered from entries that go by one after the other. */
export type Gathering<Told> = { add(entry: RowEntry): void; result(): Told };

/** Every row that needs attention, in exactly one group; groups by urgency, then in the order of repair. */
export function gatherGroups(): Gathering<Group[]> {
  const groups = new Map<string, { kind: TroubleKind; code: ReasonCode | null; rows: Gathered }>();
  return {
    add(entry) {
      const kind = troubleOf(entry);
      if (kind === undefined) return;
      const code = findingsOf(entry)[0]?.code ?? null;
      const key = `${kind} ${code}`;
      let group = groups.get(key);
      if (!group) groups.set(key, (group = { kind, code, rows: new Gathered() }));
      group.rows.add(entry, (one) => storyOf(one).join(' '));
    },
    result: () =>
      Array.from(groups.values(), ({ kind, code, rows }) => ({ kind, code, ...rows.result() })).sort(
        (a, b) => urgency.indexOf(a.kind) - urgency.indexOf(b.kind) || placeOf(a.code) - placeOf(b.code),
      ),
  };
}

const placeOf = (code: ReasonCode | null): number => (code === null ? -1 : (repair.get(code) ?? 0));

/** Warnings of rows that are not held, in the order of repair; a row with two warnings is in two groups. */
export function gatherWarnings(): Gathering<WarningGroup[]> {
  const groups = new Map<ReasonCode, Gathered>();
  return {
    add(entry) {
      if (entry.row.warnings.length === 0 || troubleOf(entry) === 'held') return;
      for (const code of codesOf(entry.row.warnings)) {
        let group = groups.get(code);
        if (!group) groups.set(code, (group = new Gathered()));
        group.add(entry, (one) => warningTold(one, code));
      }
    },
    result: () =>
      Array.from(groups, ([code, rows]) => ({ code, ...rows.result() })).sort(
        (a, b) => placeOf(a.code) - placeOf(b.code),
      ),
  };
}

/** What a warning says of one row. */
export function warningTold({ row }: RowEntry, code: ReasonCode): string {
  const own = row.warnings.filter((warning) => warning.code === code);
  return own.map((warning) => sentenceOf(warning)).join(' ');
}

class Gathered {
  #count = 0;
  readonly #entries: RowEntry[] = [];
  /** Undefined before the first. */
  #story: string | null | undefined;

  add(entry: RowEntry, storyOfEntry: (entry: RowEntry) => string): void {
    this.#count += 1;
    if (this.#entries.length < examplesKept) this.#entries.push(entry);
    // Once two rows differ, nothing that comes can make them alike.
    if (this.#story === null) return;
    const story = storyOfEntry(entry);
    this.#story = this.#story === undefined || this.#story === story ? story : null;
  }

  result(): Examples {
    return { count: this.#count, entries: this.#entries, story: this.#story ?? null };
  }
}

/** Each code once, in the order of repair. */
export function codesOf(findings: readonly Finding[]): ReasonCode[] {
  return [...new Set(inRepairOrder(findings).map((finding) => finding.code))];
}

/**
 * What was found, in sentences: the reasons', then the detail of the write or of the read-back. A detail that repeats a
 * sentence is not said twice. Empty when there is nothing to say.
 */
export function factsOf(findings: readonly Finding[], detail: string): string[] {
  const sentences = [...new Set(inRepairOrder(findings).map((finding) => sentenceOf(finding)))];
  const fresh = sentences.filter((sentence) => !detail.includes(sentence));
  return detail === '' ? fresh : [...fresh, detail];
}

/** What was found about an entry in trouble. */
export function storyOf(entry: RowEntry): string[] {
  const kind = troubleOf(entry);
  if (isReadTrouble(kind)) {
    const { verification } = entry;
    return [verification?.detail || verdictWords[kind].meaning];
  }
  const facts = factsOf(findingsOf(entry), entry.result?.detail ?? '');
  return facts.length > 0 || kind === undefined ? facts : [outcomeWords[kind].meaning];
}

/** What is said of the rows of a group: their own sentence where it is the same for all, else that of the first of them. */
export function sentenceOfGroup({ story, entries: [first] }: Examples, told: (entry: RowEntry) => string): string {
  if (story !== null || first === undefined) return story ?? '';
  return `For example line ${first.row.line}: ${told(first)}`;
}

/** A warning's sentence for its rows. */
export function warningSentence(group: WarningGroup): string {
  return sentenceOfGroup(group, (entry) => warningTold(entry, group.code));
}

/**
 * Whether what was predicted of the row still stands: it was said of the row as planned, so not of one whose write did not
 * come about, or has not lasted.
 */
export function isPredicted(entry: RowEntry): boolean {
  const trouble = troubleOf(entry);
  return entry.row.forecast !== null && (trouble === undefined || stillPredicted.has(trouble));
}

const stillPredicted: ReadonlySet<TroubleKind> = new Set(['held', 'unreadable', 'waiting', 'sync-error']);

/** What to do, one sentence per distinct remedy, the first to do in front. */
export function remediesOf(codes: readonly ReasonCode[]): string[] {
  return [...new Set(codes.map((code) => remedyOf(code)))];
}

/** What to do about a row that ended so, the first to do in front. */
export function remediesOfOutcome(outcome: OutcomeKind, codes: readonly ReasonCode[]): string[] {
  // In doubt about what is in the tenant, looking comes before trying again, whatever the reason of the doubt was.
  if (codes.length === 0 || outcome === 'uncertain') return [outcomeWords[outcome].remedy, ...remediesOf(codes)];
  return remediesOf(codes);
}

/** What to do about a group. */
export function remedyOfGroup(group: Group): string {
  const { code, kind } = group;
  if (isReadTrouble(kind)) return verdictWords[kind].remedy;
  if (kind === 'uncertain') return outcomeWords.uncertain.remedy;
  return code === null ? outcomeWords[kind].remedy : remedyOf(code);
}
