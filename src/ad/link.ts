import net from 'node:net';
import tls from 'node:tls';
import { Client, type Control, ResultCodeError, type SearchOptions, type SearchResult } from 'ldapts';
import { StartTlsRefused } from './failures.ts';
import { type Controller, type LdapSettings, tlsOptions } from './ldap-settings.ts';
import { readEntriesOf } from './message-parser.ts';

/** How long to wait, in milliseconds. */
export type Timeouts = {
  /** For TCP and TLS together. */
  readonly connect: number;
  /** For one answer. */
  readonly answer: number;
};

/**
 * One signed-in connection. Carries one search at a time, which lets the paging control of an answer be told apart, and
 * never comes back by itself: ldapts would reconnect in clear text and unbound, so whoever gets an error drops the link.
 */
export type Link = {
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
export async function openLink(controller: Controller, settings: LdapSettings, timeouts: Timeouts): Promise<Link> {
  const sockets = watchSockets();
  const secure = tlsOptions(controller, settings.caPem);
  const client = new Client({
    url: controller.url,
    timeout: timeouts.answer,
    connectTimeout: timeouts.connect,
    // Any TLS option makes ldapts speak TLS at once, on ldap:// too; for StartTLS they go to startTLS() only.
    ...(controller.transport === 'tls' ? { tlsOptions: secure } : {}),
    createConnection: sockets.createConnection,
    createSecureConnection: sockets.createSecureConnection,
  });
  readEntriesOf(client);
  try {
    if (controller.transport === 'starttls') {
      // ldapts has no timer for the handshake after StartTLS.
      const upgraded = client.startTLS(secure).catch((error: unknown) => {
        throw error instanceof ResultCodeError ? new StartTlsRefused(error.message, { cause: error }) : error;
      });
      await sockets.untilLost(upgraded, { deadlineMs: timeouts.connect });
    }
    await sockets.untilLost(client.bind(settings.user, settings.password));
  } catch (error) {
    sockets.destroy();
    throw error;
  }
  return {
    controller,
    client,
    search: (base, options, controls) => sockets.untilLost(client.search(base, { timeLimit: 0, ...options }, controls)),
    isLost: () => sockets.isLost(),
    close: async () => {
      // Some servers never close after an unbind; the wait is for politeness only.
      await sockets.untilLost(client.unbind(), { deadlineMs: 1_000 }).catch(() => undefined);
      sockets.destroy();
    },
    discard: () => sockets.destroy(),
  };
}

type Sockets = {
  readonly createConnection: typeof net.connect;
  readonly createSecureConnection: typeof tls.connect;
  /** The promise, or a rejection as soon as the connection is gone or the deadline passed. */
  untilLost<T>(work: Promise<T>, limit?: { readonly deadlineMs: number }): Promise<T>;
  isLost(): boolean;
  destroy(): void;
};

/**
 * Keeps hold of the sockets ldapts opens: it does not notice the end of a StartTLS session and leaves sockets open after
 * failures (test/ad/connections.test.ts). One connection only is allowed, so that it cannot reconnect behind our back.
 */
function watchSockets(): Sockets {
  const open: net.Socket[] = [];
  const listeners = new Set<() => void>();
  let lost = false;
  const onLost = (): void => {
    lost = true;
    for (const listener of listeners) listener();
  };
  const watch = <S extends net.Socket>(socket: S): S => {
    open.push(socket);
    // Long idle stretches are cut by firewalls without a word; keep-alive finds out.
    socket.setKeepAlive(true, 30_000);
    return socket.once('close', onLost);
  };
  const connectOnce = <S extends net.Socket>(connect: () => S): S => {
    if (open.length > 0) throw new Error('Connection closed; links do not reconnect');
    return watch(connect());
  };
  return {
    createConnection: ((port: number, host: string) =>
      connectOnce(() => net.connect({ port, host, noDelay: true }))) as typeof net.connect,
    // ldapts calls this with port, host and options for ldaps://, with options alone for StartTLS.
    createSecureConnection: ((
      first: number | tls.ConnectionOptions,
      _host?: string,
      options?: tls.ConnectionOptions,
    ) =>
      typeof first === 'number'
        ? connectOnce(() => tls.connect({ ...options, port: first }))
        : watch(tls.connect(first))) as typeof tls.connect,
    untilLost: (work, limit) =>
      new Promise((resolve, reject) => {
        const timer = limit && setTimeout(() => reject(new Error('Connection timeout')), limit.deadlineMs);
        // Not Promise.race with one long-lived promise: that would keep every page ever read in memory.
        // The immediate lets the cause through first: a socket reports its error and its end in the same tick.
        const listener = (): void => void setImmediate(() => reject(new Error('Connection closed')));
        if (lost) listener();
        else listeners.add(listener);
        void work.then(resolve, reject).finally(() => {
          clearTimeout(timer);
          listeners.delete(listener);
        });
      }),
    isLost: () => lost,
    destroy: () => {
      lost = true;
      for (const socket of open) {
        socket.on('error', () => undefined);
        socket.destroy();
      }
    },
  };
}
