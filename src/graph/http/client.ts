import { randomUUID } from 'node:crypto';
import { Client, type Context, GraphClientError, ResponseType } from '@microsoft/microsoft-graph-client';
import { Failure, RunFault } from '../../core/failure.ts';
import type { Clock, Log, RequestCounts } from '../../run/ports.ts';
import { type Answer, type Attempt, failureOfAnswer } from './failures.ts';
import { failureOfNetwork } from './network-failures.ts';
import { checkedNextLink } from './next-link.ts';
import type { Http, HttpAnswer } from './http.ts';
import type { TokenSource } from './token-source.ts';

/** /beta is for what v1.0 does not have; it may change or vanish at any time. */
export type GraphVersion = 'v1.0' | 'beta';

export type Call = {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Below the version, starting with `/` and encoded by odata.ts; or a nextLink as Graph gave it. */
  readonly path: string;
  /** Whether `path` is a nextLink; those that lead elsewhere are refused. */
  readonly isNextLink?: true;
  /** Default: v1.0. Of a nextLink the one it has to have. */
  readonly version?: GraphVersion;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The permission to name when Graph refuses. */
  readonly needs: string;
};

export type GraphClient = {
  /** One request; repeats it only for a stale token, once. Throws a Failure for anything but 2xx. */
  call(call: Call): Promise<Answer>;
  counts(): RequestCounts;
  /** Signs in anew, for requests inside a $batch whose token ended under way. Throws a Failure of run scope. */
  renewToken(): Promise<void>;
  /** A 429 met inside a $batch, for the counts. */
  noteThrottled(): void;
};

export type ClientTools = {
  readonly http: Http;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  readonly log: Log;
};

/** As the SDK hands it over. */
type Built = { readonly method: string; readonly headers: Readonly<Record<string, string>>; readonly body?: string };
type Outgoing = { readonly url: string; readonly request: Built };
type Send = (outgoing: Outgoing) => Promise<HttpAnswer>;
type Tally = { graph: number; graphWrites: number; graphThrottled: number };

/**
 * The SDK as request builder and middleware runner. Its own handlers are left out: they send no token to hosts they do
 * not know, give up on what Graph asks for (Retry-After is capped), and lose the cause of a network error. Responses are
 * taken raw for the same reason: its error reader drops `details`.
 */
export function openClient(graphUrl: string, tools: ClientTools): GraphClient {
  const tally: Tally = { graph: 0, graphWrites: 0, graphThrottled: 0 };
  const chain = authorized(counted(overHttp(tools.http), tally), tools.tokens);
  const sdk = Client.initWithMiddleware({
    baseUrl: graphUrl,
    middleware: { execute: (context: Context) => runChain(context, chain) },
  });
  return {
    call: (call) => callOnce(call, { sdk, tools, graphUrl }),
    counts: () => ({ ...tally }),
    renewToken: async () => {
      await tools.tokens.token({ fresh: true });
    },
    noteThrottled: () => {
      tally.graphThrottled += 1;
    },
  };
}

/** The SDK's context in, the answer out: the one place where its types and ours meet. A raw response it only hands on. */
async function runChain(context: Context, send: Send): Promise<void> {
  try {
    // The builder always gives a URL as text, a method, plain headers and a serialized body.
    const answer = await send({ url: context.request as string, request: context.options as unknown as Built });
    context.response = answer as unknown as NonNullable<Context['response']>;
  } catch (error) {
    // Anything but its own error class the SDK copies into a GraphError without the cause.
    const carrier = new GraphClientError();
    carrier.customError = error;
    throw carrier;
  }
}

/** Adds the token. On 401 asks for a newer one and repeats once: Graph has done nothing with a request it refused so. */
function authorized(next: Send, tokens: TokenSource): Send {
  return async ({ url, request }) => {
    const withToken = (token: string): Outgoing => ({
      url,
      request: { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } },
    });
    const token = await tokens.token();
    const response = await next(withToken(token));
    if (response.status !== 401) return response;
    // Many calls meet the same stale token; whoever comes second finds the new one already there.
    const current = await tokens.token();
    return next(withToken(current === token ? await tokens.token({ fresh: true }) : current));
  };
}

function counted(next: Send, tally: Tally): Send {
  return async (outgoing) => {
    tally.graph += 1;
    if (outgoing.request.method === 'PATCH') tally.graphWrites += 1;
    const response = await next(outgoing);
    if (response.status === 429) tally.graphThrottled += 1;
    return response;
  };
}

function overHttp(http: Http): Send {
  return ({ url, request: { method, headers, body } }) => {
    const expects = method === 'PATCH' ? 'little' : 'much';
    return http.send(url, { method, headers, ...(body === undefined ? {} : { body }), expects });
  };
}

type CallContext = { readonly sdk: Client; readonly tools: ClientTools; readonly graphUrl: string };

async function callOnce(call: Call, { sdk, tools, graphUrl }: CallContext): Promise<Answer> {
  const attempt: Attempt = { writes: call.method === 'PATCH', needs: call.needs, service: 'Graph' };
  const clientRequestId = randomUUID();
  const began = performance.now();
  const trace = (level: 'debug' | 'warn', facts: Record<string, unknown>): void => {
    const path = call.path.split('?', 1)[0];
    tools.log[level]('graph-request', {
      method: call.method,
      path,
      clientRequestId,
      ms: Math.round(performance.now() - began),
      ...facts,
    });
  };
  try {
    const answer = await exchange(call, { sdk, graphUrl }, clientRequestId);
    if (answer.status > 299) throw failureOfAnswer(answer, attempt, tools.clock.now());
    trace('debug', { status: answer.status, requestId: answer.headers['request-id'] });
    return answer;
  } catch (error) {
    const known = error instanceof Failure || error instanceof RunFault;
    const failure = known ? error : failureOfNetwork(error, new URL(graphUrl).host, attempt);
    trace('warn', { message: failure.message, ...(failure instanceof Failure ? failure.facts : {}) });
    throw failure;
  }
}

async function exchange(
  call: Call,
  { sdk, graphUrl }: Pick<CallContext, 'sdk' | 'graphUrl'>,
  clientRequestId: string,
): Promise<Answer> {
  const { version = 'v1.0' } = call;
  const request = sdk
    .api(call.isNextLink ? checkedNextLink(call.path, { graphUrl, version }) : call.path)
    .headers({ ...call.headers, 'client-request-id': clientRequestId, 'user-agent': 'hardmatch' })
    .version(version)
    .responseType(ResponseType.RAW);
  try {
    const { status, headers, text } = (await dispatch(request, call)) as HttpAnswer;
    return { status, headers, body: parsed(text) };
  } catch (error) {
    // Anything else is a fault in putting the request together.
    throw error instanceof GraphClientError ? error.customError : error;
  }
}

function dispatch(request: ReturnType<Client['api']>, call: Call): Promise<unknown> {
  switch (call.method) {
    case 'GET':
      return request.get() as Promise<unknown>;
    case 'POST':
      return request.post(call.body) as Promise<unknown>;
    case 'PATCH':
      return request.patch(call.body) as Promise<unknown>;
  }
}

/** JSON where it is JSON, else the text: a proxy's error page is told apart by whoever reads the body. */
function parsed(text: string): unknown {
  try {
    return text === '' ? null : (JSON.parse(text) as unknown);
  } catch {
    return text;
  }
}
