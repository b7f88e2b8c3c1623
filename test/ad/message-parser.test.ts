import { Ber, BerWriter, Client, type Entry, SearchEntry, SearchResponse } from 'ldapts';
import { describe, expect, it } from 'vitest';
import { parserOf, readEntriesOf } from '../../src/ad/message-parser.ts';
import { guidFromText, guidToBytes, type Guid } from '../../src/core/guid.ts';

const guid = guidToBytes(guidFromText('f4c2ce4e-1f08-4358-abdc-fe3f035af4cd') as Guid);
const user = {
  objectGUID: [guid],
  cn: ['Jürgen'],
  objectClass: ['top', 'person', 'user'],
  description: [],
} satisfies Record<string, (string | Buffer)[]>;

/** A SearchResultEntry as a server sends it (RFC 4511 4.5.2). */
function entryMessage(id: number, dn: string, attributes: Readonly<Record<string, readonly (string | Buffer)[]>>) {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(0x64);
  writer.writeString(dn);
  writer.startSequence();
  for (const [name, values] of Object.entries(attributes)) {
    writer.startSequence();
    writer.writeString(name);
    writer.startSequence(0x31);
    for (const value of values) writer.writeBuffer(Buffer.from(value), Ber.OctetString);
    writer.endSequence();
    writer.endSequence();
  }
  writer.endSequence();
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
}

/** A SearchResultDone with code 0. */
function doneMessage(id: number): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(0x65);
  writer.writeEnumeration(0);
  writer.writeString('');
  writer.writeString('');
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
}

/** What comes of the chunks: messages, and errors. */
function received(chunks: readonly Buffer[]): { readonly messages: unknown[]; readonly errors: unknown[] } {
  const client = new Client({ url: 'ldap://127.0.0.1' });
  readEntriesOf(client);
  const parser = parserOf(client);
  const messages: unknown[] = [];
  const errors: unknown[] = [];
  parser.on('message', (message) => messages.push(message));
  parser.on('error', (error) => errors.push(error));
  for (const chunk of chunks) parser.read(chunk, new Map());
  return { messages, errors };
}

function entryOf(message: unknown, asked: string[] = [], raw: string[] = ['objectGUID']): Entry {
  if (!(message instanceof SearchEntry)) throw new Error('no entry');
  return message.toObject(asked, raw);
}

describe('entries off the wire', () => {
  it('have one value bare, several in an array, none as []; bytes where asked for, else text', () => {
    const { messages } = received([entryMessage(7, 'CN=Jürgen,DC=example,DC=test', user)]);
    expect(messages[0]).toMatchObject({ messageId: 7 });
    expect(entryOf(messages[0], ['cn', 'mail'])).toEqual({
      dn: 'CN=Jürgen,DC=example,DC=test',
      objectGUID: guid,
      cn: 'Jürgen',
      objectClass: ['top', 'person', 'user'],
      description: [],
      mail: [],
    });
  });

  it('are whole however the bytes are cut', () => {
    const long = { ...user, proxyAddresses: Array.from({ length: 40 }, (_none, n) => `smtp:u${n}@example.test`) };
    const wire = Buffer.concat([entryMessage(300, 'CN=A', user), entryMessage(300, 'CN=B', long), doneMessage(300)]);
    const whole = received([wire]).messages;
    expect(whole.map((message) => (message as SearchEntry).messageId)).toEqual([300, 300, 300]);
    expect(whole[2]).toBeInstanceOf(SearchResponse);
    for (let cut = 1; cut < wire.length; cut++) {
      const { messages } = received([wire.subarray(0, cut), wire.subarray(cut)]);
      expect(messages.slice(0, 2).map((message) => entryOf(message))).toEqual(
        whole.slice(0, 2).map((message) => entryOf(message)),
      );
      expect(messages[2]).toBeInstanceOf(SearchResponse);
    }
    const { messages } = received([...wire].map((byte) => Buffer.from([byte])));
    expect(messages.length).toBe(3);
  });

  it('keep bytes that happen to be text, byte-order mark and all, under any spelling of the name', () => {
    const bytes = Buffer.from('\u{feff}thirteen byte');
    const { messages } = received([entryMessage(1, 'CN=A', { objectguid: [bytes], cn: [bytes] })]);
    const entry = entryOf(messages[0], ['objectGUID', 'cn']);
    expect(entry).toEqual({ dn: 'CN=A', objectguid: bytes, cn: bytes.toString() });
    expect(Buffer.from(entry['cn'] as string)).toEqual(bytes);
  });

  it('are refused when their parts do not fit into each other', () => {
    const wire = entryMessage(1, 'CN=A', { cn: ['abc'] });
    wire.writeUInt8(4, wire.lastIndexOf('abc') - 1);
    expect(() => entryOf(received([wire]).messages[0])).toThrow(/malformed/);
    const longer = Buffer.from('\x30\x07\x02\x01\x01\x64\x7f\x04\x00', 'latin1');
    expect(() => entryOf(received([longer]).messages[0])).toThrow(/malformed/);
  });

  it.each([
    ['no message', 'HTTP/1.1 400 Bad Request\r\n', 0],
    ['an indefinite length', '\x30\x80\x02\x01\x01', 1],
    ['a length of five bytes', '\x30\x85\x00\x00\x00\x00\x01\x02', 1],
  ])('%s is left to ldapts, and nothing is thrown where nobody could catch it', (_what, text, complaints) => {
    const { messages, errors } = received([Buffer.from(text, 'latin1')]);
    expect(messages).toEqual([]);
    expect(errors.length).toBe(complaints);
  });
});

describe('a reference to another server', () => {
  it('is passed over, even one that is malformed', () => {
    const client = new Client({ url: 'ldap://127.0.0.1' });
    readEntriesOf(client);
    const parser = parserOf(client);
    const met: unknown[] = [];
    parser.on('message', (message: unknown) => met.push(message));
    // Its one URI claims to be longer than the message is: ldapts reads such a one without end.
    const reference = Buffer.from('300d0201017308047f6c6461703a2f', 'hex');
    parser.read(reference, new Map());
    parser.read(entryMessage(1, 'CN=a', { cn: ['a'] }), new Map());
    expect(met).toHaveLength(1);
  });
});
