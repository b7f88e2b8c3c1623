// The only reader of ldapts entries. They hold an absent attribute as [], one value bare, several as an array, and every
// value as text unless the attribute is named in explicitBufferAttributes (message-parser.ts). Raw bytes are therefore asked
// for by name, and checked here.
import type { Entry } from 'ldapts';
import { type Guid, guidFromBytes, whyNobodys } from '../../core/guid.ts';
import { foldKey } from '../../core/references.ts';
import type { AdFlaw, AdUser, AnchorValue } from '../../core/users.ts';
import type { AttributeFacts } from '../search-plan.ts';
import { dnKey, parseDn } from '../dn.ts';
import { flawsName } from './entry-parser.ts';
import { anchorOfOctets } from '../byte-text.ts';
import type { Candidate } from '../candidates.ts';
import { sidOfOctets } from '../sid.ts';

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
  'msExchMailboxGuid',
  'targetAddress',
  'displayName',
  'givenName',
  'sn',
  'employeeID',
  // Never used, always there, in no property set: who cannot read it cannot read mS-DS-ConsistencyGuid either.
  'whenCreated',
];

const rawAttributes = ['objectGUID', 'mS-DS-ConsistencyGuid', 'objectSid', 'msExchMailboxGuid'];

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

/**
 * Reads one entry of a search made with `askFor`. What is malformed, or more than one value where AD has one, makes the
 * object unusable, and no more than that. Throws when raw bytes did not arrive raw: that must never pass.
 */
