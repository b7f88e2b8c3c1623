// The users of the practice tenant and the indexes that keep a million of them quick to ask.
import { type StoredUser, valueOf } from './properties.ts';

/** What can be looked up without a walk over everybody. Keys are folded, but for `onPremisesImmutableId`. */
export type IndexName = 'id' | 'userPrincipalName' | 'mail' | 'onPremisesImmutableId' | 'proxyAddresses';

/**
 * Users stand in slots, in the order they came; a purged user leaves its slot empty, so a page can be continued by slot
 * number while others come and go. Records are never changed in place: a write puts a new one.
 */
export type UserStore = {
  /** Slots in use and emptied. */
  readonly slots: () => number;
  /** The record reads may see now: the old one for a while after a write, when reads are stale. */
  readonly seen: (slot: number) => StoredUser | undefined;
  /** The true record, whatever reads may see. */
  readonly current: (id: string) => StoredUser | undefined;
  /** Slots whose true record has the key, and those whose seen record may; ascending, to be filtered by the caller. */
  readonly candidates: (index: IndexName, key: string) => number[];
  /** True records with the key. */
  readonly holders: (index: IndexName, key: string) => StoredUser[];
  /** Adds a user, or replaces the one with the same id. */
  readonly put: (user: StoredUser) => void;
  /** Removes for good; seen at once. */
  readonly purge: (id: string) => void;
  readonly all: () => StoredUser[];
  /** Runs a write after which reads are stale for this long, whatever the store's own time is. */
  readonly staleFor: <Result>(ms: number, write: () => Result) => Result;
};

/** The key a text is found by: directory names are compared without case. */
export function foldText(text: string): string {
  return text.toLowerCase();
}

/** The index key of a value: immutable IDs differ by case. */
function indexKey(index: IndexName, value: string): string {
  return index === 'onPremisesImmutableId' ? value : foldText(value);
}

type Version = { readonly before: StoredUser; readonly until: number };
type Clock = { readonly staleReadMs: number; readonly now: () => number };

const indexed = ['userPrincipalName', 'mail', 'onPremisesImmutableId', 'proxyAddresses'] as const;

/** A store filled with `users` (not copied, and not changed). Throws when two have one id. */
export function createStore(users: readonly StoredUser[], clock: Clock): UserStore {
  const stale = createStaleness(clock.staleReadMs);
  const slots: (StoredUser | undefined)[] = [];
  const slotOf = new Map<string, number>();
  const history = new Map<number, Version[]>();
  const indexes = new Map<IndexName, SlotIndex>(indexed.map((name) => [name, createIndex(name, slots)]));
  const find = (index: IndexName, key: string): readonly number[] => {
    const folded = indexKey(index, key);
    if (index !== 'id') return indexes.get(index)?.find(folded) ?? [];
    const slot = slotOf.get(folded);
    return slot === undefined ? [] : [slot];
  };
  const replace = (slot: number, user: StoredUser | undefined): void => {
    const before = slots[slot];
    slots[slot] = user;
    for (const index of indexes.values()) index.move(slot, before, user);
    if (before === undefined || stale.ms() <= 0) return;
    const now = clock.now();
    const versions = (history.get(slot) ?? []).filter((version) => version.until > now);
    // Deleted and set again, so that the map's first entries are the ones untouched for longest.
    history.delete(slot);
    if (user !== undefined) history.set(slot, [...versions, { before, until: now + stale.ms() }]);
    forget(history, now);
  };
  for (const user of users) {
    if (slotOf.has(user.id)) throw new Error(`two cloud users have the id ${user.id}`);
    slotOf.set(user.id, slots.push(user) - 1);
  }
  return {
    slots: () => slots.length,
    seen: (slot) => {
      const versions = history.size === 0 ? undefined : history.get(slot);
      if (versions === undefined) return slots[slot];
      const now = clock.now();
      return versions.find((version) => version.until > now)?.before ?? slots[slot];
    },
    current: (id) => slots[slotOf.get(foldText(id)) ?? -1],
    candidates: (index, key) => {
      const found = find(index, key);
      forget(history, clock.now());
      return history.size === 0 ? [...found] : ascending([...found, ...history.keys()]);
    },
    holders: (index, key) => find(index, key).flatMap((slot) => slots[slot] ?? []),
    put: (user) => {
      const slot = slotOf.get(user.id);
      if (slot !== undefined) return replace(slot, user);
      slotOf.set(user.id, slots.length);
      replace(slots.length, user);
    },
    purge: (id) => {
      const slot = slotOf.get(foldText(id));
      if (slot === undefined) return;
      replace(slot, undefined);
      slotOf.delete(foldText(id));
    },
    all: () => slots.filter((user) => user !== undefined),
    staleFor: stale.during,
  };
}

/** How long reads are stale after a write made now: as always, or otherwise during one piece of work. */
function createStaleness(usual: number): { readonly ms: () => number; readonly during: UserStore['staleFor'] } {
  let ms = usual;
  return {
    ms: () => ms,
    during: (otherwise, write) => {
      ms = otherwise;
      try {
        return write();
      } finally {
        ms = usual;
      }
    },
  };
}

/** Slot numbers in ascending order, each once. */
export function ascending(slots: readonly number[]): number[] {
  return [...new Set(slots)].toSorted((a, b) => a - b);
}

function forget(history: Map<number, Version[]>, now: number): void {
  for (const [slot, versions] of history) {
    if (versions.some(({ until }) => until > now)) return;
    history.delete(slot);
  }
}

type SlotIndex = {
  readonly find: (key: string) => readonly number[];
  readonly move: (slot: number, before: StoredUser | undefined, after: StoredUser | undefined) => void;
};

/** One index, built when first asked: a tenant of a million that is only paged through never pays for it. */
function createIndex(name: Exclude<IndexName, 'id'>, slots: readonly (StoredUser | undefined)[]): SlotIndex {
  let bySlot: Map<string, number | readonly number[]> | undefined;
  const add = (map: Map<string, number | readonly number[]>, key: string, slot: number): void => {
    const there = map.get(key);
    if (there === undefined) map.set(key, slot);
    else if (!listed(there).includes(slot)) map.set(key, ascending([...listed(there), slot]));
  };
  const drop = (map: Map<string, number | readonly number[]>, key: string, slot: number): void => {
    const rest = listed(map.get(key)).filter((one) => one !== slot);
    if (rest.length === 0) map.delete(key);
    else map.set(key, rest);
  };
  const build = (): Map<string, number | readonly number[]> => {
    const map = new Map<string, number | readonly number[]>();
    slots.forEach((user, slot) => {
      for (const key of keysOf(user, name)) add(map, key, slot);
    });
    return map;
  };
  return {
    find: (key) => listed((bySlot ??= build()).get(key)),
    move: (slot, before, after) => {
      if (bySlot === undefined) return;
      for (const key of keysOf(before, name)) drop(bySlot, key, slot);
      for (const key of keysOf(after, name)) add(bySlot, key, slot);
    },
  };
}

function listed(entry: number | readonly number[] | undefined): readonly number[] {
  if (entry === undefined) return [];
  return typeof entry === 'number' ? [entry] : entry;
}

function keysOf(user: StoredUser | undefined, name: Exclude<IndexName, 'id'>): string[] {
  if (user === undefined) return [];
  const value = valueOf(user, name);
  if (typeof value === 'string') return [indexKey(name, value)];
  if (Array.isArray(value)) return value.map((one) => indexKey(name, String(one)));
  return [];
}
