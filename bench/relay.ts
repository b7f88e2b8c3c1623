// A TCP relay that adds latency and nothing else: what comes in goes out `delayMs` later, however much it is.
import { connect, createServer, type Server, type Socket } from 'node:net';

export type Relay = { readonly port: number; close(): Promise<void> };

/** Listens on 127.0.0.1 and passes connections on; each direction is delayed on its own. */
export async function startRelay(target: { host: string; port: number }, delayMs: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    const far = connect({ ...target, noDelay: true, allowHalfOpen: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      // Timers of one length end in the order they were set, so the bytes stay in theirs.
      from.on('data', (chunk: Buffer) => setTimeout(() => to.destroyed || to.write(chunk), delayMs));
      from.on('end', () => setTimeout(() => to.end(), delayMs));
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
    }
  });
  const port = await listen(server);
  return {
    port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

/** Milliseconds that a byte takes there and back through such a relay, less what it takes without; the median of many. */
export async function measureDelay(delayMs: number, median: (values: readonly number[]) => number): Promise<number> {
  const echo = createServer({ noDelay: true }, (socket) => socket.pipe(socket));
  const port = await listen(echo);
  const relay = await startRelay({ host: '127.0.0.1', port }, delayMs);
  try {
    const slow = median(await roundTrips(relay.port));
    return slow - median(await roundTrips(port));
  } finally {
    await relay.close();
    await new Promise((done) => echo.close(done));
  }
}

async function roundTrips(port: number): Promise<number[]> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const times: number[] = [];
  for (let round = 0; round < 300; round++) {
    const started = performance.now();
    socket.write('.');
    await new Promise((done) => socket.once('data', done));
    times.push(performance.now() - started);
  }
  socket.destroy();
  return times.slice(50);
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
