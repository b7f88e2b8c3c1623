import type { Guid } from './guid.ts';
import type { FailureCode } from './failure.ts';

/** First line of journal.ndjson; binds it to one plan. */
export type JournalHeader = {
  readonly kind: 'header';
  readonly format: 1;
  readonly fingerprint: string;
  readonly tenantId: Guid;
  readonly at: string;
};

/** On disk before the PATCH is sent. */
export type JournalIntent = {
  readonly kind: 'intent';
  readonly line: number;
  readonly userId: Guid;
  readonly userPrincipalName: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly at: string;
};

export type OutcomeKind = 'applied' | 'already' | 'stale' | 'rejected' | 'uncertain' | 'held' | 'kept' | 'not-reached';

/** On disk once it is known how a row ended. */
export type JournalOutcome = {
  readonly kind: 'outcome';
  readonly line: number;
  readonly userId: Guid;
  readonly outcome: 'applied' | 'already' | 'stale' | 'rejected' | 'uncertain';
  /** Why, for rejected and uncertain. */
  readonly code: FailureCode | null;
  readonly attempts: number;
  readonly requestId: string | null;
  /** A sentence for people: Graph's message, or what was found in place of what was planned. */
  readonly detail: string;
  readonly at: string;
};

export type JournalEntry = JournalIntent | JournalOutcome;
