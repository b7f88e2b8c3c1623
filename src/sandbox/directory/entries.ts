import { createHash } from 'node:crypto';
import { type Guid, guidToBytes } from '../../core/guid.ts';
import type { Value } from './answers.ts';
import { dnKey, escapeDnValue, parseDn } from './names.ts';
import { type ClassName, classes } from './schema.ts';
import { sidToBytes } from './sid.ts';
import { type People, type PracticeAdOther, type PracticeAdUser, domainSid, sidOfAdUser } from '../people/people.ts';

/**
 * One object of the directory. Attributes are derived when asked for and not kept, so that 100,000 people cost little
 * memory; an attribute without values is absent.
 */
export type DirectoryEntry = {
  readonly dn: string;
  /** `dnKey` of the DN; ends with `,` and the parent's key. */
  readonly key: string;
  /** Key of the entry it lies under; empty for the root of a naming context. */
  readonly parentKey: string;
  /** lDAPDisplayNames of the attributes it may have, in the order of an answer to "all attributes". */
  readonly names: readonly string[];
  /** In the recycle bin: only for whoever asks for deleted objects. */
  readonly isDeleted?: boolean;
  /** Values of an attribute by its exact lDAPDisplayName; empty when absent. */
  values(name: string): readonly Value[];
};

/** Names and identifiers of the practice forest, which has one domain. */
export type Forest = {
  /** `example.test` */
  readonly domain: string;
  readonly netbiosName: string;
  readonly dnsHostName: string;
  readonly domainDn: string;
  readonly configurationDn: string;
  readonly schemaDn: string;
  /** Binary S-1-5-21-x-y-z of the domain. */
  readonly domainSid: Buffer;
  /** Binary SID of the first of the people, unless the file gives another; those after it count up from its RID. */
  readonly firstSid: Buffer;
};

export function forestOf(people: Pick<People, 'directory'>): Forest {
  const domain = people.directory.domain;
  const domainDn = domainToDn(domain);
  return {
    domain,
    netbiosName: people.directory.netbiosName,
    dnsHostName: `dc1.${domain}`,
    domainDn,
    configurationDn: `CN=Configuration,${domainDn}`,
    schemaDn: `CN=Schema,CN=Configuration,${domainDn}`,
    domainSid: sidBytes(domainSid(domain)),
    firstSid: sidBytes(sidOfAdUser({ directory: people.directory, adUsers: [] }, 0)),
  };
}

/** The octets of a SID from the people file, whose form the file's schema has checked. */
function sidBytes(text: string): Buffer {
  const bytes = sidToBytes(text);
  if (!bytes) throw new RangeError(`${text} is no SID`);
  return bytes;
}

/** `DC=example,DC=test` of `example.test`. */
export function domainToDn(domain: string): string {
  return domain
    .split('.')
    .map((label) => `DC=${label}`)
    .join(',');
}

/** By lDAPDisplayName. */
export type Attributes = Readonly<Record<string, readonly Value[]>>;

/** Makes an entry of a forest from its DN, its class and the attributes that are not derived from these. */
export type MakeFixed = (dn: string, className: ClassName, more?: Attributes) => DirectoryEntry;

/** For entries whose few attributes are kept as they are: containers, configuration, schema. */
export function fixedEntries(forest: Forest): MakeFixed {
  return (dn, className, more = {}) => {
    const place = placeOf(dn);
    const all: Attributes = {
      objectClass: classes[className].chain,
      [place.type]: [place.value],
      distinguishedName: [dn],
      instanceType: ['4'],
      whenCreated: [firstDay],
      whenChanged: [firstDay],
      uSNCreated: ['4096'],
      uSNChanged: ['4096'],
      name: [place.value],
      objectGUID: [madeGuid(dn)],
      objectCategory: [categoryDn(forest, className)],
      ...more,
    };
    const values = new Map(Object.entries(all));
    return { dn, ...place.keys, names: [...values.keys()], values: (name) => values.get(name) ?? [] };
  };
}

function placeOf(dn: string): { type: string; value: string; keys: { key: string; parentKey: string } } {
  const parsed = parseDn(dn) ?? [];
  const first = parsed[0]?.[0];
  return {
    // The spelling of the schema: cn, ou, dc.
    type: first?.type ?? 'cn',
    value: first?.value ?? '',
    keys: { key: dnKey(parsed), parentKey: dnKey(parsed.slice(1)) },
  };
}

function categoryDn(forest: Forest, className: ClassName): string {
  return `CN=${classes[className].category},${forest.schemaDn}`;
}

const firstDay = '20240102030405.0Z';

