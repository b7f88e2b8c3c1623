import type { Scope } from './requests.ts';

/** One search as it came in, and what it was answered. A page counts as a search. */
export type LoggedSearch = {
  readonly kind: 'search';
  /** Number of the connection, from 1. */
  readonly connection: number;
  readonly base: string;
  readonly scope: Scope;
  /** String form, RFC 4515; bytes that are no text as `\xx`. */
  readonly filter: string;
  readonly attributes: readonly string[];
  /** Page size asked for; null without the paged-results control. */
  readonly pageSize: number | null;
  /** A later page: the control came with a cookie. */
  readonly isContinued: boolean;
  /** Which page of the listing, from 1; null without the control. */
  readonly page: number | null;
  readonly sizeLimit: number;
  readonly timeLimit: number;
  /** Entries and references sent so far. */
  entries: number;
  references: number;
  /** Result code; null while unanswered. */
  code: number | null;
};

/** Any other request, named, with its result code. */
export type LoggedOperation = {
  readonly kind: 'bind' | 'start-tls' | 'who-am-i' | 'refused' | 'abandon' | 'unbind';
  readonly connection: number;
  /** Whether TLS protected it. */
  readonly isSecure: boolean;
  /** The name bound with, or of the refused operation; else empty. */
  readonly name: string;
  /** Null for requests that have no answer. */
  readonly code: number | null;
};

/** One request the practice directory met. Passwords are never in it. */
export type LoggedRequest = Readonly<LoggedSearch> | LoggedOperation;
