import { Failure } from '../core/failure.ts';
import type { JournalOutcome } from '../core/journal.ts';
import type { PlannedCloud, PlanRow } from '../core/row.ts';
import type { CloudUser } from '../core/users.ts';
import type { Gate } from './gate.ts';
import type { Clock, JournalWriter, Log, TenantReader, TenantWriter, UserReading } from './ports.ts';
import { type RetryPolicy, waitAfter } from './retry.ts';

/** A row that is to be written. */
export type ReadyRow = PlanRow & { readonly cloud: PlannedCloud };

export type RowTools = {
  readonly reader: TenantReader;
  readonly writer: TenantWriter;
  readonly journal: JournalWriter;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted: finish what is in flight, begin nothing more. */
  readonly signal: AbortSignal;
};

/** How a row ended; `runFault` is set when no other row would fare better. */
export type RowEnd = { readonly entry: JournalOutcome; readonly runFault?: unknown };

const writePolicy: RetryPolicy = { attempts: 10, firstMs: 500, longestMs: 30_000 };
// Milliseconds between the readings that settle a write of unknown effect; reads may lag behind writes by seconds.
const settleWaits = [0, 500, 1_000, 2_000, 4_000];

/**
 * Compares one row with what was just read, then writes it: intent on disk, PATCH, outcome on disk. Throws only when the
 * journal cannot be written, or for a bug.
 */
export async function writeRow(
  row: ReadyRow,
  just: { readonly reading: UserReading; readonly wasUnsettled: boolean },
  tools: RowTools,
): Promise<RowEnd> {
  const found = beforeWriting(row, just);
  if (found) return record(row, found, tools);
  await tools.journal.append({
    kind: 'intent',
    line: row.line,
    userId: row.cloud.id,
    userPrincipalName: row.cloud.userPrincipalName,
    before: row.cloud.before,
    after: row.after,
    at: tools.clock.now().toISOString(),
  });
  return record(row, await send(row, tools), tools);
}

type Ending = Pick<JournalOutcome, 'outcome' | 'code' | 'attempts' | 'requestId' | 'detail'> & { runFault?: unknown };

const ending = (outcome: Ending['outcome'], detail: string, more: Partial<Ending> = {}): Ending => ({
  outcome,
  code: null,
  attempts: 0,
  requestId: null,
  detail,
  ...more,
});

async function record(row: ReadyRow, end: Ending, tools: RowTools): Promise<RowEnd> {
  const { runFault, ...told } = end;
  const entry: JournalOutcome = {
    kind: 'outcome',
    line: row.line,
    userId: row.cloud.id,
    ...told,
    at: tools.clock.now().toISOString(),
  };
  await tools.journal.append(entry);
  tools.log.info('row-ended', { line: row.line, userId: row.cloud.id, ...told });
  return runFault === undefined ? { entry } : { entry, runFault };
}

/** What the re-read already decides; null when the row is as planned and may be written. */
function beforeWriting(
  row: ReadyRow,
  { reading, wasUnsettled }: { readonly reading: UserReading; readonly wasUnsettled: boolean },
): Ending | null {
  if (reading.kind === 'missing') return ending('stale', 'The cloud user no longer exists.');
  if (reading.kind === 'unreadable') return failed(reading.failure, 0);
  const current = valueOf(reading.user);
  if (current === row.after) {
    return wasUnsettled
      ? ending('applied', 'Written by the earlier run; found by reading it back.')
      : ending('already', 'The cloud user already has this value.');
  }
  if (current !== row.cloud.before) {
    return ending('stale', `Planned on ${shown(row.cloud.before)}, found ${shown(current)}.`);
  }
  if (reading.user.onPremisesSyncEnabled === true && row.cloud.syncEnabled !== true) {
    return ending('stale', 'Sync has taken up the cloud user since the plan was made.');
  }
  return null;
}

async function send(row: ReadyRow, tools: RowTools): Promise<Ending> {
  for (let attempt = 1; ; attempt++) {
    await tools.gate.pass();
    try {
      const { requestId } = await tools.writer.setImmutableId(row.cloud.id, row.after);
      return ending('applied', '', { attempts: attempt, requestId });
    } catch (error) {
      if (!(error instanceof Failure)) return unforeseen(error, attempt);
      tools.log.warn('write-failed', { line: row.line, attempt, ...error.facts, message: error.message });
      const settled = error.facts.effect === 'unknown' ? await settle(row, tools) : null;
      if (settled) return { ...settled, attempts: attempt, requestId: error.facts.requestId ?? null };
      const mayRetry = error.facts.retry === 'later' && attempt < writePolicy.attempts && !tools.signal.aborted;
      if (!mayRetry) return failed(error, attempt);
      const wait = waitAfter(error, attempt, { policy: writePolicy, clock: tools.clock });
      if (error.facts.code === 'throttled') tools.gate.shutFor(wait);
      else await tools.clock.sleep(wait);
    }
  }
}

/**
 * Finds out by reading whether a write of unknown effect took effect. One stale reading proves nothing, so it polls.
 * Null: the old value stayed, and writing again is safe since the same value is written.
 */
async function settle(row: ReadyRow, tools: RowTools): Promise<Ending | null> {
  let last: UserReading | undefined;
  for (const wait of settleWaits) {
    await tools.clock.sleep(wait);
    last = (await tools.reader.readUsers([row.cloud.id]).catch(() => null))?.get(row.cloud.id);
    if (last?.kind !== 'user') continue;
    const current = valueOf(last.user);
    if (current === row.after) return ending('applied', 'No answer came; found written by reading it back.');
    if (current !== row.cloud.before) {
      return ending('uncertain', `No answer came, and the value is now ${shown(current)}.`, { code: 'unexpected' });
    }
  }
  if (last?.kind === 'user') return null;
  return ending('uncertain', 'No answer came, and the user could not be read back.', { code: 'unreachable' });
}

function failed(failure: Failure, attempts: number): Ending {
  const { code, effect, requestId, scope } = failure.facts;
  return ending(effect === 'unknown' && attempts > 0 ? 'uncertain' : 'rejected', failure.message, {
    code,
    attempts,
    requestId: requestId ?? null,
    ...(scope === 'run' ? { runFault: failure.cause ?? failure } : {}),
  });
}

/** A bug must not cost the other rows their ending: the row is uncertain, and the run stops with the error. */
function unforeseen(error: unknown, attempts: number): Ending {
  const message = error instanceof Error ? error.message : String(error);
  return ending('uncertain', message, { code: 'unexpected', attempts, runFault: error });
}

/** Graph sends null for an empty value; an empty string, should one come, means the same. */
function valueOf(user: CloudUser): string | null {
  return user.onPremisesImmutableId === '' ? null : user.onPremisesImmutableId;
}

function shown(value: string | null): string {
  return value === null || value === '' ? 'an empty value' : value;
}
