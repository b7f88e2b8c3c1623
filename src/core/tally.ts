import type { OutcomeKind } from './journal.ts';
import type { Preflight } from './preflight.ts';
import { type Finding, type ReasonCode, reasonCatalogue } from './reasons.ts';
import type { Counts, ResultRow, VerdictKind, VerificationRow } from './result.ts';
import type { PlanRow } from './row.ts';

export type Tallied = { readonly counts: Counts; readonly reasons: Partial<Record<ReasonCode, number>> };

/** What is counted: a plan with what holds for the whole run, or rows alone. */
export type Tallying =
  readonly PlanRow[] | { readonly rows: readonly PlanRow[]; readonly header: { readonly preflight: Preflight } };

/**
 * Counts states, outcomes, verdicts and reasons. A reason counts once for a row, however often the row met it, and once
 * for the whole run when it is one of the plan's preflight; rows alone have none of those.
 */
export function tally(
  plan: Tallying,
  results: readonly ResultRow[] | null,
  verifications: readonly VerificationRow[] | null,
): Tallied {
  const { rows, wholeRun } =
    'header' in plan ? { rows: plan.rows, wholeRun: plan.header.preflight.findings } : { rows: plan, wholeRun: [] };
  const states = countBy(rows, (row) => row.state);
  const outcomes = countBy(results ?? [], (result) => result.outcome);
  const verdicts = countBy(verifications ?? [], (verification) => verification.verdict);
  const read = (verdict: VerdictKind): number => verdicts.get(verdict) ?? 0;
  const ended = (outcome: OutcomeKind): number => outcomes.get(outcome) ?? 0;
  return {
    counts: {
      rows: rows.length,
      ready: states.get('ready') ?? 0,
      kept: states.get('kept') ?? 0,
      held: states.get('held') ?? 0,
      applied: ended('applied'),
      already: ended('already'),
      stale: ended('stale'),
      rejected: ended('rejected'),
      uncertain: ended('uncertain'),
      notReached: ended('not-reached'),
      matches: read('matches'),
      differs: read('differs'),
      missing: read('missing'),
      unreadable: read('unreadable'),
      takenOver: read('taken-over'),
      waiting: read('waiting'),
      syncError: read('sync-error'),
    },
    reasons: countReasons([
      wholeRun,
      ...(results === null
        ? rows.map((row) => [...row.reasons, ...row.warnings])
        : results.map((result) => [...result.reasons, ...result.row.warnings])),
    ]),
  };
}

function countBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, number> {
  const counts = new Map<Key, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

function countReasons(perRow: readonly (readonly Finding[])[]): Partial<Record<ReasonCode, number>> {
  const counts = new Map<ReasonCode, number>();
  for (const findings of perRow) {
    for (const code of new Set(findings.map((finding) => finding.code))) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  // In the catalogue's order, which is the order of repair.
  const ordered = (Object.keys(reasonCatalogue) as ReasonCode[]).filter((code) => counts.has(code));
  return Object.fromEntries(ordered.map((code) => [code, counts.get(code)])) as Partial<Record<ReasonCode, number>>;
}

/**
 * Exit code of a run that ended by itself: 1 when a row was held, stale, rejected, uncertain, not reached, or reads back
 * wrong, or when sync has not taken a row's user over (yet); else 0. What holds for the whole run is told, and is no row's.
 */
export function exitCodeOf(counts: Counts): 0 | 1 {
  const attention =
    counts.held +
    counts.stale +
    counts.rejected +
    counts.uncertain +
    counts.notReached +
    counts.differs +
    counts.missing +
    counts.unreadable +
    counts.waiting +
    counts.syncError;
  return attention > 0 ? 1 : 0;
}
