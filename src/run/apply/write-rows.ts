import type { JournalEntry, JournalOutcome } from '../../core/journal.ts';
import { howMany, listFrom, type List } from '../../core/list.ts';
import { packedOutcomes } from '../../core/bulk/bulk.ts';
import type { ResultRow } from '../../core/result.ts';
import type { PlanRow } from '../../core/row.ts';
import { writeQuota } from '../../core/write-time.ts';
import { readHistory } from './history.ts';
import { pendingRows } from './pending.ts';
import { resultOf, resultsFrom } from './results.ts';
import type { Stopped } from './stop.ts';
import { type ApplyOptions, type ApplyTools, writeAll } from './write-all.ts';

export type Applied = {
  /** In plan order. */
  readonly results: List<ResultRow>;
  readonly stopped: Stopped | null;
  /** What the journal could not take any more: this is the only record of it. */
  readonly unsaved: readonly JournalOutcome[];
};

/**
 * Writes the ready rows of a plan: each is read again just before its write, journaled before and after it. Never throws
 * for a row; every plan row gets exactly one result, in plan order. `past` is the journal of an earlier, interrupted apply
 * of the same plan: what it settled is not done again.
 */
export async function writeRows(
  rows: List<PlanRow>,
  past: List<JournalEntry>,
  run: { tools: ApplyTools; options: ApplyOptions },
): Promise<Applied> {
  const { tools, options } = run;
  const history = readHistory(past);
  const outcomes = packedOutcomes();
  const pending = pendingRows(rows, history, options);
  const { atOnce, perSecond } = writeQuota;
  const applications = tools.writers.length;
  tools.progress.stage('Writing to the tenant', pending.settled + pending.rows.length, {
    done: pending.settled,
    held: howMany(rows, ({ state }) => state === 'held'),
    limit: { atOnce: atOnce * applications, perSecond: perSecond * applications },
  });
  const { stopped, unsaved } = await writeAll(pending.rows, outcomes, { tools, options, history });
  const earlier = resultsFrom(rows, past);
  const results = listFrom(rows, (row, index) => {
    const now = outcomes.get(row.line);
    const before = earlier.at(index);
    // What this run did not come to is as an earlier one has left it: open, refused, or found changed.
    const isAsBefore = (now?.outcome ?? 'not-reached') === 'not-reached' && before?.outcome !== 'not-reached';
    return isAsBefore && before ? before : resultOf(row, now);
  });
  return { results, stopped, unsaved };
}
