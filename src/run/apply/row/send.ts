import { Failure } from '../../../core/failure.ts';
import type { Guid } from '../../../core/guid.ts';
import type { CloudUser } from '../../../core/users.ts';
import type { Pause } from './pace.ts';
import type { TenantWriter, UserReading, WriteAnswer } from '../../ports.ts';
import { readOne } from './reading.ts';
import type { Turn } from './writers.ts';
import { type RetryPolicy, waitAfter } from '../../retry.ts';
import { type RowEnd, ending, failed, type RowTools } from './row-outcome.ts';

/** One change of one user, made by one PATCH that may be sent several times: it always writes the same value. */
export type Change = {
  readonly line: number;
  readonly userId: Guid;
  /** The property that it writes: what a refusal has to name to be one of the value. */
  readonly property: 'onPremisesImmutableId' | 'userPrincipalName';
  readonly patch: (writer: TenantWriter) => Promise<WriteAnswer>;
  /**
   * What a reading proves: made; not made yet, for all it tells; or, in words, something neither before nor after. Null
   * where no reading can prove anything, because the user has been like that before and readings may be old.
   */
  readonly seenIn: ((user: CloudUser) => 'made' | 'not-yet' | { readonly instead: string }) | null;
  /** When the user was read as it has to be before it is changed, in milliseconds since the epoch. */
  readonly readAt: number;
  /**
   * What a new reading speaks against sending, once the old one has grown old over a wait; null: nothing. `isOpen`: an
   * attempt got no answer, so the value may be there by it. Null as a whole where the change has to be made anyway.
   */
  readonly guard: ((reading: UserReading, isOpen: boolean) => RowEnd | null) | null;
  /** Tries on although somebody wants out, until the run is over, or although the user cannot be read: it must not stay so. */
  readonly mustEnd: boolean;
  /** How long to wait before a bad request is tried again, in milliseconds; empty where it cannot help. */
  readonly patience: readonly number[];
};

const writePolicy: RetryPolicy = { attempts: 10, firstMs: 500, longestMs: 30_000 };
// Milliseconds between the readings that settle a write of unknown effect; reads may lag behind writes by seconds.
const settleWaits = [0, 500, 1_000, 2_000, 4_000];

/**
 * Sends a change until it is acknowledged, seen, refused, or given up: retried where that can help, at the pace of all
 * writers, and read back when no answer came. Never throws.
 */
export async function send(change: Change, tools: RowTools): Promise<RowEnd> {
  const call: Call = {
    change,
    patience: [...change.patience],
    refusers: new Set(),
    tools,
    pause: pauseOf(change, tools),
  };
  // The latest attempt without an answer: it was not seen to take effect, and may have all the same.
  let open: Failure | null = null;
  let readAt = change.readAt;
  for (let attempt = 1; ; attempt++) {
    const turn = await tools.writers.turn(call.pause, call.refusers);
    if (!turn || tools.over.aborted) return givenUp(attempt - 1, open);
    const against = await objection(readAt, { attempt, isOpen: open !== null }, call);
    if (against) return { ...against, attempts: attempt - 1 };
    const failure = await tried(turn, attempt, call);
    if (!(failure instanceof Failure)) return failure;
    readAt = tools.clock.now().getTime();
    if (failure.facts.effect === 'unknown') {
      const settled = await settle(change, tools, settleWaits);
      if (settled) return settledBy(settled, failure, attempt);
      open = failure;
    }
    if (isForAnother(failure, turn, call)) continue;
    const wait = waitBeforeNext(failure, attempt, call);
    if (wait === null) return lastWord(failure, { attempts: attempt, open }, call);
    if (failure.facts.code === 'throttled') turn.refused(wait, failure);
    else if (!(await call.pause(wait))) return givenUp(attempt, open);
  }
}

/** One attempt: how it ended the change, or what kept it from that. */
async function tried(turn: Turn, attempt: number, { change, refusers, tools }: Call): Promise<RowEnd | Failure> {
  try {
    const { requestId, quotaUse } = await change.patch(turn.writer);
    turn.answered(quotaUse);
    tools.writers.refusedButOthersWrote(refusers);
    return ending('applied', '', { attempts: attempt, requestId });
  } catch (error) {
    if (!(error instanceof Failure)) return unexpected(error, attempt);
    tools.log.warn('write-failed', { line: change.line, attempt, ...error.facts, message: error.message });
    return error;
  }
}

/** Whether it is the user whom nobody may write, or the application that may write nobody, another application tells. */
function isForAnother({ facts }: Failure, { writer }: Turn, { refusers, tools }: Call): boolean {
  if (facts.status !== 403) return false;
  refusers.add(writer.application);
  return tools.writers.hasOther(refusers);
}

// Milliseconds for which a reading guards a write; between two attempts hardly any, for nobody knows how long a wait was.
const freshFor = { first: 10_000, later: 1_000 };

