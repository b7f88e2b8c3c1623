import { readAnyForm } from '../core/ids/conversions.ts';
import { guidFromBytes, guidFromText, guidToBytes } from '../core/guid.ts';
import type { AnchorValue } from '../core/users.ts';

/** Bytes that a text was found to mean, or why it cannot be told. */
export type ReadOctets =
  { readonly kind: 'bytes'; readonly bytes: Buffer } | { readonly kind: 'bad'; readonly why: string };

/** Whether PowerShell wrote the type of a value that it could not print. */
export function isTypeName(text: string): boolean {
  return /^\s*(system\.(byte|object|string)\[\]|microsoft\.activedirectory\.)/i.test(text);
}

/**
 * Reads an octet string as people and tools write it: any writing of a GUID that core knows, else base64 or hex of another
 * length. What can be read in two ways is refused, never guessed: the two readings would be two different users.
 */
export function octetsOfText(written: string): ReadOctets {
  const text = written.trim();
  // All zeros is a GUID that core's reader refuses; whether it can be an anchor is judged later, with its own reason.
  const plain = guidFromText(text);
  if (plain) return { kind: 'bytes', bytes: guidToBytes(plain) };
  const reading = readAnyForm(text);
  if (reading.kind === 'value') return { kind: 'bytes', bytes: guidToBytes(reading.guid) };
  if (reading.kind === 'ambiguous') return { kind: 'bad', why: reading.why };
  // csvde's writing; core's reader takes it for a GUID alone, and a SID is longer.
  const csvde = /^x'((?:[0-9a-f]{2})+)'$/i.exec(text)?.[1];
  if (csvde !== undefined) return { kind: 'bytes', bytes: Buffer.from(csvde, 'hex') };
  const decoded = Buffer.from(text, 'base64');
  if (decoded.length > 0 && decoded.toString('base64') === text) return { kind: 'bytes', bytes: decoded };
  if (/^([0-9a-f]{2}[ ,-]?)+$/i.test(text))
    return { kind: 'bytes', bytes: Buffer.from(text.replaceAll(/[ ,-]/g, ''), 'hex') };
  return { kind: 'bad', why: reading.why };
}

/** An octet string as a source anchor: 16 bytes are a GUID, none is no value. */
export function anchorOfOctets(bytes: Buffer): AnchorValue | null {
  if (bytes.length === 0) return null;
  if (bytes.length === 16) return { kind: 'guid', guid: guidFromBytes(bytes) };
  return { kind: 'bytes', base64: bytes.toString('base64') };
}