/** A GUID for objects that are not people: the same at every start. */
function madeGuid(name: string): Buffer {
  const bytes = sha256(`guid:${name}`).subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(7) & 0x0f) | 0x40, 7);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Where a person or thing lies, and its number from 0, from which RID, USN and dates are made. */
type Place = {
  readonly forest: Forest;
  readonly parentDn: string;
  readonly parentKey: string;
  readonly number: number;
};

const unitDn = (ou: string, forest: Forest): string => `OU=${escapeDnValue(ou)},${forest.domainDn}`;
const nameIn = (parentDn: string, cn: string): string => `CN=${escapeDnValue(cn)},${parentDn}`;

const binDn = (forest: Forest): string => `CN=Deleted Objects,${forest.domainDn}`;

/** What a DN says of a thing: its name and its place, and for a deleted one its GUID (MS-ADTS 3.1.1.5.5). */
type Named = Pick<PracticeAdUser, 'cn' | 'ou' | 'objectGUID' | 'isDeleted' | 'isRecycled'>;

/** Whether an AD user is in the recycle bin, or was. */
export function isDeleted(thing: Pick<Named, 'isDeleted' | 'isRecycled'>): boolean {
  return thing.isDeleted === true || thing.isRecycled === true;
}

/** The cn a person or thing has in the directory. */
function cnOf(thing: Named): string {
  return isDeleted(thing) ? `${thing.cn}\nDEL:${thing.objectGUID}` : thing.cn;
}

/** The DN of a person or thing of the people file. */
export function dnOf(thing: Named, forest: Forest): string {
  return nameIn(isDeleted(thing) ? binDn(forest) : unitDn(thing.ou, forest), cnOf(thing));
}

type Derive<Source> = (source: Source, place: Place) => readonly Value[];
type Table<Source> = Readonly<Record<string, Derive<Source>>>;

const optional = (value: string | null | undefined): readonly Value[] =>
  value === null || value === undefined ? [] : [value];

function sidOf({ forest, number }: Place): Buffer {
  const sid = Buffer.from(forest.firstSid);
  const at = sid.length - 4;
  sid.writeUInt32LE(sid.readUInt32LE(at) + number, at);
  return sid;
}

/** A moment in 2024 and after, later for later numbers, as GeneralizedTime. */
function createdOf(place: Place): string {
  const moment = new Date(Date.UTC(2024, 0, 2, 3, 4, 5) + place.number * 60_000).toISOString();
  return `${moment.slice(0, 19).replaceAll(/[-T:]/g, '')}.0Z`;
}

const everything: Table<Named> = {
  cn: (thing) => [cnOf(thing)],
  distinguishedName: (thing, place) => [nameIn(place.parentDn, cnOf(thing))],
  instanceType: () => ['4'],
  whenCreated: (_thing, place) => [createdOf(place)],
  whenChanged: (_thing, place) => [createdOf(place)],
  uSNCreated: (_thing, place) => [String(12_000 + place.number)],
  uSNChanged: (_thing, place) => [String(12_000 + place.number)],
  displayName: ({ cn }) => [cn],
  name: (thing) => [cnOf(thing)],
  objectGUID: ({ objectGUID }) => [guidToBytes(objectGUID as Guid)],
};

const userTable: Table<PracticeAdUser> = {
  objectClass: () => classes.user.chain,
  ...everything,
  displayName: ({ cn, displayName }) => optional(displayName === undefined ? cn : displayName),
  givenName: ({ givenName }) => optional(givenName),
  sn: ({ sn }) => optional(sn),
  userAccountControl: ({ disabled }) => [disabled === true ? '514' : '512'],
  primaryGroupID: () => ['513'],
  objectSid: ({ objectSid }, place) => [objectSid === undefined ? sidOf(place) : sidBytes(objectSid)],
  sAMAccountName: ({ sAMAccountName }) => [sAMAccountName],
  sAMAccountType: () => ['805306368'],
  userPrincipalName: ({ userPrincipalName }) => optional(userPrincipalName),
  objectCategory: (_user, { forest }) => [categoryDn(forest, 'user')],
  mail: ({ mail }) => optional(mail),
  proxyAddresses: ({ proxyAddresses }) => proxyAddresses,
  employeeID: ({ employeeID }) => optional(employeeID),
  adminDescription: ({ adminDescription }) => optional(adminDescription),
  isCriticalSystemObject: (user) => optional(user.isCriticalSystemObject?.toString().toUpperCase()),
  mailNickname: ({ mailNickname }) => optional(mailNickname),
  msExchRecipientTypeDetails: (user) => optional(user.msExchRecipientTypeDetails),
  msExchMailboxGuid: ({ msExchMailboxGuid }) => octetsOf(msExchMailboxGuid),
  targetAddress: ({ targetAddress }) => optional(targetAddress),
  isDeleted: (user) => (isDeleted(user) ? ['TRUE'] : []),
  isRecycled: ({ isRecycled }) => (isRecycled === true ? ['TRUE'] : []),
  'mS-DS-ConsistencyGuid': (user) => octetsOf(user['mS-DS-ConsistencyGuid']),
};

