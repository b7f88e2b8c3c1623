// Pure: which addresses a survey looks for, and who was met with them. Like the roster, it forgets at once whatever was not
// asked for.
import { Keyed, mapOver } from '../core/keyed.ts';
import { KeyTable } from '../core/key-table.ts';
import { PackedList, type Packing } from '../core/packed.ts';
import { foldKey } from '../core/references.ts';
import type { AddressHolder } from '../core/users.ts';

const kinds = ['user', 'group', 'contact'];
const claims: readonly AddressHolder['as'][] = ['upn', 'primary-smtp', 'mail', 'other-smtp'];

/** A live cloud object as it was met. */
export type Addressed = Omit<AddressHolder, 'as'> & {
  /** Null for what is no user. */
  readonly userPrincipalName: string | null;
  readonly mail: string | null;
  readonly proxyAddresses: readonly string[];
};

export type AddressBook = {
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
  pack: ({ kind, id, name, immutableId, isSynced, isGuest }) => [kind, id, name, immutableId, isSynced, isGuest],
  unpack: ([kind, id, name, immutableId, isSynced, isGuest]: PackedObject) => ({
    kind,
    id,
    name,
    immutableId,
    isSynced,
    isGuest,
  }),
};
type PackedObject = readonly [
  Known['kind'],
  Known['id'],
  Known['name'],
  Known['immutableId'],
  Known['isSynced'],
  Known['isGuest'],
];

/**
 * An object stands under an address at most twice: by its user principal name, and by its mail, of which the proxy
 * addresses say more than the mail attribute does. Sync joins by either, so neither may hide the other.
 */
export function openAddressBook(addresses: Iterable<string>): AddressBook {
  const asked = new KeyTable();
  for (const address of addresses) asked.add(address);
  const objects = new PackedList(packedObject);
  // A claim is one number: the place of the object, and by what it has the address.
  const met = new Keyed(asked);
  const claimOf = (place: number, as: AddressHolder['as']): number => place * claims.length + claims.indexOf(as);
  const holderOf = (claim: number): AddressHolder => ({
    ...objects.get(Math.floor(claim / claims.length)),
    as: claims[claim % claims.length] ?? 'mail',
  });
  return {
    get ask() {
      return [...asked.keys()];
    },
    size: asked.size,
    asked: () => asked.keys(),
    meet({ userPrincipalName, mail, proxyAddresses, ...object }) {
      let place = -1;
      const note = (address: string, as: AddressHolder['as']): void => {
        const key = asked.find(address);
        if (key < 0) return;
        if (place < 0) place = objects.add(object);
        const others = met.at(key).filter((claim) => {
          if (claim % claims.length !== claims.indexOf(as)) return true;
          return holderOf(claim).id !== object.id;
        });
        met.replace(key, [...others, claimOf(place, as)]);
      };
      if (userPrincipalName !== null) note(foldKey(userPrincipalName), 'upn');
      for (const [address, as] of mailAddresses(mail, proxyAddresses)) note(address, as);
    },
    answer: () => mapOver(met, (found) => found.map(holderOf).sort(byWeight)),
  };
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
