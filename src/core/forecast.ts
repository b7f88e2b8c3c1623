import type { Guid } from './guid.ts';
import type { ReasonCode } from './reasons.ts';

/** What sync's next cycle will do with the row's AD user, once the plan has been applied. */
export type Prediction =
  /** Sync carries this AD user already, on the cloud user named. */
  | { readonly kind: 'carried'; readonly by: Guid }
  /** Left out by sync's default rules; `rule` says which. */
  | { readonly kind: 'out-of-scope'; readonly rule: string }
  /** Hard match: takes over this cloud user. */
  | { readonly kind: 'joins'; readonly user: Guid }
  /** Hard match refused (InvalidHardMatch): the first reason. */
  | { readonly kind: 'join-blocked'; readonly user: Guid; readonly why: ReasonCode }
  /** The recycle bin has the anchor: the deleted user comes back. */
  | { readonly kind: 'restores'; readonly user: Guid }
  /** Soft match by UPN or primary SMTP address: takes over this cloud user. */
  | { readonly kind: 'soft-matches'; readonly user: Guid }
  /** A soft match that sync refuses (InvalidSoftMatch): the target has another immutable ID, holds a role, or it is blocked. */
  | { readonly kind: 'soft-match-blocked'; readonly user: Guid }
  /** Nobody matches: a new cloud user is made. */
  | { readonly kind: 'provisions' }
  /** Several AD users have this anchor: sync takes one of them, which one is its affair, and fails on the others. */
  | { readonly kind: 'contested' }
  /** Not known, because AD or the tenant did not say enough. */
  | { readonly kind: 'unknown' };

/** An attribute that the take-over cannot set because another cloud object has the value; sync quarantines it. */
export type Clash = {
  readonly attribute: 'userPrincipalName' | 'proxyAddresses' | 'mail';
  readonly value: string;
  readonly holder: string;
};

/** An attribute of the cloud user that the take-over replaces by AD's value. */
export type Overwrite = {
  readonly attribute: 'userPrincipalName' | 'mail' | 'proxyAddresses';
  readonly cloud: string | null;
  readonly ad: string;
};

/** What comes after the write, for one row. */
export type Forecast = {
  readonly prediction: Prediction;
  readonly clashes: readonly Clash[];
  readonly overwrites: readonly Overwrite[];
};
