import pLimit from 'p-limit';
import { Failure } from '../core/failure.ts';
import type { Guid } from '../core/guid.ts';
import type { JournalEntry, JournalOutcome } from '../core/journal.ts';
import type { ResultRow } from '../core/result.ts';
import type { PlanRow } from '../core/row.ts';
import { makeGate } from './gate.ts';
import type { Progress, TenantReader, UserReading } from './ports.ts';
import { makeStop, type Stopped } from './stop.ts';
import { type ReadyRow, type RowTools, writeRow } from './write-row.ts';

/** What an apply works with: the row's tools, and somebody to tell how far it is. */
export type ApplyTools = Omit<RowTools, 'gate'> & { readonly progress: Progress };

export type ApplyOptions = {
  readonly concurrency: number;
  /** Pilot: only so many ready rows, counted from the top of the plan. */
  readonly first: number | null;
  /** Stop when more rows than this were rejected or left uncertain. */
  readonly maxFailures: number | null;
};

export type Applied = { readonly results: ResultRow[]; readonly stopped: Stopped | null };

/**
 * Applies the ready rows of a plan: each is read again just before its write, journaled before and after it. Never throws
 * for a row; every plan row gets exactly one result, in plan order. `past` is the journal of an earlier, interrupted apply
 * of the same plan: what it settled is not done again.
 */
export async function applyPlan(
  rows: readonly PlanRow[],
  past: readonly JournalEntry[],
  run: { tools: ApplyTools; options: ApplyOptions },
): Promise<Applied> {
  const { tools, options } = run;
  const history = readHistory(past);
  const ready = rows.filter(isReady).slice(0, options.first ?? undefined);
  const outcomes = new Map<number, JournalOutcome>();
  for (const [line, outcome] of history.settled) outcomes.set(line, outcome);

  tools.progress.stage('Writing to the tenant', ready.length);
  tools.progress.advance(ready.filter((row) => outcomes.has(row.line)).length);
  const pending = ready.filter((row) => !outcomes.has(row.line));
  const stopped = await writeAll(pending, outcomes, { tools, options, unsettled: history.unsettled });
  return { results: rows.map((row) => resultOf(row, outcomes.get(row.line))), stopped };
}

function isReady(row: PlanRow): row is ReadyRow {
  return row.state === 'ready' && row.cloud !== null;
}

type History = { readonly settled: Map<number, JournalOutcome>; readonly unsettled: Set<number> };

function readHistory(past: readonly JournalEntry[]): History {
  const settled = new Map<number, JournalOutcome>();
  const unsettled = new Set<number>();
  for (const entry of past) {
    if (entry.kind === 'intent') {
      unsettled.add(entry.line);
    } else if (entry.outcome === 'applied' || entry.outcome === 'already') {
      settled.set(entry.line, entry);
      unsettled.delete(entry.line);
    } else if (entry.outcome !== 'uncertain') {
      unsettled.delete(entry.line);
    }
  }
  return { settled, unsettled };
}

const rowsPerRead = 20; // one $batch

async function writeAll(
  pending: readonly ReadyRow[],
  outcomes: Map<number, JournalOutcome>,
  run: { tools: ApplyTools; options: ApplyOptions; unsettled: ReadonlySet<number> },
): Promise<Stopped | null> {
  const { tools, options, unsettled } = run;
  const limit = pLimit(options.concurrency);
  const rowTools: RowTools = { ...tools, gate: makeGate(tools.clock) };
  const stop = makeStop(options.maxFailures, tools.signal);

  const one = async (row: ReadyRow, reading: UserReading): Promise<void> => {
    if (stop.isDue()) return;
    if (reading.kind === 'unreadable' && reading.failure.facts.scope === 'run') {
      stop.fault(reading.failure.cause ?? reading.failure);
      return;
    }
    try {
      const end = await writeRow(row, { reading, wasUnsettled: unsettled.has(row.line) }, rowTools);
      outcomes.set(row.line, end.entry);
      tools.progress.advance(1);
      stop.count(end);
    } catch (error) {
      // A journal that cannot be written, or a bug: no further row is begun, the others in flight still end properly.
      stop.fault(error);
    }
  };

  const windowSize = rowsPerRead * Math.max(1, Math.ceil(options.concurrency / 4));
  const readAhead = (start: number): Promise<ReadonlyMap<Guid, UserReading>> =>
    readWindow(pending.slice(start, start + windowSize), tools.reader);
  // The next window is read while this one is written, so that no write waits for its guard.
  let ahead = readAhead(0);
  for (let start = 0; start < pending.length && !stop.isDue(); start += windowSize) {
    const readings = await ahead;
    if (start + windowSize < pending.length) ahead = readAhead(start + windowSize);
    const window = pending.slice(start, start + windowSize);
    await Promise.all(window.map((row) => limit(() => one(row, readings.get(row.cloud.id) ?? { kind: 'missing' }))));
  }
  await ahead;
  return pending.every((row) => outcomes.has(row.line)) && !stop.isFault() ? null : stop.why();
}

/** Never rejects: a read that failed for the whole window is told to each of its rows. */
async function readWindow(window: readonly ReadyRow[], reader: TenantReader): Promise<ReadonlyMap<Guid, UserReading>> {
  if (window.length === 0) return new Map();
  try {
    return await reader.readUsers(window.map((row) => row.cloud.id));
  } catch (error) {
    const failure = asFailure(error);
    return new Map(window.map((row) => [row.cloud.id, { kind: 'unreadable', failure }]));
  }
}

/** A RunFault or a bug met while reading ends the run: told as a failure of run scope with itself as the cause. */
function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new Failure({ code: 'unexpected', scope: 'run', retry: 'never', effect: 'none' }, message, { cause: error });
}

function resultOf(row: PlanRow, outcome: JournalOutcome | undefined): ResultRow {
  const untouched = { row, attempts: 0, requestId: null, finishedAt: null, detail: '' };
  if (row.state === 'held') return { ...untouched, outcome: 'held', reasons: row.reasons };
  if (row.state === 'kept') return { ...untouched, outcome: 'kept', reasons: [] };
  if (!outcome) return { ...untouched, outcome: 'not-reached', reasons: [] };
  return {
    row,
    outcome: outcome.outcome,
    reasons: outcome.code ? [{ code: outcome.code }] : [],
    attempts: outcome.attempts,
    requestId: outcome.requestId,
    finishedAt: outcome.at,
    detail: outcome.detail,
  };
}

/** The results as the journal alone tells them: for reports of a run that is over or was cut off. */
export function resultsFrom(rows: readonly PlanRow[], entries: readonly JournalEntry[]): ResultRow[] {
  const latest = new Map<number, JournalOutcome>();
  const open = new Set<number>();
  for (const entry of entries) {
    if (entry.kind === 'outcome') {
      latest.set(entry.line, entry);
      open.delete(entry.line);
    } else {
      open.add(entry.line);
      latest.delete(entry.line);
    }
  }
  return rows.map((row) =>
    open.has(row.line)
      ? { ...resultOf(row, undefined), outcome: 'uncertain', detail: 'A write was begun and its end is not recorded.' }
      : resultOf(row, latest.get(row.line)),
  );
}
