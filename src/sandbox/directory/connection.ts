import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SecureContext, TLSSocket } from 'node:tls';
import { capabilities } from './forest.ts';
import type { LoggedOperation, LoggedRequest, LoggedSearch } from './log.ts';
import type { Faults } from '../faults/engine.ts';
import { type Account, type Accounts, bind } from './accounts.ts';
import { type Result, answerTags, encodeResult, pagedResults, resultCodes } from './answers.ts';
import { MalformedBer, messageLength } from './ber.ts';
import { filterText } from './filter.ts';
import { type BindRequest, type Message, type Request, type SearchRequest, messageOf, pageOf } from './requests.ts';
import { type Listings, type SearchCall, type SearchRules, pageNumber, search } from './search.ts';
import type { Store } from './store.ts';
import { type Interference, troublesOf, troublesOfSearch } from './faults.ts';

/** What all connections to one controller share. */
export type Service = {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly rules: SearchRules;
  readonly requiresStrongAuth: boolean;
  /** Milliseconds before each answer. */
  readonly latencyMs: number;
  readonly secureContext: SecureContext;
  readonly interfere: (search: Readonly<LoggedSearch>) => Interference | undefined;
  readonly faults: Faults | undefined;
  /** Its number, from 1. */
  readonly controller: number;
  /** Ends all its connections and takes no more; with milliseconds, until they are over. */
  readonly stop: (forMs: number | undefined) => void;
  readonly log: LoggedRequest[];
};

// MaxReceiveBuffer, bytes: AD cuts a connection that sends a larger request.
const maxRequestBytes = 10_485_760;

type Connection = {
  readonly service: Service;
  readonly number: number;
  socket: Socket;
  isSecure: boolean;
  account: Account | null;
  received: Buffer;
  /** Set while StartTLS is under way: nothing more may come in the clear. */
  isUpgrading: boolean;
  /** Message IDs of searches not yet answered; abandoning takes them out. */
  readonly busy: Set<number>;
  readonly listings: Listings;
  readonly closed: AbortController;
  /** Shared by all senders that wait for the socket to take more. */
  draining: Promise<void> | null;
};

/** Serves one client until either side ends the connection. */
export function serveConnection(
  service: Service,
  number: number,
  { socket, isSecure }: { socket: Socket; isSecure: boolean },
): void {
  const connection: Connection = {
    service,
    number,
    socket,
    isSecure,
    account: null,
    received: Buffer.alloc(0),
    isUpgrading: false,
    busy: new Set(),
    listings: new Map(),
    closed: new AbortController(),
    draining: null,
  };
  attach(connection, socket);
}

function attach(connection: Connection, socket: Socket): void {
  socket.setNoDelay(true);
  socket.on('data', (bytes: Buffer) => receive(connection, bytes));
  // A client that resets the connection is no concern of the directory's.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => connection.closed.abort());
}

function receive(connection: Connection, bytes: Buffer): void {
  try {
    // What comes after StartTLS and before its answer would be taken for protected: RFC 4511 4.14.1 forbids it.
    if (connection.isUpgrading) throw new MalformedBer('bytes after StartTLS');
    connection.received = connection.received.length === 0 ? bytes : Buffer.concat([connection.received, bytes]);
    for (
      let length = messageLength(connection.received);
      length !== undefined;
      length = messageLength(connection.received)
    ) {
      if (length > maxRequestBytes) throw new MalformedBer('a request of over 10 MB');
      if (connection.received.length < length) return;
      const message = messageOf(connection.received.subarray(0, length));
      connection.received = connection.received.subarray(length);
      handle(connection, message);
    }
  } catch (error) {
    cut(connection, error);
  }
}

/** Ends the connection over what the client sent; anything but a malformed message is a bug and is not swallowed. */
function cut(connection: Connection, error: unknown): void {
  connection.socket.destroy();
  if (!(error instanceof MalformedBer)) throw error;
}

function handle(connection: Connection, message: Message): void {
  const { id, request } = message;
  switch (request.kind) {
    case 'unbind':
      note(connection, { kind: 'unbind', name: '', code: null });
      connection.socket.end();
      return;
    case 'abandon':
      note(connection, { kind: 'abandon', name: '', code: null });
      connection.busy.delete(request.messageId);
      return;
    case 'extended':
      if (request.name === capabilities.startTls) connection.isUpgrading = true;
      if (connection.isUpgrading && connection.received.length > 0) throw new MalformedBer('bytes after StartTLS');
      break;
    case 'search':
      connection.busy.add(id);
      break;
    default:
  }
  const receivedAt = Date.now();
  answer(connection, message, { request, receivedAt }).catch((error: unknown) => {
    if (!connection.closed.signal.aborted) cut(connection, error);
  });
}

type Received<Kind extends Request> = { readonly request: Kind; readonly receivedAt: number };

async function answer(
  connection: Connection,
  message: Message,
  { request, receivedAt }: Received<Request>,
): Promise<void> {
  await pause(connection, connection.service.latencyMs);
  switch (request.kind) {
    case 'bind':
      return answerBind(connection, message.id, request);
    case 'search':
      return answerSearch(connection, message, { request, receivedAt });
    case 'extended':
      return answerExtended(connection, message.id, request.name);
    case 'refused': {
      note(connection, { kind: 'refused', name: request.name, code: resultCodes.unwillingToPerform });
      const result = { code: resultCodes.unwillingToPerform, message: 'the practice directory is read only\0' };
      return send(connection, encodeResult(message.id, request.answerTag, result));
    }
    default:
  }
}

