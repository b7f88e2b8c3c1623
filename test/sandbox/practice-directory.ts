// What the tests of the practice directory share: starting one, the real client, and a client that speaks raw bytes.
import { connect as connectPlain, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { BerWriter, Client, type ClientOptions } from 'ldapts';
import { onTestFinished } from 'vitest';
import { elementsOf, inOrder, integerOf, messageLength, tags, textOf } from '../../src/sandbox/directory/ber.ts';
import {
  type PracticeDirectory,
  type PracticeDirectoryOptions,
  startDirectory,
} from '../../src/sandbox/directory/directory.ts';
import { type People, readPeople } from '../../src/sandbox/people/people.ts';
import { testCertificates } from '../support/certificates.ts';

export const cast: People = readPeople(join(import.meta.dirname, '../../fixtures/cast.json'));
export const password = 'Practice!1';

export type Started = PracticeDirectory & { readonly caPem: string };

/** A directory that is closed when the test is over. */
export async function start(
  options: Partial<PracticeDirectoryOptions> & { readonly people?: People } = {},
): Promise<Started> {
  const { people = cast, ...rest } = options;
  const { caPem, certPem, keyPem } = await testCertificates();
  const directory = await startDirectory(people, { password, tls: { certPem, keyPem }, ...rest });
  onTestFinished(() => directory.close());
  return { ...directory, caPem };
}

/** The real client, not bound; ended when the test is over. */
export function client(directory: Started, options: Partial<ClientOptions> = {}): Client {
  const made = new Client({
    url: directory.ldapsUrl,
    tlsOptions: { ca: directory.caPem },
    timeout: 5000,
    connectTimeout: 5000,
    ...options,
  });
  onTestFinished(() => made.unbind());
  return made;
}

/** The real client, bound as the directory's own user. */
export async function bound(directory: Started): Promise<Client> {
  const made = client(directory);
  await made.bind(directory.bindUser, password);
  return made;
}

/** `count` people in one unit, for paging. */
export function crowd(count: number): People {
  const adUsers = Array.from({ length: count }, (_none, index) => ({
    cn: `User ${index}`,
    ou: 'Crowd',
    objectGUID: `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`,
    sAMAccountName: `u${index}`,
    userPrincipalName: `u${index}@example.test`,
    mail: null,
    proxyAddresses: [],
    employeeID: String(index),
  }));
  return { ...cast, adUsers, adOthers: [] };
}

export type Answer = {
  readonly id: number;
  readonly tag: number;
  readonly content: Buffer;
  /** Of the paged-results control; null without one. */
  readonly cookie: Buffer | null;
};

export type Raw = {
  readonly socket: Socket;
  write(bytes: Buffer): void;
  /** The next message; rejects when the connection ends first. */
  next(): Promise<Answer>;
  /** Resolves when the directory has ended the connection. */
  readonly closed: Promise<void>;
};

/** A client that sends any bytes; over TLS unless told otherwise. */
export async function raw(directory: Started, isPlain = false): Promise<Raw> {
  const url = new URL(isPlain ? directory.ldapUrl : directory.ldapsUrl);
  const at = { host: url.hostname, port: Number(url.port) };
  const socket = await new Promise<Socket>((done, fail) => {
    const made: Socket = isPlain
      ? connectPlain(at, () => done(made))
      : connectTls({ ...at, ca: directory.caPem }, () => done(made));
    made.once('error', fail);
  });
  onTestFinished(() => {
    socket.destroy();
  });
  return speak(socket);
}

/** Reads messages from a socket that is connected. */
function speak(socket: Socket): Raw {
  let received = Buffer.alloc(0);
  const answers: Answer[] = [];
  let wake = (): void => {};
  let isClosed = false;
  socket.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
    for (let length = messageLength(received); length && received.length >= length; length = messageLength(received)) {
      answers.push(answerOf(received.subarray(0, length)));
      received = received.subarray(length);
    }
    wake();
  });
  const closed = new Promise<void>((done) => {
    socket.on('error', () => {});
    socket.on('close', () => {
      isClosed = true;
      wake();
      done();
    });
  });
  const next = async (): Promise<Answer> => {
    for (;;) {
      const answer = answers.shift();
      if (answer) return answer;
      if (isClosed) throw new Error('the connection has ended');
      await new Promise<void>((done) => {
        wake = done;
      });
    }
  };
  return { socket, closed, next, write: (bytes) => void socket.write(bytes) };
}

