// Pure: what a survey looks for, and whom it has met. Users come in from listings or filters in any order, possibly twice;
// whoever was not asked for is forgotten at once, so memory follows the question, not the size of the tenant.
import type { Guid } from '../../core/guid.ts';
import {
  answersByPlace,
  KeyIndex,
  mapOver,
  KeyTable,
  PackedList,
  type Kept,
  packedCloudUser,
} from '../../core/bulk/bulk.ts';
import { isSomebodyElses } from '../../core/ids/addresses.ts';
import type { List } from '../../core/list.ts';
import { type CloudRef, foldKey } from '../../core/references.ts';
import type { CloudAnswer, CloudUser, Holder } from '../../core/users.ts';
import type { Survey } from '../../run/ports.ts';
import type { ListedUser } from '../bulk/convert.ts';

/** What to look for, each value once. */
export type UsersSought = {
  readonly upns: readonly string[];
  readonly ids: readonly string[];
  /** Attribute name to values, for `--cloud-key`. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
  readonly immutableIds: readonly string[];
};

export type UserMatches = {
  /** Made when it is asked for: of a large plan it is as large, and a listing needs none of it. */
  readonly sought: UsersSought;
  readonly sizes: UsersSoughtSizes;
  /** Takes note of a user, live or deleted, if anybody asked. */
  meet(listed: ListedUser): void;
  /** Live users that answer a reference or have an immutable ID that was asked for, each once: more of them is worth reading. */
  foundIds(): readonly Guid[];
  /** `identifiers`: onPremisesObjectIdentifier by user id, of users who were met without it. */
  answer(identifiers: Identifiers): Pick<Survey, 'users' | 'holders'>;
};

/** How much is asked for, each value once. */
export type UsersSoughtSizes = {
  readonly immutableIds: number;
  /** Characters of the longest of them. */
  readonly longestId: number;
  /** Attribute name to the number of values. */
  readonly values: ReadonlyMap<string, number>;
  /** Whether somebody asks for the user with this name, folded. */
  readonly hasUpn: (name: string) => boolean;
};

type Identifiers = ReadonlyMap<Guid, string | null>;

const upnAttribute = 'userPrincipalName';

/** Which attribute and value a reference means; UPN and object id are attributes like any other here. */
function meaningOf(ref: CloudRef): { readonly attribute: string; readonly value: string } {
  switch (ref.kind) {
    case 'upn':
      return { attribute: upnAttribute, value: ref.upn };
    case 'object-id':
      return { attribute: 'id', value: ref.id };
    case 'key':
      return ref;
  }
}

// There are as many of these as rows, so the usual attribute costs nothing.
const slot = (attribute: string, value: string): string =>
  attribute === upnAttribute ? `:${foldKey(value)}` : `${attribute}:${foldKey(value)}`;

/** What the references want: each value once, and for each reference the number of its value. */
function wantedBy(refs: List<CloudRef>) {
  const slots = new KeyTable();
  const values = new Map<string, number>();
  const places = new Int32Array(refs.length);
  let index = 0;
  for (const ref of refs) {
    const { attribute, value } = meaningOf(ref);
    const before = slots.size;
    places[index++] = slots.add(slot(attribute, value));
    if (slots.size > before) values.set(attribute, (values.get(attribute) ?? 0) + 1);
  }
  return { slots, values, places };
}

export function openUserMatches(refs: List<CloudRef>, immutableIds: Iterable<string>): UserMatches {
  const { slots, values, places } = wantedBy(refs);
  // Case matters in an immutable ID, and Graph's own comparison may not care: so the IDs are kept and compared as they are.
  const ids = new KeyTable();
  let longestId = 0;
  for (const id of immutableIds) {
    ids.add(id);
    longestId = Math.max(longestId, id.length);
  }
  const attributes = [...values.keys()];
  const users = new PackedList(packedCloudUser());
  const found: Claims = { keyed: new KeyIndex(slots), contested: new Map() };
  const holders: Claims = { keyed: new KeyIndex(ids), contested: new Map() };
  const deleted = new Set<number>();
  /** A user deleted between two readings is met twice; the live reading came first and the later one is the truth. */
  const note = (where: Claims, key: number, met: { readonly id: Guid; readonly place: number }): void => {
    const [first] = where.keyed.at(key);
    if (first === undefined) {
      where.keyed.add(key, met.place);
      return;
    }
    let contested = where.contested.get(key);
    if (!contested) where.contested.set(key, (contested = new Map([[users.get(first).id, first]])));
    contested.set(met.id, met.place);
  };
  return {
    get sought() {
      return askOf(refs, [...ids.keys()]);
    },
    sizes: { immutableIds: ids.size, longestId, values, hasUpn: (name) => slots.has(`:${name}`) },
    meet({ user, keys }) {
      let place = -1;
      const kept = (): number => {
        if (place >= 0) return place;
        place = users.add(user);
        if (!isLive(user)) deleted.add(place);
        return place;
      };
      for (const attribute of attributes) {
        const value = valueOf(user, keys, attribute);
        const key = value === null ? -1 : slots.find(slot(attribute, value));
        if (key >= 0) note(found, key, { id: user.id, place: kept() });
      }
      const key = user.onPremisesImmutableId === null ? -1 : ids.find(user.onPremisesImmutableId);
      if (key >= 0) note(holders, key, { id: user.id, place: kept() });
    },
    foundIds() {
      const live = new Set<Guid>();
      for (const claims of [found, holders]) {
        for (const place of placesIn(claims)) if (!deleted.has(place)) live.add(users.get(place).id);
      }
      return [...live];
    },
    answer(identifiers) {
      const kept = identifiedBy(identifiers, users);
      return {
        users: answersOf(places, settled(found), { kept, deleted }),
        holders: holdersAmong(kept, settled(holders)),
      };
    },
  };
}

