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
  /** objectSid as text, `S-1-5-21-…`. */
  readonly sid: string | null;
  readonly isCriticalSystemObject: boolean;
  readonly mailNickname: string | null;
  /** msExchRecipientTypeDetails, a 64-bit number in decimal. */
  readonly recipientTypeDetails: string | null;
  readonly displayName: string | null;
  readonly givenName: string | null;
  /** sn. */
  readonly surname: string | null;
  readonly employeeId: string | null;
  /** Where Exchange sends its mail on to, as AD has it. */
  readonly targetAddress: string | null;
  /** Whether it has a mailbox in the Exchange beside this AD: msExchMailboxGuid is set. */
  readonly hasMailbox: boolean;
  /** mS-DS-ConsistencyGuid. */
  readonly consistencyGuid: AnchorValue | null;
  /** The attribute named by `--source-anchor attribute:<name>`, when one was asked for. */
  readonly customAnchor: AnchorValue | null;
};

/** The answer to one AD reference. None and several are findings, not failures. */
export type AdAnswer =
  | { readonly kind: 'found'; readonly user: AdUser }
  /** `note` adds what the directory could say, e.g. that the domain in `DOMAIN\name` is another one. */
  | { readonly kind: 'none'; readonly note?: string }
  | { readonly kind: 'several'; readonly dns: readonly string[] }
  | { readonly kind: 'not-a-user'; readonly dn: string; readonly objectClass: string }
  /** Somebody fits, but what AD says of it is malformed or contradicts itself, so that it would be a guess who it is. */
  | { readonly kind: 'unusable'; readonly dns: readonly string[]; readonly flaws: readonly AdFlaw[] };

/** The one AD user that an answer found; null for any other answer, and where nobody was asked. */
export function foundAdUser(answer: AdAnswer | null): AdUser | null {
  return answer?.kind === 'found' ? answer.user : null;
}

/** Which AD users have what was asked for; what nobody has is absent. Those of whom AD contradicts itself are left out. */
export type AdHolders = {
  /** By immutable ID: whose objectGUID, mS-DS-ConsistencyGuid or custom anchor gives it. */
  readonly anchors: ReadonlyMap<string, readonly AdUser[]>;
  /** By address as `foldKey` makes it, without prefix: who has it as UPN, mail or proxy address. */
  readonly addresses: ReadonlyMap<string, readonly AdUser[]>;
};

/** What cannot be believed of an AD object. */
export type AdFlaw = {
  /** The attribute, where it is one that anchors come from; else null. */
  readonly anchor: string | null;
  /** A sentence part that names the object and the values. */
  readonly why: string;
};

/** What the tool knows of one cloud user; the names are Graph's. */
export type CloudUser = {
  readonly id: Guid;
  readonly userPrincipalName: string;
  readonly displayName: string | null;
  readonly givenName: string | null;
  readonly surname: string | null;
  readonly employeeId: string | null;
  readonly mail: string | null;
  readonly userType: string | null;
  readonly accountEnabled: boolean | null;
  readonly onPremisesImmutableId: string | null;
  readonly onPremisesSyncEnabled: boolean | null;
  readonly proxyAddresses: readonly string[];
  /** Addresses elsewhere, such as the one a guest was invited by. Others may have them too, and sync joins nobody by them. */
  readonly otherMails: readonly string[];
  /** How many licences are assigned. */
  readonly licences: number;
  /**
   * Whether one of the licences brings an Exchange mailbox, by a plan that is not switched off; null: not known. False is
   * not "no mailbox": a shared one needs no licence.
   */
  readonly hasMailbox: boolean | null;
  /** The account of an agent (agentUser), nobody's own. */
  readonly isAgent: boolean;
  /** onPremisesSecurityIdentifier: the SID of the AD user that sync has taken it over for, also of long ago. */
  readonly sid: string | null;
  /** onPremisesDistinguishedName, as it was at `lastSyncAt`. */
  readonly dn: string | null;
  /** ISO time when sync last wrote the user (onPremisesLastSyncDateTime). */
  readonly lastSyncAt: string | null;
  /**
   * onPremisesObjectIdentifier (beta only), lower case when it is a GUID; undefined where it was not or could not be read,
   * which is not the same as null.
   */
  readonly objectIdentifier: string | null | undefined;
  /** ISO time when the user went to the recycle bin, null for a live user. */
  readonly deletedDateTime: string | null;
};

