import type { FailureCode } from './failure.ts';

export type OutcomeKind = 'applied' | 'already' | 'stale' | 'rejected' | 'uncertain' | 'held' | 'kept' | 'not-reached';

/** How a row ended: what its write came to, the journal keeps, and the reports tell. */
export type RowOutcome<Kind extends OutcomeKind = OutcomeKind> = {
  readonly outcome: Kind;
  /** Why, for rejected and uncertain. */
  readonly code: FailureCode | null;
  readonly attempts: number;
  readonly requestId: string | null;
  /** A sentence for people: Graph's message, or what was found in place of what was planned. */
  readonly detail: string;
};
