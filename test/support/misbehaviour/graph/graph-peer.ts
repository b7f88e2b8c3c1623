// The HTTPS proxy in front of the practice tenant: passes everything on, but for what it is armed to misbehave with.
import { Agent, createServer, request as ask } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { ServerCertificate } from '../../../../src/sandbox/http/certificates.ts';
import type { Arm } from '../dose.ts';
import { type Answer, type Exchange, type Fields, type HttpMisbehaviour, isFields, parsed } from './exchange.ts';
import { type Asked, type HttpKind, httpKinds, itemsOf, type Stage, usersAskedFor } from '../request-kinds.ts';

export type GraphPeer = {
  readonly origin: string;
  /** What the program is doing now; a new stage has patched nobody yet. */
  enter(stage: Stage): void;
  arm(arm: Arm<HttpMisbehaviour> | null): void;
  /** Secrets that have passed: access tokens, by a name. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Requests that went to the other name of this machine: somebody was led astray. */
  readonly strays: readonly string[];
  /** Users whose latest guard reading showed somebody else. */
  readonly misread: ReadonlySet<string>;
  close(): Promise<void>;
};

type State = {
  readonly target: { readonly origin: string; readonly ca: string };
  readonly agent: Agent;
  readonly patched: Set<string>;
  readonly memory: Map<string, Fields>;
  readonly secrets: Map<string, string>;
  readonly strays: string[];
  readonly misread: Set<string>;
  origin: string;
  stage: Stage;
  arm: Arm<HttpMisbehaviour> | null;
};

/** Starts the peer on loopback, in front of a tenant whose certificate comes from the CA given. */
export async function startGraphPeer(target: State['target'], tls: ServerCertificate): Promise<GraphPeer> {
  const state: State = {
    target,
    agent: new Agent({ keepAlive: true, ca: target.ca, maxSockets: 64 }),
    patched: new Set(),
    memory: new Map(),
    secrets: new Map(),
    strays: [],
    misread: new Set(),
    origin: '',
    stage: 'plan',
    arm: null,
  };
  const sockets = new Set<Socket>();
  const settings = { cert: tls.certPem, key: tls.keyPem, keepAliveTimeout: 120_000, maxHeaderSize: 512 * 1024 };
  const server = createServer(settings, (message, response) => {
    serve(state, message, response).catch(() => response.destroy());
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.setNoDelay(true));
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('secureConnection', (socket) => socket.on('error', () => undefined));
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  state.origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin: state.origin,
    secrets: state.secrets,
    strays: state.strays,
    misread: state.misread,
    enter: (stage) => {
      state.stage = stage;
      state.patched.clear();
    },
    arm: (arm) => (state.arm = arm),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        state.agent.destroy();
        for (const socket of sockets) socket.destroy();
      }),
  };
}

const elsewhereOf = (origin: string): string => origin.replace('127.0.0.1', 'localhost');

async function serve(state: State, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  const asked = read(state, message, Buffer.concat(chunks).toString('utf8'));
  if (asked.headers['host']?.startsWith('localhost') === true) state.strays.push(`${asked.method} ${asked.path}`);
  const token = asked.headers['authorization']?.replace(/^Bearer /, '');
  if (token !== undefined) remember(state, token);
  const kind = state.arm === null ? null : kindFor(state.arm, asked);
  const send = (answer: Answer): void => {
    learn(state, asked, answer);
    write(response, answer);
  };
  const pass = (): Promise<Answer> => passOn(state, asked);
  const turn = kind === null ? null : (state.arm?.take() ?? null);
  if (state.arm === null || kind === null || turn === null) send(await pass());
  else {
    const { note, over } = turn;
    const { play } = state.arm.misbehaviour;
    await Promise.resolve(play(exchangeOf(state, { kind, asked, pass, send, response, note }))).finally(over);
  }
  if (asked.method === 'PATCH') for (const id of usersAskedFor(asked)) state.patched.add(id);
}

function exchangeOf(
  { arm, origin, memory }: State,
  given: Pick<Exchange, 'kind' | 'asked' | 'pass' | 'send' | 'response' | 'note'>,
): Exchange {
  if (arm === null) throw new Error('the peer is not armed');
  const { throws } = arm;
  return { ...given, throws, origin, memory, elsewhere: elsewhereOf(origin), turn: arm.met() };
}

