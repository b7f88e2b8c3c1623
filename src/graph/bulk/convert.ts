// The only reader of Graph's JSON, with convert-tenant.ts: here what there are many of. Graph may leave out or null any
// property of an odd object, and one of those must not end a plan: collections are then empty and texts null. But what a
// write rests on, the immutable ID and whether sync has the user, has to be there, if only as null: left out (not selected,
// not permitted, an answer cut short) it must never be taken for a fact.
import { z } from 'zod';
import { type Guid, guidFromText } from '../../core/guid.ts';
import type { CloudUser, SyncedUser, SyncState } from '../../core/users.ts';
import { guid, looseText, looseTexts, readJson, text } from '../http/json.ts';
import { bringsMailbox, type MailboxPlans } from './convert-licences.ts';

/** What a decision on a user rests on. */
const decisiveProperties = [
  'id',
  'displayName',
  'userPrincipalName',
  'mail',
  'userType',
  'accountEnabled',
  'onPremisesImmutableId',
  'onPremisesSyncEnabled',
  'proxyAddresses',
  'assignedLicenses',
] as const;

/** What is selected of every live user. assignedPlans would tell of mailboxes as well, in some kilobytes for each user. */
export const userProperties = [
  ...decisiveProperties,
  'givenName',
  'surname',
  'employeeId',
  'otherMails',
  'onPremisesSecurityIdentifier',
  'onPremisesDistinguishedName',
  'onPremisesLastSyncDateTime',
] as const;

/** What is selected of every user in the recycle bin. */
export const deletedUserProperties = [...userProperties, 'deletedDateTime'] as const;

/** What is selected of groups and contacts. */
export const objectProperties = ['id', 'displayName', 'mail', 'proxyAddresses'] as const;

/** What is selected of the users that sync carries. */
export const syncedUserProperties = [
  'id',
  'userPrincipalName',
  'onPremisesImmutableId',
  'onPremisesSecurityIdentifier',
  'onPremisesDomainName',
] as const;

/** What is selected to see how far sync has taken a user over. */
export const syncStateProperties = [
  'id',
  'userPrincipalName',
  'onPremisesImmutableId',
  'onPremisesSyncEnabled',
  'onPremisesLastSyncDateTime',
  'onPremisesSecurityIdentifier',
  'onPremisesDistinguishedName',
  'onPremisesProvisioningErrors',
] as const;

/** What is selected in /beta. */
export const identifierProperties = ['id', 'onPremisesObjectIdentifier'] as const;

const flag = z.boolean().nullable();
const looseFlag = flag.optional().transform((value) => value ?? null);

const liveUser = z.object({
  id: guid,
  '@odata.type': looseText,
  displayName: looseText,
  givenName: looseText,
  surname: looseText,
  employeeId: looseText,
  userPrincipalName: z.string(),
  mail: looseText,
  userType: looseText,
  accountEnabled: looseFlag,
  onPremisesImmutableId: text,
  onPremisesSyncEnabled: flag,
  proxyAddresses: looseTexts,
  otherMails: looseTexts,
  assignedLicenses: z.array(z.unknown()).nullish(),
  onPremisesSecurityIdentifier: looseText,
  onPremisesDistinguishedName: looseText,
  onPremisesLastSyncDateTime: looseText,
});
const deletedUser = liveUser.extend({ deletedDateTime: z.string() });
const addressedObject = z.object({
  id: guid,
  displayName: looseText,
  mail: looseText,
  proxyAddresses: looseTexts,
});
const identified = z.object({ id: guid, onPremisesObjectIdentifier: text });
const syncedUser = z.object({
  id: guid,
  userPrincipalName: z.string(),
  onPremisesImmutableId: text,
  onPremisesSecurityIdentifier: looseText,
  onPremisesDomainName: looseText,
});
const provisioningError = z.object({
  category: looseText,
  propertyCausingError: looseText,
  value: looseText,
  occurredDateTime: looseText,
});
const syncState = z.object({
  id: guid,
  userPrincipalName: z.string(),
  onPremisesImmutableId: text,
  onPremisesSyncEnabled: flag,
  onPremisesLastSyncDateTime: looseText,
  onPremisesSecurityIdentifier: looseText,
  onPremisesDistinguishedName: looseText,
  onPremisesProvisioningErrors: z.array(provisioningError).nullish(),
});
const page = z.object({ value: z.array(z.unknown()), '@odata.nextLink': z.string().optional() });

/** A user as listed, with the values of further selected properties (`--cloud-key`) by name. */
export type ListedUser = { readonly user: CloudUser; readonly keys: Readonly<Record<string, string | null>> };
/** A group or contact with its addresses. */
export type ListedObject = {
  readonly id: Guid;
  readonly name: string;
  readonly mail: string | null;
  readonly proxyAddresses: readonly string[];
};
export type Page = { readonly rows: readonly unknown[]; readonly nextLink: string | undefined };

/** How users are read: with which further keys, and with what is known of licences. */
export type UserReading = { readonly keys: readonly string[]; readonly mailboxPlans: MailboxPlans | null };

/** A live user, of whose licences nothing is known but their number. Throws a Failure when it lacks what has to be there. */
export function toUser(json: unknown): CloudUser {
  return userOf(readJson(liveUser, json, 'a user'), null, null);
}

