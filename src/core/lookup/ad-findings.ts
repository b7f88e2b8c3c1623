// The AD side of a look-up: who was found by what, and whose an immutable ID is.
import { addressesOf } from '../ids/addresses.ts';
import { anchorOf, guidsOf, type SourceAnchor } from '../ids/anchor.ts';
import { encodingErrorOf } from '../ids/base64-mistakes.ts';
import type { Guid } from '../guid.ts';
import { immutableIdOfGuid } from '../ids/immutable-id.ts';
import { wrongWritings } from './question.ts';
import { type AdRef, foldKey } from '../references.ts';
import type { AdAnswer, AdUser } from '../users.ts';

/** An AD user who fits the value; `as` says by what. */
export type AdHit = {
  readonly as: readonly string[];
  readonly user: AdUser;
  /** By the source anchor; null where the user has none. */
  readonly immutableId: string | null;
  /** The attribute it comes from. */
  readonly anchor: string | null;
};

/** Whose immutable ID this is in AD. */
export type IdOwner =
  | { readonly kind: 'anchor'; readonly dn: string }
  /** It is a GUID of the user, but not the one that the source anchor takes. */
  | { readonly kind: 'other-anchor'; readonly dn: string; readonly attribute: string }
  | { readonly kind: 'wrong-encoding'; readonly dn: string; readonly attribute: string; readonly why: string };

/** Objects in AD that fit and are no users. */
export type AdOther = { readonly dn: string; readonly objectClass: string };

/** What AD said to the references of one question, several hits under one reference already told apart. */
export type AdFindings = {
  readonly hits: readonly AdHit[];
  readonly others: readonly AdOther[];
  readonly notes: readonly string[];
};

/** One reference and its answer; `users` are the found ones, more than one where AD found several. */
export type AdFound = { readonly ref: AdRef; readonly lookup: AdAnswer; readonly users: readonly AdUser[] };

/** The AD side of an answer: each user once, with everything it was found by. */
export function adFindingsOf(answers: readonly AdFound[], source: SourceAnchor): AdFindings {
  const hits = new Map<Guid, { user: AdUser; as: Set<string> }>();
  const others = new Map<string, AdOther>();
  const notes = new Set<string>();
  for (const { ref, lookup, users } of answers) {
    for (const user of users) {
      const hit = hits.get(user.objectGuid) ?? { user, as: new Set() };
      hits.set(user.objectGuid, hit);
      for (const how of howFound(ref, user)) hit.as.add(how);
    }
    if (lookup.kind === 'not-a-user') others.set(lookup.dn, { dn: lookup.dn, objectClass: lookup.objectClass });
    if (lookup.kind === 'unusable')
      for (const { why } of lookup.flaws) notes.add(`AD's answer cannot be used: ${why}.`);
    // An attribute that cannot hold the value is no news to who asked by every attribute.
    if (lookup.kind === 'none' && lookup.note !== undefined && ref.kind !== 'key') notes.add(lookup.note);
  }
  return {
    hits: [...hits.values()].map(({ user, as }) => ({ as: [...as], user, ...anchorFacts(user, source) })),
    others: [...others.values()],
    notes: [...notes],
  };
}

function anchorFacts(user: AdUser, source: SourceAnchor): Pick<AdHit, 'immutableId' | 'anchor'> {
  const anchored = anchorOf(user, source);
  return anchored.kind === 'anchor'
    ? { immutableId: anchored.immutableId, anchor: anchored.attribute }
    : { immutableId: null, anchor: null };
}

const names = {
  sam: 'sAMAccountName',
  'domain-sam': 'sAMAccountName',
  upn: 'userPrincipalName',
  dn: 'distinguishedName',
  guid: 'objectGUID',
  sid: 'objectSid',
} as const;

function howFound(ref: AdRef, user: AdUser): string[] {
  if (ref.kind === 'key') return [ref.attribute];
  if (ref.kind !== 'anchor') return [names[ref.kind]];
  return guidsOf(user)
    .filter(({ guid }) => guid === ref.guid)
    .map(({ attribute }) => attribute);
}

/** The immutable IDs by which these AD users may be known in the tenant, rightly or wrongly made. */
export function idsOf(hits: readonly AdHit[]): string[] {
  const ids = hits.flatMap(({ user, immutableId }) => [
    ...(immutableId === null ? [] : [immutableId]),
    ...guidsOf(user).flatMap(({ guid }) => [immutableIdOfGuid(guid), ...wrongWritings(guid)]),
  ]);
  return [...new Set(ids)];
}

/** The addresses of these AD users, as `foldKey` makes them. */
export function addressKeysOf(hits: readonly AdHit[]): string[] {
  const addresses = hits.flatMap(({ user }) => addressesOf(user).map(({ value }) => foldKey(value)));
  return [...new Set(addresses)];
}

/** Which of these AD users an immutable ID is of; null when of none of them. */
export function ownerOf(immutableId: string, hits: readonly AdHit[]): IdOwner | null {
  const anchored = hits.find((hit) => hit.immutableId === immutableId);
  if (anchored) return { kind: 'anchor', dn: anchored.user.dn };
  const guids = hits.flatMap(({ user }) => guidsOf(user).map((one) => ({ ...one, dn: user.dn })));
  const other = guids.find(({ guid }) => immutableIdOfGuid(guid) === immutableId);
  if (other) return { kind: 'other-anchor', dn: other.dn, attribute: other.attribute };
  for (const { dn, attribute, guid } of guids) {
    const why = encodingErrorOf(immutableId, guid);
    if (why !== undefined) return { kind: 'wrong-encoding', dn, attribute, why };
  }
  return null;
}
