// The only reader of ldapts entries. They hold an absent attribute as [], one value bare, several as an array, and every
// value as text unless the attribute is named in explicitBufferAttributes (message-parser.ts). Raw bytes are therefore asked
// for by name, and checked here.
import type { Entry } from 'ldapts';
import { foldKey } from '../core/references.ts';
import type { AdUser, AnchorValue } from '../core/users.ts';
import type { AttributeFacts } from './asks.ts';
import { dnKey, parseDn } from './dn.ts';
import { anchorOfOctets, guidOfOctets } from './octets.ts';
import type { Candidate } from './questions.ts';
import { sidOfOctets } from './sid.ts';

/** What is read of every object, beside what the settings name. */
const userAttributes = [
  'objectGUID',
  'mS-DS-ConsistencyGuid',
  'objectClass',
  'sAMAccountType',
  'sAMAccountName',
  'userPrincipalName',
  'mail',
  'proxyAddresses',
  'userAccountControl',
  'adminDescription',
  'objectSid',
  'isCriticalSystemObject',
  // From the Exchange schema; a directory without it leaves them out of its answer.
  'mailNickname',
  'msExchRecipientTypeDetails',
  // Never used, always there, in no property set: who cannot read it cannot read mS-DS-ConsistencyGuid either.
  'whenCreated',
];

const rawAttributes = ['objectGUID', 'mS-DS-ConsistencyGuid', 'objectSid'];

/** What to ask the server for, so that `readEntry` can read the answer. */
export function askFor(attributes: readonly (AttributeFacts | null)[]): {
  readonly attributes: string[];
  readonly explicitBufferAttributes: string[];
} {
  const more = attributes.flatMap((attribute) => attribute ?? []);
  return {
    attributes: [...new Set([...userAttributes, ...more.map(({ name }) => name)])],
    explicitBufferAttributes: [...new Set([...rawAttributes, ...more.map(({ name }) => name)])],
  };
}

/** An entry, read. */
export type ReadEntry = {
  readonly candidate: Candidate;
  /** Attributes that every user has and this one came without: the account may not read them. Empty for other objects. */
  readonly hidden: readonly string[];
};

/** Reads one entry of a search made with `askFor`. Throws when raw bytes did not arrive raw: that must never pass. */
export function readEntry(entry: Entry, customAnchor: AttributeFacts | null): ReadEntry {
  const objectGuid = guidOfOctets(valuesOf(entry, 'objectGUID')[0], `objectGUID of ${entry.dn}`);
  const classes = textsOf(entry, 'objectClass');
  const control = textsOf(entry, 'userAccountControl')[0];
  const other = otherThanUser(classes, textsOf(entry, 'sAMAccountType')[0]);
  if (other !== undefined) {
    return { candidate: { dn: entry.dn, objectGuid, found: { kind: 'other', objectClass: other } }, hidden: [] };
  }
  const hidden = ['whenCreated', 'userAccountControl'].filter((name) => valuesOf(entry, name).length === 0);
  const user: AdUser = {
    dn: entry.dn,
    objectGuid,
    samAccountName: textsOf(entry, 'sAMAccountName')[0] ?? null,
    userPrincipalName: textsOf(entry, 'userPrincipalName')[0] ?? null,
    mail: textsOf(entry, 'mail')[0] ?? null,
    proxyAddresses: textsOf(entry, 'proxyAddresses'),
    enabled: (Number(control) & accountDisabled) === 0,
    adminDescription: textsOf(entry, 'adminDescription')[0] ?? null,
    sid: sidOf(entry),
    isCriticalSystemObject: textsOf(entry, 'isCriticalSystemObject')[0] === 'TRUE',
    mailNickname: textsOf(entry, 'mailNickname')[0] ?? null,
    recipientTypeDetails: textsOf(entry, 'msExchRecipientTypeDetails')[0] ?? null,
    consistencyGuid: octetAnchor(entry, 'mS-DS-ConsistencyGuid'),
    customAnchor: customAnchor === null ? null : anchorFrom(entry, customAnchor),
  };
  return { candidate: { dn: entry.dn, objectGuid, found: { kind: 'user', user } }, hidden };
}

/** The keys under which questions about the attribute know this entry; see `keyOf`. */
export function keysOf(entry: Entry, attribute: AttributeFacts): readonly string[] {
  if (attribute.values === 'dn') {
    const dn = parseDn(entry.dn);
    return dn === null ? [] : [dnKey(dn)];
  }
  if (attribute.values === 'octets' || attribute.values === 'sid')
    return rawOf(entry, attribute.name).map((bytes) => bytes.toString('base64'));
  return textsOf(entry, attribute.name).map(foldKey);
}

// MS-ADTS 2.2.16 and 2.2.21.
const accountDisabled = 2;
const trustAccount = String(0x3000_0002);

/** What the object is when it is no user: its most specific class, which AD gives last. */
function otherThanUser(classes: readonly string[], accountType: string | undefined): string | undefined {
  // Trusts to other domains are of class user; computers and group-managed service accounts descend from it.
  if (accountType === trustAccount) return 'domain trust';
  const folded = new Set(classes.map((name) => name.toLowerCase()));
  return folded.has('user') && !folded.has('computer') ? undefined : (classes.at(-1) ?? 'object of unknown class');
}

/** Null also for octets that are no SID: nothing but evidence comes from it. */
function sidOf(entry: Entry): string | null {
  const octets = rawOf(entry, 'objectSid')[0];
  return octets === undefined ? null : sidOfOctets(octets);
}

function octetAnchor(entry: Entry, attribute: string): AnchorValue | null {
  const bytes = rawOf(entry, attribute)[0];
  return bytes === undefined ? null : anchorOfOctets(bytes);
}

function anchorFrom(entry: Entry, attribute: AttributeFacts): AnchorValue | null {
  if (attribute.values === 'octets') return octetAnchor(entry, attribute.name);
  const bytes = rawOf(entry, attribute.name)[0];
  if (bytes === undefined || bytes.length === 0) return null;
  try {
    return { kind: 'text', text: strictUtf8.decode(bytes) };
  } catch {
    return { kind: 'bytes', base64: bytes.toString('base64') };
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function rawOf(entry: Entry, attribute: string): readonly Buffer[] {
  return valuesOf(entry, attribute).map((value) => {
    if (Buffer.isBuffer(value)) return value;
    throw new Error(`${attribute} of ${entry.dn} was decoded as text; its bytes are lost`);
  });
}

/** The attribute's values as text; none when it is absent. */
export function textsOf(entry: Entry, attribute: string): readonly string[] {
  return valuesOf(entry, attribute).map((value) => (typeof value === 'string' ? value : value.toString('utf8')));
}

function valuesOf(entry: Entry, attribute: string): readonly (string | Buffer)[] {
  // Servers answer in the schema's spelling; should one not, the value must not be taken for absent.
  const wanted = attribute.toLowerCase();
  const name = attribute in entry ? attribute : Object.keys(entry).find((key) => key.toLowerCase() === wanted);
  const value = name === undefined ? undefined : entry[name];
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
