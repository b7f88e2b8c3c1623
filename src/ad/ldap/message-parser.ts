// Stands between the socket and ldapts, and reads every message itself. ldapts believes what it gets: an answer that ends
// too early is a success to it, some it reads without end, and some it drops. Here an answer is whole, of the right kind and
// to a question that was asked; otherwise nothing of this connection is believed any more.
import { EventEmitter } from 'node:events';
import { BindResponse, type Client, type Control, ExtendedResponse, PagedResultsControl, SearchResponse } from 'ldapts';
import { anyAt, type ElementSpan, elementAt, headAt, MalformedAnswer, numberIn } from './ber.ts';
import { LateEntry } from './entry-parser.ts';

/** The part of ldapts that reads messages off the wire: emits `message` for each. */
type MessageParser = EventEmitter & { read(data: Buffer, messages: unknown): void };

/** The client's parser. Private in ldapts's types, hence the exact version in package.json and the check. */
export function parserOf(client: Client): MessageParser {
  const { messageParser } = client as unknown as { messageParser?: unknown };
  if (isParser(messageParser)) return messageParser;
  throw new Error('this version of ldapts has no messageParser; this was written for 8.2.0');
}

function isParser(candidate: unknown): candidate is MessageParser {
  return candidate instanceof EventEmitter && 'read' in candidate && typeof candidate.read === 'function';
}

/** The controller said that it ends the connection, and why (RFC 4511 4.4.1). */
export class NoticeOfDisconnection extends Error {
  override readonly name = 'NoticeOfDisconnection';
}

/** An answer that was still coming when it had more in it than any answer has. */
export class EndlessAnswer extends Error {
  override readonly name = 'EndlessAnswer';
}

// AD's own messages stay far below: a page of 1,000 entries is as many messages, and the largest attribute takes 10 MB.
const mostMessageBytes = 64 * 2 ** 20;
// Of one search. AD sends 1,000 entries at once, Samba whatever fits; what is more than this is read by pages.
const mostEntries = 250_000;
const mostAnswerBytes = 256 * 2 ** 20;

/** Has the client's messages read here. To be called before anything is received. */
export function readMessagesOf(client: Client, onBroken: (error: Error) => void): MessageReader {
  const parser = parserOf(client);
  const reader = new MessageReader(parser, onBroken);
  parser.read = (data, messages) => reader.read(data, messages);
  return reader;
}

// RFC 4511 4.2 to 4.14.
const tags = { integer: 0x02, octetString: 0x04, enumerated: 0x0a, sequence: 0x30, controls: 0xa0 } as const;
const answers = {
  bind: 0x61,
  entry: 0x64,
  searchDone: 0x65,
  reference: 0x73,
  extended: 0x78,
  intermediate: 0x79,
} as const;
/** What may answer a request, by its own tag. */
const fitting: Readonly<Record<number, readonly number[]>> = {
  0x60: [answers.bind],
  0x63: [answers.entry, answers.searchDone, answers.reference, answers.intermediate],
  0x77: [answers.extended, answers.intermediate],
};
const unbindRequest = 0x42;
const noticeOfDisconnection = '1.3.6.1.4.1.1466.20036';

/** Reads messages off one connection, until one of them is malformed. */
export class MessageReader {
  readonly #parser: MessageParser;
  readonly #onBroken: (error: Error) => void;
  #pieces: Buffer[] = [];
  #size = 0;
  /** Bytes of the message under way, its head included; 0 while that is not known. */
  #needed = 0;
  #isBroken = false;
  /** What has come of the search with this id. */
  #answer = { id: 0, entries: 0, bytes: 0 };

  constructor(parser: MessageParser, onBroken: (error: Error) => void) {
    this.#parser = parser;
    this.#onBroken = onBroken;
  }

