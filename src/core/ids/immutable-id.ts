import { type Guid, guidFromBytes, guidToBytes } from '../guid.ts';

/**
 * The value of `onPremisesImmutableId`. For a GUID anchor: base64 of the 16 directory-order bytes, 24 characters ending
 * `==`. For a text anchor (`attribute:<name>`): the text itself. Case matters; compare with `===` only.
 */
export type ImmutableId = string & { readonly __immutableId: unique symbol };

/** The immutable ID of a GUID anchor. */
export function immutableIdOfGuid(guid: Guid): ImmutableId {
  return guidToBytes(guid).toString('base64') as ImmutableId;
}

/**
 * The GUID behind an immutable ID, or undefined when the text is not the canonical base64 of exactly 16 bytes.
 * Node's decoder accepts URL-safe letters, missing padding and junk without complaint, so the text is encoded back and
 * compared.
 */
export function guidOfImmutableId(text: string): Guid | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === 16 && bytes.toString('base64') === text ? guidFromBytes(bytes) : undefined;
}