function answerOf(bytes: Buffer): Answer {
  const parts = inOrder(elementsOf(bytes)[0]?.content ?? Buffer.alloc(0));
  const id = integerOf(parts.next(tags.integer));
  const { tag, content } = parts.any();
  const controls = parts.optional(0xa0);
  return { id, tag, content, cookie: controls ? cookieOf(controls) : null };
}

function cookieOf(controls: Buffer): Buffer {
  const control = inOrder(inOrder(controls).next(tags.sequence));
  control.next(tags.octets);
  const value = inOrder(inOrder(control.next(tags.octets)).next(tags.sequence));
  value.next(tags.integer);
  return value.next(tags.octets);
}

/** Result code and text of an answer that has a result. */
export function resultOf({ content }: Answer): { readonly code: number; readonly text: string } {
  const parts = inOrder(content);
  const code = integerOf(parts.next(tags.enumerated));
  parts.next(tags.octets);
  return { code, text: textOf(parts.next(tags.octets)) };
}

/** Writes one LDAPMessage. */
export function message(id: number, write: (writer: BerWriter) => void): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  write(writer);
  writer.endSequence();
  return Buffer.from(writer.buffer);
}

export function bindMessage(id: number, name: string, secret: string): Buffer {
  return message(id, (writer) => {
    writer.startSequence(0x60);
    writer.writeInt(3);
    writer.writeString(name);
    writer.writeString(secret, 0x80);
    writer.endSequence();
  });
}

export type RawSearch = {
  readonly base: string;
  readonly scope?: number;
  readonly sizeLimit?: number;
  readonly timeLimit?: number;
  /** Default: (objectClass=*). */
  readonly filter?: (writer: BerWriter) => void;
  readonly attributes?: readonly string[];
  readonly page?: { readonly size: number; readonly cookie?: Buffer };
};

export function searchMessage(id: number, search: RawSearch): Buffer {
  return message(id, (writer) => {
    writer.startSequence(0x63);
    writer.writeString(search.base);
    writer.writeEnumeration(search.scope ?? 2);
    writer.writeEnumeration(0);
    writer.writeInt(search.sizeLimit ?? 0);
    writer.writeInt(search.timeLimit ?? 0);
    writer.writeBoolean(false);
    if (search.filter) search.filter(writer);
    else writer.writeString('objectClass', 0x87);
    writer.startSequence();
    for (const attribute of search.attributes ?? ['cn']) writer.writeString(attribute);
    writer.endSequence();
    writer.endSequence();
    if (search.page) writePage(writer, search.page);
  });
}

function writePage(writer: BerWriter, { size, cookie }: { readonly size: number; readonly cookie?: Buffer }): void {
  const value = new BerWriter();
  value.startSequence();
  value.writeInt(size);
  value.writeBuffer(cookie ?? Buffer.alloc(0), 0x04);
  value.endSequence();
  writer.startSequence(0xa0);
  writer.startSequence();
  writer.writeString('1.2.840.113556.1.4.319');
  writer.writeBoolean(true);
  writer.writeBuffer(value.buffer, 0x04);
  writer.endSequence();
  writer.endSequence();
}

/** A search to its end: how many entries and references came, and the result with its cookie. */
export async function collect(
  connection: Raw,
  bytes: Buffer,
): Promise<{ entries: string[]; references: number; code: number; cookie: Buffer | null }> {
  connection.write(bytes);
  const entries: string[] = [];
  let references = 0;
  for (;;) {
    const answer = await connection.next();
    if (answer.tag === 0x64) entries.push(textOf(inOrder(answer.content).next(tags.octets)));
    else if (answer.tag === 0x73) references++;
    else return { entries, references, code: resultOf(answer).code, cookie: answer.cookie };
  }
}
