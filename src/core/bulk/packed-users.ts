// How users are packed: as lists of values, with what follows from another value left out.
import type { Packing } from './packed.ts';
import type { AdUser, CloudUser } from '../users.ts';

/** Where one value is most often the same as another: `true` in its place. */
type Same<Value> = Value | true;

const sameAs = (value: string | null, other: string | null): Same<string | null> =>
  value !== null && value === other ? true : value;
const orSame = (value: Same<string | null>, other: string | null): string | null => (value === true ? other : value);

/** The primary address is the mail address as a rule; the others stay as they are. */
function packAddresses(addresses: readonly string[], mail: string | null): readonly Same<string>[] {
  return addresses.map((address) => (address === `SMTP:${mail}` ? true : address));
}

function unpackAddresses(addresses: readonly Same<string>[], mail: string | null): readonly string[] {
  return addresses.map((address) => (address === true ? `SMTP:${mail}` : address));
}

/** A text whose longer part many have in common: what is its own, and the number of the rest. */
type Ended = string | readonly [own: string, rest: number];

// Enough for the containers of a large directory; texts that have nothing in common must not all be remembered.
const mostRests = 50_000;

/** The rests of texts, each kept once: behind the first comma of a distinguished name, before the last dash of a SID. */
class Rests {
  readonly #numbers = new Map<string, number>();
  readonly #rests: string[] = [];
  readonly #side: 'behind' | 'before';

  constructor(side: 'behind' | 'before') {
    this.#side = side;
  }

