// The HTTPS server of the practice tenant: bodies in, answers out, and what becomes of connections that get none.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Server, createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type createGraphServer, splitVersion } from './serve.ts';
import { type SignInSettings, answerSignIn } from '../sign-in/sign-in.ts';
import { type Exchange, NoAnswer, type TenantAnswer, type TenantRequest } from '../http/request-log.ts';

/** Bodies beyond this are refused with 413. */
const longestBody = 4 * 1024 * 1024;

/** Who answers. */
export type Serving = {
  readonly signIn: SignInSettings;
  readonly exchange: Exchange;
  readonly serveGraph: ReturnType<typeof createGraphServer>;
  /** Before each answer. */
  readonly pause: () => Promise<void> | undefined;
};

export type TenantServer = { readonly url: string; readonly close: () => Promise<void> };

/** Starts answering. `close` drops every connection, hanging ones too, and stops. */
export async function startTenantServer(
  serving: Serving,
  at: {
    readonly host: string;
    readonly port: number;
    readonly tls: { readonly certPem: string; readonly keyPem: string };
  },
): Promise<TenantServer> {
  // Connections are kept long: a client that reuses one just as it is closed would see a reset that nobody asked for.
  const settings = { cert: at.tls.certPem, key: at.tls.keyPem, keepAliveTimeout: 120_000, maxHeaderSize: 65_536 };
  const server = createServer(settings, (message, response) => {
    serve(serving, message)
      .then((answer) => write(response, answer))
      .catch((error: unknown) => giveUp(error, message.socket, response));
  });
  const close = await listen(server, at.host, at.port);
  return { url: `https://${at.host}:${(server.address() as AddressInfo).port}`, close };
}

function giveUp(error: unknown, socket: Socket, response: ServerResponse): void {
  if (!(error instanceof NoAnswer)) {
    write(response, { status: 500, json: { error: { code: 'InternalServerError', message: String(error) } } });
    return;
  }
  const { how, forMs } = error.ending;
  if (how !== 'hang') {
    socket.destroy();
    return;
  }
  if (forMs === undefined) return;
  const timer = setTimeout(() => socket.destroy(), forMs);
  // The client may give up first, or the tenant close: the timer goes with the connection.
  socket.once('close', () => clearTimeout(timer));
}

async function serve(serving: Serving, message: IncomingMessage): Promise<TenantAnswer> {
  const body = await readBody(message);
  if (body === undefined) return { status: 413, headers: { Connection: 'close' } };
  const requestId = randomUUID();
  const headers = message.headers as Record<string, string | undefined>;
  // What stands behind # is no part of a request; a client that did not encode it asks for the part before.
  const path = (message.url ?? '/').split('#')[0] ?? '/';
  const request: Omit<TenantRequest, 'kind'> = {
    method: message.method ?? 'GET',
    path,
    headers,
    body,
    batchItem: false,
  };
  const graph = splitVersion(path);
  const answer = await (graph === undefined
    ? serving.exchange.answer({ ...request, kind: 'sign-in' }, requestId, () => answerSignIn(serving.signIn, request))
    : serving.serveGraph(
        { ...request, kind: 'graph' },
        { ...graph, ids: { requestId, clientRequestId: headers['client-request-id'] ?? requestId } },
      ));
  await serving.pause();
  return answer;
}

/** The body as text; undefined when it is too long. */
async function readBody(message: IncomingMessage): Promise<string | undefined> {
  const { headers } = message;
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return '';
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longestBody) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function write(response: ServerResponse, answer: TenantAnswer): void {
  const text = answer.json === undefined ? (answer.text ?? '') : JSON.stringify(answer.json);
  const headers: Record<string, string | number> = { ...answer.headers };
  if (answer.json !== undefined) headers['Content-Type'] ??= 'application/json; charset=utf-8';
  if (answer.status !== 204) headers['Content-Length'] = Buffer.byteLength(text);
  response.writeHead(answer.status, headers).end(answer.status === 204 ? undefined : text);
}

/** Listens, and returns what ends it: every socket, those still shaking hands too. */
async function listen(server: Server, host: string, port: number): Promise<() => Promise<void>> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
}