  read(data: Buffer, requests: unknown): void {
    if (this.#isBroken) return;
    this.#pieces.push(data);
    this.#size += data.length;
    if (this.#size < this.#needed) return;
    try {
      this.#readAll(this.#pieces.length === 1 ? data : Buffer.concat(this.#pieces), requests);
    } catch (error) {
      this.#break(error);
    }
  }

  /** Before a secure connection begins: what came in the clear must not be taken for a part of what comes in it. */
  expectNothingMore(): void {
    if (this.#size > 0) this.#break(new MalformedAnswer('something follows the answer to StartTLS in the clear'));
  }

  #break(error: unknown): void {
    this.#isBroken = true;
    this.#pieces = [];
    // Thrown on, it would reach nobody but the socket.
    this.#onBroken(error instanceof Error ? error : new Error(String(error)));
  }

  #readAll(bytes: Buffer, requests: unknown): void {
    let at = 0;
    for (;;) {
      const end = endOfMessage(bytes, at);
      this.#needed = end === null ? 0 : end - at;
      if (end === null || end > bytes.length) break;
      this.#take(bytes.subarray(at, end), requests);
      at = end;
    }
    this.#pieces = at < bytes.length ? [bytes.subarray(at)] : [];
    this.#size = bytes.length - at;
  }

  #take(bytes: Buffer, requests: unknown): void {
    const message = messageIn(bytes);
    const { id, tag } = message;
    if (id === 0) return takeNotice(message);
    const request = requestOf(requests, id);
    if (request === unbindRequest) return;
    if (request === null) throw new MalformedAnswer(`it answers a question that is not open (message ${id})`);
    if (fitting[request]?.includes(tag) !== true) {
      throw new MalformedAnswer(`it answers with something else than was asked for (0x${tag.toString(16)})`);
    }
    this.#count(message);
    const answer = answerOf(message);
    if (answer === null) return;
    try {
      this.#parser.emit('message', answer);
    } catch (error) {
      // ldapts spreads an answer onto the stack, which is full at some 125,000 entries; this is how it tells who waits.
      this.#parser.emit('error', Object.assign(error as Error, { messageDetails: { messageId: id } }));
    }
  }

