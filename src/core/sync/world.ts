import type { Guid } from '../guid.ts';
import type { RoleHolding, TenantDomain, TenantFeatures } from '../preflight.ts';
import type { AddressHolder, AdHolders, AdUser, CloudUser, Holder } from '../users.ts';

/** Which of the two syncs serves the directory. Cloud Sync joins nobody by UPN alone. */
export type SyncKind = 'connect' | 'cloud';

/** AD and tenant as the next sync cycle will meet them, once the plan has been applied. */
export type World = {
  readonly sync: SyncKind;
  readonly features: TenantFeatures | null;
  readonly domains: readonly TenantDomain[] | null;
  readonly roles: ReadonlyMap<Guid, readonly RoleHolding[]>;
  /** Whom sync leaves alone, for their source of authority is the cloud; null: not known. */
  readonly cloudManaged: ReadonlySet<Guid> | null;
  /** Who has an address in the tenant, by `foldKey`. */
  readonly addresses: ReadonlyMap<string, readonly AddressHolder[]>;
  /** Addresses that several AD users have, by `foldKey`. */
  readonly adAddresses: AdHolders['addresses'];
  /** What is written on a cloud user, by id; undefined where the plan writes nothing. */
  readonly written: (id: Guid) => string | undefined;
  /** On whom an immutable ID is written. */
  readonly linked: (immutableId: string) => CloudUser | undefined;
  /** An AD user who stands in no row, as sync meets it; null where it has no anchor. */
  readonly candidateOf: (user: AdUser) => SyncCandidate | null;
};

/** One AD user before the next cycle. */
export type SyncCandidate = {
  readonly user: AdUser;
  readonly immutableId: string;
  /** Everybody who has that ID now, live and deleted. */
  readonly holders: readonly Holder[];
  /** The other AD users with that anchor. */
  readonly rivals: readonly AdUser[];
};
