import { BerWriter } from 'ldapts';

/** LDAP result codes the practice directory gives (RFC 4511 4.1.9). */
export const resultCodes = {
  success: 0,
  operationsError: 1,
  protocolError: 2,
  timeLimitExceeded: 3,
  sizeLimitExceeded: 4,
  authMethodNotSupported: 7,
  strongAuthRequired: 8,
  referral: 10,
  unavailableCriticalExtension: 12,
  noSuchObject: 32,
  invalidDnSyntax: 34,
  invalidCredentials: 49,
  unwillingToPerform: 53,
} as const;

/** How an operation ended. `referrals` are LDAP URLs and belong to code 10. */
export type Result = {
  readonly code: number;
  readonly message?: string;
  readonly matchedDn?: string;
  readonly referrals?: readonly string[];
};

/** Tags of responses, RFC 4511 4.2 to 4.12. */
export const answerTags = { bind: 0x61, searchDone: 0x65, extended: 0x78 } as const;

/** A value as it is sent: text goes out as UTF-8. */
export type Value = string | Buffer;

export type AnswerAttribute = { readonly name: string; readonly values: readonly Value[] };

/** OID of the simple paged results control, RFC 2696. */
export const pagedResults = '1.2.840.113556.1.4.319';

type Extras = {
  /** Cookie of a paged-results response control; empty at the end of the listing. */
  readonly cookie?: Buffer;
  /** Name and value of an extended response. */
  readonly extended?: { readonly name?: string; readonly value?: string };
};

/** One LDAPMessage with a result in it. */
export function encodeResult(id: number, tag: number, result: Result & Extras): Buffer {
  const writer = new BerWriter({ size: 512 });
  envelope(writer, id, () => {
    writer.startSequence(tag);
    writer.writeEnumeration(result.code);
    writer.writeString(result.matchedDn ?? '');
    writer.writeString(result.message ?? '');
    if (result.referrals && result.referrals.length > 0) {
      writer.startSequence(0xa3);
      writer.writeStringArray([...result.referrals]);
      writer.endSequence();
    }
    if (result.extended?.name !== undefined) writer.writeString(result.extended.name, 0x8a);
    if (result.extended?.value !== undefined) writer.writeString(result.extended.value, 0x8b);
    writer.endSequence();
    if (result.cookie) writePagedControl(writer, result.cookie);
  });
  return writer.buffer;
}

function writePagedControl(writer: BerWriter, cookie: Buffer): void {
  const value = new BerWriter({ size: 64 });
  value.startSequence();
  value.writeInt(0); // "the total is not known", as AD answers
  value.writeBuffer(cookie, 0x04);
  value.endSequence();
  writer.startSequence(0xa0);
  writer.startSequence();
  writer.writeString(pagedResults);
  writer.writeBuffer(value.buffer, 0x04);
  writer.endSequence();
  writer.endSequence();
}

/** An entry to be sent: its DN and the attributes that were asked for. */
export type AnswerEntry = { readonly dn: string; readonly attributes: readonly AnswerAttribute[] };

/** Writes one SearchResultEntry behind what the writer already has. */
export function writeEntry(writer: BerWriter, id: number, { dn, attributes }: AnswerEntry): void {
  envelope(writer, id, () => {
    writer.startSequence(0x64);
    writer.writeString(dn);
    writer.startSequence();
    for (const { name, values } of attributes) {
      writer.startSequence();
      writer.writeString(name);
      writer.startSequence(0x31);
      for (const value of values) {
        if (typeof value === 'string') writer.writeString(value);
        else writer.writeBuffer(value, 0x04);
      }
      writer.endSequence();
      writer.endSequence();
    }
    writer.endSequence();
    writer.endSequence();
  });
}

/** Writes one SearchResultReference behind what the writer already has. */
export function writeReference(writer: BerWriter, id: number, urls: readonly string[]): void {
  envelope(writer, id, () => {
    writer.startSequence(0x73);
    writer.writeStringArray([...urls]);
    writer.endSequence();
  });
}

function envelope(writer: BerWriter, id: number, write: () => void): void {
  writer.startSequence();
  writer.writeInt(id);
  write();
  writer.endSequence();
}
