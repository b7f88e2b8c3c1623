// Pure: which addresses a survey looks for, and who was met with them. Like the user matches, it forgets at once whatever was not
// asked for.
import type { Guid } from '../../core/guid.ts';
import { KeyIndex, mapOver, KeyTable, PackedList, type Packing, type Kept } from '../../core/bulk/bulk.ts';
import { foldKey } from '../../core/references.ts';
import type { AddressHolder } from '../../core/users.ts';

const kinds: readonly AddressHolder['kind'][] = ['user', 'group', 'contact'];
const claims: readonly AddressHolder['as'][] = ['upn', 'primary-smtp', 'mail', 'other-smtp', 'other-mail'];

/** A live cloud object as it was met. */
export type Addressed = Omit<AddressHolder, 'as'> & {
  /** Null for what is no user. */
  readonly userPrincipalName: string | null;
  readonly mail: string | null;
  readonly proxyAddresses: readonly string[];
  readonly otherMails: readonly string[];
};

export type AddressMatches = {
  /** What to look for, folded, each once; made when it is asked for. */
  readonly ask: readonly string[];
  /** How many addresses there are to look for. */
  readonly size: number;
  asked(): Iterable<string>;
  /** Takes note of an object, as often as it is met, if anybody asked for one of its addresses. */
  meet(object: Addressed): void;
  /** By folded address; addresses that nobody has are absent. Users stand first, user principal names before the rest. */
  answer(): ReadonlyMap<string, readonly AddressHolder[]>;
};

type Known = Omit<AddressHolder, 'as'>;

const packedObject: Packing<Known> = {
  pack: ({ kind, id, name, displayName, immutableId, isSynced, isGuest }): PackedObject => [
    id,
    name,
    displayName === name ? true : displayName,
    kinds.indexOf(kind) * 4 + (isSynced ? 2 : 0) + (isGuest ? 1 : 0),
    ...(immutableId === null ? [] : [immutableId]),
  ],
  unpack: ([id, name, displayName, marks, ...immutableIds]: PackedObject) => ({
    kind: kinds[marks >> 2] ?? 'user',
    id,
    name,
    displayName: displayName === true ? name : displayName,
    immutableId: immutableIds[0] ?? null,
    isSynced: (marks & 2) > 0,
    isGuest: (marks & 1) > 0,
  }),
};
type PackedObject = readonly [
  id: Known['id'],
  name: string,
  /** True: the name. */
  displayName: string | null | true,
  /** The kind's place times four, and a bit each for synced and guest. */
  marks: number,
  ...immutableId: readonly string[],
];

/**
 * An object stands under an address at most twice: by its user principal name, and by its mail, of which the proxy
 * addresses say more than the mail attribute does. Sync joins by either, so neither may hide the other. By its other mails
 * it stands under those alone that it has in no other way.
 */
export function openAddressMatches(addresses: Iterable<string>): AddressMatches {
  const asked = new KeyTable();
  for (const address of addresses) asked.add(address);
  const objects = new PackedList(packedObject);
  // What an object claims of an address is one number: the place of the object, then a bit for each way to have it.
  const met = new KeyIndex(asked);
  const idAt = (claim: number): Guid => objects.get(claim >> claims.length).id;
  return {
    get ask() {
      return [...asked.keys()];
    },
    size: asked.size,
    asked: () => asked.keys(),
    meet({ userPrincipalName, mail, proxyAddresses, otherMails, ...object }) {
      let place = -1;
      const note = (address: string, as: AddressHolder['as']): void => {
        const key = asked.find(address);
        if (key < 0) return;
        if (place < 0) place = objects.add(object);
        met.replace(key, withClaim(met.at(key), { place, as, isOwn: (claim) => idAt(claim) === object.id }));
      };
      const upn = userPrincipalName === null ? null : foldKey(userPrincipalName);
      if (upn !== null) note(upn, 'upn');
      const byMail = mailAddresses(mail, proxyAddresses);
      for (const [address, as] of byMail) note(address, as);
      for (const address of otherMails.map(foldKey)) {
        if (address !== upn && !byMail.has(address)) note(address, 'other-mail');
      }
    },
    answer: () => holdersAmong(objects, met),
  };
}

type NewClaim = {
  readonly place: number;
  readonly as: AddressHolder['as'];
  /** Whether a claim is one of the same object, perhaps of when it was met before. */
  readonly isOwn: (claim: number) => boolean;
};

const claimBits = 2 ** claims.length;

function withClaim(there: readonly number[], { place, as, isOwn }: NewClaim): readonly number[] {
  const bit = 1 << claims.indexOf(as);
  const fresh = place * claimBits;
  const rest = there.filter((claim) => claim >> claims.length !== place && !isOwn(claim));
  if (rest.length === there.length) return [...there, fresh + bit];
  // What it has claimed so far it still claims, as it is now.
  const before = there.filter((claim) => !rest.includes(claim)).reduce((bits, claim) => bits | (claim % claimBits), 0);
  return [...rest, fresh + (before | bit)];
}

/** Apart from the book: an answer keeps what it may be asked for, and nothing that was asked. */
function holdersAmong(objects: Kept<Known>, met: KeyIndex): ReadonlyMap<string, readonly AddressHolder[]> {
  return mapOver(met, (found) =>
    found
      .flatMap((claim) => {
        const object = objects.get(claim >> claims.length);
        return claims.flatMap((as, bit) => ((claim >> bit) % 2 === 1 ? [{ ...object, as }] : []));
      })
      .sort(byWeight),
  );
}

/** Each SMTP address once; `SMTP:` marks the primary one (graph/api/resources/user, proxyAddresses). */
function mailAddresses(mail: string | null, proxyAddresses: readonly string[]): Map<string, AddressHolder['as']> {
  const found = new Map<string, AddressHolder['as']>();
  for (const proxy of proxyAddresses) {
    if (!/^smtp:/i.test(proxy)) continue;
    const address = foldKey(proxy.slice('smtp:'.length));
    if (proxy.startsWith('SMTP:') || !found.has(address)) {
      found.set(address, proxy.startsWith('SMTP:') ? 'primary-smtp' : 'other-smtp');
    }
  }
  if (mail !== null && !found.has(foldKey(mail))) found.set(foldKey(mail), 'mail');
  return found;
}

/** The order is the objects' own: filters and listings meet them in different ones. */
function byWeight(a: AddressHolder, b: AddressHolder): number {
  return (
    kinds.indexOf(a.kind) - kinds.indexOf(b.kind) ||
    claims.indexOf(a.as) - claims.indexOf(b.as) ||
    (a.id < b.id ? -1 : 1)
  );
}
