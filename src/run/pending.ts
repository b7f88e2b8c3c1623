import type { JournalEntry } from '../core/journal.ts';
import type { PlanRow } from '../core/row.ts';
import { type History, readHistory } from './history.ts';
import type { ReadyRow } from './row-end.ts';

/** Which rows of a plan an apply is to write. */
export type Choice = {
  /** Pilot: only so many ready rows, counted from the top of the plan. */
  readonly first: number | null;
  /** Only users left away from home by an earlier run are brought home; nothing else of the plan is written. */
  readonly strays: boolean;
};

/** What an apply will write, in its order: nothing that an earlier apply of the plan, whose journal is `past`, has settled. */
export function pendingRows(
  rows: readonly PlanRow[],
  past: readonly JournalEntry[],
  choice: Choice,
): readonly ReadyRow[] {
  const history = readHistory(past);
  return inOrder(chosenRows(rows, history, choice), history).filter(({ line }) => !history.settled.has(line));
}

/** The first so many ready rows, and whoever an earlier run has left away from home. With `strays` only those. */
export function chosenRows(
  rows: readonly PlanRow[],
  { away }: History,
  { first, strays }: Choice,
): readonly ReadyRow[] {
  return rows
    .filter(isReady)
    .filter(({ line }, index) => away.has(line) || (!strays && index < (first ?? Number.POSITIVE_INFINITY)));
}

/**
 * Users left on the UPN of a detour come first: nobody knows how long this run will last. Then what an earlier run left
 * open, then what it did not come to, and last what it failed at: a run that stopped over failures must not stop over the
 * same ones again before it has done anything else.
 */
function inOrder(rows: readonly ReadyRow[], { away, unsettled, failed }: History): ReadyRow[] {
  const rank = ({ line }: ReadyRow): number =>
    away.has(line) ? 0 : unsettled.has(line) ? 1 : failed.has(line) ? 3 : 2;
  return rows.toSorted((a, b) => rank(a) - rank(b));
}

function isReady(row: PlanRow): row is ReadyRow {
  return row.state === 'ready' && row.cloud !== null;
}
