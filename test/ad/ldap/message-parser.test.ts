import {
  Ber,
  BerWriter,
  BindResponse,
  Client,
  type Entry,
  PagedResultsControl,
  SearchEntry,
  SearchResponse,
} from 'ldapts';
import { describe, expect, it } from 'vitest';
import { MalformedAnswer } from '../../../src/ad/ldap/ber.ts';
import { flawsName } from '../../../src/ad/ldap/entry-parser.ts';
import { NoticeOfDisconnection, parserOf, readMessagesOf } from '../../../src/ad/ldap/message-parser.ts';
import { guidFromText, guidToBytes, type Guid } from '../../../src/core/guid.ts';

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

type Received = { readonly messages: unknown[]; readonly errors: unknown[] };
const requests = { bind: 0x60, search: 0x63, extended: 0x77 } as const;

/** What comes of the chunks, in answer to a request that every message id belongs to: messages, and what broke. */
function received(chunks: readonly Buffer[], request: keyof typeof requests = 'search'): Received {
  const client = new Client({ url: 'ldap://127.0.0.1' });
  const errors: unknown[] = [];
  readMessagesOf(client, (error) => errors.push(error));
  const parser = parserOf(client);
  const messages: unknown[] = [];
  parser.on('message', (one) => messages.push(one));
  const ids = [1, 7, 300].map((id) => [String(id), { message: { protocolOperation: requests[request] } }] as const);
  for (const chunk of chunks) parser.read(chunk, new Map(ids));
  return { messages, errors };
}

/** A message as a server writes it: its id, and its operation in hex. */
function message(id: number, operation: string): Buffer {
  const content = Buffer.concat([Buffer.from([0x02, 0x01, id]), Buffer.from(operation.replaceAll(' ', ''), 'hex')]);
  return Buffer.concat([Buffer.from([0x30, content.length]), content]);
}

function entryOf(found: unknown, asked: string[] = [], raw: string[] = ['objectGUID']): Entry {
  if (!(found instanceof SearchEntry)) throw new Error('no entry');
  return found.toObject(asked, raw);
}

