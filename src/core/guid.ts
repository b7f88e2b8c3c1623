// core/: the pure part: no clock, file, network or environment (Buffer is the one Node global it uses). Here are the shapes
// that all share: guid, references, users, reasons, preflight, row, forecast, plan, journal, result, failure, list. Rooms:
//   ids/     writings of GUIDs, anchors, immutable IDs       judge/    evidence becomes findings: start with decide.ts
//   sync/    what the next cycle will do, and did            lookup/   one value, and all that is known of it
//   bulk/    many of anything in little memory

/** A GUID in its D form, lower case: `f4c2ce4e-1f08-4358-abdc-fe3f035af4cd`. The one spelling used inside the program. */
export type Guid = string & { readonly __guid: unique symbol };

/** All zeros: what programs write for "no GUID". Nobody's. */
export const emptyGuid = '00000000-0000-0000-0000-000000000000' as Guid;

const fullGuid = 'ffffffff-ffff-ffff-ffff-ffffffffffff' as Guid;

/** Why a GUID is nobody's: all its bits are the same, as programs and damaged disks leave them. Undefined for any other. */
export function whyNobodys(guid: Guid): string | undefined {
  if (guid === emptyGuid) return 'all its bytes are zero, which is nobody';
  return guid === fullGuid ? 'all its bytes are FF, which is nobody' : undefined;
}

const dForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Reads the D form alone (any case); every other spelling is `conversions.ts`'s business. */
export function guidFromText(text: string): Guid | undefined {
  return dForm.test(text) ? (text.toLowerCase() as Guid) : undefined;
}

/**
 * The 16 bytes as Active Directory stores them: the first three fields little-endian, the rest as written
 * (MS-DTYP 2.3.4.2; the same order as .NET's Guid.ToByteArray).
 */
export function guidToBytes(guid: Guid): Buffer {
  const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex');
  // subarray().reverse() works in place; the buffer above is fresh, so nobody else sees it.
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}

/** The D form of 16 bytes in directory order. Throws a RangeError for any other length. */
export function guidFromBytes(bytes: Uint8Array): Guid {
  if (bytes.length !== 16) throw new RangeError(`a GUID has 16 bytes, not ${bytes.length}`);
  const swapped = Buffer.from(bytes);
  swapped.subarray(0, 4).reverse();
  swapped.subarray(4, 6).reverse();
  swapped.subarray(6, 8).reverse();
  return guidFromTextOrder(swapped);
}

/**
 * The GUID whose text shows these 16 bytes from left to right. Not how a directory stores one: this is the reading of
 * 32 hex digits as text, and of immutable IDs that a program made without swapping. Throws a RangeError for any other length.
 */
export function guidFromTextOrder(bytes: Uint8Array): Guid {
  if (bytes.length !== 16) throw new RangeError(`a GUID has 16 bytes, not ${bytes.length}`);
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Guid;
}
