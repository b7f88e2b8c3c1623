// Pure: which addresses a survey looks for, and who was met with them. Like the roster, it forgets at once whatever was not
// asked for.
import { foldKey } from '../core/references.ts';
import type { AddressHolder } from '../core/users.ts';

/** A live cloud object as it was met. */
export type Addressed = Omit<AddressHolder, 'as'> & {
  /** Null for what is no user. */
  readonly userPrincipalName: string | null;
  readonly mail: string | null;
  readonly proxyAddresses: readonly string[];
};

export type AddressBook = {
  /** What to look for, folded, each once. */
  readonly ask: readonly string[];
  /** Takes note of an object, as often as it is met, if anybody asked for one of its addresses. */
  meet(object: Addressed): void;
  /** By folded address; addresses that nobody has are absent. Users stand first, user principal names before the rest. */
  answer(): ReadonlyMap<string, readonly AddressHolder[]>;
};

/**
 * An object stands under an address at most twice: by its user principal name, and by its mail, of which the proxy
 * addresses say more than the mail attribute does. Sync joins by either, so neither may hide the other.
 */
export function openAddressBook(asked: ReadonlySet<string>): AddressBook {
  // Lists, not maps by id: nearly every address has one holder, and there are a hundred thousand of them.
  const met = new Map<string, AddressHolder[]>();
  return {
    ask: [...asked],
    meet({ userPrincipalName, mail, proxyAddresses, ...object }) {
      const note = (address: string, as: AddressHolder['as']): void => {
        const key = foldKey(address);
        if (!asked.has(key)) return;
        const others = met.get(key)?.filter((one) => one.id !== object.id || one.as !== as);
        met.set(key, [...(others ?? []), { ...object, as }]);
      };
      if (userPrincipalName !== null) note(userPrincipalName, 'upn');
      for (const [address, as] of mailAddresses(mail, proxyAddresses)) note(address, as);
    },
    answer: () => new Map([...met].map(([address, holders]) => [address, holders.toSorted(byWeight)])),
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

const kinds = ['user', 'group', 'contact'];
const claims = ['upn', 'primary-smtp', 'mail', 'other-smtp'];

/** The order is the objects' own: filters and listings meet them in different ones. */
function byWeight(a: AddressHolder, b: AddressHolder): number {
  return (
    kinds.indexOf(a.kind) - kinds.indexOf(b.kind) ||
    claims.indexOf(a.as) - claims.indexOf(b.as) ||
    (a.id < b.id ? -1 : 1)
  );
}
