import type { Guid } from './guid.ts';
import type { ReasonCode } from './reasons.ts';

/** What sync's next cycle will do with the row's AD user, once the plan has been applied. */
export type Prediction =
  /** Sync carries this AD user already, on the cloud user named. */
  | { readonly kind: 'carried'; readonly by: Guid }
  /** Sync carries a cloud user by this anchor, for another AD object, and does not hand it over (AttributeUpdateNotAllowed). */
  | { readonly kind: 'carry-blocked'; readonly user: Guid }
  /** Left out by sync's default rules; `rule` says which. */
  | { readonly kind: 'out-of-scope'; readonly rule: string }
  /** Hard match: takes over this cloud user. */
  | { readonly kind: 'joins'; readonly user: Guid }
  /** Hard match refused (InvalidHardMatch), or the cloud user left alone: the first reason. */
  | { readonly kind: 'join-blocked'; readonly user: Guid; readonly why: ReasonCode }
  /** The recycle bin has the anchor: the deleted user comes back. */
  | { readonly kind: 'restores'; readonly user: Guid }
  /** Soft match by UPN or primary SMTP address: takes over this cloud user. */
  | { readonly kind: 'soft-matches'; readonly user: Guid }
  /** A soft match that sync refuses (InvalidSoftMatch), mostly as the target has another immutable ID; nobody is made. */
  | { readonly kind: 'soft-match-blocked'; readonly user: Guid }
  /** A soft match that is refused by role or switch; a new cloud user is made in its stead. */
  | { readonly kind: 'soft-match-fails'; readonly user: Guid; readonly why: 'role' | 'blocked-in-tenant' }
  /** Nobody matches: a new cloud user is made. */
  | { readonly kind: 'provisions' }
  /** Nobody matches, and nobody can be made: there is no name that could be its UPN (IdentityDataValidationFailed). */
  | { readonly kind: 'nameless' }
  /** Several AD users have this anchor: sync takes one of them, which one is its affair, and fails on the others. */
  | { readonly kind: 'contested' }
  /** Several AD users have this anchor, and the tenant knows another one by it, `rival` (a DN): sync fails on this one. */
  | { readonly kind: 'another-joins'; readonly rival: string }
  /** Not known, because AD or the tenant did not say enough. */
  | { readonly kind: 'unknown' };

/** An attribute that the take-over cannot set because another object has the value; sync quarantines it. */
export type Clash = {
  readonly attribute: 'userPrincipalName' | 'proxyAddresses' | 'mail';
  /** As sync would set it, without prefix. */
  readonly value: string;
  /** Who has it in the cloud, or which AD user brings it as well. */
  readonly holder: string;
};

/** An attribute of the cloud user that the take-over replaces by AD's value. */
export type Overwrite = {
  readonly attribute: 'userPrincipalName' | 'mail' | 'proxyAddresses';
  readonly cloud: string | null;
  /** What it is afterwards; empty where nothing of it is left. */
  readonly ad: string;
};

/** What comes after the write, for one row. */
export type Forecast = {
  readonly prediction: Prediction;
  readonly clashes: readonly Clash[];
  readonly overwrites: readonly Overwrite[];
};
