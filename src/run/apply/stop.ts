import { type FailureCode, RunFault } from '../../core/failure.ts';
import type { Pause } from './row/pace.ts';
import type { Clock } from '../ports.ts';
import type { RowOutcome } from '../../core/outcome.ts';
import type { RowEnd } from './row/row-outcome.ts';

/** Why an apply ended before its last row. */
export type Stopped =
  | { readonly kind: 'interrupted' }
  /** `--stop-at`. */
  | { readonly kind: 'window-over'; readonly at: Date }
  | { readonly kind: 'too-many-failures'; readonly failures: number }
  | { readonly kind: 'failures-in-a-row'; readonly failures: number; readonly last: string }
  /** Not one write has been allowed: it is the application that lacks the right, not the rows. */
  | { readonly kind: 'refused-everywhere'; readonly failures: number; readonly last: string }
  | { readonly kind: 'fault'; readonly error: unknown };

/** Exit code of a run that stopped: interrupted 130, stopped for safety 3, and a fault's own. */
export function exitCodeOfStop(stopped: Stopped): number {
  switch (stopped.kind) {
    case 'interrupted':
    case 'window-over':
      return 130;
    case 'fault':
      return stopped.error instanceof RunFault ? stopped.error.exitCode : 2;
    default:
      return 3;
  }
}

/** When an apply is to stop by itself. */
export type StopLimits = {
  /** At how many rejected or uncertain rows, none counting as one; null: never. */
  readonly maxFailures: number | null;
  /** At how many of them without one success between; null: never. */
  readonly maxConsecutiveFailures: number | null;
  /** No row is begun from then on; null: whenever it ends. */
  readonly stopAt: Date | null;
  /** Rows side by side. */
  readonly concurrency: number;
};

/** The brake of an apply: once due, no further row is begun; rows in flight end properly. */
export type Stop = {
  isDue(): boolean;
  why(): Stopped | null;
  isFault(): boolean;
  count(end: RowEnd): void;
  fault(error: unknown): void;
  readonly pause: Pause;
  /** What the work brings; null when the run is to end before it does. */
  before<Result>(work: Promise<Result>): Promise<Result | null>;
};

// Of rows refused with 403 before any was allowed; users who hold roles are refused one by one, and rarely come first. Where
// more go side by side, all of them: those that are allowed may just take longer to answer.
const refusalsEnough = 5;

/** `windowEnd` aborts at `stopAt`, for whoever waits for something else than time. */
export function makeStop(
  limits: StopLimits,
  { clock, signal, windowEnd }: { clock: Clock; signal: AbortSignal; windowEnd: AbortSignal },
): Stop {
  const { stopAt } = limits;
  // Aborts whatever waits: on the person's signal, at the end of the window, and when the run has stopped by itself.
  const ending = new AbortController();
  const onSignal = (): void => ending.abort();
  for (const one of [signal, windowEnd]) {
    if (one.aborted) onSignal();
    else one.addEventListener('abort', onSignal);
  }
  let first: Stopped | null = null;
  const stop = (why: Stopped): void => {
    first ??= why;
    ending.abort();
  };
  const failures = countFailures(limits, stop);
  const why = (): Stopped | null => {
    if (first === null && signal.aborted) first = { kind: 'interrupted' };
    if (first === null && stopAt !== null && clock.now() >= stopAt) first = { kind: 'window-over', at: stopAt };
    return first;
  };
  return {
    isDue: () => why() !== null,
    why,
    isFault: () => first?.kind === 'fault',
    count(end) {
      if (end.runFault !== undefined) stop({ kind: 'fault', error: end.runFault });
      failures.count(end);
    },
    fault: (error) => stop({ kind: 'fault', error }),
    before: (work) => beforeEnd(work, ending.signal),
    async pause(ms) {
      const left = stopAt === null ? ms : Math.min(ms, stopAt.getTime() - clock.now().getTime());
      if (left > 0 && !ending.signal.aborted) await clock.sleep(left, ending.signal);
      return why() === null;
    },
  };
}

/** Not Promise.race with one promise for the whole run: that would keep every reading of it in memory. */
function beforeEnd<Result>(work: Promise<Result>, end: AbortSignal): Promise<Result | null> {
  return new Promise((resolve, reject) => {
    const onEnd = (): void => resolve(null);
    if (end.aborted) onEnd();
    end.addEventListener('abort', onEnd);
    void work.then(resolve, reject).finally(() => end.removeEventListener('abort', onEnd));
  });
}

function countFailures(limits: StopLimits, stop: (why: Stopped) => void): { count(end: RowOutcome): void } {
  let failures = 0;
  let inARow = 0;
  let hasSucceeded = false;
  const codes = new Set<FailureCode | null>();
  const verdict = (last: string): Stopped | null => {
    const { maxFailures, maxConsecutiveFailures } = limits;
    if (maxFailures !== null && failures >= Math.max(1, maxFailures)) return { kind: 'too-many-failures', failures };
    const isRefusedEverywhere = !hasSucceeded && codes.size === 1 && codes.has('forbidden');
    if (isRefusedEverywhere && failures >= Math.max(refusalsEnough, limits.concurrency))
      return { kind: 'refused-everywhere', failures, last };
    const isInARow = maxConsecutiveFailures !== null && inARow >= maxConsecutiveFailures;
    return isInARow ? { kind: 'failures-in-a-row', failures: inARow, last } : null;
  };
  return {
    count({ outcome, code, detail }) {
      if (outcome === 'applied' || outcome === 'already') inARow = 0;
      if (outcome === 'applied') hasSucceeded = true;
      if (outcome !== 'rejected' && outcome !== 'uncertain') return;
      failures++;
      inARow++;
      codes.add(code);
      const why = verdict(detail);
      if (why) stop(why);
    },
  };
}
