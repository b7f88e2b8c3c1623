// graph/http/: what goes over the network.
//   http             the one way out: proxy, CAs, deadlines     limits          how long and how large an answer may be
//   client           one request: token, ids, counts, retries   next-link       where a listing may go on
//   failures         the judge of what went wrong, with network-failures, unanswered and error-details
//   envelopes, json  what an answer has to look like
import { RunFault } from '../../core/failure.ts';
import { hideSecrets } from '../../core/secret-text.ts';
import { type Dispatcher, EnvHttpProxyAgent, fetch, type Response } from 'undici';
import { allowances, type Expected, openUnderWay, type UnderWay } from './limits.ts';
import { hiddenError, Unanswered, unsent } from './unanswered.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export type HttpOptions = {
  /** Certificates (PEM) to trust in place of the usual ones: a test's. NODE_EXTRA_CA_CERTS needs nothing from here. */
  readonly caPem?: string;
  /** Where HTTPS_PROXY, HTTP_PROXY and NO_PROXY are read from; without it no proxy is taken. */
  readonly env?: Environment;
  readonly connectTimeoutMs?: number;
  /** For the answer's head, and again between two pieces of its body; how long the whole may take follows from it. */
  readonly answerTimeoutMs?: number;
  /** Aborted when the run is over: every request under way is given up, and none is sent any more. */
  readonly signal?: AbortSignal;
};

export type HttpRequest = {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What kind of answer is to come, which decides what it may take. */
  readonly expects: Expected;
};

/** An answer, head and body; header names in lower case. What the request told in confidence is not in it. */
export type HttpAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
};

/** The one way out to the network, shared by sign-in and Graph so that both take the same proxy and trust the same CAs. */
export type Http = {
  /**
   * One request, no redirects followed, its answer read to the end. Throws an Unanswered where it was given up, or else a
   * copy of fetch's TypeError, whose cause tells what happened; no secret of the request is in either.
   */
  send(url: string, request: HttpRequest): Promise<HttpAnswer>;
  /** Drops all connections at once. */
  close(): Promise<void>;
};

/** Loopback never goes through a proxy. */
export function openHttp(options: HttpOptions = {}): Http {
  const timeout = options.connectTimeoutMs ?? 15_000;
  const answerTimeoutMs = options.answerTimeoutMs ?? 60_000;
  // Naming any `ca` replaces Node's whole list, NODE_EXTRA_CA_CERTS with it; so it is named only when there is need.
  const tlsOptions = options.caPem === undefined ? { timeout } : { timeout, ca: options.caPem };
  const { env = {} } = options;
  const dispatcher = proxyAgent({
    // Named, or undici would look for them in the process's own environment.
    httpProxy: env['http_proxy'] ?? env['HTTP_PROXY'] ?? '',
    httpsProxy: env['https_proxy'] ?? env['HTTPS_PROXY'] ?? '',
    noProxy: noProxy(env['no_proxy'] ?? env['NO_PROXY'] ?? ''),
    // `connect` is for direct connections; through a proxy, `requestTls` is the tunnel's inside, `proxyTls` its outside.
    connect: tlsOptions,
    requestTls: tlsOptions,
    proxyTls: tlsOptions,
    headersTimeout: answerTimeoutMs,
    bodyTimeout: answerTimeoutMs,
    keepAliveTimeout: 30_000,
    // One for each write that may be under way (--concurrency takes up to 64), and some for the readings beside them.
    connections: 80,
  });
  const underWay = openUnderWay({ answerTimeoutMs, connectTimeoutMs: timeout }, options.signal);
  const way: Way = { dispatcher, underWay, ofProxy: proxySecrets(env) };
  return {
    send: (url, request) => exchange(url, request, way),
    close: async () => {
      underWay.close();
      await dispatcher.destroy();
    },
  };
}

type Way = {
  readonly dispatcher: Dispatcher;
  readonly underWay: UnderWay;
  readonly ofProxy: readonly string[];
};

