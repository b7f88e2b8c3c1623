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

/** All switches that bear on what sync does with a user. Null: Graph does not tell, which is neither on nor off. */
export type TenantFeatures = SyncFeatures & {
  /** A user who is mapped to another AD object may be mapped anew: lifts `cloud-object-identifier-set`. */
  readonly objectIdentifierMayChange: boolean | null;
  /** Whether a soft match goes by UPN too, and not by primary SMTP address alone. */
  readonly softMatchOnUpn: boolean | null;
  /** Whether a licensed user of a managed domain gets a changed UPN from AD. */
  readonly upnFollowsAd: boolean | null;
  /** Whether a user whose UPN is taken is made or taken over without it; otherwise the whole user stays in error. */
  readonly quarantinesUpn: boolean | null;
  /** The same of proxy addresses. */
  readonly quarantinesProxyAddresses: boolean | null;
  /** Whether passwords are synced. */
  readonly passwordSync: boolean | null;
};

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
  | 'cloud-managed'
  | 'licences'
  | 'roles-assigned'
  | 'roles-eligible'
  | 'role-groups'
  | 'object-identifiers'
  | 'address-groups'
  | 'address-contacts'
  | 'recycle-bin'
  | 'synced-users';

/** A check that could not be made; told as `check-not-permitted`, never taken for passed. */
export type Unchecked = {
  readonly check: CheckName;
  /** `failed`: Graph did not refuse it for want of a right or a licence; `why` alone says what was the matter. */
  readonly kind: 'not-permitted' | 'failed';
  /** The Graph permission that would allow it, or what else is missing (a licence). */
  readonly needs: string;
  /** What Graph answered. */
  readonly why: string;
};

/** What a check that was made does not see all the same. */
export type CheckLimit = {
  readonly check: CheckName;
  /**
   * `group-eligibility`: who may make themselves members of a group that has a role (PIM for Groups). `hidden-members`: of a
   * group that has a role and hides its members no member was told, which needs Member.Read.Hidden, and is no error.
   */
  readonly what: 'group-eligibility' | 'hidden-members';
  /** Their names. */
  readonly groups: readonly string[];
};

/** What holds for the tenant as a whole, read once a run. Null: could not be read, see `unchecked`. */
export type TenantFacts = {
  readonly sync: SyncFacts;
  readonly features: TenantFeatures | null;
  readonly domains: readonly TenantDomain[] | null;
  /** By user id, of everybody who holds or is eligible for any directory role. */
  readonly roles: ReadonlyMap<Guid, readonly RoleHolding[]>;
  /** Users whose source of authority was moved to the cloud: sync leaves them alone, whatever their immutable ID. */
  readonly cloudManaged: ReadonlySet<Guid> | null;
  readonly limits: readonly CheckLimit[];
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
