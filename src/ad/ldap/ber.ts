// The few things of BER (RFC 4511 5.1: definite lengths alone) that reading LDAP answers needs.

/** What a controller sent cannot be read as LDAP. The message is a sentence part that says what was wrong. */
export class MalformedAnswer extends Error {
  override readonly name = 'MalformedAnswer';
}

/** The content of an element, from `start` up to `end`, where the next one begins. */
export type ElementSpan = { readonly start: number; readonly end: number };

const mostLengthBytes = 4;

/**
 * The element that begins at `at`; null when its length has not come yet. Its end may lie beyond the bytes there are.
 * Throws MalformedAnswer for a length that LDAP does not allow.
 */
export function headAt(bytes: Buffer, at: number): ElementSpan | null {
  const first = bytes[at + 1];
  if (first === undefined) return null;
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const size = first - 0x80;
  if (size === 0) throw new MalformedAnswer('it has an indefinite length');
  if (size > mostLengthBytes) throw new MalformedAnswer(`it has a length of ${size} bytes`);
  const start = at + 2 + size;
  return start > bytes.length ? null : { start, end: start + bytes.readUIntBE(at + 2, size) };
}

/** The element at `at`, whatever it is, which must lie within `within`. Throws MalformedAnswer. */
export function anyAt(bytes: Buffer, at: number, { within, of }: { within: ElementSpan; of: string }): ElementSpan {
  const element = at < within.end ? headAt(bytes, at) : null;
  if (element === null || element.end > within.end) throw new MalformedAnswer(`${of} is cut short`);
  return element;
}

/** The element at `at`, which must have the tag and lie within `within`. Throws MalformedAnswer. */
export function elementAt(
  bytes: Buffer,
  at: number,
  { tag, within, of }: { tag: number; within: ElementSpan; of: string },
): ElementSpan {
  if (at < within.end && bytes[at] !== tag) throw new MalformedAnswer(`${of} has something else where a part belongs`);
  return anyAt(bytes, at, { within, of });
}

/** A number of one to four bytes that is not negative, as LDAP has them everywhere. Throws MalformedAnswer. */
export function numberIn(bytes: Buffer, { start, end }: ElementSpan, what: string): number {
  const size = end - start;
  const number = size >= 1 && size <= 4 ? bytes.readIntBE(start, size) : -1;
  if (number < 0) throw new MalformedAnswer(`${what} is no number that LDAP allows`);
  return number;
}
