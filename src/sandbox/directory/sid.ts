// Security identifiers: as text `S-1-5-21-…` and as the octets of objectSid (MS-DTYP 2.4.2).

const form = /^S-1-(\d{1,15})((?:-\d{1,10}){1,15})$/i;

/** The octets of a SID in text form; undefined for anything else. */
export function sidToBytes(text: string): Buffer | undefined {
  const match = form.exec(text);
  if (!match?.[1] || !match[2]) return undefined;
  const parts = match[2].slice(1).split('-').map(Number);
  const authority = Number(match[1]);
  if (authority > 0xff_ff_ff_ff_ff_ff || parts.some((part) => part > 0xff_ff_ff_ff)) return undefined;
  const sid = Buffer.alloc(8 + 4 * parts.length);
  sid.writeUInt8(1, 0);
  sid.writeUInt8(parts.length, 1);
  // The authority is big-endian, the parts after it are little-endian.
  sid.writeUIntBE(authority, 2, 6);
  for (const [index, part] of parts.entries()) sid.writeUInt32LE(part, 8 + 4 * index);
  return sid;
}

/** The text form of a SID's octets. Throws a RangeError when they are not as long as they say. */
export function sidToText(sid: Buffer): string {
  const count = sid.length < 8 ? -1 : sid.readUInt8(1);
  if (sid.length !== 8 + 4 * count) throw new RangeError('the octets are no SID');
  const parts = Array.from({ length: count }, (_none, index) => sid.readUInt32LE(8 + 4 * index));
  return ['S', sid.readUInt8(0), sid.readUIntBE(2, 6), ...parts].join('-');
}
