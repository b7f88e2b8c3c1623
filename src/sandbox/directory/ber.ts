// The reading half of BER as LDAP restricts it (RFC 4511 5.1: definite lengths only). Strict, and not the client library's
// reader: a practice server that shared its decoder with the client would share its mistakes.

/** Bytes that are no LDAP message. The connection they came on cannot be used any longer (RFC 4511 5.3). */
export class MalformedBer extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MalformedBer';
  }
}

/** One tag-length-value. `content` is a view on the received bytes, not a copy. */
export type Element = { readonly tag: number; readonly content: Buffer };

/** Universal tags used by LDAP; `0x30` and `0x31` are the constructed forms. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  enumerated: 0x0a,
  sequence: 0x30,
  set: 0x31,
} as const;

type Header = { readonly start: number; readonly length: number };

/** The header of the element at `at`, or undefined while its bytes are still on their way. */
function headerAt(bytes: Buffer, at: number): Header | undefined {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag !== undefined && (tag & 0x1f) === 0x1f) throw new MalformedBer('a tag of several bytes');
  if (first === undefined) return undefined;
  if (first < 0x80) return { start: at + 2, length: first };
  const size = first & 0x7f;
  if (size === 0 || size > 4) throw new MalformedBer(size === 0 ? 'an indefinite length' : 'a length of over 4 bytes');
  if (at + 2 + size > bytes.length) return undefined;
  return { start: at + 2 + size, length: bytes.readUIntBE(at + 2, size) };
}

/**
 * The length of the message that begins `bytes`, or undefined while its header is incomplete. The message itself may not
 * be there yet. Throws for what no LDAPMessage begins with.
 */
export function messageLength(bytes: Buffer): number | undefined {
  if (bytes.length > 0 && bytes[0] !== tags.sequence) throw new MalformedBer('not a sequence');
  const header = headerAt(bytes, 0);
  return header && header.start + header.length;
}

/** Splits `bytes` into elements that fill it exactly. */
export function elementsOf(bytes: Buffer): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const header = headerAt(bytes, at);
    const end = header ? header.start + header.length : Number.POSITIVE_INFINITY;
    if (!header || end > bytes.length) throw new MalformedBer('an element reaches beyond its container');
    found.push({ tag: bytes[at] ?? 0, content: bytes.subarray(header.start, end) });
    at = end;
  }
  return found;
}

/** The single element that fills `bytes`. */
export function onlyElement(bytes: Buffer): Element {
  const [element, ...more] = elementsOf(bytes);
  if (!element || more.length > 0) throw new MalformedBer('expected one element');
  return element;
}

/** Takes elements in order; what is asked for and is not there is malformed. */
export type Elements = {
  next(tag: number): Buffer;
  /** The next element when it has this tag. */
  optional(tag: number): Buffer | undefined;
  any(): Element;
  end(): void;
};

export function inOrder(bytes: Buffer): Elements {
  const all = elementsOf(bytes);
  let at = 0;
  const optional = (tag: number): Buffer | undefined => {
    const element = all[at];
    if (element?.tag !== tag) return undefined;
    at++;
    return element.content;
  };
  return {
    optional,
    next(tag) {
      const content = optional(tag);
      if (!content) throw new MalformedBer(`expected tag 0x${tag.toString(16)}`);
      return content;
    },
    any() {
      const element = all[at++];
      if (!element) throw new MalformedBer('an element is missing');
      return element;
    },
    end() {
      if (at < all.length) throw new MalformedBer('elements left over');
    },
  };
}

/** INTEGER or ENUMERATED within 32 bits, which is all LDAP uses (maxInt, RFC 4511 4.1.1). */
export function integerOf(content: Buffer): number {
  if (content.length === 0 || content.length > 4) throw new MalformedBer('an integer of no or over 4 bytes');
  return content.readIntBE(0, content.length);
}

export function booleanOf(content: Buffer): boolean {
  if (content.length !== 1) throw new MalformedBer('a boolean of not one byte');
  return content[0] !== 0;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** LDAPString. Bytes that are not UTF-8 are malformed; a byte-order mark is a character like any other. */
export function textOf(content: Buffer): string {
  try {
    return utf8.decode(content);
  } catch (cause) {
    throw new MalformedBer(`not UTF-8 (${String(cause)})`);
  }
}
