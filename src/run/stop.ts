import type { RowEnd } from './write-row.ts';

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

/** `maxFailures`: how many rows may be rejected or left uncertain; null for any number. */
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
      if (maxFailures !== null && failures > maxFailures) first ??= { kind: 'too-many-failures', failures };
    },
    fault(error) {
      first ??= { kind: 'fault', error };
    },
  };
}
