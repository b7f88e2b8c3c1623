import type { Failure } from '../../../core/failure.ts';
import type { JournalOutcome } from '../../../core/journal.ts';
import type { RowOutcome } from '../../../core/outcome.ts';
import type { PlannedCloud, PlanRow } from '../../../core/row.ts';
import type { CloudUser } from '../../../core/users.ts';
import type { Pause } from './pace.ts';
import type { Clock, JournalWriter, Log, TenantReader, UserReading } from '../../ports.ts';
import type { Writers } from './writers.ts';

/** A row that is to be written. */
export type ReadyRow = PlanRow & { readonly cloud: PlannedCloud };

export type RowTools = {
  readonly reader: TenantReader;
  readonly writers: Writers;
  readonly journal: JournalWriter;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether anything speaks against beginning one more row, and the sleep that ends when something does. */
  readonly stop: { isDue(): boolean; readonly pause: Pause };
  /** Aborted when the run is over: nothing is sent any more, and nothing waited for, whatever is still open. */
  readonly over: AbortSignal;
};

/** What is known of a row before it is written. */
export type Known = {
  /** The user as just read, and when, in milliseconds since the epoch. */
  readonly reading: UserReading;
  readonly readAt: number;
  /** An earlier run of the plan began to write the immutable ID, and how that ended is not settled. */
  readonly wasUnsettled: boolean;
  /** An earlier run of the plan began the row's detour, and did not end the row. */
  readonly wasMoved: boolean;
  /** That run may have left the user on the UPN of its detour. */
  readonly mayBeAway: boolean;
  /**
   * The row takes a write back, so the value it writes has been there before, and a reading that shows it may be older than
   * the write: it proves nothing.
   */
  readonly takesBack: boolean;
  /** What was read in bulk since the plan was made and is not as it was reviewed, in a sentence; null: nothing. */
  readonly against: string | null;
};

type EndKind = JournalOutcome['outcome'];

/**
 * How a row, or one change of it, ended, and what that means beyond it. `not-reached`: nothing took effect, and it would have
 * been sent again had nobody wanted out.
 */
export type RowEnd<Kind extends EndKind = EndKind> = RowOutcome<Kind> & {
  /** Set when no other row would fare better. */
  readonly runFault?: unknown;
  /** Refused for the value itself: an earlier attempt at the same value was refused, too. */
  readonly isOfTheValue?: boolean;
};

export const ending = <Kind extends EndKind>(
  outcome: Kind,
  detail: string,
  more: Partial<Omit<RowEnd, 'outcome' | 'detail'>> = {},
): RowEnd<Kind> => ({
  outcome,
  code: null,
  attempts: 0,
  requestId: null,
  detail,
  ...more,
});

/** The row's last entry in the journal. */
export function entryOf(row: ReadyRow, end: RowEnd, clock: Clock): JournalOutcome {
  const { outcome, code, attempts, requestId, detail } = end;
  return {
    kind: 'outcome',
    line: row.line,
    userId: row.cloud.id,
    outcome,
    code,
    attempts,
    requestId,
    detail,
    at: clock.now().toISOString(),
  };
}

/** What a Failure makes of a row or a change; `attempts` is how often it was sent. */
export function failed(failure: Failure, attempts: number): RowEnd<'rejected' | 'uncertain'> {
  const { code, effect, requestId, scope } = failure.facts;
  return ending(effect === 'unknown' ? 'uncertain' : 'rejected', failure.message, {
    code,
    attempts,
    requestId: requestId ?? null,
    ...(scope === 'run' ? { runFault: failure.cause ?? failure } : {}),
  });
}

/**
 * The row could not be read before it was written. What an earlier run may have begun stays open: it must not look like a
 * row on which nothing was written.
 */
export function unreadable(failure: Failure, known: Known): RowEnd {
  const end = failed(failure, 0);
  return known.wasUnsettled || known.mayBeAway ? { ...end, outcome: 'uncertain' } : end;
}

/** Graph sends null for an empty value; an empty string, should one come, means the same. */
export function valueOf(user: CloudUser): string | null {
  return user.onPremisesImmutableId === '' ? null : user.onPremisesImmutableId;
}

/** An immutable ID for a sentence. */
export function shown(value: string | null): string {
  return value ?? 'an empty value';
}
