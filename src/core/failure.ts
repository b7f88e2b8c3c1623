/** Why a call did not work; the codes are the writing reasons of the catalogue. */
export type FailureCode =
  'throttled' | 'timed-out' | 'unreachable' | 'forbidden' | 'conflict' | 'bad-request' | 'server-error' | 'unexpected';

/** What adapters tell of a call that did not work. */
export type FailureFacts = {
  readonly code: FailureCode;
  /** `run`: no other row would fare better (sign-in refused, tenant gone), so the run stops. */
  readonly scope: 'row' | 'run';
  /** Whether trying again can help. */
  readonly retry: 'never' | 'later';
  /** The service's own wish, in milliseconds, from Retry-After. */
  readonly retryAfterMs?: number;
  /** Of a throttled write: which share of the quota was in use, 1 being the limit, and whose quota it is. */
  readonly quotaUse?: number;
  readonly quotaScope?: 'application' | 'tenant';
  /** `unknown`: the request may have taken effect although no answer came (reset, time-out, 5xx). */
  readonly effect: 'none' | 'unknown';
  readonly status?: number;
  /** Graph's `error.code`, or the LDAP result code's name. */
  readonly serviceCode?: string;
  readonly requestId?: string;
  /** The object id of the user a `conflict` names, where the service says it. */
  readonly conflictingId?: string;
  /** The property that the service says it refused or found in use, in its own spelling: `onPremisesImmutableId`. */
  readonly property?: string;
};

/** A call that did not work: thrown by adapters, caught in one place, which retries it or turns it into an outcome. */
export class Failure extends Error {
  readonly facts: FailureFacts;
  constructor(facts: FailureFacts, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Failure';
    this.facts = facts;
  }
}

/** Exit codes of the contract; 0 and 1 belong to runs that ended by themselves, 4 to `plan --detailed-exitcode`. */
export type FaultExitCode = 2 | 3 | 130;

/** The run cannot go on. One line for what happened, one hint for what to do; caught once, in main.ts. */
export class RunFault extends Error {
  readonly code: string;
  readonly hint: string;
  readonly exitCode: FaultExitCode;
  constructor(code: string, message: string, more: { hint: string; exitCode?: FaultExitCode; cause?: unknown }) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'RunFault';
    this.code = code;
    this.hint = more.hint;
    this.exitCode = more.exitCode ?? 2;
  }
}

/** Every switch over a union ends here; reaching it is a bug. */
export function assertNever(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}
