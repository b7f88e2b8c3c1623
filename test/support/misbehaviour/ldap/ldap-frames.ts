// LDAP messages as far as a peer has to know them (RFC 4511 4.1.1): their ids, what they are, and what is in an entry.
import { elementsOf, integerOf, messageLength, onlyElement, tags } from '../../../../src/sandbox/directory/ber.ts';
import type { LdapKind } from '../request-kinds.ts';

export type Frame = {
  readonly id: number;
  /** The tag of the operation: what kind of message it is. */
  readonly operation: number;
  readonly content: Buffer;
  /** The controls, as they came; null when there are none. */
  readonly controls: Buffer | null;
  readonly bytes: Buffer;
};

export const operations = {
  bind: 0x60,
  bindAnswer: 0x61,
  search: 0x63,
  entry: 0x64,
  done: 0x65,
  extendedAnswer: 0x78,
} as const;

const controlsTag = 0xa0;
/** RFC 2696. */
const paging = '1.2.840.113556.1.4.319';

/** An element of BER with this content. */
export function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head =
    length < 0x80 ? [length] : [0x84, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

export const octets = (value: string | Buffer): Buffer => tlv(tags.octets, Buffer.from(value));

function integer(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return tlv(tags.integer, bytes);
}

/** A message: with controls where they are given. */
export function message(id: number, operation: Buffer, controls: Buffer | null = null): Buffer {
  return tlv(tags.sequence, integer(id), operation, ...(controls === null ? [] : [tlv(controlsTag, controls)]));
}

/** The same message with another id. */
export function withId({ operation, content, controls }: Frame, id: number): Buffer {
  return message(id, tlv(operation, content), controls);
}

/** A result (RFC 4511 4.1.9). */
export function result(operation: number, code: number, ...more: readonly Buffer[]): Buffer {
  return tlv(operation, tlv(tags.enumerated, Buffer.from([code])), octets(''), octets('as the peer pleases'), ...more);
}

/** The control that says that there is more, with a cookie. */
export function moreToCome(cookie: string): Buffer {
  return tlv(tags.sequence, octets(paging), octets(tlv(tags.sequence, integer(0), octets(cookie))));
}

/** Takes whole messages off what has come so far; the rest waits for more. */
export function framesIn(bytes: Buffer): { readonly frames: readonly Frame[]; readonly rest: Buffer } {
  const frames: Frame[] = [];
  let rest = bytes;
  for (let length = messageLength(rest); length !== undefined && length <= rest.length; length = messageLength(rest)) {
    frames.push(frameOf(rest.subarray(0, length)));
    rest = rest.subarray(length);
  }
  return { frames, rest };
}

function frameOf(bytes: Buffer): Frame {
  const [id, operation, controls] = elementsOf(onlyElement(bytes).content);
  if (id === undefined || operation === undefined) throw new Error('no LDAP message');
  return {
    id: integerOf(id.content),
    operation: operation.tag,
    content: operation.content,
    controls: controls?.tag === controlsTag ? controls.content : null,
    bytes,
  };
}

/** The cookie of a message's paging control; null when it has none. */
export function cookieOf({ controls }: Frame): Buffer | null {
  for (const control of controls === null ? [] : elementsOf(controls)) {
    const [type, ...values] = elementsOf(control.content);
    const value = values.at(-1);
    if (type?.content.toString() !== paging || value === undefined) continue;
    return elementsOf(onlyElement(value.content).content)[1]?.content ?? null;
  }
  return null;
}

/** What a client's message asks for; null for what the peer leaves alone. */
export function ldapKindOf(frame: Frame): LdapKind | null {
  if (frame.operation === operations.bind) return 'LDAP bind';
  if (frame.operation !== operations.search) return null;
  return (cookieOf(frame)?.length ?? 0) > 0 ? 'LDAP page' : 'LDAP search';
}

export type Attribute = { readonly name: string; readonly values: readonly Buffer[] };

/** An entry with other attributes (RFC 4511 4.5.2). */
export function withAttributes(
  frame: Frame,
  change: (attributes: readonly Attribute[]) => readonly Attribute[],
): Buffer {
  const [dn, list] = elementsOf(frame.content);
  if (dn === undefined || list === undefined) throw new Error('no entry');
  const attributes = elementsOf(list.content).map((attribute): Attribute => {
    const [name, values] = elementsOf(attribute.content);
    return {
      name: name?.content.toString() ?? '',
      values: elementsOf(values?.content ?? Buffer.alloc(0)).map(({ content }) => content),
    };
  });
  const changed = change(attributes).map(({ name, values }) =>
    tlv(tags.sequence, octets(name), tlv(tags.set, ...values.map(octets))),
  );
  return message(frame.id, tlv(operations.entry, octets(dn.content), tlv(tags.sequence, ...changed)), frame.controls);
}