describe('entries off the wire', () => {
  it('have one value bare, several in an array, none as []; bytes where asked for, else text', () => {
    const { messages } = received([entryMessage(7, 'CN=Jürgen,DC=example,DC=test', user)]);
    expect(messages[0]).toMatchObject({ messageId: 7 });
    expect(entryOf(messages[0], ['objectGUID', 'cn', 'objectClass', 'description', 'mail'])).toEqual({
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
    expect(whole.map((one) => (one as SearchEntry).messageId)).toEqual([300, 300, 300]);
    expect(whole[2]).toBeInstanceOf(SearchResponse);
    for (let cut = 1; cut < wire.length; cut++) {
      const { messages } = received([wire.subarray(0, cut), wire.subarray(cut)]);
      expect(messages.slice(0, 2).map((one) => entryOf(one))).toEqual(whole.slice(0, 2).map((one) => entryOf(one)));
      expect(messages[2]).toBeInstanceOf(SearchResponse);
    }
    const { messages } = received([...wire].map((byte) => Buffer.from([byte])));
    expect(messages.length).toBe(3);
  });

  it('keep bytes that happen to be text, byte-order mark and all, under any spelling of the name', () => {
    const bytes = Buffer.from('\u{feff}thirteen byte');
    const { messages } = received([entryMessage(1, 'CN=A', { objectguid: [bytes], cn: [bytes] })]);
    const entry = entryOf(messages[0], ['objectGUID', 'cn']);
    expect(entry).toEqual({ dn: 'CN=A', objectGUID: bytes, cn: bytes.toString() });
    expect(Buffer.from(entry['cn'] as string)).toEqual(bytes);
  });

  it('are refused when their parts do not fit into each other', () => {
    const wire = entryMessage(1, 'CN=A', { cn: ['abc'] });
    wire.writeUInt8(4, wire.lastIndexOf('abc') - 1);
    expect(() => entryOf(received([wire]).messages[0])).toThrow(MalformedAnswer);
    const nothing = message(1, '64 00');
    expect(() => entryOf(received([nothing]).messages[0])).toThrow(/cut short/);
  });

  it('have all values of an attribute that comes twice, or under an option or two', () => {
    const wire = entryMessage(1, 'CN=A', { objectGUID: [guid], 'objectguid;binary': [guid], dn: ['CN=B'] });
    expect(entryOf(received([wire]).messages[0], ['objectGUID'])).toEqual({ dn: 'CN=A', objectGUID: [guid, guid] });
  });

  it('tell of values that are still to come, of names and of texts that are none', () => {
    const wire = entryMessage(1, 'CN=A', { 'proxyAddresses;range=0-1': ['a', 'b'], mail: [Buffer.from([0xff])] });
    expect(entryOf(received([wire]).messages[0], ['proxyAddresses', 'mail'])).toEqual({
      dn: 'CN=A',
      proxyAddresses: ['a', 'b'],
      mail: Buffer.from([0xff]),
      [flawsName]: ['of proxyAddresses only the values 0-1 came, and there are more'],
    });
    const whole = entryMessage(1, 'CN=A', { 'proxyAddresses;range=0-*': ['a', 'b'] });
    expect(entryOf(received([whole]).messages[0], ['proxyAddresses'])[flawsName]).toBeUndefined();
    const named = received([message(1, '64 05 04 01 ff 30 00')]).messages[0];
    expect(entryOf(named)[flawsName]).toEqual(['its distinguished name is not UTF-8']);
  });
});

const success = '0a 01 00 04 00 04 00';

describe('an answer', () => {
  it.each([
    ['no message at all', Buffer.from('HTTP/1.1 400 Bad Request\r\n'), /not LDAP/],
    ['an indefinite length', Buffer.from('3080020101', 'hex'), /indefinite length/],
    ['a length of five bytes', Buffer.from('30850000000001', 'hex'), /length of 5 bytes/],
    ['gigabytes that are announced', Buffer.from('3084ffffffff', 'hex'), /announces a message of 4294967301 bytes/],
    ['a number that is none', Buffer.from('30050400650000', 'hex'), /something else/],
    ['a negative number', message(0x81, `65 07 ${success}`), /number/],
    ['an operation longer than its message', message(1, '65 7f 00'), /cut short/],
    ['a search end without a code', message(1, '65 00'), /a result is cut short/],
    ['a search end that is cut short', message(1, '65 05 0a 01 00 04 00'), /a result is cut short/],
    ['a search end whose text is longer than it', message(1, '65 07 0a 01 00 04 00 04 7f'), /a result is cut short/],
    ['a code of no bytes', message(1, '65 06 0a 00 04 00 04 00'), /code of a result/],
    ['a bind answer to a search', message(1, `61 07 ${success}`), /something else than was asked/],
    ['a question that nobody asked', message(2, `65 07 ${success}`), /not open \(message 2\)/],
    ['a search end without a number', message(0, `65 07 ${success}`), /without a number/],
    ['a control without a name', message(1, `65 07 ${success} a0 02 30 00`), /control has no name/],
    [
      'a paging control without a value',
      message(1, `65 07 ${success} a0 1a 30 18 04 16 ${Buffer.from(PagedResultsControl.type).toString('hex')}`),
      /paging control has no value/,
    ],
  ])('with %s breaks the connection, and nothing is thrown where nobody could catch it', (_what, wire, why) => {
    const { messages, errors } = received([wire, message(1, `65 07 ${success}`)]);
    expect(messages).toEqual([]);
    expect(errors).toEqual([expect.objectContaining({ name: 'MalformedAnswer', message: expect.stringMatching(why) })]);
  });

  it('to a bind is never taken for a success that it does not say', () => {
    const good = received([message(1, `61 07 ${success}`)], 'bind').messages[0];
    expect(good).toMatchObject({ status: 0, errorMessage: '' });
    expect(good).toBeInstanceOf(BindResponse);
    for (const wire of ['61 00', '61 03 0a 01 00', '61 08 0a 01 00 04 00 04 00 87']) {
      expect(received([message(1, wire)], 'bind')).toMatchObject({
        messages: [],
        errors: [{ name: 'MalformedAnswer' }],
      });
    }
  });

  it('has its cookie, and what nobody knows is passed over', () => {
    const type = Buffer.from(PagedResultsControl.type).toString('hex');
    const paging = `30 26 04 16 ${type} 01 01 00 04 09 30 07 02 01 05 04 02 ab cd`;
    const wire = message(1, `65 07 ${success} a0 2d ${paging} 30 03 04 01 2e a1 00`);
    const [done] = received([message(1, '79 00'), message(1, '73 02 04 00'), wire]).messages;
    expect((done as SearchResponse).controls).toMatchObject([{ value: { cookie: Buffer.from('abcd', 'hex') } }]);
  });
});

describe('a notice that answers nothing', () => {
  const named = (oid: string) => {
    const name = Buffer.from(oid).toString('hex');
    return `78 ${(9 + oid.length).toString(16).padStart(2, '0')} 0a 01 34 04 00 04 00 8a ${oid.length.toString(16).padStart(2, '0')} ${name}`;
  };

  it('of the end of the connection is the end of it', () => {
    const { errors } = received([message(0, named('1.3.6.1.4.1.1466.20036'))]);
    expect(errors[0]).toBeInstanceOf(NoticeOfDisconnection);
  });

  it('of another kind is passed over', () => {
    const { messages, errors } = received([message(0, named('1.2.3')), message(1, `65 07 ${success}`)]);
    expect([messages.length, errors.length]).toEqual([1, 0]);
  });
});

describe('a reference to another server', () => {
  it('is passed over, even one that is malformed', () => {
    // Its one URI claims to be longer than the message is: ldapts reads such a one without end.
    const reference = Buffer.from('300d0201017308047f6c6461703a2f', 'hex');
    expect(received([reference, entryMessage(1, 'CN=a', { cn: ['a'] })])).toMatchObject({ messages: [{}], errors: [] });
  });
});
