import type { OutcomeKind } from './journal.ts';
import { type Finding, type ReasonCode, reasonCatalogue } from './reasons.ts';
import type { Counts, ResultRow, VerificationRow } from './result.ts';
import type { PlanRow } from './row.ts';

export type Tallied = { readonly counts: Counts; readonly reasons: Partial<Record<ReasonCode, number>> };

/** Counts states, outcomes, verdicts and reasons. A reason counts once for a row, however often the row met it. */
export function tally(
  rows: readonly PlanRow[],
  results: readonly ResultRow[] | null,
  verifications: readonly VerificationRow[] | null,
): Tallied {
  const states = countBy(rows, (row) => row.state);
  const outcomes = countBy(results ?? [], (result) => result.outcome);
  const verdicts = countBy(verifications ?? [], (verification) => verification.verdict);
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
      matches: verdicts.get('matches') ?? 0,
      differs: verdicts.get('differs') ?? 0,
      missing: verdicts.get('missing') ?? 0,
      unreadable: verdicts.get('unreadable') ?? 0,
    },
    reasons: countReasons(
      results === null
        ? rows.map((row) => [...row.reasons, ...row.warnings])
        : results.map((result) => [...result.reasons, ...result.row.warnings]),
    ),
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
 * wrong; else 0.
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
    counts.unreadable;
  return attention > 0 ? 1 : 0;
}
