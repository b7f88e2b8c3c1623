// Security identifiers, as octets and as text. Pure; shared by LDAP and the export file.

// MS-DTYP 2.4.2.1: the authority is decimal below 2^32 and twelve hex digits from there on; 1 to 15 sub-authorities follow.
const form = /^S-1-(0|[1-9]\d{0,9}|0x[0-9a-f]{12})((?:-(?:0|[1-9]\d{0,9})){1,15})$/i;
const uint32 = 0x1_0000_0000;
const fixedBytes = 8;

/** `S-1-5-21-…` of the octets of objectSid (MS-DTYP 2.4.2.2); null when they are no SID. */
export function sidOfOctets(octets: Buffer): string | null {
  const count = octets[1] ?? 0;
  if (octets[0] !== 1 || count < 1 || count > 15 || octets.length !== fixedBytes + 4 * count) return null;
  const authority = octets.readUIntBE(2, 6);
  const parts = Array.from({ length: count }, (_none, index) => octets.readUInt32LE(fixedBytes + 4 * index));
  const head = authority < uint32 ? String(authority) : `0x${authority.toString(16).padStart(12, '0').toUpperCase()}`;
  return ['S-1', head, ...parts].join('-');
}

/** The octets of a SID in text form, in any case; null for every other text, such as one with a number over 32 bits. */
export function octetsOfSid(text: string): Buffer | null {
  const [, head = '', tail = ''] = form.exec(text) ?? [];
  // Number() reads both the decimal and the 0x form.
  const authority = Number(head);
  const isHex = /^0x/i.test(head);
  const parts = tail.split('-').slice(1).map(Number);
  if (parts.length === 0 || parts.some((part) => part >= uint32) || isHex !== authority >= uint32) return null;
  const octets = Buffer.alloc(fixedBytes + 4 * parts.length);
  octets.writeUInt8(1, 0);
  octets.writeUInt8(parts.length, 1);
  // The authority is big-endian, the numbers after it little-endian.
  octets.writeUIntBE(authority, 2, 6);
  for (const [index, part] of parts.entries()) octets.writeUInt32LE(part, fixedBytes + 4 * index);
  return octets;
}