/** The answer to one cloud reference; `deleted`: only the recycle bin knows it. */
export type CloudAnswer =
  | { readonly kind: 'found'; readonly user: CloudUser }
  | { readonly kind: 'deleted'; readonly user: CloudUser }
  | { readonly kind: 'none' }
  | { readonly kind: 'several'; readonly users: readonly CloudUser[] };

/** The one cloud user that an answer names, live or deleted; null for any other answer, and where nobody was asked. */
export function namedCloudUser(answer: CloudAnswer | null): CloudUser | null {
  return answer?.kind === 'found' || answer?.kind === 'deleted' ? answer.user : null;
}

/** Who has an immutable ID now, with what tells a duplicate of the same person from somebody else. */
export type Holder = {
  readonly id: Guid;
  /** For a deleted user: the name it had when alive. */
  readonly userPrincipalName: string;
  readonly displayName: string | null;
  readonly mail: string | null;
  readonly proxyAddresses: readonly string[];
  readonly licences: number;
  readonly isSynced: boolean;
  /** See CloudUser, as are the next two: whom sync has taken over keeps them when its names change. */
  readonly sid: string | null;
  readonly dn: string | null;
  readonly lastSyncAt: string | null;
  /** See CloudUser. */
  readonly objectIdentifier: string | null | undefined;
  /** A guest, or an external member; see AddressHolder. */
  readonly isGuest: boolean;
  readonly deleted: boolean;
  /** ISO time when it went to the recycle bin, null for a live user. */
  readonly deletedDateTime: string | null;
};

/** A cloud object that has an address: as UPN, as an SMTP address, or merely written down with it. */
export type AddressHolder = {
  readonly kind: 'user' | 'group' | 'contact';
  readonly id: Guid;
  /** UPN of a user, display name of another object. */
  readonly name: string;
  readonly displayName: string | null;
  /**
   * `mail`: the value stands in the mail attribute and in no proxy address. `other-mail`: in otherMails alone, which is a
   * trace of whose address it is, and neither unique nor anything that sync joins by.
   */
  readonly as: 'upn' | 'primary-smtp' | 'other-smtp' | 'mail' | 'other-mail';
  /** Of a user; null where empty and for other objects. */
  readonly immutableId: string | null;
  readonly isSynced: boolean;
  /** A guest, or an external member: somebody else's identity (`#EXT#` in its name), whatever its type. */
  readonly isGuest: boolean;
};

/** A user that sync carries, as the tenant knows it; for finding out which source anchor sync uses. */
export type SyncedUser = {
  readonly id: Guid;
  readonly userPrincipalName: string;
  readonly immutableId: string | null;
  /** onPremisesSecurityIdentifier. */
  readonly sid: string | null;
  /** onPremisesDomainName, lower case. */
  readonly domain: string | null;
};

/** A fault that sync left on a user (onPremisesProvisioningErrors). */
export type ProvisioningError = {
  readonly category: string;
  readonly property: string;
  readonly value: string;
  readonly occurredAt: string | null;
};

/** What the tenant says of a user's take-over by sync. */
export type SyncState = {
  readonly id: Guid;
  readonly userPrincipalName: string;
  readonly immutableId: string | null;
  readonly isSynced: boolean;
  readonly lastSyncAt: string | null;
  readonly sid: string | null;
  readonly dn: string | null;
  /** See CloudUser. */
  readonly objectIdentifier: string | null | undefined;
  readonly errors: readonly ProvisioningError[];
};
