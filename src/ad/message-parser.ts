// Stands between the socket and ldapts's parser, and reads the entries of searches itself: ldapts reads every value as
// UTF-8, catches the error where it is bytes, reads it again when the caller wanted bytes, and keeps all of it. That was
// half of the work of reading a user (docs/performance.md); it also lost byte-order marks. All other messages are ldapts's.
import { EventEmitter } from 'node:events';
import { type Client, type Entry, SearchEntry } from 'ldapts';

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

/** Has the client's entries read here. To be called before anything is received. */
export function readEntriesOf(client: Client): void {
  const parser = parserOf(client);
  const readOthers = parser.read.bind(parser);
  let rest: Buffer | null = null;
  parser.read = (data, messages) => {
    const bytes: Buffer = rest === null ? data : Buffer.concat([rest, data]);
    rest = null;
    for (let at = 0; at < bytes.length;) {
      const end = endOfMessage(bytes, at);
      if (end === null) {
        rest = bytes.subarray(at);
        return;
      }
      const message = bytes.subarray(at, end);
      const entry = entryIn(message);
      if (entry !== null) parser.emit('message', entry);
      else if (!isReference(message)) readOthers(message, messages);
      at = end;
    }
  };
}

// RFC 4511 4.2 and 4.5.2, in the encoding of 5.1.
const tags = {
  integer: 0x02,
  octetString: 0x04,
  sequence: 0x30,
  set: 0x31,
  searchResultEntry: 0x64,
  reference: 0x73,
} as const;

/** The content of an element, from `start` up to `end`, where the next one begins. */
type Element = { readonly start: number; readonly end: number };

/**
 * The element that begins at `at`; null when its length has not come yet or cannot be. Its end may lie beyond the bytes
 * there are.
 */
function headAt(bytes: Buffer, at: number): Element | null {
  const first = bytes[at + 1];
  if (first === undefined) return null;
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const size = first - 0x80;
  const start = at + 2 + size;
  if (size < 1 || size > mostLengthBytes || start > bytes.length) return null;
  return { start, end: start + bytes.readUIntBE(at + 2, size) };
}

const mostLengthBytes = 4;

/** The element at `at`, which must have the tag and lie within `within`. */
function elementAt(bytes: Buffer, at: number, { tag, within }: { tag: number; within: Element }): Element {
  const element = bytes[at] === tag ? headAt(bytes, at) : null;
  if (element === null || element.end > within.end) throw new Error('an entry in an LDAP answer is malformed');
  return element;
}

/**
 * Where the message that begins at `at` ends; null while not all of it is there. What cannot be a message ends with the
 * bytes there are: ldapts has its way of taking that.
 */
function endOfMessage(bytes: Buffer, at: number): number | null {
  const length = bytes[at + 1] ?? 0;
  if (bytes[at] !== tags.sequence || length === 0x80 || length > 0x80 + mostLengthBytes) return bytes.length;
  const head = headAt(bytes, at);
  return head === null || head.end > bytes.length ? null : head.end;
}

/** A continuation reference leads to another server, where nobody follows; one that is malformed makes ldapts loop for ever. */
function isReference(message: Buffer): boolean {
  const whole = headAt(message, 0);
  const id = whole === null ? null : headAt(message, whole.start);
  return id !== null && message[id.end] === tags.reference;
}

/** The entry in a message, or null when it carries something else. */
function entryIn(message: Buffer): SearchEntry | null {
  const whole = headAt(message, 0);
  const id = whole !== null && message[whole.start] === tags.integer ? headAt(message, whole.start) : null;
  const idBytes = id === null ? 0 : id.end - id.start;
  if (id === null || message[id.end] !== tags.searchResultEntry || idBytes < 1 || idBytes > 4) return null;
  // Thrown here, an error would reach nobody: what is malformed says so when it is read.
  const content = headAt(message, id.end);
  const isWhole = content !== null && content.end <= message.length;
  const nothing = { start: message.length, end: message.length };
  return new LateEntry(message.readUIntBE(id.start, idBytes), { bytes: message, content: isWhole ? content : nothing });
}

/** An entry that is read when its values are asked for, since only then is it known which of them are to stay bytes. */
class LateEntry extends SearchEntry {
  readonly #bytes: Buffer;
  readonly #content: Element;

  constructor(messageId: number, { bytes, content }: { readonly bytes: Buffer; readonly content: Element }) {
    super({ messageId });
    this.#bytes = bytes;
    this.#content = content;
  }

  /** As ldapts gives it: an attribute that was asked for and did not come is [], one value bare, several an array. */
  override toObject(asked: readonly string[], raw: readonly string[]): Entry {
    const bytes = this.#bytes;
    const dn = elementAt(bytes, this.#content.start, { tag: tags.octetString, within: this.#content });
    const entry: Entry = { dn: bytes.toString('utf8', dn.start, dn.end) };
    const list = elementAt(bytes, dn.end, { tag: tags.sequence, within: this.#content });
    let isSpeltAsAsked = true;
    for (let at = list.start; at < list.end;) {
      const attribute = elementAt(bytes, at, { tag: tags.sequence, within: list });
      const type = elementAt(bytes, attribute.start, { tag: tags.octetString, within: attribute });
      const name = bytes.toString('latin1', type.start, type.end);
      const set = elementAt(bytes, type.end, { tag: tags.set, within: attribute });
      entry[name] = includesName(raw, name) ? bytesIn(bytes, set) : textsIn(bytes, set);
      isSpeltAsAsked &&= asked.includes(name);
      at = attribute.end;
    }
    const came = isSpeltAsAsked ? [] : Object.keys(entry);
    for (const name of asked) if (!(name in entry) && !includesName(came, name)) entry[name] = [];
    return entry;
  }
}

function bytesIn(bytes: Buffer, set: Element): Buffer | Buffer[] {
  const values: Buffer[] = [];
  for (let at = set.start; at < set.end;) {
    const value = elementAt(bytes, at, { tag: tags.octetString, within: set });
    values.push(bytes.subarray(value.start, value.end));
    at = value.end;
  }
  return values.length === 1 && values[0] !== undefined ? values[0] : values;
}

function textsIn(bytes: Buffer, set: Element): string | string[] {
  const values: string[] = [];
  for (let at = set.start; at < set.end;) {
    const value = elementAt(bytes, at, { tag: tags.octetString, within: set });
    values.push(bytes.toString('utf8', value.start, value.end));
    at = value.end;
  }
  return values.length === 1 && values[0] !== undefined ? values[0] : values;
}

/** Whether the name is among them, in any case. */
function includesName(names: readonly string[], name: string): boolean {
  if (names.includes(name)) return true;
  return names.some((other) => other.length === name.length && other.toLowerCase() === name.toLowerCase());
}
