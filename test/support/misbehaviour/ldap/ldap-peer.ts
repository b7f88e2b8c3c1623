// The man in the middle of LDAPS: passes messages on, one by one, but for those it is armed to misbehave with.
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import type { ServerCertificate } from '../../../../src/sandbox/http/certificates.ts';
import type { Dice } from '../../dice.ts';
import type { Arm } from '../dose.ts';
import { type Frame, framesIn, ldapKindOf } from './ldap-frames.ts';
import type { LdapKind } from '../request-kinds.ts';

/** One request that the peer misbehaves with. */
export type LdapExchange = {
  readonly request: Frame;
  /** Towards the program. */
  readonly client: TLSSocket;
  /**
   * Passes the request on; each message of the answer goes through `change`, which gives what is sent in its place, or
   * null for nothing.
   */
  readonly pass: (change: (frame: Frame) => Buffer | null) => void;
  readonly throws: Dice;
  /** What is remembered within a cell. */
  readonly memory: Map<string, readonly Frame[]>;
  readonly note: () => void;
};

export type LdapMisbehaviour = {
  readonly name: string;
  readonly on: readonly LdapKind[];
  readonly doses?: readonly ('once' | 'first 3' | 'always')[];
  readonly isSlow?: true;
  readonly needsWayOut?: true;
  readonly isBelievable?: true;
  readonly play: (exchange: LdapExchange) => void;
};

export type LdapPeer = {
  readonly url: string;
  arm(arm: Arm<LdapMisbehaviour> | null): void;
  close(): Promise<void>;
};

type Target = { readonly port: number; readonly ca: string };
type State = { arm: Arm<LdapMisbehaviour> | null; readonly memory: Map<string, readonly Frame[]> };

/** Starts the peer on loopback, in front of a controller whose certificate comes from the CA given. */
export async function startLdapPeer(target: Target, tls: ServerCertificate): Promise<LdapPeer> {
  const state: State = { arm: null, memory: new Map() };
  const sockets = new Set<Socket>();
  const keep = <S extends Socket>(socket: S): S => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    return socket;
  };
  const server = createServer({ cert: tls.certPem, key: tls.keyPem }, (client) => {
    serve(state, keep(client), keep(connect({ port: target.port, host: '127.0.0.1', ca: target.ca })));
  });
  server.on('connection', (socket: Socket) => keep(socket));
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  return {
    url: `ldaps://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arm: (arm) => {
      state.arm = arm;
      state.memory.clear();
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** One connection: requests one way, answers the other, each whole. */
function serve(state: State, client: TLSSocket, controller: TLSSocket): void {
  const changes = new Map<number, (frame: Frame) => Buffer | null>();
  const send = (bytes: Buffer | null): void => {
    if (bytes !== null && client.writable) client.write(bytes);
  };
  whole(client, (request) => {
    const { arm, memory } = state;
    const turn = arm !== null && ldapKindOf(request) === arm.kind ? arm.take() : null;
    if (arm === null || turn === null) {
      controller.write(request.bytes);
      return;
    }
    const pass: LdapExchange['pass'] = (change) => {
      changes.set(request.id, change);
      controller.write(request.bytes);
    };
    arm.misbehaviour.play({ request, client, pass, throws: arm.throws, memory, note: turn.note });
    // Whether it comes to something shows in the answer; one question is answered before the next is asked.
    turn.over();
  });
  whole(controller, (frame) => {
    const change = changes.get(frame.id);
    send(change === undefined ? frame.bytes : change(frame));
  });
  client.once('close', () => controller.destroy());
  controller.once('close', () => client.end());
}

/** Calls back for each message, once all of it is there. */
function whole(socket: Socket, take: (frame: Frame) => void): void {
  let waiting = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => {
    const { frames, rest } = framesIn(Buffer.concat([waiting, bytes]));
    waiting = Buffer.from(rest);
    for (const frame of frames) take(frame);
  });
}
