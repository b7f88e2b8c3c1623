// The tenant as a sync cycle asks it: who has which anchor and address, who holds roles, which domains are whose.
import type { People, PracticeCloudUser } from '../people/people.ts';
import type { PracticeTenant, TenantUser } from '../tenant/tenant.ts';

/** A sync cycle's two sides: the AD users of the people file, and the tenant as it is at this moment. */
export type SyncWorld = {
  readonly people: Pick<People, 'directory' | 'adUsers'>;
  readonly tenant: Pick<PracticeTenant, 'users' | 'user' | 'find' | 'change' | 'add' | 'domains' | 'state' | 'rolesOf'>;
};

/** A cloud object that has an address; the primary one is where soft match looks. */
export type AddressOwner = { readonly id: string; readonly isPrimary: boolean };

/** What a cycle asks. Every answer is of the moment, so each AD user meets what those before it did. */
export type SyncTenant = {
  readonly handle: SyncWorld['tenant'];
  /** Live and deleted users with this immutable ID; case matters. */
  readonly withImmutableId: (immutableId: string) => readonly TenantUser[];
  /** Live users with this UPN, in any case. */
  readonly withUpn: (upn: string) => readonly TenantUser[];
  /** Live users with this mail, in any case. */
  readonly withMail: (mail: string) => readonly TenantUser[];
  /** Live users, groups and contacts with this SMTP address, in any case. */
  readonly withAddress: (address: string) => readonly AddressOwner[];
  readonly roles: (id: string) => { readonly isAssigned: boolean; readonly isEligible: boolean };
  readonly isVerified: (domain: string) => boolean;
  readonly isFederated: (domain: string) => boolean;
  /** The domain the tenant began with; its default one where none is marked so. */
  readonly initialDomain: string;
  /** Whether soft match by UPN is left where that by address finds nobody. */
  readonly softMatchesUpn: boolean;
};

/** Which of the two syncs: Cloud Sync has no soft match by UPN alone. */
export type SyncKind = 'connect' | 'cloud';

/** Prepares a tenant for one cycle. Throws when it has no domain. */
export function openTenant(handle: SyncWorld['tenant'], kind: SyncKind): SyncTenant {
  const domains = new Map(handle.domains.map((domain) => [fold(domain.id), domain]));
  const initial =
    handle.domains.find(({ isInitial }) => isInitial) ?? handle.domains.find(({ isDefault }) => isDefault);
  if (!initial) throw new Error('the practice tenant has no domain');
  const others = othersByAddress(handle);
  return {
    handle,
    initialDomain: initial.id,
    softMatchesUpn: kind === 'connect' && handle.state.features.softMatchOnUpnEnabled,
    isVerified: (domain) => domains.get(fold(domain))?.isVerified === true,
    isFederated: (domain) => domains.get(fold(domain))?.authenticationType === 'Federated',
    roles: (id) => {
      const roles = handle.rolesOf(id);
      return {
        isAssigned: roles.some(({ how }) => how === 'assigned'),
        isEligible: roles.some(({ how }) => how === 'eligible'),
      };
    },
    withImmutableId: (immutableId) => handle.find('onPremisesImmutableId', immutableId),
    withUpn: (upn) => handle.find('userPrincipalName', upn).filter(isLive),
    withMail: (mail) => handle.find('mail', mail).filter(isLive),
    withAddress: (address) => {
      const users = [...handle.find('proxyAddresses', `smtp:${address}`), ...handle.find('mail', address)];
      const has = [...new Set(users)].filter(isLive).map((user) => holding(user, address));
      return [...has, ...(others.get(fold(address)) ?? [])];
    },
  };
}

const fold = (text: string): string => text.toLowerCase();

function isLive(user: PracticeCloudUser): boolean {
  return user.deletedDateTime === null;
}

type Mailed = { readonly mail: string | null; readonly proxyAddresses: readonly string[] };

/** The SMTP addresses of an object. `mail` is one too, and the primary one where no `SMTP:` address says otherwise. */
function addressesOf({ mail, proxyAddresses }: Mailed): { address: string; isPrimary: boolean }[] {
  const found = proxyAddresses.flatMap((proxy) =>
    /^smtp:/i.test(proxy) ? [{ address: proxy.slice(5), isPrimary: proxy.startsWith('SMTP:') }] : [],
  );
  return mail === null ? found : [...found, { address: mail, isPrimary: !found.some(({ isPrimary }) => isPrimary) }];
}

/** The primary SMTP address of an object; undefined when it has none. */
export function primaryOf(object: Mailed): string | undefined {
  return addressesOf(object).find(({ isPrimary }) => isPrimary)?.address;
}

function holding(object: Mailed & { readonly id: string }, address: string): AddressOwner {
  return { id: object.id, isPrimary: fold(primaryOf(object) ?? '') === fold(address) };
}

/** What stands behind the last `@`. */
export function domainOf(upn: string): string {
  return upn.slice(upn.lastIndexOf('@') + 1);
}

/** What does not change in a cycle: groups, contacts, and the further addresses of guests. */
function othersByAddress({ state, users }: SyncWorld['tenant']): Map<string, readonly AddressOwner[]> {
  const others = new Map<string, readonly AddressOwner[]>();
  const add = (address: string, owner: AddressOwner): void => {
    others.set(fold(address), [...(others.get(fold(address)) ?? []), owner]);
  };
  for (const object of [...state.groups, ...state.contacts]) {
    for (const address of new Set(addressesOf(object).map((one) => fold(one.address)))) {
      add(address, holding(object, address));
    }
  }
  for (const user of users()) {
    if (!isForeign(user) || !isLive(user)) continue;
    for (const address of user.otherMails ?? []) add(address, { id: user.id, isPrimary: false });
  }
  return others;
}

/** Guests, and members who sign in elsewhere all the same. */
export function isForeign({ userType, userPrincipalName }: PracticeCloudUser): boolean {
  return userType === 'Guest' || isExternal(userPrincipalName);
}

/** A UPN that stands for an identity of another tenant. */
export function isExternal(upn: string): boolean {
  return upn.toUpperCase().includes('#EXT#');
}

export function isSmtp(address: string): boolean {
  return /^smtp:/i.test(address);
}