/** The kind under which the request is to be played with: the cell's own, or one that goes with it. */
function kindFor({ kind, misbehaviour }: Arm<HttpMisbehaviour>, asked: Asked): HttpKind | null {
  const kinds = [kind as HttpKind, ...(misbehaviour.also ?? [])];
  return kinds.find((name) => httpKinds[name].is(asked)) ?? null;
}

function read(state: State, message: IncomingMessage, body: string): Asked {
  const path = message.url ?? '/';
  return {
    method: message.method ?? 'GET',
    path,
    headers: message.headers as Record<string, string | undefined>,
    body,
    stage: state.stage,
    items: itemsOf(path, body),
    // As it is now: a PATCH that is on its way does not make a reading before it one after it.
    patched: new Set(state.patched),
  };
}

function remember({ secrets }: State, token: string): void {
  // Of a token with line breaks in it each long piece is as secret as the whole.
  for (const piece of token.split(/\s+/)) {
    if (piece.length >= 12) secrets.set(`token ${piece.slice(0, 4)}… of ${piece.length}`, piece.slice(0, 4_000));
  }
}

/** Keeps users as they were first seen, the tokens, and whom a guard reading has mistaken for somebody else. */
function learn(state: State, asked: Asked, answer: Answer): void {
  const body = parsed(answer.body);
  if (!isFields(body)) return;
  if (typeof body['access_token'] === 'string') remember(state, body['access_token']);
  const listed = Array.isArray(body['value']) ? body['value'] : [body];
  const items = Array.isArray(body['responses'])
    ? (body['responses'] as readonly { id?: string; body?: unknown }[])
    : [];
  for (const object of [...listed, ...items.map((item) => item.body)]) {
    if (isFields(object) && typeof object['id'] === 'string' && 'userPrincipalName' in object) {
      if (!state.memory.has(object['id'])) state.memory.set(object['id'], object);
    }
  }
  if (state.stage !== 'apply') return;
  const wanted = (url: string): string | undefined => /\/users\/([0-9a-f-]{36})/.exec(url)?.[1];
  const pairs = items.map((item) => [wanted(asked.items?.get(item.id ?? '') ?? ''), item.body] as const);
  for (const [id, object] of asked.items === null ? [[wanted(asked.path), body] as const] : pairs) {
    if (id === undefined || !isFields(object) || typeof object['id'] !== 'string') continue;
    if (object['id'].toLowerCase() === id) state.misread.delete(id);
    else state.misread.add(id);
  }
}

/** Asks the tenant, with its own name in place of the peer's and back. */
function passOn({ target, agent, origin }: State, { method, path, headers, body }: Asked): Promise<Answer> {
  const to = (text: string): string =>
    text.replaceAll(origin, target.origin).replaceAll(encodeURIComponent(origin), encodeURIComponent(target.origin));
  const back = (text: string): string => text.replaceAll(target.origin, origin);
  const sent = to(body);
  const kept = Object.entries(headers).filter(
    ([name]) => !/^(host|connection|content-length|accept-encoding)$/.test(name),
  );
  return new Promise((done, fail) => {
    const going = ask(`${target.origin}${path}`, {
      method,
      agent,
      headers: { ...Object.fromEntries(kept), ...(sent === '' ? {} : { 'content-length': Buffer.byteLength(sent) }) },
    });
    going.on('error', fail).on('response', (message) => {
      const chunks: Buffer[] = [];
      message.on('error', fail).on('data', (chunk: Buffer) => chunks.push(chunk));
      message.on('end', () => {
        const { connection: _connection, 'content-length': _length, ...rest } = message.headers;
        const given = Object.entries(rest).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, value] as const],
        );
        done({
          status: message.statusCode ?? 0,
          headers: Object.fromEntries(given),
          body: back(Buffer.concat(chunks).toString('utf8')),
        });
      });
    });
    going.end(sent);
  });
}

function write(response: ServerResponse, { status, headers, body }: Answer): void {
  const hasNone = status === 204 || status === 304;
  response.writeHead(status, { ...headers, ...(hasNone ? {} : { 'content-length': Buffer.byteLength(body) }) });
  response.end(hasNone ? undefined : body);
}