/** Who has which value. Thousands may share one, an employee number of zeros say: those are told apart by their ids. */
type Claims = { readonly keyed: KeyIndex; readonly contested: Map<number, Map<Guid, number>> };

/** With those who share a value put beside each other. */
function settled({ keyed, contested }: Claims): KeyIndex {
  for (const [key, places] of contested) keyed.replace(key, [...places.values()]);
  return keyed;
}

function* placesIn(claims: Claims): Generator<number> {
  for (const [, who] of settled(claims).entries()) yield* who;
}

type Known = { readonly kept: Kept<CloudUser>; readonly deleted: ReadonlySet<number> };

/** For each reference its answer; those that lead to the same several users share it. */
function answersOf(places: Int32Array, found: KeyIndex, known: Known): List<CloudAnswer> {
  const shared = new Map<number, number | CloudAnswer>();
  return answersByPlace<CloudUser, CloudAnswer>(places.length, known.kept, (reference) => {
    const place = places[reference] ?? -1;
    const met = found.at(place);
    if (met.length < 2) return answerOf(met, known);
    const answer = shared.get(place) ?? answerOf(met, known);
    shared.set(place, answer);
    return answer;
  });
}

/** Apart from the user matches: an answer keeps what it may be asked for, and nothing that was asked. */
function holdersAmong(users: Kept<CloudUser>, holders: KeyIndex): ReadonlyMap<string, readonly Holder[]> {
  return mapOver(holders, (who) => who.map((place) => holderOf(users.get(place))).sort(liveFirst));
}

/** The users as they were met, with the identifiers of those that were met without. */
function identifiedBy(identifiers: Identifiers, users: Kept<CloudUser>): Kept<CloudUser> {
  if (identifiers.size === 0) return users;
  return {
    get(place) {
      const user = users.get(place);
      return identifiers.has(user.id) ? { ...user, objectIdentifier: identifiers.get(user.id) } : user;
    },
  };
}

const isLive = (user: CloudUser): boolean => user.deletedDateTime === null;

function holderOf(user: CloudUser): Holder {
  const { id, userPrincipalName, displayName, mail, proxyAddresses, licences, sid, dn, lastSyncAt } = user;
  const { objectIdentifier } = user;
  return {
    id,
    userPrincipalName,
    displayName,
    mail,
    proxyAddresses,
    licences,
    isSynced: user.onPremisesSyncEnabled === true,
    sid,
    dn,
    lastSyncAt,
    objectIdentifier,
    isGuest: isSomebodyElses(user),
    deleted: !isLive(user),
    deletedDateTime: user.deletedDateTime,
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

function askOf(refs: Iterable<CloudRef>, immutableIds: readonly string[]): UsersSought {
  const wanted = new Map<string, ReturnType<typeof meaningOf>>();
  for (const ref of refs) {
    const meant = meaningOf(ref);
    wanted.set(slot(meant.attribute, meant.value), meant);
  }
  const groups: Record<string, string[]> = {};
  for (const { attribute, value } of wanted.values()) (groups[attribute] ??= []).push(value);
  const { [upnAttribute]: upns = [], id: ids = [], ...keys } = groups;
  return { upns, ids, keys: new Map(Object.entries(keys)), immutableIds };
}

/** A live user, by place, wins over deleted ones of the same name; of several deleted ones, whoever went last. */
function answerOf(met: readonly number[], { kept, deleted }: Known): number | CloudAnswer {
  const live = met.filter((place) => !deleted.has(place));
  const [first] = live;
  if (first !== undefined && live.length === 1) return first;
  const users = met.map((place) => kept.get(place));
  if (live.length > 0) {
    return { kind: 'several', users: users.filter(isLive).sort((a, b) => (a.id < b.id ? -1 : 1)) };
  }
  const [last] = users.sort((a, b) => (b.deletedDateTime ?? '').localeCompare(a.deletedDateTime ?? ''));
  return last ? { kind: 'deleted', user: last } : nobody;
}

const nobody: CloudAnswer = { kind: 'none' };
