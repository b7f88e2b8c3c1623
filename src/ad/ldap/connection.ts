import net from 'node:net';
import tls from 'node:tls';
import { Client, type Control, ResultCodeError, type SearchOptions, type SearchResult } from 'ldapts';
import { StartTlsRefused } from './failures.ts';
import { type Controller, type LdapSettings, tlsOptions } from './settings.ts';
import { type MessageReader, readMessagesOf } from './message-parser.ts';

/** How long to wait, in milliseconds, and for how long to go on at all. */
export type Patience = {
  /** For TCP and TLS together. */
  readonly connect: number;
  /** For one answer, from the question to the end of the answer: one that drips gains nothing by it. */
  readonly answer: number;
  /** Aborted: the connection that is being made is given up. One that was made is discarded by whoever has it. */
  readonly signal?: AbortSignal | undefined;
};

/**
 * One signed-in connection. Carries one search at a time, which lets the paging control of an answer be told apart, and
 * never comes back by itself: ldapts would reconnect in clear text and unbound, so whoever gets an error drops the connection.
 */
export type Connection = {
  readonly controller: Controller;
  /** ldapts itself, for paging.ts alone. */
  readonly client: Client;
  search(base: string, options: SearchOptions, controls?: Control[]): Promise<SearchResult>;
  isLost(): boolean;
  /** Says goodbye; never throws. */
  close(): Promise<void>;
  /** Drops the sockets; searches under way reject. */
  discard(): void;
};

/** Connects, secures, binds. Rejects with whatever went wrong, leaving no socket behind; see failures.ts. */
export async function openConnection(
  controller: Controller,
  settings: LdapSettings,
  patience: Patience,
): Promise<Connection> {
  const { answer, connect, signal } = patience;
  const sockets = new Sockets(connect);
  const secure = tlsOptions(controller, settings.caPem);
  const client = new Client({
    url: controller.url,
    // No time-outs of its own: they do not end with the connection, and would keep the program alive behind it.
    timeout: 0,
    connectTimeout: 0,
    // Any TLS option makes ldapts speak TLS at once, on ldap:// too; for StartTLS they go to startTLS() only.
    ...(controller.transport === 'tls' ? { tlsOptions: secure } : {}),
    createConnection: sockets.createConnection,
    createSecureConnection: sockets.createSecureConnection,
  });
  sockets.readers.push(readMessagesOf(client, (error) => sockets.fail(error)));
  const giveUp = (): void => sockets.destroy();
  signal?.addEventListener('abort', giveUp);
  try {
    if (controller.transport === 'starttls') {
      const upgraded = client.startTLS(secure).catch((error: unknown) => {
        throw error instanceof ResultCodeError ? new StartTlsRefused(error.message, { cause: error }) : error;
      });
      await sockets.untilLost(upgraded, connect);
    }
    await sockets.untilLost(client.bind(settings.user, settings.password), answer);
  } catch (error) {
    sockets.destroy();
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
  return {
    controller,
    client,
    search: (base, options, controls) =>
      sockets.untilLost(client.search(base, { timeLimit: 0, ...options }, controls), answer),
    isLost: () => sockets.isLost(),
    close: async () => {
      // Some servers never close after an unbind; the wait is for politeness only.
      await sockets.untilLost(client.unbind(), 1_000).catch(() => undefined);
      sockets.destroy();
    },
    discard: () => sockets.destroy(),
  };
}

/**
 * Keeps hold of the sockets ldapts opens: it does not notice the end of a StartTLS session and leaves sockets open after
 * failures (test/ad/ldap/connections.test.ts). One connection only is allowed, so that it cannot reconnect behind our back.
 */
class Sockets {
  /** Reads what comes; there is one. */
  readonly readers: MessageReader[] = [];
  readonly #connectMs: number;
  readonly #open: net.Socket[] = [];
  readonly #listeners = new Set<() => void>();
  #isLost = false;
  /** Why, where it was not simply the end of the connection. */
  #cause: Error | null = null;

  constructor(connectMs: number) {
    this.#connectMs = connectMs;
  }

  readonly createConnection = ((port: number, host: string) =>
    this.#connectOnce(() => net.connect({ port, host, noDelay: true }), 'connect')) as typeof net.connect;

  // ldapts calls this with port, host and options for ldaps://, with options alone for StartTLS.
  readonly createSecureConnection = ((
    first: number | tls.ConnectionOptions,
    _host?: string,
    options?: tls.ConnectionOptions,
  ) => {
    if (typeof first === 'number') {
      return this.#connectOnce(() => tls.connect({ ...options, port: first }), 'secureConnect');
    }
    for (const reader of this.readers) reader.expectNothingMore();
    return this.#watch(tls.connect(first));
  }) as typeof tls.connect;

  /** The promise, or a rejection as soon as the connection is gone or the time is over. */
  untilLost<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const settled = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(listener);
      };
      const fail = (error: unknown): void => {
        settled();
        reject(error instanceof Error ? error : new Error('Connection closed', { cause: error }));
      };
      const timer = setTimeout(() => fail(new Error('Connection timeout')), deadlineMs);
      // Not Promise.race with one long-lived promise: that would keep every page ever read in memory.
      // The immediate lets the cause through first: a socket reports its error and its end in the same tick. Nothing waits
      // for the work here: ldapts never ends it where the connection goes before it was made.
      const listener = (): void => void setImmediate(() => fail(this.#cause ?? new Error('Connection closed')));
      if (this.#isLost) listener();
      else this.#listeners.add(listener);
      // An answer with something behind it that does not belong there came from a connection not to be believed.
      const end = (value: T): void => {
        settled();
        if (this.#cause === null) resolve(value);
        else reject(this.#cause);
      };
      work.then(end, fail);
    });
  }

  isLost(): boolean {
    return this.#isLost;
  }

  /** Ends the connection: what it carries is not to be believed. */
  fail(cause: Error): void {
    this.#cause ??= cause;
    this.destroy();
    this.#onLost();
  }

  destroy(): void {
    this.#isLost = true;
    for (const socket of this.#open) {
      socket.on('error', () => undefined);
      socket.destroy();
    }
  }

  readonly #onLost = (): void => {
    this.#isLost = true;
    for (const listener of this.#listeners) listener();
  };

  #watch<S extends net.Socket>(socket: S): S {
    this.#open.push(socket);
    // Long idle stretches are cut by firewalls without a word; keep-alive finds out.
    socket.setKeepAlive(true, 30_000);
    return socket.once('close', this.#onLost);
  }

  #connectOnce<S extends net.Socket>(connect: () => S, done: 'connect' | 'secureConnect'): S {
    if (this.#open.length > 0 || this.#isLost) throw new Error('Connection closed; connections do not reconnect');
    const socket = this.#watch(connect());
    const timer = setTimeout(() => this.fail(new Error('Connection timeout')), this.#connectMs);
    const stop = (): void => clearTimeout(timer);
    socket.once(done, stop);
    socket.once('close', stop);
    return socket;
  }
}