async function exchange(url: string, request: HttpRequest, way: Way): Promise<HttpAnswer> {
  const { expects, ...sent } = request;
  const secrets = secretsIn(request);
  const { mebibytes } = allowances[expects];
  const limit = way.underWay.begin(expects);
  try {
    const dispatcher = noting(way.dispatcher, limit.onSending);
    // A redirect is never part of Graph's or Entra's protocol here; following one would hand the token to somebody else.
    const response = await fetch(url, { ...sent, dispatcher, redirect: 'manual', signal: limit.signal });
    const text = await textOf(response, mebibytes);
    // A service, or a proxy in its place, may say back what it was told, and what services say gets into reasons, journals
    // and reports. It can only say back what it has been sent, so here is where that is taken out, in whatever writing. A
    // user may have "Bearer" in a name; a refusal speaks of headers.
    const hide = response.ok ? hideSecrets(secrets, 'none') : hideSecrets([...secrets, ...way.ofProxy], 'likely');
    const headers = [...response.headers].map(([name, value]): [string, string] => [name, hide(value)]);
    return { status: response.status, headers: Object.fromEntries(headers), text: hide(text) };
  } catch (error) {
    const why: unknown = limit.signal.aborted ? limit.signal.reason : error;
    const hidden = hiddenError(why, hideSecrets([...secrets, ...way.ofProxy], 'likely'));
    throw limit.isSent() ? hidden : unsent(hidden);
  } finally {
    limit.end();
  }
}

/** The same way out, which says when it has a connection and begins to send. */
function noting(dispatcher: Dispatcher, onSending: () => void): Dispatcher {
  const noted = (handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler =>
    new Proxy(handler, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== 'function') return value;
        // The one is fetch's, the other what undici makes of it.
        const isStart = key === 'onConnect' || key === 'onRequestStart';
        return (...given: unknown[]): unknown => {
          if (isStart) onSending();
          return Reflect.apply(value, target, given) as unknown;
        };
      },
    });
  return dispatcher.compose((dispatch) => (options, handler) => dispatch(options, noted(handler)));
}

/** Counted as it is unpacked: a megabyte of gzip may be a gigabyte. */
async function textOf({ body }: Response, mebibytes: number): Promise<string> {
  if (body === null) return '';
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    bytes += piece.byteLength;
    if (bytes > mebibytes * 2 ** 20) throw new Unanswered({ kind: 'too-large', mebibytes });
    pieces.push(piece);
  }
  return new TextDecoder().decode(Buffer.concat(pieces));
}

function proxyAgent(options: EnvHttpProxyAgent.Options): EnvHttpProxyAgent {
  try {
    return new EnvHttpProxyAgent(options);
  } catch {
    // Not as its cause: the error carries the address, which may have an account in it.
    throw new RunFault('proxy-address', 'HTTPS_PROXY or HTTP_PROXY is not the address of a proxy.', {
      hint: 'Write it as http://host:port; special characters in name and password percent-encoded.',
    });
  }
}

function noProxy(fromEnvironment: string): string {
  return fromEnvironment.trim() === '*' ? '*' : `${fromEnvironment},127.0.0.1,localhost,[::1]`;
}

/** The passwords of the proxies' accounts, as they are written there and as they are meant, and with the name before them. */
function proxySecrets(env: Environment): string[] {
  return ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'].flatMap((name) => {
    const address = env[name] ?? '';
    if (!URL.canParse(address)) return [];
    const { username, password } = new URL(address);
    if (password === '') return [];
    const whole = [`${username}:${password}`, `${decoded(username)}:${decoded(password)}`];
    // Alone, a short one would be found in ordinary words.
    return [...whole, ...[password, decoded(password)].filter(({ length }) => length >= 6)];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The secrets a request carries: the token in its head, the credentials in a form that asks for a token. */
function secretsIn({ headers, body }: HttpRequest): string[] {
  const authorization = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  const token = authorization?.replace(/^\S+\s/, '');
  const form = /(?:^|&)client_(?:secret|assertion)=/.test(body ?? '') ? new URLSearchParams(body) : undefined;
  // Whoever refuses a header quotes it without the blanks around it.
  const told = [token, token?.trim(), form?.get('client_secret'), form?.get('client_assertion')];
  return told.filter((secret) => typeof secret === 'string' && secret !== '').map(String);
}