function userOf(
  found: z.infer<typeof liveUser>,
  mailboxPlans: MailboxPlans | null,
  deletedDateTime: string | null,
): CloudUser {
  const {
    '@odata.type': type,
    assignedLicenses,
    onPremisesSecurityIdentifier: sid,
    onPremisesDistinguishedName: dn,
    onPremisesLastSyncDateTime: lastSyncAt,
    ...rest
  } = found;
  return {
    ...rest,
    // Which licences they are, with which plans switched off, is nobody's business any further.
    licences: assignedLicenses?.length ?? 0,
    hasMailbox: bringsMailbox(assignedLicenses ?? null, mailboxPlans),
    isAgent: /agentUser$/i.test(type ?? ''),
    sid,
    dn,
    lastSyncAt,
    objectIdentifier: undefined,
    deletedDateTime,
  };
}

/** A live user and its further keys. Throws a Failure when it lacks what has to be there. */
export function toListedUser(json: unknown, { keys, mailboxPlans }: UserReading): ListedUser {
  return { user: userOf(readJson(liveUser, json, 'a user'), mailboxPlans, null), keys: keysOf(json, keys) };
}

/**
 * A live user as /beta has it: the same, and its object identifier. Throws a Failure when anything is absent that decides:
 * v1.0 is there to be asked in its place, and knows what /beta may have dropped for everybody.
 */
export function toIdentifiedUser(json: unknown, reading: UserReading): ListedUser {
  const { identifier } = toIdentifier(readJson(selected, json, 'a user'));
  const listed = toListedUser(json, reading);
  return { ...listed, user: { ...listed.user, objectIdentifier: identifier } };
}

const selected = z.looseObject(Object.fromEntries(decisiveProperties.map((name) => [name, z.unknown().nonoptional()])));

/** A user in the recycle bin, under the name it had when it was alive. */
export function toDeletedUser(json: unknown, { keys, mailboxPlans }: UserReading): ListedUser {
  const { deletedDateTime, ...rest } = readJson(deletedUser, json, 'a deleted user');
  const user = userOf(rest, mailboxPlans, deletedDateTime);
  return { user: { ...user, userPrincipalName: unmangled(user.userPrincipalName, user.id) }, keys: keysOf(json, keys) };
}

/**
 * The UPN a deleted user had. Entra puts the object id's 32 hex digits in front of it on deletion (graph/api/
 * directory-deleteditems-list); digits that are not its own id are part of the name and stay.
 */
function unmangled(userPrincipalName: string, id: Guid): string {
  const prefix = id.replaceAll('-', '');
  const isMangled = userPrincipalName.toLowerCase().startsWith(prefix) && userPrincipalName.length > prefix.length;
  return isMangled ? userPrincipalName.slice(prefix.length) : userPrincipalName;
}

function keysOf(json: unknown, keys: readonly string[]): Record<string, string | null> {
  if (keys.length === 0) return {};
  return readJson(z.object(Object.fromEntries(keys.map((key) => [key, text]))), json, 'a user') as Record<
    string,
    string | null
  >;
}

/** A group or contact. Throws a Failure when it lacks what has to be there. */
export function toListedObject(json: unknown): ListedObject {
  const { displayName, ...found } = readJson(addressedObject, json, 'a group or contact');
  return { ...found, name: displayName ?? '' };
}

/** A user's onPremisesObjectIdentifier (/beta), in lower case when it is a GUID. */
export function toIdentifier(json: unknown): { readonly id: Guid; readonly identifier: string | null } {
  const { id, onPremisesObjectIdentifier: value } = readJson(identified, json, 'a user');
  return { id, identifier: value === null ? null : (guidFromText(value) ?? value) };
}

/** A user that sync carries. Throws a Failure when it lacks what has to be there. */
export function toSyncedUser(json: unknown): SyncedUser {
  const found = readJson(syncedUser, json, 'a synced user');
  return {
    id: found.id,
    userPrincipalName: found.userPrincipalName,
    immutableId: found.onPremisesImmutableId,
    sid: found.onPremisesSecurityIdentifier,
    domain: found.onPremisesDomainName?.toLowerCase() ?? null,
  };
}

/** What the tenant says of a user's take-over, but for the object identifier, which v1.0 does not have. */
export function toSyncState(json: unknown): SyncState {
  const found = readJson(syncState, json, 'a user');
  return {
    id: found.id,
    userPrincipalName: found.userPrincipalName,
    immutableId: found.onPremisesImmutableId,
    isSynced: found.onPremisesSyncEnabled === true,
    lastSyncAt: found.onPremisesLastSyncDateTime,
    sid: found.onPremisesSecurityIdentifier,
    dn: found.onPremisesDistinguishedName,
    objectIdentifier: undefined,
    errors: (found.onPremisesProvisioningErrors ?? []).map((error) => ({
      category: error.category ?? '',
      property: error.propertyCausingError ?? '',
      value: error.value ?? '',
      occurredAt: error.occurredDateTime,
    })),
  };
}

export function toPage(json: unknown): Page {
  const { value, '@odata.nextLink': nextLink } = readJson(page, json, 'a page');
  return { rows: value, nextLink };
}

/**
 * `/users/$count` answers with digits alone, sometimes behind a byte-order mark. In a batch, where what is no JSON comes in
 * base64 (graph/json-batching), they may be that: digits begin with M, N or O then,
 * the mark with 77u/. Undefined for anything else.
 */
export function toCount(body: unknown): number | undefined {
  const sent = String(body).trim();
  const isBase64 = /^(?:[MNO]|77u\/)[A-Za-z0-9+/]+={0,2}$/.test(sent);
  const plain = isBase64 ? Buffer.from(sent, 'base64').toString('utf8') : sent;
  const digits = plain.replace(/^\uFEFF/, '').trim();
  return /^\d{1,12}$/.test(digits) ? Number(digits) : undefined;
}
