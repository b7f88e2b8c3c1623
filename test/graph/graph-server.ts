// A TLS server that answers each request as the test says: for broken connections and odd answers, which the practice
// tenant has no business giving. And the tools a client needs.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Clock, Log, Retry } from '../../src/run/ports.ts';
import { type ClientTools, type GraphClient, openClient } from '../../src/graph/http/client.ts';
import { type HttpOptions, openHttp } from '../../src/graph/http/http.ts';
import type { AskedTenant } from '../../src/graph/tenant-asked.ts';
import { makeRetry } from '../../src/run/retry.ts';
import { testCertificates } from '../support/certificates.ts';

export type Seen = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
};
export type Respond = (request: Seen, response: ServerResponse, socket: IncomingMessage['socket']) => void;

export type OddServer = {
  readonly url: string;
  readonly caPem: string;
  readonly seen: Seen[];
  readonly close: () => Promise<void>;
};

/** Ends with the test, when it has not been closed before. */
export async function startOddServer(respond: Respond): Promise<OddServer> {
  const { caPem, certPem, keyPem } = await testCertificates();
  const seen: Seen[] = [];
  const server = createTlsServer({ cert: certPem, key: keyPem }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => {
      const one = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      seen.push(one);
      respond(one, response, request.socket);
    });
  });
  const url = `https://127.0.0.1:${await listen(server)}`;
  onTestFinished(() => shut(server));
  return { url, caPem, seen, close: () => shut(server) };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

async function shut(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
}

export type TestProxy = {
  readonly url: string;
  /** `host:port` of each tunnel that was asked for. */
  readonly tunnels: string[];
};

/**
 * An HTTP proxy whose tunnels, whatever host they ask for, end at `port` of this machine; without one it refuses all.
 * Ends with the test.
 */
export async function startProxy(port: number | null): Promise<TestProxy> {
  const tunnels: string[] = [];
  const proxy = createServer();
  const sockets = new Set<Socket>();
  proxy.on('connect', (request, socket: Socket) => {
    tunnels.push(request.url ?? '');
    sockets.add(socket.on('error', () => undefined));
    if (port === null) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    sockets.add(onward.on('error', () => undefined));
  });
  const url = `http://127.0.0.1:${await listen(proxy)}`;
  onTestFinished(() => {
    // A tunnel is no longer the server's own connection, so the server would not end it.
    for (const socket of sockets) socket.destroy();
    return shut(proxy);
  });
  return { url, tunnels };
}

/** JSON with the headers Graph sends. */
export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'r-1' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

export type TestClock = Clock & { readonly slept: number[] };

/** The real time, but sleeping takes none: what was slept is written down, and time moves on by it. */
export function testClock(): TestClock {
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(Date.now() + slept.reduce((sum, ms) => sum + ms, 0)),
    sleep: (ms) => {
      slept.push(ms);
      return Promise.resolve();
    },
    random: () => 0,
  };
}

export const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export type TestClient = {
  readonly client: GraphClient;
  readonly clock: TestClock;
  readonly retry: Retry;
  readonly close: () => Promise<void>;
};

/** A client of `server` with a token that needs no sign-in; closed when the test ends. */
export function clientOf(
  server: Pick<OddServer, 'url' | 'caPem'>,
  options: { readonly http?: HttpOptions; readonly tokens?: ClientTools['tokens']; readonly log?: Log } = {},
): TestClient {
  const http = openHttp({ caPem: server.caPem, env: process.env, ...options.http });
  onTestFinished(() => http.close());
  const clock = testClock();
  const tokens = options.tokens ?? { token: () => Promise.resolve('t-0') };
  const client = openClient(server.url, { http, tokens, clock, log: options.log ?? silent });
  return { client, clock, retry: makeRetry(clock), close: () => http.close() };
}

/** A server that answers as told, and a client of it; both end with the test. */
export async function given(
  respond: Respond,
  options: Parameters<typeof clientOf>[1] = {},
): Promise<TestClient & { server: OddServer }> {
  const server = await startOddServer(respond);
  return { ...clientOf(server, options), server };
}

/** For a reader of which nobody asks whose it is. */
export const someTenant: AskedTenant = {
  tenantId: '46c82861-23b9-470b-ab37-a08402a70c67',
  token: () => Promise.resolve('t-0'),
};