function octetsOf(value: PracticeAdUser['mS-DS-ConsistencyGuid']): readonly Value[] {
  if (value === undefined) return [];
  return [typeof value === 'string' ? guidToBytes(value as Guid) : Buffer.from(value.hex, 'hex')];
}

const otherTable: Table<PracticeAdOther> = {
  objectClass: ({ objectClass }) => classes[objectClass].chain,
  ...everything,
  userAccountControl: ({ objectClass }) => (objectClass === 'computer' ? ['4096'] : []),
  groupType: ({ objectClass }) => (objectClass === 'group' ? ['-2147483646'] : []),
  objectSid: ({ objectClass }, place) => (objectClass === 'contact' ? [] : [sidOf(place)]),
  sAMAccountName: ({ sAMAccountName }) => optional(sAMAccountName),
  sAMAccountType: ({ objectClass }) => sAMAccountTypes[objectClass],
  objectCategory: ({ objectClass }, { forest }) => [categoryDn(forest, objectClass)],
  mail: ({ mail }) => optional(mail),
};

const sAMAccountTypes: Readonly<Record<PracticeAdOther['objectClass'], readonly string[]>> = {
  group: ['268435456'],
  computer: ['805306369'],
  contact: [],
};

const userNames = Object.keys(userTable);
const otherNames = Object.keys(otherTable);

/** The organizational units of the people, then the people, each unit before what lies in it. */
export function peopleEntries(people: People, forest: Forest): DirectoryEntry[] {
  const fixed = fixedEntries(forest);
  const units = new Map<string, DirectoryEntry>();
  const unitOf = (thing: Named): DirectoryEntry => {
    const dn = isDeleted(thing) ? binDn(forest) : unitDn(thing.ou, forest);
    const known = units.get(dn);
    if (known) return known;
    const bin = (): DirectoryEntry => ({ ...fixed(dn, 'container', { isDeleted: ['TRUE'] }), isDeleted: true });
    const unit = isDeleted(thing) ? bin() : fixed(dn, 'organizationalUnit');
    units.set(dn, unit);
    return unit;
  };
  const place = (thing: Named, number: number): Place => {
    const unit = unitOf(thing);
    return { forest, parentDn: unit.dn, parentKey: unit.key, number };
  };
  const users = people.adUsers.map((user, index) => userEntry(user, place(user, index)));
  const others = people.adOthers.map((other, index) =>
    derivedEntry(other, place(other, people.adUsers.length + index), { table: otherTable, names: otherNames }),
  );
  return [...units.values(), ...users, ...others];
}

/** The account the tool signs in with, when it is not one of the people: a plain user in the container Users. */
export function serviceAccount(people: People, forest: Forest): PracticeAdUser {
  const bindUser = people.directory.bindUser;
  const name = bindUser.replace(/^.*\\/, '').replace(/@.*$/, '');
  const hex = madeGuid(`account:${name}@${forest.domain}`).toString('hex');
  return {
    cn: name,
    ou: 'Users',
    objectGUID: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    sAMAccountName: name,
    userPrincipalName: bindUser.includes('@') ? bindUser : null,
    mail: null,
    proxyAddresses: [],
  };
}

export function userEntry(user: PracticeAdUser, place: Place): DirectoryEntry {
  return derivedEntry(user, place, { table: userTable, names: userNames });
}

function derivedEntry<Source extends Named>(
  source: Source,
  place: Place,
  { table, names }: { readonly table: Table<Source>; readonly names: readonly string[] },
): DirectoryEntry {
  return {
    dn: nameIn(place.parentDn, cnOf(source)),
    key: `${dnKey([[{ type: 'cn', value: cnOf(source) }]])},${place.parentKey}`,
    parentKey: place.parentKey,
    names,
    ...(isDeleted(source) && { isDeleted: true }),
    // `Object.hasOwn`: a name from the wire must not reach the object's prototype.
    values: (name) => (Object.hasOwn(table, name) ? (table[name]?.(source, place) ?? []) : []),
  };
}
