// The classifier, with network-failures.ts for broken connections: what a refusal means for the row and the run. A Failure of run scope carries
// the RunFault to end with as its cause, so that whoever stops the run has the sentence and the hint at hand.
import { Failure, type FailureFacts, RunFault } from '../../core/failure.ts';
import { conflictingUser, isConflict, isPassing, propertyNamed } from './error-details.ts';
import { type GraphErrorBody, toGraphError } from './envelopes.ts';

/** What was tried: decides whether the effect can be unknown, and which permission to name when it is refused. */
export type Attempt = {
  readonly writes: boolean;
  /** The least privileged permission that allows it. */
  readonly needs: string;
  /** For people: `Graph`, `the sign-in service`. */
  readonly service: string;
};

/** An answer as it came, header names in lower case. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
};

/** The Failure of an answer outside 2xx. `now` turns a Retry-After date into milliseconds. */
export function failureOfAnswer(answer: Answer, attempt: Attempt, now: Date): Failure {
  const error = toGraphError(answer.body);
  const retryAfterMs = retryAfter(answer.headers['retry-after'], now);
  const requestId = requestIdOf(answer, error);
  const facts: FailureFacts = {
    ...classify(answer.status, error, attempt),
    status: answer.status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(answer.status === 429 ? quotaOf(answer.headers) : {}),
    ...(error === undefined ? {} : { serviceCode: error.code }),
    ...(requestId === undefined ? {} : { requestId }),
  };
  const message = sentence(answer.status, error, attempt);
  return new Failure(facts, message, facts.scope === 'run' ? { cause: refusal(answer.status, message, attempt) } : {});
}

/**
 * What a 429 says of the quota. The scope is `<whose>/<what>/<application>/<tenant>` (graph/throttling); `Tenant` is the
 * whole tenant's, anything else this application's.
 */
function quotaOf(headers: Answer['headers']): Pick<FailureFacts, 'quotaUse' | 'quotaScope'> {
  const use = quotaUse(headers);
  const scope = headers['x-ms-throttle-scope'] ?? '';
  return {
    quotaScope: /^tenant\//i.test(scope) ? 'tenant' : 'application',
    ...(use === null ? {} : { quotaUse: use }),
  };
}

/** `x-ms-throttle-limit-percentage`: from 0.8 of the limit on, its share in use; null where it is not told. */
export function quotaUse(headers: Answer['headers']): number | null {
  const use = Number(headers['x-ms-throttle-limit-percentage'] ?? Number.NaN);
  // Up to 1.8 is documented; what is far from that is another unit or another header.
  return use >= 0 && use <= 10 ? use : null;
}

function requestIdOf(answer: Answer, error: GraphErrorBody | undefined): string | undefined {
  return answer.headers['request-id'] ?? error?.innerError?.['request-id'];
}

type Class = Pick<FailureFacts, 'code' | 'scope' | 'retry' | 'effect' | 'conflictingId' | 'property'>;

const never = (code: FailureFacts['code'], scope: 'row' | 'run' = 'row'): Class => ({
  code,
  scope,
  retry: 'never',
  effect: 'none',
});

function classify(status: number, error: GraphErrorBody | undefined, attempt: Attempt): Class {
  const judged = classifyStatus(status, error, attempt);
  // Graph words its refusals. Without its words somebody in between has answered, who may have passed a write on first.
  return attempt.writes && error === undefined && status !== 429 ? { ...judged, effect: 'unknown' } : judged;
}

function classifyStatus(status: number, error: GraphErrorBody | undefined, attempt: Attempt): Class {
  const unclear = attempt.writes ? 'unknown' : 'none';
  if (status === 429) return { code: 'throttled', scope: 'row', retry: 'later', effect: 'none' };
  // Not a breakdown: this cloud, or this version, does not have it.
  if (status === 501) return never('server-error');
  if (status >= 500) return { code: 'server-error', scope: 'row', retry: 'later', effect: unclear };
  if (status === 408) return { code: 'timed-out', scope: 'row', retry: 'later', effect: unclear };
  if (status === 401) return never('forbidden', 'run');
  // A write may be refused for one user alone (an admin); a read is refused for want of a permission, so for all.
  if (status === 403) return never('forbidden', attempt.writes ? 'row' : 'run');
  if (status >= 400) return classifyRefusal(status, error);
  // A redirect or something stranger: whoever answered may have passed a write on first.
  return { ...never('unexpected', 'run'), effect: unclear };
}

function classifyRefusal(status: number, error: GraphErrorBody | undefined): Class {
  // Two changes of one object met, and this one was turned away.
  if (isPassing(error)) return { code: 'server-error', scope: 'row', retry: 'later', effect: 'none' };
  if (isConflict(status, error)) return { ...never('conflict'), ...conflictingUser(error), ...propertyNamed(error) };
  return { ...never('bad-request'), ...(status === 404 ? {} : propertyNamed(error)) };
}

function sentence(status: number, error: GraphErrorBody | undefined, attempt: Attempt): string {
  const said = [error?.message, error?.code].find((text) => text !== undefined && text.trim() !== '');
  if (said === undefined) return `Answer ${status} from ${attempt.service}, with no error that could be read.`;
  const missing =
    status === 404 && attempt.writes ? 'The user does not exist any more, or is in the recycle bin: ' : '';
  return `${missing}${said}`;
}

function refusal(status: number, message: string, attempt: Attempt): RunFault {
  if (status === 401) {
    return new RunFault('token-refused', `${attempt.service} refused the token, a fresh one too: ${message}`, {
      hint: 'Check that sign-in and Graph belong to the same cloud, and that the clock of this machine is right.',
    });
  }
  if (status === 403) {
    return new RunFault('permission-missing', `${attempt.service} refused a read for lack of rights: ${message}`, {
      hint: `Grant the application permission ${attempt.needs} and admin consent to it; docs/permissions.md lists them.`,
    });
  }
  return new RunFault('answer-unexpected', message, {
    hint: 'Check the Graph URL and whether a proxy answers in its place.',
  });
}

/** Retry-After in milliseconds: whole or fractional seconds, or an HTTP date (RFC 9110 10.2.3). Undefined when unusable. */
export function retryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return Math.ceil(Number(value) * 1000);
  const at = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}

type Stop = {
  readonly fault: string;
  readonly hint: string;
  readonly cause?: unknown;
  readonly retry?: 'never' | 'later';
  readonly code?: FailureFacts['code'];
};

/** A Failure that stops the run, nothing having been sent; its cause is the RunFault to end with. */
export function stopping(message: string, stop: Stop): Failure {
  return new Failure(
    { code: stop.code ?? 'unreachable', scope: 'run', retry: stop.retry ?? 'never', effect: 'none' },
    message,
    { cause: new RunFault(stop.fault, message, { hint: stop.hint, cause: stop.cause }) },
  );
}

/** What to throw where the run cannot go on without an answer: the RunFault behind a Failure, or one made from it. */
export function runFaultOf(error: unknown): unknown {
  if (!(error instanceof Failure)) return error;
  if (error.cause instanceof RunFault) return error.cause;
  const id = error.facts.requestId === undefined ? '' : ` (request ${error.facts.requestId})`;
  return new RunFault(`graph-${error.facts.code}`, `Graph could not be read: ${error.message}${id}`, {
    hint: 'Start the same command again; if it stays, quote the request id to support.',
    cause: error,
  });
}
