import type { Guid } from './guid.ts';

/** A value of an attribute that may serve as source anchor. Octet strings of 16 bytes are a GUID, others stay bytes. */
export type AnchorValue =
  | { readonly kind: 'guid'; readonly guid: Guid }
  | { readonly kind: 'bytes'; readonly base64: string }
  | { readonly kind: 'text'; readonly text: string };

/** What the tool knows of one AD user. Absent attributes are null (or an empty list). */
export type AdUser = {
  readonly dn: string;
  readonly objectGuid: Guid;
  readonly samAccountName: string | null;
  readonly userPrincipalName: string | null;
  readonly mail: string | null;
  readonly proxyAddresses: readonly string[];
  readonly enabled: boolean;
  readonly adminDescription: string | null;
  /** mS-DS-ConsistencyGuid. */
  readonly consistencyGuid: AnchorValue | null;
  /** The attribute named by `--source-anchor attribute:<name>`, when one was asked for. */
  readonly customAnchor: AnchorValue | null;
};

/** The answer to one AD reference. None and several are findings, not failures. */
export type AdLookup =
  | { readonly kind: 'found'; readonly user: AdUser }
  /** `note` adds what the directory could say, e.g. that the domain in `DOMAIN\name` is another one. */
  | { readonly kind: 'none'; readonly note?: string }
  | { readonly kind: 'several'; readonly dns: readonly string[] }
  | { readonly kind: 'not-a-user'; readonly dn: string; readonly objectClass: string };

/** What the tool knows of one cloud user; the names are Graph's. */
export type CloudUser = {
  readonly id: Guid;
  readonly userPrincipalName: string;
  readonly displayName: string | null;
  readonly mail: string | null;
  readonly userType: string | null;
  readonly accountEnabled: boolean | null;
  readonly onPremisesImmutableId: string | null;
  readonly onPremisesSyncEnabled: boolean | null;
  /** ISO time when the user went to the recycle bin, null for a live user. */
  readonly deletedDateTime: string | null;
};

/** The answer to one cloud reference; `deleted`: only the recycle bin knows it. */
export type CloudLookup =
  | { readonly kind: 'found'; readonly user: CloudUser }
  | { readonly kind: 'deleted'; readonly user: CloudUser }
  | { readonly kind: 'none' }
  | { readonly kind: 'several'; readonly users: readonly CloudUser[] };

/** Who has an immutable ID now. */
export type Holder = { readonly id: Guid; readonly userPrincipalName: string; readonly deleted: boolean };
