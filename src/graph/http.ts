import tls from 'node:tls';
import { RunFault } from '../core/failure.ts';
import { hideSecrets } from '../core/secret-text.ts';
import { EnvHttpProxyAgent, fetch, Headers, Response } from 'undici';

export type HttpOptions = {
  /** Certificates (PEM) to trust besides the usual ones; NODE_EXTRA_CA_CERTS needs nothing from here. */
  readonly extraCaPem?: string;
  readonly connectTimeoutMs?: number;
  /** For the answer's head, and again between two pieces of its body. */
  readonly answerTimeoutMs?: number;
};

export type HttpRequest = {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** The one way out to the network, shared by sign-in and Graph so that both take the same proxy and trust the same CAs. */
export type Http = {
  /** One request, no redirects followed. Throws fetch's TypeError, whose cause tells what happened. */
  send(url: string, request: HttpRequest): Promise<Response>;
  /** Drops all connections at once. */
  close(): Promise<void>;
};

/** HTTPS_PROXY, HTTP_PROXY and NO_PROXY are read from the environment; loopback never goes through a proxy. */
export function openHttp(options: HttpOptions = {}): Http {
  const timeout = options.connectTimeoutMs ?? 15_000;
  // Naming any `ca` replaces Node's whole list, NODE_EXTRA_CA_CERTS with it; so it is named only when there is need.
  const tlsOptions =
    options.extraCaPem === undefined ? { timeout } : { timeout, ca: [...tls.rootCertificates, options.extraCaPem] };
  const dispatcher = proxyAgent({
    noProxy: noProxy(process.env['no_proxy'] ?? process.env['NO_PROXY'] ?? ''),
    // `connect` is for direct connections; through a proxy, `requestTls` is the tunnel's inside, `proxyTls` its outside.
    connect: tlsOptions,
    requestTls: tlsOptions,
    proxyTls: tlsOptions,
    headersTimeout: options.answerTimeoutMs ?? 60_000,
    bodyTimeout: options.answerTimeoutMs ?? 60_000,
    keepAliveTimeout: 30_000,
    // One for each write that may be under way (--concurrency takes up to 64), and some for the readings beside them.
    connections: 80,
  });
  return {
    // A redirect is never part of Graph's or Entra's protocol here; following one would hand the token to somebody else.
    send: async (url, request) =>
      withoutEcho(await fetch(url, { ...request, dispatcher, redirect: 'manual' }), secretsIn(request)),
    close: () => dispatcher.destroy(),
  };
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

/** The secrets a request carries: the token in its head, the credentials in a form that asks for a token. */
function secretsIn({ headers, body }: HttpRequest): string[] {
  const authorization = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  const token = authorization?.replace(/^\S+\s+/, '');
  const form = /(?:^|&)client_(?:secret|assertion)=/.test(body ?? '') ? new URLSearchParams(body) : undefined;
  const told = [token, form?.get('client_secret'), form?.get('client_assertion')];
  return told.filter((secret) => typeof secret === 'string' && secret !== '').map(String);
}

/**
 * A service, or a proxy in its place, may say back what it was told, and what services say gets into reasons, journals and
 * reports. It can only say back what it has been sent, so here is where that is taken out, in whatever writing.
 */
function withoutEcho(response: Response, secrets: readonly string[]): Response {
  // A user may have "Bearer" in a name; a refusal speaks of headers.
  const hide = hideSecrets(secrets, response.ok ? 'none' : 'likely');
  const headers = new Headers([...response.headers].map(([name, value]): [string, string] => [name, hide(value)]));
  return Object.defineProperties(response, {
    headers: { value: headers },
    text: { value: async () => hide(await Reflect.apply(bodyText, response, [])) },
  });
}

const bodyText = Response.prototype.text;