/** What speaks against sending by now: after a wait the row is read again, as before its first attempt. */
async function objection(
  readAt: number,
  { attempt, isOpen }: { readonly attempt: number; readonly isOpen: boolean },
  { change, tools }: Call,
): Promise<RowEnd | null> {
  const age = Math.abs(tools.clock.now().getTime() - readAt);
  if (change.guard === null || age <= (attempt === 1 ? freshFor.first : freshFor.later)) return null;
  const { reading } = await readOne(change.userId, tools);
  return change.guard(reading, isOpen);
}

type Call = {
  readonly change: Change;
  /** What is left of it. */ readonly patience: number[];
  /** Applications that have refused this change with 403. */
  readonly refusers: Set<string>;
  readonly tools: RowTools;
  readonly pause: Pause;
};

function pauseOf({ mustEnd }: Change, { clock, stop, over }: RowTools): Pause {
  return mustEnd ? (ms) => clock.sleep(ms, over).then(() => !over.aborted) : stop.pause;
}

/** Null: another attempt would not help. */
function waitBeforeNext(failure: Failure, attempt: number, { patience, tools }: Call): number | null {
  const { code, retry, status } = failure.facts;
  // 404 is told as a bad request too, and waiting does not bring a user back.
  if (code === 'bad-request' && status !== 404) return patience.shift() ?? null;
  if (retry !== 'later' || attempt >= writePolicy.attempts) return null;
  return waitAfter(failure, attempt, { policy: writePolicy, clock: tools.clock });
}

function settledBy(settled: RowEnd, { facts }: Failure, attempts: number): RowEnd {
  return { ...settled, attempts, requestId: facts.requestId ?? null };
}

/** Another attempt would not help: the value is there all the same, or this is how the change ends. */
async function lastWord(
  failure: Failure,
  { attempts, open }: { readonly attempts: number; readonly open: Failure | null },
  { change, tools }: Call,
): Promise<RowEnd> {
  const made = await madeAllTheSame(change, open, tools);
  return made ? settledBy(made, failure, attempts) : refused(failure, { attempts, open, change });
}

/** A refusal of the value would have met the earlier attempts too; any other leaves open what became of them. */
function refused(
  failure: Failure,
  { attempts, open, change }: { readonly attempts: number; readonly open: Failure | null; readonly change: Change },
): RowEnd {
  const isOfTheValue = isRefusalOfTheValue(failure, change);
  const end = { ...failed(failure, attempts), isOfTheValue };
  if (open === null || isOfTheValue || end.outcome !== 'rejected') return end;
  return { ...end, outcome: 'uncertain', detail: `${end.detail} An attempt before it got no answer.` };
}

/**
 * Only a refusal that names the property says that an earlier attempt was refused, too. A user whom sync has taken over by
 * this very value is refused as well, and so is one who is gone; a gateway's page says nothing at all.
 */
function isRefusalOfTheValue({ facts: { code, status, property } }: Failure, change: Change): boolean {
  return property === change.property && (code === 'conflict' || (code === 'bad-request' && status === 400));
}

/** Somebody wants out, or something has stopped the run, while this change waited for its next attempt. */
function givenUp(attempts: number, open: Failure | null): RowEnd {
  if (open === null) return ending('not-reached', 'The run was stopped while the write waited its turn.', { attempts });
  const { code, requestId = null } = open.facts;
  const detail = `The run was stopped before it was known whether the write took effect. ${open.message}`;
  return ending('uncertain', detail, { code, attempts, requestId });
}

/**
 * A refusal is believed when the value is not there: whatever stands between may have passed the write on and answered for
 * itself. With an attempt open it is looked for once more with patience, since readings may lag behind that one.
 */
async function madeAllTheSame(change: Change, open: Failure | null, tools: RowTools): Promise<RowEnd | null> {
  const seen = await settle(change, tools, open === null ? [0] : settleWaits);
  return seen?.outcome === 'applied' ? { ...seen, detail: 'Refused, and found written by reading it back.' } : null;
}

/**
 * Finds out by reading whether a write of unknown effect took effect. One stale reading proves nothing, so it polls.
 * Null: nothing of it is seen, and sending again is safe since the same value is written.
 */
async function settle(change: Change, tools: RowTools, waits: readonly number[]): Promise<RowEnd | null> {
  if (change.seenIn === null) return null;
  let last: UserReading | undefined;
  for (const wait of waits) {
    await tools.clock.sleep(wait, tools.over);
    if (tools.over.aborted) break;
    last = (await tools.reader.readUsers([change.userId]).catch(() => null))?.get(change.userId);
    if (last?.kind !== 'user') continue;
    const seen = change.seenIn(last.user);
    if (seen === 'made') return ending('applied', 'No answer came; found written by reading it back.');
    if (seen !== 'not-yet') {
      return ending('uncertain', `No answer came, and the value is now ${seen.instead}.`, { code: 'unexpected' });
    }
  }
  if (last?.kind === 'user' || change.mustEnd) return null;
  return ending('uncertain', 'No answer came, and the user could not be read back.', { code: 'unreachable' });
}

/** A bug must not cost the other rows their ending: the row is uncertain, and the run stops with the error. */
function unexpected(error: unknown, attempts: number): RowEnd {
  const message = error instanceof Error ? error.message : String(error);
  return ending('uncertain', message, { code: 'unexpected', attempts, runFault: error });
}