export function readEntry(entry: Entry, customAnchor: AttributeFacts | null): ReadEntry {
  const reading = new Reading(entry);
  const objectGuid = reading.objectGuid();
  const other = otherThanUser(textsOf(entry, 'objectClass'), reading.number('sAMAccountType') ?? undefined);
  if (other !== undefined) {
    return { candidate: { dn: entry.dn, objectGuid, found: { kind: 'other', objectClass: other } }, hidden: [] };
  }
  const hidden = ['whenCreated', 'userAccountControl'].filter((name) => valuesOf(entry, name).length === 0);
  const user: Omit<AdUser, 'objectGuid'> = {
    dn: reading.dn(),
    samAccountName: reading.text('sAMAccountName'),
    userPrincipalName: reading.text('userPrincipalName'),
    mail: reading.text('mail'),
    proxyAddresses: reading.texts('proxyAddresses'),
    enabled: (Number(reading.number('userAccountControl')) & accountDisabled) === 0,
    adminDescription: reading.text('adminDescription'),
    sid: reading.sid(),
    isCriticalSystemObject: reading.text('isCriticalSystemObject') === 'TRUE',
    mailNickname: reading.text('mailNickname'),
    recipientTypeDetails: reading.number('msExchRecipientTypeDetails'),
    displayName: reading.text('displayName'),
    givenName: reading.text('givenName'),
    surname: reading.text('sn'),
    employeeId: reading.text('employeeID')?.trim() || null,
    targetAddress: reading.text('targetAddress'),
    hasMailbox: rawOf(entry, 'msExchMailboxGuid').length > 0,
    consistencyGuid: reading.octetAnchor('mS-DS-ConsistencyGuid'),
    customAnchor: customAnchor === null ? null : reading.anchor(customAnchor),
  };
  const isUsable = objectGuid !== null && reading.flaws.length === 0;
  return {
    candidate: {
      dn: entry.dn,
      objectGuid,
      found: isUsable ? { kind: 'user', user: { ...user, objectGuid } } : { kind: 'unusable', flaws: reading.flaws },
    },
    hidden,
  };
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

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of a value; null when its bytes are no UTF-8. */
function decoded(value: string | Buffer): string | null {
  if (typeof value === 'string') return value;
  try {
    return strictUtf8.decode(value);
  } catch {
    return null;
  }
}

/** Reads values of one entry, and gathers what is wrong with them. */
class Reading {
  readonly flaws: AdFlaw[];
  readonly #entry: Entry;

  constructor(entry: Entry) {
    this.#entry = entry;
    const { [flawsName]: flaws } = entry;
    this.flaws = (Array.isArray(flaws) ? flaws : []).map((why) => this.#flaw(null, String(why)));
  }

  dn(): string {
    const { dn } = this.#entry;
    if (parseDn(dn) === null) this.#add(null, dn === '' ? 'it has none' : 'it is malformed', 'the distinguished name');
    return dn;
  }

  objectGuid(): Guid | null {
    const name = 'objectGUID';
    const anchor = this.octetAnchor(name);
    if (anchor === null && !this.#isFlawed(name)) this.#add(name, 'it is absent');
    if (anchor?.kind === 'bytes')
      this.#add(name, `it has ${Buffer.from(anchor.base64, 'base64').length} bytes, not 16`);
    const why = anchor?.kind === 'guid' ? whyNobodys(anchor.guid) : undefined;
    if (why !== undefined) this.#add(name, why);
    return anchor?.kind === 'guid' && why === undefined ? anchor.guid : null;
  }

  text(name: string): string | null {
    const value = this.#single(name, valuesOf(this.#entry, name));
    return value === undefined ? null : this.#decoded(name, value);
  }

  texts(name: string): readonly string[] {
    return valuesOf(this.#entry, name).flatMap((value) => this.#decoded(name, value) ?? []);
  }

  number(name: string): string | null {
    const text = this.text(name);
    if (text !== null && !/^-?\d+$/.test(text)) this.#add(null, `it is ${quoted(text)}, no whole number`, name);
    return text;
  }

  sid(): string | null {
    const octets = this.#single('objectSid', rawOf(this.#entry, 'objectSid'));
    if (octets === undefined) return null;
    const sid = sidOfOctets(octets);
    if (sid === null) this.#add(null, `its ${octets.length} bytes are no security identifier`, 'objectSid');
    return sid;
  }

  octetAnchor(name: string): AnchorValue | null {
    const bytes = this.#single(name, rawOf(this.#entry, name), name);
    return bytes === undefined ? null : anchorOfOctets(bytes);
  }

  anchor({ name, values }: AttributeFacts): AnchorValue | null {
    if (values === 'octets') return this.octetAnchor(name);
    const bytes = this.#single(name, rawOf(this.#entry, name), name);
    if (bytes === undefined || bytes.length === 0) return null;
    const text = decoded(bytes);
    return text === null ? { kind: 'bytes', base64: bytes.toString('base64') } : { kind: 'text', text };
  }

  /** The one value, undefined when there is none; several contradict each other. */
  #single<Value extends string | Buffer>(
    name: string,
    values: readonly Value[],
    anchor: string | null = null,
  ): Value | undefined {
    if (values.length <= 1) return values[0];
    const shown = values.slice(0, valuesShown).map(quoted).join(' and ');
    this.#add(anchor, `it has ${values.length} values where AD has one: ${shown}`, name);
    return undefined;
  }

  #decoded(name: string, value: string | Buffer): string | null {
    const text = decoded(value);
    if (text === null) this.#add(null, `it is not UTF-8: ${quoted(value)}`, name);
    return text;
  }

  #isFlawed(anchor: string): boolean {
    return this.flaws.some((flaw) => flaw.anchor === anchor);
  }

  #add(anchor: string | null, why: string, of = ''): void {
    this.flaws.push(this.#flaw(anchor, anchor === null ? `${of}: ${why}` : why));
  }

  #flaw(anchor: string | null, why: string): AdFlaw {
    return { anchor, why: `${why} (${this.#entry.dn === '' ? 'an entry without a name' : this.#entry.dn})` };
  }
}

const valuesShown = 3;
const longestShown = 80;

/** A value in a sentence: bytes of a GUID as that, others in hex. */
function quoted(value: string | Buffer): string {
  if (Buffer.isBuffer(value) && value.length === 16) return guidFromBytes(value);
  const text = typeof value === 'string' ? `"${value}"` : value.toString('hex');
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}

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
  // The parser spells names as they were asked for; should one not be, the value must not be taken for absent.
  const wanted = attribute.toLowerCase();
  const name = attribute in entry ? attribute : Object.keys(entry).find((key) => key.toLowerCase() === wanted);
  const value = name === undefined ? undefined : entry[name];
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
