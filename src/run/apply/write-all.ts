import pLimit from 'p-limit';
import { type Outcomes, packedOutcomes } from '../../core/bulk/bulk.ts';
import type { JournalEntry, JournalOutcome } from '../../core/journal.ts';
import { howMany, isAny, type List, listFrom, partOf } from '../../core/list.ts';
import type { ResultRow } from '../../core/result.ts';
import type { PlanRow } from '../../core/row.ts';
import { writeQuota } from '../../core/write-time.ts';
import { takesDetour } from './row/detour-row.ts';
import { writeDetour } from './row/detour.ts';
import { type History, knownOf, readHistory } from './history.ts';
import { pendingRows, type RowChoice } from './pending.ts';
import { resultOf, resultsFrom } from './results.ts';
import type { Progress, TenantWriter } from '../ports.ts';
import { type Readings, readingOf, readWindow } from './row/reading.ts';
import { entryOf, type ReadyRow, type RowTools } from './row/row-outcome.ts';
import { makeStop, type StopLimits, type Stopped } from './stop.ts';
import { writeRow } from './row/write-row.ts';
import { makeWriters } from './row/writers.ts';

/** What an apply works with: the row's tools, and who is told and asked while it works. */
export type ApplyTools = Omit<RowTools, 'writers' | 'stop'> & {
  /** One for each application; each has a quota of its own. At least one. */
  readonly writers: readonly TenantWriter[];
  /** Told the id of an application that is not used any more, because it may not write. */
  readonly onSetAside: (application: string) => void;
  readonly progress: Progress;
  /** Aborted: finish what is in flight, begin nothing more. */
  readonly signal: AbortSignal;
  /** Aborts at `stopAt`. */
  readonly windowEnd: AbortSignal;
  /** What was read in bulk since the plan was made and speaks against writing the row, in a sentence; null: nothing. */
  readonly against: (row: ReadyRow) => string | null;
  /** Asked every few minutes whether the tenant still is as it was when the apply began; what it throws ends the run. */
  readonly inspect: () => Promise<void>;
};

export type ApplyOptions = StopLimits &
  RowChoice & {
    /** The plan is a rollback. */
    readonly takesBack: boolean;
  };

const rowsPerRead = 20; // one $batch
// Milliseconds between two looks at the tenant's switches.
const inspectEvery = 5 * 60_000;

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
  const { stopped, unsaved } = await writeSideBySide(pending.rows, outcomes, { tools, options, history });
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

/**
 * Writes the rows side by side, each guarded by a reading of moments ago, until they are done or something speaks against
 * beginning another. `outcomes` grows by what each row came to. Never throws for a row.
 */
async function writeSideBySide(
  pending: List<ReadyRow>,
  outcomes: Outcomes,
  run: { tools: ApplyTools; options: ApplyOptions; history: History },
): Promise<{ readonly stopped: Stopped | null; readonly unsaved: readonly JournalOutcome[] }> {
  const { tools, options, history } = run;
  const { clock } = tools;
  const stop = makeStop(options, tools);
  const rowTools: RowTools = { ...tools, writers: makeWriters(tools.writers, tools), stop };
  const unsaved: JournalOutcome[] = [];

  const one = async (row: ReadyRow, window: Readings): Promise<void> => {
    // The wait for the quota may be long, so it comes before the row is read, and before anything of it is begun.
    if (stop.isDue() || !(await rowTools.writers.open(stop.pause)) || stop.isDue()) return;
    const { reading, readAt } = await readingOf(row, window, tools);
    if (reading.kind === 'unreadable' && reading.failure.facts.scope === 'run') {
      stop.fault(reading.failure.cause ?? reading.failure);
      return;
    }
    try {
      const { takesBack } = options;
      const known = knownOf(row, { reading, readAt }, { history, takesBack, against: tools.against(row) });
      const end = takesDetour(row) ? await writeDetour(row, known, rowTools) : await writeRow(row, known, rowTools);
      const entry = entryOf(row, end, clock);
      const refusal = await refusalOfDisk(entry, tools);
      outcomes.set(row.line, entry);
      if (refusal) unsaved.push(entry);
      tell(entry, tools.progress);
      stop.count({ ...end, runFault: end.runFault ?? refusal?.error });
    } catch (error) {
      // A journal that cannot be written, or a bug: no further row is begun, the others in flight still end properly.
      stop.fault(error);
    }
  };

  const windowSize = rowsPerRead * Math.max(1, Math.ceil(options.concurrency / 16));
  const windowAt = (start: number): ReadyRow[] => partOf(pending, start, start + windowSize);
  const lane = makeLane(options.concurrency);
  // The next window is read while this one is written, so that no write waits for its guard. Never rejects, and costs nothing
  // where no rows are left.
  let ahead = readWindow(windowAt(0), tools);
  let inspectedAt = clock.now().getTime();
  for (let start = 0; start < pending.length && !stop.isDue(); start += windowSize) {
    const readings = await stop.before(ahead);
    if (!readings) break;
    ahead = readWindow(windowAt(start + windowSize), tools);
    if (clock.now().getTime() - inspectedAt >= inspectEvery) {
      inspectedAt = clock.now().getTime();
      await tools.inspect().catch((error: unknown) => stop.fault(error));
    }
    for (const row of windowAt(start)) await lane.enter(() => one(row, readings));
  }
  await lane.empty();
  tools.log.info('writes-taken', { byApplication: rowTools.writers.taken() });
  const isReached = ({ line }: ReadyRow): boolean => (outcomes.get(line)?.outcome ?? 'not-reached') !== 'not-reached';
  const isDone = !isAny(pending, (row) => !isReached(row));
  return { stopped: isDone && !stop.isFault() ? null : stop.why(), unsaved };
}

/**
 * Puts a row's end into the log and on disk. Where the disk does not take it the row has ended all the same, and what the disk
 * said comes back.
 */
async function refusalOfDisk(
  entry: JournalOutcome,
  { journal, log }: ApplyTools,
): Promise<{ readonly error: unknown } | null> {
  const { kind: _kind, at: _at, ...ended } = entry;
  log.info('row-ended', ended);
  return journal.append(entry).then(
    () => null,
    (error: unknown) => ({ error }),
  );
}

const failures = new Set<JournalOutcome['outcome']>(['rejected', 'uncertain', 'stale']);

function tell({ outcome }: JournalOutcome, progress: Progress): void {
  if (outcome !== 'not-reached') progress.advance(1, failures.has(outcome) ? 1 : 0);
}

/** Rows side by side, so many at a time; behind one slow row the others go on. */
type Lane = {
  /** Resolves once the work, which must not reject, has its place: as many rows wait as are under way, and no more. */
  enter(work: () => Promise<void>): Promise<void>;
  /** Resolves once nothing is under way any more. */
  empty(): Promise<void>;
};

function makeLane(places: number): Lane {
  const limit = pLimit(places);
  const underWay = new Set<Promise<void>>();
  let waiting: (() => void) | undefined;
  return {
    async enter(work) {
      while (underWay.size >= 2 * places) await new Promise<void>((free) => (waiting = free));
      const done = limit(work).finally(() => {
        underWay.delete(done);
        waiting?.();
      });
      underWay.add(done);
    },
    empty: async () => void (await Promise.all(underWay)),
  };
}