  cut(text: string): Ended {
    const at = this.#side === 'behind' ? text.indexOf(',') : text.lastIndexOf('-');
    if (at < 0) return text;
    const [rest, own] =
      this.#side === 'behind' ? [text.slice(at), text.slice(0, at)] : [text.slice(0, at), text.slice(at)];
    const known = this.#numbers.get(rest);
    if (known !== undefined) return [own, known];
    if (this.#rests.length === mostRests) return text;
    const number = this.#rests.push(rest) - 1;
    this.#numbers.set(rest, number);
    return [own, number];
  }

  whole(ended: Ended): string {
    if (typeof ended === 'string') return ended;
    const [own, number] = ended;
    const rest = this.#rests[number] ?? '';
    return this.#side === 'behind' ? `${own}${rest}` : `${rest}${own}`;
  }
}

type PackedAdUser = readonly [
  dn: Ended,
  objectGuid: AdUser['objectGuid'],
  samAccountName: string | null,
  userPrincipalName: string | null,
  mail: Same<string | null>,
  proxyAddresses: readonly Same<string>[],
  enabled: 0 | 1,
  isCriticalSystemObject: 0 | 1,
  sid: Ended | null,
  consistencyGuid: AdUser['consistencyGuid'],
  mailNickname: Same<string | null>,
  adminDescription: string | null,
  recipientTypeDetails: string | null,
  customAnchor: AdUser['customAnchor'],
  displayName: string | null,
  names: PackedNames,
  employeeId: string | null,
  targetAddress: string | null,
  hasMailbox: 0 | 1,
];

/** For one list: it remembers the containers and the domains of the users that are packed. */
export function adUserPacking(): Packing<AdUser> {
  const containers = new Rests('behind');
  const domains = new Rests('before');
  return {
    pack: (user): PackedAdUser => [
      containers.cut(user.dn),
      user.objectGuid,
      user.samAccountName,
      user.userPrincipalName,
      sameAs(user.mail, user.userPrincipalName),
      packAddresses(user.proxyAddresses, user.mail),
      user.enabled ? 1 : 0,
      user.isCriticalSystemObject ? 1 : 0,
      user.sid === null ? null : domains.cut(user.sid),
      user.consistencyGuid,
      sameAs(user.mailNickname, user.samAccountName),
      user.adminDescription,
      user.recipientTypeDetails,
      user.customAnchor,
      user.displayName,
      packNames(user),
      user.employeeId,
      user.targetAddress,
      user.hasMailbox ? 1 : 0,
    ],
    unpack: (packed: PackedAdUser) => {
      const [dn, objectGuid, samAccountName, userPrincipalName, packedMail, addresses] = packed;
      const mail = orSame(packedMail, userPrincipalName);
      return {
        dn: containers.whole(dn),
        objectGuid,
        samAccountName,
        userPrincipalName,
        mail,
        proxyAddresses: unpackAddresses(addresses, mail),
        enabled: packed[6] === 1,
        adminDescription: packed[11],
        sid: packed[8] === null ? null : domains.whole(packed[8]),
        isCriticalSystemObject: packed[7] === 1,
        mailNickname: orSame(packed[10], samAccountName),
        recipientTypeDetails: packed[12],
        consistencyGuid: packed[9],
        customAnchor: packed[13],
        displayName: packed[14],
        ...unpackNames(packed[15], packed[14]),
        employeeId: packed[16],
        targetAddress: packed[17],
        hasMailbox: packed[18] === 1,
      };
    },
  };
}

type PackedCloudUser = readonly [
  id: CloudUser['id'],
  userPrincipalName: string,
  displayName: string | null,
  mail: Same<string | null>,
  proxyAddresses: readonly Same<string>[],
  onPremisesImmutableId: string | null,
  onPremisesSyncEnabled: boolean | null,
  userType: string | null,
  accountEnabled: boolean | null,
  licences: number,
  /** In a list, because JSON has no undefined. */
  objectIdentifier: readonly [] | readonly [string | null],
  deletedDateTime: string | null,
  ...rarer: RarerFacts,
];

/** What most users have little of; the nulls at its end are left out. */
type RarerFacts = readonly [
  names?: PackedNames,
  /** The mailbox's place, and 3 more for an agent; null: no mailbox, no agent. */
  marks?: number | null,
  employeeId?: string | null,
  otherMails?: readonly string[] | null,
  sid?: Ended | null,
  dn?: Ended | null,
  lastSyncAt?: string | null,
];

const mailboxes: readonly CloudUser['hasMailbox'][] = [false, true, null];

/** Lengths where the display name is made of both: of the given name; below zero, of the surname in front and one more. */
type PackedNames = number | readonly [givenName: string | null, surname: string | null] | null;

function packNames({
  displayName,
  givenName,
  surname,
}: Pick<CloudUser, 'displayName' | 'givenName' | 'surname'>): PackedNames {
  if (givenName === null && surname === null) return null;
  if (givenName === null || surname === null) return [givenName, surname];
  if (displayName === `${givenName} ${surname}`) return givenName.length;
  return displayName === `${surname}, ${givenName}` ? -surname.length - 1 : [givenName, surname];
}

function unpackNames(names: PackedNames, displayName: string | null): Pick<CloudUser, 'givenName' | 'surname'> {
  if (names === null) return { givenName: null, surname: null };
  if (typeof names !== 'number') return { givenName: names[0], surname: names[1] };
  const whole = displayName ?? '';
  if (names >= 0) return { givenName: whole.slice(0, names), surname: whole.slice(names + 1) };
  return { givenName: whole.slice(1 - names), surname: whole.slice(0, -names - 1) };
}

type SharedRests = { readonly containers: Rests; readonly domains: Rests };

function packRarer(user: CloudUser, { containers, domains }: SharedRests): RarerFacts {
  const marks = mailboxes.indexOf(user.hasMailbox) + (user.isAgent ? mailboxes.length : 0);
  const packed = [
    packNames(user),
    marks === 0 ? null : marks,
    user.employeeId,
    user.otherMails.length === 0 ? null : user.otherMails,
    user.sid === null ? null : domains.cut(user.sid),
    user.dn === null ? null : containers.cut(user.dn),
    user.lastSyncAt,
  ] as const;
  return packed.slice(0, packed.findLastIndex((one) => one !== null) + 1) as unknown as RarerFacts;
}

function unpackRarer(
  [names = null, marks, employeeId = null, otherMails, sid = null, dn = null, lastSyncAt = null]: RarerFacts,
  displayName: string | null,
  { containers, domains }: SharedRests,
) {
  return {
    ...unpackNames(names, displayName),
    hasMailbox: mailboxes[(marks ?? 0) % mailboxes.length] ?? null,
    isAgent: (marks ?? 0) >= mailboxes.length,
    employeeId,
    otherMails: otherMails ?? [],
    sid: sid === null ? null : domains.whole(sid),
    dn: dn === null ? null : containers.whole(dn),
    lastSyncAt,
  };
}

/** For one list: it remembers the containers and the domains of the users that are packed. */
export function packedCloudUser(): Packing<CloudUser> {
  const shared: SharedRests = { containers: new Rests('behind'), domains: new Rests('before') };
  return {
    pack: (user): PackedCloudUser => [
      user.id,
      user.userPrincipalName,
      user.displayName,
      sameAs(user.mail, user.userPrincipalName),
      packAddresses(user.proxyAddresses, user.mail),
      user.onPremisesImmutableId,
      user.onPremisesSyncEnabled,
      user.userType,
      user.accountEnabled,
      user.licences,
      user.objectIdentifier === undefined ? [] : [user.objectIdentifier],
      user.deletedDateTime,
      ...packRarer(user, shared),
    ],
    unpack: (packed: PackedCloudUser) => {
      const [id, userPrincipalName, displayName, packedMail, addresses, onPremisesImmutableId] = packed;
      const rarer = packed.slice(12) as unknown as RarerFacts;
      const mail = orSame(packedMail, userPrincipalName);
      return {
        id,
        userPrincipalName,
        displayName,
        mail,
        userType: packed[7],
        accountEnabled: packed[8],
        onPremisesImmutableId,
        onPremisesSyncEnabled: packed[6],
        proxyAddresses: unpackAddresses(addresses, mail),
        licences: packed[9],
        objectIdentifier: packed[10][0],
        deletedDateTime: packed[11],
        ...unpackRarer(rarer, displayName, shared),
      };
    },
  };
}
