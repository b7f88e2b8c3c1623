import { Failure } from '../core/failure.ts';
import type { Clock, Retry } from './ports.ts';

/** How often and how patiently; milliseconds. */
export type RetryPolicy = { readonly attempts: number; readonly firstMs: number; readonly longestMs: number };

const readPolicy: RetryPolicy = { attempts: 8, firstMs: 500, longestMs: 30_000 };

// Milliseconds. Whoever is told to come back in a year asks again in an hour: a person may have fixed it.
const leastWish = 50;
const longestWish = 3_600_000;

/**
 * How long to wait after the given attempt (1 is the first): what the service asked for, plus up to a tenth so that
 * callers do not come back together; without a wish, exponential with full jitter above half.
 */
export function waitAfter(failure: Failure, attempt: number, options: { policy: RetryPolicy; clock: Clock }): number {
  const { policy, clock } = options;
  const wished = failure.facts.retryAfterMs;
  // No wish at all is what a date in the past comes to, and a clock of this machine that is ahead makes every date one.
  const isWish = wished !== undefined && wished >= leastWish;
  if (isWish) return Math.min(wished, longestWish) * (1 + clock.random() / 10);
  const ceiling = Math.min(policy.longestMs, policy.firstMs * 2 ** (attempt - 1));
  return ceiling * (0.5 + clock.random() / 2);
}

/**
 * The one retry policy for reads, of LDAP and Graph alike: repeats while the Failure says that it can help. Once `signal`
 * aborts nothing is waited for any more: the call's last failure is its answer.
 */
export function makeRetry(
  clock: Clock,
  { policy = readPolicy, signal }: { readonly policy?: RetryPolicy; readonly signal?: AbortSignal } = {},
): Retry {
  return async (call) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof Failure) || error.facts.retry === 'never' || attempt >= policy.attempts) throw error;
        if (signal?.aborted) throw error;
        await clock.sleep(waitAfter(error, attempt, { policy, clock }), signal);
        if (signal?.aborted) throw error;
      }
    }
  };
}
