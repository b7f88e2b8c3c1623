import type { Guid } from './guid.ts';
import type { Finding } from './reasons.ts';

/** What sync does in the tenant. */
export type SyncFacts = {
  /** organization.onPremisesSyncEnabled; null: never synced. */
  readonly isEnabled: boolean | null;
  /** ISO time of the last cycle. */
  readonly lastSyncAt: string | null;
};

/** The switches that decide whether sync may join users at all (directory/onPremisesSynchronization). */
export type SyncFeatures = { readonly hardMatchBlocked: boolean; readonly softMatchBlocked: boolean };

export type TenantDomain = {
  /** Lower case. */
  readonly name: string;
  readonly isVerified: boolean;
  readonly isFederated: boolean;
  readonly isInitial: boolean;
};

/** A directory role of one user. */
export type RoleHolding = {
  /** Display name, or the definition's id where names may not be read. */
  readonly role: string;
  readonly how: 'assigned' | 'eligible';
  /** The role-assignable group it comes through; null when held directly. */
  readonly through: string | null;
};

/** The checks that need a right of their own. */
export type CheckName =
  | 'sync-features'
  | 'domains'
  | 'roles-assigned'
  | 'roles-eligible'
  | 'role-groups'
  | 'object-identifiers'
  | 'address-groups'
  | 'address-contacts'
  | 'synced-users';

/** A check that could not be made; told as `check-not-permitted`, never taken for passed. */
export type Unchecked = {
  readonly check: CheckName;
  /** The Graph permission that would allow it, or what else is missing (a licence). */
  readonly needs: string;
  /** What Graph answered. */
  readonly why: string;
};

/** What holds for the tenant as a whole, read once a run. Null: could not be read, see `unchecked`. */
export type TenantFacts = {
  readonly sync: SyncFacts;
  readonly features: SyncFeatures | null;
  readonly domains: readonly TenantDomain[] | null;
  /** By user id, of everybody who holds or is eligible for any directory role. */
  readonly roles: ReadonlyMap<Guid, readonly RoleHolding[]>;
  readonly unchecked: readonly Unchecked[];
};

/** How the synced users' immutable IDs agree with their AD objects. Every user counts once. */
export type AnchorEvidence = {
  /** Synced users looked at. */
  readonly users: number;
  /** The ID is the ConsistencyGuid, which is not the objectGUID. */
  readonly consistencyGuid: number;
  /** The ID is the objectGUID although a different ConsistencyGuid is set. */
  readonly objectGuid: number;
  /** ConsistencyGuid is empty or the same as objectGUID, and the ID is it: tells nothing apart. */
  readonly either: number;
  /** The ID is the attribute named by `attribute:<name>`. */
  readonly custom: number;
  readonly neither: number;
  /** Not found in the directory that was read: another domain, or gone. */
  readonly notInAd: number;
};

/** What stands at the top of a plan. */
export type Preflight = {
  readonly sync: SyncFacts;
  readonly features: SyncFeatures | null;
  readonly evidence: AnchorEvidence | null;
  /** Warnings of the whole run, in the order of repair: told once, not once per row. */
  readonly findings: readonly Finding[];
};
