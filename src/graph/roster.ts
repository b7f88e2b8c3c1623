// Pure: what a survey looks for, and whom it has met. Users come in from listings or filters in any order, possibly twice;
// whoever was not asked for is forgotten at once, so memory follows the question, not the size of the tenant.
import type { Guid } from '../core/guid.ts';
import { type CloudRef, foldKey } from '../core/references.ts';
import type { CloudLookup, CloudUser, Holder } from '../core/users.ts';
import type { Survey } from '../run/ports.ts';
import type { ListedUser } from './convert.ts';

/** What to look for, each value once. */
export type Ask = {
  readonly upns: readonly string[];
  readonly ids: readonly string[];
  /** Attribute name to values, for `--cloud-key`. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
  readonly immutableIds: readonly string[];
};

export type Roster = {
  readonly ask: Ask;
  /** Takes note of a user, live or deleted, if anybody asked. */
  meet(listed: ListedUser): void;
  /** Live users that answer a reference, each once: those of whom more is worth reading. */
  foundIds(): readonly Guid[];
  /** `identifiers`: onPremisesObjectIdentifier by user id, of users who were met without it. */
  answer(identifiers: Identifiers): Pick<Survey, 'users' | 'holders'>;
};

type Identifiers = ReadonlyMap<Guid, string | null>;

type Index = Map<string, Map<string, CloudUser>>;

/** Which attribute and value a reference means; UPN and object id are attributes like any other here. */
function meaningOf(ref: CloudRef): { readonly attribute: string; readonly value: string } {
  switch (ref.kind) {
    case 'upn':
      return { attribute: 'userPrincipalName', value: ref.upn };
    case 'object-id':
      return { attribute: 'id', value: ref.id };
    case 'key':
      return ref;
  }
}

const slot = (attribute: string, value: string): string => `${attribute}:${foldKey(value)}`;

export function openRoster(refs: readonly CloudRef[], immutableIds: readonly string[]): Roster {
  const wanted = new Map(refs.map(meaningOf).map((one) => [slot(one.attribute, one.value), one]));
  const attributes = [...new Set([...wanted.values()].map((one) => one.attribute))];
  // Case matters in an immutable ID, and Graph's own comparison may not care: so the IDs are kept and compared as they are.
  const holders = new Map<string, Map<string, Holder>>([...new Set(immutableIds)].map((id) => [id, new Map()]));
  const found: Index = new Map();
  return {
    ask: askOf([...wanted.values()], [...holders.keys()]),
    meet({ user, keys }) {
      for (const attribute of attributes) {
        const value = valueOf(user, keys, attribute);
        if (value !== null && wanted.has(slot(attribute, value))) note(found, slot(attribute, value), user);
      }
      if (user.onPremisesImmutableId === null) return;
      holders.get(user.onPremisesImmutableId)?.set(user.id, holderOf(user));
    },
    foundIds: () => [
      ...new Set([...found.values()].flatMap((who) => [...who.values()].filter(isLive).map((user) => user.id))),
    ],
    answer: (identifiers) => ({
      users: refs.map(meaningOf).map((one) => lookup(found.get(slot(one.attribute, one.value)), identifiers)),
      holders: new Map(
        [...holders].filter(([, who]) => who.size > 0).map(([id, who]) => [id, [...who.values()].sort(liveFirst)]),
      ),
    }),
  };
}

const isLive = (user: CloudUser): boolean => user.deletedDateTime === null;

function holderOf(user: CloudUser): Holder {
  const { id, userPrincipalName, displayName, mail, proxyAddresses, licences, deletedDateTime } = user;
  return {
    id,
    userPrincipalName,
    displayName,
    mail,
    proxyAddresses,
    licences,
    isSynced: user.onPremisesSyncEnabled === true,
    deleted: !isLive(user),
    deletedDateTime,
  };
}

/** Filters and listings meet users in different orders; the answer must not tell. */
function liveFirst(a: Holder, b: Holder): number {
  return Number(a.deleted) - Number(b.deleted) || (a.id < b.id ? -1 : 1);
}

function valueOf(user: CloudUser, keys: ListedUser['keys'], attribute: string): string | null {
  if (attribute === 'id') return user.id;
  if (attribute === 'userPrincipalName') return user.userPrincipalName;
  return keys[attribute] ?? null;
}

function note(found: Index, place: string, user: CloudUser): void {
  const known = found.get(place) ?? new Map<string, CloudUser>();
  // A user deleted between two readings is met twice; the live reading came first and the later one is the truth.
  found.set(place, known.set(user.id, user));
}

function askOf(wanted: readonly { attribute: string; value: string }[], immutableIds: readonly string[]): Ask {
  const byAttribute = groupByAttribute(wanted);
  const { userPrincipalName: upns = [], id: ids = [], ...keys } = byAttribute;
  return { upns, ids, keys: new Map(Object.entries(keys)), immutableIds };
}

function groupByAttribute(wanted: readonly { attribute: string; value: string }[]): Record<string, string[]> {
  const groups: Record<string, string[]> = {};
  for (const { attribute, value } of wanted) (groups[attribute] ??= []).push(value);
  return groups;
}

/** A live user wins over deleted ones of the same name; of several deleted ones, whoever went last. */
function lookup(met: ReadonlyMap<string, CloudUser> | undefined, identifiers: Identifiers): CloudLookup {
  const users = [...(met?.values() ?? [])].map((user) =>
    identifiers.has(user.id) ? { ...user, objectIdentifier: identifiers.get(user.id) } : user,
  );
  const live = users.filter(isLive).sort((a, b) => (a.id < b.id ? -1 : 1));
  const [first] = live;
  if (first && live.length === 1) return { kind: 'found', user: first };
  if (first) return { kind: 'several', users: live };
  const [last] = users.sort((a, b) => (b.deletedDateTime ?? '').localeCompare(a.deletedDateTime ?? ''));
  return last ? { kind: 'deleted', user: last } : { kind: 'none' };
}
