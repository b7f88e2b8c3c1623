import { itemAt, type List, listFrom } from '../../core/list.ts';
import type { PlanRow } from '../../core/row.ts';
import type { History } from './history.ts';
import type { ReadyRow } from './row/row-outcome.ts';

/** Which rows of a plan an apply is to write. */
export type RowChoice = {
  /** Pilot: only so many ready rows, counted from the top of the plan. */
  readonly first: number | null;
  /** Only users left away from home by an earlier run are brought home; nothing else of the plan is written. */
  readonly onlyStranded: boolean;
};

export type Pending = {
  /** What an apply will write, in its order. */
  readonly rows: List<ReadyRow>;
  /** How many of the chosen rows need nothing more: an earlier apply of the plan has settled them. */
  readonly settled: number;
};

export function pendingRows(rows: List<PlanRow>, history: History, choice: RowChoice): Pending {
  const chosen = chosenRows(rows, history, choice);
  const open = inOrder(
    chosen.filter(({ line }) => !history.settled.has(line)),
    history,
  );
  const pending = listFrom(open, ({ place }) => {
    const row = itemAt(rows, place);
    if (!isReady(row)) throw new RangeError(`the row of line ${row.line} is not to be written`);
    return row;
  });
  return { rows: pending, settled: chosen.length - open.length };
}

/** A row of the plan by its place, which takes less than the row. */
type Chosen = { readonly line: number; readonly place: number };

/** The first so many ready rows, and whoever an earlier run has left away from home. With `onlyStranded` only those. */
function chosenRows(rows: Iterable<PlanRow>, { away }: History, { first, onlyStranded }: RowChoice): readonly Chosen[] {
  const chosen: Chosen[] = [];
  let place = 0;
  let ready = 0;
  for (const row of rows) {
    if (isReady(row)) {
      const isAmongFirst = !onlyStranded && ready < (first ?? Number.POSITIVE_INFINITY);
      if (isAmongFirst || away.has(row.line)) chosen.push({ line: row.line, place });
      ready += 1;
    }
    place += 1;
  }
  return chosen;
}

/**
 * Users left on the UPN of a detour come first: nobody knows how long this run will last. Then what an earlier run left
 * open, then what it did not come to, and last what it failed at: a run that stopped over failures must not stop over the
 * same ones again before it has done anything else.
 */
function inOrder(rows: readonly Chosen[], { away, unsettled, failed }: History): Chosen[] {
  const rank = ({ line }: Chosen): number => (away.has(line) ? 0 : unsettled.has(line) ? 1 : failed.has(line) ? 3 : 2);
  return rows.toSorted((a, b) => rank(a) - rank(b));
}

function isReady(row: PlanRow): row is ReadyRow {
  return row.state === 'ready' && row.cloud !== null;
}