async function answerBind(connection: Connection, id: number, request: BindRequest): Promise<void> {
  const { accounts, requiresStrongAuth, faults, controller } = connection.service;
  const { delayMs, trouble } = troublesOf(faults, { kind: 'directory', request: 'bind', controller });
  await pause(connection, delayMs);
  if (trouble !== undefined && trouble.kind !== 'answer') return applyFault(connection, trouble);
  const { result, account } = trouble
    ? { result: resultOf(trouble), account: null }
    : bind(request, { accounts, requiresStrongAuth, isSecure: connection.isSecure });
  connection.account = account;
  note(connection, { kind: 'bind', name: request.name, code: result.code });
  await send(connection, encodeResult(id, answerTags.bind, result));
}

async function answerSearch(
  connection: Connection,
  message: Message,
  { request, receivedAt }: Received<SearchRequest>,
): Promise<void> {
  const { id, controls } = message;
  const { store, rules } = connection.service;
  const log = logSearch(connection, message, request);
  const { delayMs, trouble } = troublesOfSearch(log, connection.service);
  await pause(connection, delayMs);
  const isOver = (): boolean => !connection.busy.has(id) || connection.closed.signal.aborted;
  const call: SearchCall = {
    id,
    request,
    controls,
    receivedAt,
    log,
    isOver,
    account: connection.account,
    listings: connection.listings,
    isEager: trouble !== undefined,
    send: (bytes) => send(connection, bytes),
  };
  const few = trouble === undefined || trouble.kind === 'stop' ? 0 : (trouble.afterEntries ?? 0);
  if (few > 0) await search(store, rules, { ...call, isOver: () => isOver() || log.entries >= few });
  if (trouble !== undefined && trouble.kind !== 'answer') return applyFault(connection, trouble);
  const result = trouble ? resultOf(trouble) : await search(store, rules, call);
  if (isOver()) return;
  connection.busy.delete(id);
  log.code = result.code;
  await send(connection, encodeResult(id, answerTags.searchDone, result));
}

async function pause(connection: Connection, ms: number): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal: connection.closed.signal });
}

function resultOf({ code, message = '' }: Extract<Interference, { kind: 'answer' }>): Result {
  return { code, message };
}

/** Gives no answer, in the way the trouble says. */
function applyFault(connection: Connection, trouble: Exclude<Interference, { kind: 'answer' }>): void {
  if (trouble.kind === 'stop') connection.service.stop(trouble.forMs);
  if (trouble.kind === 'cut') connection.socket.end(() => connection.socket.destroy());
}

function logSearch(connection: Connection, { controls }: Message, request: SearchRequest): LoggedSearch {
  const paged = controls.find(({ type }) => type === pagedResults)?.value;
  const page = paged ? pageOf(paged) : null;
  const log: LoggedSearch = {
    kind: 'search',
    connection: connection.number,
    base: request.base,
    scope: request.scope,
    filter: filterText(request.filter),
    attributes: request.attributes,
    pageSize: page?.size ?? null,
    isContinued: page !== null && page.cookie.length > 0,
    page: page && pageNumber(connection.listings, page.cookie),
    sizeLimit: request.sizeLimit,
    timeLimit: request.timeLimit,
    entries: 0,
    references: 0,
    code: null,
  };
  connection.service.log.push(log);
  return log;
}

async function answerExtended(connection: Connection, id: number, name: string): Promise<void> {
  if (name === capabilities.startTls) return startTls(connection, id);
  const isWhoAmI = name === capabilities.whoAmI;
  const result: Result = isWhoAmI
    ? { code: resultCodes.success }
    : { code: resultCodes.protocolError, message: '0000203D: unknown extended request\0' };
  if (isWhoAmI) note(connection, { kind: 'who-am-i', name: '', code: result.code });
  else note(connection, { kind: 'refused', name, code: result.code });
  const extended = isWhoAmI ? { value: connection.account ? `u:${connection.account.name}` : '' } : { name };
  await send(connection, encodeResult(id, answerTags.extended, { ...result, extended }));
}

async function startTls(connection: Connection, id: number): Promise<void> {
  const extended = { name: capabilities.startTls };
  // RFC 4511 4.14.1: not while other operations are under way, and not twice.
  const isPossible = !connection.isSecure && connection.busy.size === 0;
  const code = isPossible ? resultCodes.success : resultCodes.operationsError;
  note(connection, { kind: 'start-tls', name: '', code });
  await send(connection, encodeResult(id, answerTags.extended, { code, extended }));
  if (isPossible) upgrade(connection);
  connection.isUpgrading = false;
}

function upgrade(connection: Connection): void {
  const plain = connection.socket;
  plain.removeAllListeners('data');
  const secure = new TLSSocket(plain, { isServer: true, secureContext: connection.service.secureContext });
  connection.socket = secure;
  connection.isSecure = true;
  // Signing in again is up to the client: what was bound in the clear does not count as bound under TLS.
  connection.account = null;
  attach(connection, secure);
}

async function send(connection: Connection, bytes: Buffer): Promise<void> {
  const { socket } = connection;
  if (connection.closed.signal.aborted || !socket.writable) return;
  if (socket.write(bytes)) return;
  connection.draining ??= new Promise<void>((done) => {
    const end = (): void => {
      connection.draining = null;
      socket.off('drain', end);
      socket.off('close', end);
      done();
    };
    socket.on('drain', end);
    socket.on('close', end);
  });
  await connection.draining;
}

function note(connection: Connection, operation: Omit<LoggedOperation, 'connection' | 'isSecure'>): void {
  connection.service.log.push({ ...operation, connection: connection.number, isSecure: connection.isSecure });
}
