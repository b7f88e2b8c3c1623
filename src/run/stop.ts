import type { RowEnd } from './row-end.ts';

/** Why an apply ended before its last row. */
export type Stopped =
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'too-many-failures'; readonly failures: number }
  | { readonly kind: 'fault'; readonly error: unknown };

/** The brake of an apply: once due, no further row is begun; rows in flight end properly. */
export type Stop = {
  isDue(): boolean;
  why(): Stopped | null;
  isFault(): boolean;
  count(end: RowEnd): void;
  fault(error: unknown): void;
};

/** `maxFailures`: at how many rejected or uncertain rows to stop, none counting as one; null for never. */
export function makeStop(maxFailures: number | null, signal: AbortSignal): Stop {
  let first: Stopped | null = null;
  let failures = 0;
  const why = (): Stopped | null => first ?? (signal.aborted ? { kind: 'interrupted' } : null);
  return {
    isDue: () => why() !== null,
    why,
    isFault: () => first?.kind === 'fault',
    count({ entry, runFault }) {
      if (runFault !== undefined) first ??= { kind: 'fault', error: runFault };
      if (entry.outcome === 'rejected' || entry.outcome === 'uncertain') failures++;
      const isTooMany = maxFailures !== null && failures >= Math.max(1, maxFailures);
      if (isTooMany) first ??= { kind: 'too-many-failures', failures };
    },
    fault(error) {
      first ??= { kind: 'fault', error };
    },
  };
}