  #count({ id, bytes, tag }: Message): void {
    if (this.#answer.id !== id) this.#answer = { id, entries: 0, bytes: 0 };
    this.#answer.bytes += bytes.length;
    if (tag === answers.entry) this.#answer.entries += 1;
    if (this.#answer.entries <= mostEntries && this.#answer.bytes <= mostAnswerBytes) return;
    throw new EndlessAnswer(`one answer had more than ${mostEntries} entries or ${mostAnswerBytes / 2 ** 20} MiB`);
  }
}

/** Where the message that begins at `at` ends, perhaps beyond the bytes there are; null while that cannot be told. */
function endOfMessage(bytes: Buffer, at: number): number | null {
  if (at >= bytes.length) return null;
  if (bytes[at] !== tags.sequence) throw new MalformedAnswer('it is not LDAP');
  const head = headAt(bytes, at);
  if (head === null) return null;
  if (head.end - at <= mostMessageBytes) return head.end;
  throw new MalformedAnswer(`it announces a message of ${head.end - at} bytes; ${mostMessageBytes} are the most`);
}

/** One message: its id, the tag and the content of its operation, its own end. */
type Message = { readonly bytes: Buffer; readonly id: number; readonly tag: number; readonly content: ElementSpan };

function messageIn(bytes: Buffer): Message {
  const whole = headAt(bytes, 0) ?? { start: 0, end: 0 };
  const of = 'a message';
  const id = elementAt(bytes, whole.start, { tag: tags.integer, within: whole, of });
  const content = anyAt(bytes, id.end, { within: whole, of });
  return { bytes, id: numberIn(bytes, id, 'the number of a message'), tag: bytes[id.end] ?? 0, content };
}

/** The tag of the request with this id that waits for an answer; null when none does. */
function requestOf(requests: unknown, id: number): number | null {
  const waiting: unknown = requests instanceof Map ? requests.get(String(id)) : undefined;
  const { message } = (waiting ?? {}) as { readonly message?: { readonly protocolOperation?: unknown } };
  return typeof message?.protocolOperation === 'number' ? message.protocolOperation : null;
}

/** A message that answers nothing. Only one of its kind says something; clients are to pass over the others. */
function takeNotice(message: Message): void {
  if (message.tag !== answers.extended) throw new MalformedAnswer('it sends an answer without a number');
  const { oid, errorMessage, status } = resultOf(message);
  if (oid !== noticeOfDisconnection) return;
  throw new NoticeOfDisconnection(`it ended the connection with result ${status}: ${errorMessage}`);
}

type Answer = LateEntry | SearchResponse | BindResponse | ExtendedResponse;

/** What ldapts waits for; null for what nobody does. */
function answerOf(message: Message): Answer | null {
  const { bytes, id: messageId, tag, content } = message;
  switch (tag) {
    case answers.entry:
      return new LateEntry(messageId, { bytes, content });
    // Leads to another server, where nobody follows.
    case answers.reference:
    case answers.intermediate:
      return null;
    default: {
      const { oid: _oid, ...result } = { ...resultOf(message), messageId };
      if (tag === answers.bind) return new BindResponse(result);
      if (tag === answers.extended) return new ExtendedResponse(result);
      const done = new SearchResponse(result);
      done.controls = controlsOf(message);
      return done;
    }
  }
}

/** What every answer that ends an operation has (RFC 4511 4.1.9), and the name that an extended one may have. */
type LdapResult = {
  readonly status: number;
  readonly matchedDN: string;
  readonly errorMessage: string;
  readonly oid: string;
};

function resultOf({ bytes, content }: Message): LdapResult {
  const of = 'a result';
  const code = elementAt(bytes, content.start, { tag: tags.enumerated, within: content, of });
  const matched = elementAt(bytes, code.end, { tag: tags.octetString, within: content, of });
  const text = elementAt(bytes, matched.end, { tag: tags.octetString, within: content, of });
  const more = elementsFrom(bytes, text.end, { within: content, of });
  const name = more.find(({ tag }) => tag === extendedName);
  return {
    status: numberIn(bytes, code, 'the code of a result'),
    matchedDN: textOf(bytes, matched),
    errorMessage: textOf(bytes, text),
    oid: name === undefined ? '' : textOf(bytes, name),
  };
}

const extendedName = 0x8a;

function textOf(bytes: Buffer, { start, end }: ElementSpan): string {
  return bytes.toString('utf8', start, end);
}

type Tagged = ElementSpan & { readonly tag: number };

/** The elements from `at` to the end of `within`. */
function elementsFrom(bytes: Buffer, at: number, where: { within: ElementSpan; of: string }): Tagged[] {
  const found: Tagged[] = [];
  for (let next = at; next < where.within.end;) {
    const element = anyAt(bytes, next, where);
    found.push({ ...element, tag: bytes[next] ?? 0 });
    next = element.end;
  }
  return found;
}

/** The paging control of an answer; others are passed over. What stands behind an operation and is unknown too. */
function controlsOf({ bytes, content }: Message): Control[] {
  const of = 'a control';
  const whole = { start: 0, end: bytes.length };
  const lists = elementsFrom(bytes, content.end, { within: whole, of }).filter(({ tag }) => tag === tags.controls);
  return lists
    .flatMap((list) => elementsFrom(bytes, list.start, { within: list, of }))
    .flatMap((control) => {
      const [type, ...more] = elementsFrom(bytes, control.start, { within: control, of });
      if (control.tag !== tags.sequence || type?.tag !== tags.octetString)
        throw new MalformedAnswer(`${of} has no name`);
      const value = more.find(({ tag }) => tag === tags.octetString);
      return textOf(bytes, type) === PagedResultsControl.type ? [pagingOf(bytes, value)] : [];
    });
}

/** RFC 2696: a size, which nobody needs, and a cookie. */
function pagingOf(bytes: Buffer, value: ElementSpan | undefined): Control {
  const of = 'a paging control';
  const [list] = value === undefined ? [] : elementsFrom(bytes, value.start, { within: value, of });
  if (list?.tag !== tags.sequence) throw new MalformedAnswer(`${of} has no value`);
  const size = elementAt(bytes, list.start, { tag: tags.integer, within: list, of });
  const cookie = elementAt(bytes, size.end, { tag: tags.octetString, within: list, of });
  return new PagedResultsControl({ value: { size: 0, cookie: bytes.subarray(cookie.start, cookie.end) } });
}
