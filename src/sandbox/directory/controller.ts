// One domain controller as the network sees it: two ports, LDAPS and LDAP, that can be shut and opened again.
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Service, serveConnection } from './connection.ts';
import { troublesOf } from './faults.ts';

/** A controller of the practice domain. */
export type PracticeController = {
  readonly ldapsUrl: string;
  readonly ldapUrl: string;
  /** Cuts all connections; from then on new ones are refused, as by a machine that is down. */
  stop(): Promise<void>;
  /** Listens again, on the same ports. */
  start(): Promise<void>;
};

export type RunningController = PracticeController & {
  connections(): { readonly open: number; readonly total: number };
  dropConnections(): void;
  /** Stops for good. */
  close(): Promise<void>;
};

export type ControllerSettings = {
  /** What all controllers share, and what is this one's own. */
  readonly service: Omit<Service, 'stop'>;
  readonly tls: { readonly certPem: string; readonly keyPem: string };
  readonly host: string;
  /** 0: any free port. */
  readonly ports: { readonly ldaps: number; readonly ldap: number };
  /** Numbers connections over all controllers. */
  readonly nextConnection: () => number;
};

/** Starts a controller. Rejects when a port is taken. */
export async function startController(settings: ControllerSettings): Promise<RunningController> {
  const { host } = settings;
  const sockets = keepSockets();
  const closing = new AbortController();
  const service: Service = { ...settings.service, stop: (forMs) => void outage(forMs) };
  // It listens nowhere itself: connections are let through to it one by one, so that one can be left waiting.
  const tls = createTlsServer({ cert: settings.tls.certPem, key: settings.tls.keyPem }, (socket) =>
    serveConnection(service, settings.nextConnection(), { socket, isSecure: true }),
  );
  const admit = (socket: Socket, serve: () => void): void => {
    sockets.keep(socket);
    receive(service, socket, { serve, closing: closing.signal });
  };
  const doors = [
    createServer((socket) => admit(socket, () => tls.emit('connection', socket))),
    createServer((socket) =>
      admit(socket, () => serveConnection(service, settings.nextConnection(), { socket, isSecure: false })),
    ),
  ];
  let ports: readonly number[] = [settings.ports.ldaps, settings.ports.ldap];
  const start = async (): Promise<void> => {
    ports = await Promise.all(doors.map((door, index) => startListening(door, ports[index] ?? 0, host)));
    if (closing.signal.aborted) await stop();
  };
  const stop = async (): Promise<void> => {
    const stopped = Promise.all(doors.map(stopListening));
    sockets.drop();
    await stopped;
  };
  const outage = async (forMs: number | undefined): Promise<void> => {
    await stop();
    if (forMs === undefined) return;
    const isOver = await sleep(forMs, true, { signal: closing.signal }).catch(() => false);
    // The port may have gone to somebody else meanwhile: then the controller stays down.
    if (isOver) await start().catch(() => undefined);
  };
  const close = async (): Promise<void> => {
    closing.abort();
    await stop();
  };
  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    ldapsUrl: `ldaps://${name}:${ports[0]}`,
    ldapUrl: `ldap://${name}:${ports[1]}`,
    connections: sockets.count,
    dropConnections: sockets.drop,
    stop,
    start,
    close,
  };
}

type Sockets = {
  readonly keep: (socket: Socket) => void;
  readonly count: RunningController['connections'];
  readonly drop: () => void;
};

function keepSockets(): Sockets {
  const open = new Set<Socket>();
  let total = 0;
  return {
    keep: (socket) => {
      open.add(socket);
      total++;
      socket.on('close', () => open.delete(socket));
      // A TLS handshake may fail before anybody else listens for errors.
      socket.on('error', () => socket.destroy());
    },
    count: () => ({ open: open.size, total }),
    drop: () => {
      for (const socket of open) socket.destroy();
    },
  };
}

type Admission = { readonly serve: () => void; readonly closing: AbortSignal };

/** Serves a new connection, unless the fault script has something else in mind for it. */
function receive(service: Service, socket: Socket, { serve, closing }: Admission): void {
  const { faults, controller } = service;
  const { delayMs, trouble } = troublesOf(faults, { kind: 'directory', request: 'connect', controller });
  if (trouble?.kind === 'stop') service.stop(trouble.forMs);
  else if (trouble?.kind === 'cut') socket.destroy();
  else if (trouble !== undefined) socket.resume();
  else if (delayMs === 0) serve();
  else sleep(delayMs, undefined, { signal: closing }).then(serve, () => undefined);
}

function startListening(server: Server, port: number, host: string): Promise<number> {
  return new Promise((done, fail) => {
    if (server.listening) return done((server.address() as AddressInfo).port);
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      done((server.address() as AddressInfo).port);
    });
  });
}

function stopListening(server: Server): Promise<void> {
  return new Promise((done) => {
    // The callback's error says only that it was not listening (any more).
    server.close(() => done());
  });
}
