// What the rules of a fault script do to a request of the tenant. docs/sandbox-faults.md says which fault is what in life.
import { setTimeout as sleep } from 'node:timers/promises';
import { GraphRefusal, errorBody } from '../http/graph-errors.ts';
import { splitVersion } from './serve.ts';
import type { UserStore } from '../odata/user-store.ts';
import type { Faults, TenantFault } from '../faults/engine.ts';
import type { TenantFaultEvent } from '../faults/match.ts';
import type { Tokens } from '../sign-in/tokens.ts';
import type { Course, OddEnd, TenantAnswer, TenantRequest, When } from '../http/request-log.ts';

/** What faults act on. */
export type FaultTools = {
  readonly faults: Faults;
  readonly store: UserStore;
  readonly tokens: Tokens;
  readonly now: () => number;
  /** Aborted when the tenant closes. */
  readonly closing: AbortSignal;
};

/** The course of each request under the faults; to be asked once for each, as asking counts. */
export function courseUnderFaults(tools: FaultTools): (request: TenantRequest, requestId: string) => Course {
  return (request, requestId) => {
    const faults = tools.faults.meetTenant(eventOf(request, tools.store));
    if (faults.length === 0) return {};
    for (const fault of faults) if (fault.kind === 'expire-tokens') tools.tokens.expireAll();
    const stale = faults.flatMap((fault) => (fault.kind === 'stale-reads' ? [fault.ms] : []));
    return {
      pause: async (when) => {
        const waits = faults.flatMap((fault) => (fault.kind === 'delay' && whenOf(fault) === when ? [fault.ms] : []));
        for (const ms of waits) await sleep(ms, undefined, { signal: tools.closing });
      },
      ...(stale.length === 0 ? {} : { around: (handle) => tools.store.staleFor(Math.max(...stale), handle) }),
      ending: faults.map((fault) => endingOf(fault, { request, requestId, at: tools.now() })).find(Boolean),
    };
  };
}

function whenOf(fault: { readonly when?: When | undefined }): When {
  return fault.when ?? 'before';
}

function eventOf(request: TenantRequest, store: UserStore): TenantFaultEvent {
  const { kind, method, batchItem } = request;
  const whole = request.path.split('?')[0] ?? '';
  const path = kind === 'graph' ? (splitVersion(whole)?.rawPath ?? whole) : whole;
  return { kind, method, batchItem, path, userId: () => userIdIn(path, store) };
}

/** The user a path of Graph names, by id or UPN. */
function userIdIn(path: string, store: UserStore): string | undefined {
  const [, plain, quoted] = /^\/(?:users|directory\/deletedItems)(?:\/([^/$]+)|\('([^']+)'\))/i.exec(path) ?? [];
  const key = decoded(plain ?? quoted ?? '');
  return store.current(key)?.id ?? store.holders('userPrincipalName', key)[0]?.id;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

type About = { readonly request: TenantRequest; readonly requestId: string; readonly at: number };

function endingOf(fault: TenantFault, about: About): OddEnd | undefined {
  switch (fault.kind) {
    case 'answer':
      return { when: whenOf(fault), how: answerOf(fault, about) };
    case 'reset':
      return { when: whenOf(fault), how: 'reset' };
    case 'hang':
      return { when: whenOf(fault), how: 'hang', forMs: fault.forMs };
    default:
      return undefined;
  }
}

type AnswerFault = Extract<TenantFault, { kind: 'answer' }>;

function answerOf(fault: AnswerFault, about: About): TenantAnswer {
  const { status, retryAfter } = fault;
  const headers =
    retryAfter === undefined
      ? {}
      : {
          'Retry-After': typeof retryAfter === 'number' ? String(retryAfter) : dateIn(retryAfter.date * 1000, about.at),
        };
  // A gateway in front of the service knows nothing of its JSON. In a batch the gateway has been passed already.
  if (status === 502 && fault.code === undefined && fault.message === undefined && !about.request.batchItem) {
    const text = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>';
    return { status, headers: { 'Content-Type': 'text/html', ...headers }, text };
  }
  const json = about.request.kind === 'graph' ? graphBody(fault, about) : signInBody(fault, about);
  return { status, headers, json };
}

/** Rounded up, as a date has no fractions: never earlier than asked for, and up to a second later. */
function dateIn(ms: number, at: number): string {
  return new Date(Math.ceil((at + ms) / 1000) * 1000).toUTCString();
}

const graphErrors: Readonly<Record<number, readonly [code: string, message: string]>> = {
  401: ['InvalidAuthenticationToken', 'Access token has expired or is not yet valid.'],
  403: ['Authorization_RequestDenied', 'Insufficient privileges to complete the operation.'],
  429: ['TooManyRequests', 'Please retry again later.'],
  500: ['InternalServerError', 'An internal server error has occurred.'],
  502: ['BadGateway', 'Bad gateway.'],
  503: ['ServiceUnavailable', 'The service is temporarily unavailable.'],
  504: ['GatewayTimeout', 'The server, while acting as a proxy, did not receive a timely response.'],
};

function graphBody({ status, ...said }: AnswerFault, { request, requestId, at }: About): unknown {
  const [code, message] = graphErrors[status] ?? ['UnknownError', 'A fault of the practice tenant.'];
  const refusal = new GraphRefusal(status, said.code ?? code, { message: said.message ?? message });
  return errorBody(refusal, { requestId, clientRequestId: request.headers['client-request-id'] ?? requestId }, at);
}

// AADSTS90055 TenantThrottlingError and 90033 MsodsServiceUnavailable, of Entra's error codes reference.
function signInBody({ status, ...said }: AnswerFault, { requestId, at }: About): unknown {
  const number = status === 429 ? 90_055 : 90_033;
  const text =
    status === 429 ? 'There are too many incoming requests.' : 'A transient error has occurred. Please try again.';
  return {
    error: said.code ?? 'temporarily_unavailable',
    error_description: said.message ?? `AADSTS${number}: ${text}`,
    error_codes: [number],
    timestamp: `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`,
    trace_id: requestId,
    correlation_id: requestId,
  };
}
