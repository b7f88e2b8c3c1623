// A mappings file over a made-up tenant, a part of whose rows is wrong in one of eight ways, each as often as the others.
//
// The file is sorted by surname, as exports are: neighbours are often relatives by name, which makes the first two kinds
// harder to see. Of the kinds that look for somebody alike, three in five are found in the file and both rows changed over;
// the others are somebody of the tenant who is not in the file (one in eight of the tenant is not).
import type { PairSide } from '../../../src/core/judge/pairing/side.ts';
import { dice, type Dice } from '../dice.ts';
import { plainLetters } from './cultures.ts';
import { type Pair, type PairsTenant, pairsTenant } from './tenant.ts';

export const wrongKinds = [
  'slipped by one',
  'neighbours changed over',
  'same surname',
  'same given name',
  'same initial and surname',
  'somebody else',
  'namesake',
  'service account of another department',
] as const;
export type WrongKind = (typeof wrongKinds)[number];

export type JudgedPair = {
  readonly line: number;
  readonly ad: PairSide;
  readonly cloud: PairSide;
  /** Null: the pair is right. */
  readonly wrong: WrongKind | null;
  readonly traits: readonly string[];
};

export type PairsFile = {
  readonly rows: readonly JudgedPair[];
  /** Everybody in AD and in the tenant, in the file or not. */
  readonly inAd: readonly PairSide[];
  readonly inCloud: readonly PairSide[];
};

export type PairsFileOptions = { readonly rows: number; readonly wrongShare: number; readonly seed: number };

/** Rows of a slip that stand one behind the other. */
const slipLength = 25;

/** A file of so many rows; the same seed makes the same. */
export function pairsFile({ rows, wrongShare, seed }: PairsFileOptions): PairsFile {
  const tenant = pairsTenant(Math.ceil((rows * 8) / 7), seed);
  const chance = dice(seed + 1);
  const { inFile, others } = drawn(chance, tenant, rows);
  const wrong = new Wrong(chance, inFile, others);
  const each = Math.round((rows * wrongShare) / wrongKinds.length);
  for (const kind of wrongKinds) wrong.add(kind, each);
  return {
    rows: inFile.map(({ ad, traits }, at) => {
      const kind = wrong.kinds.get(at) ?? null;
      return { line: at + 2, ad, cloud: wrong.cloudOf(at), wrong: kind, traits };
    }),
    inAd: [...tenant.pairs.map(({ ad }) => ad), ...tenant.moreAd],
    inCloud: [...tenant.pairs.map(({ cloud }) => cloud), ...tenant.moreCloud],
  };
}

function drawn(chance: Dice, { pairs }: PairsTenant, rows: number): { inFile: Pair[]; others: Pair[] } {
  const keyed = pairs.map((pair) => ({ pair, at: chance.next() })).sort((a, b) => a.at - b.at);
  const inFile = keyed.slice(0, rows).map(({ pair }) => pair);
  const sortKey = ({ surname, given }: Pair): string => plainLetters(`${surname} ${given}`, false);
  const sorted = inFile.map((pair) => ({ pair, key: sortKey(pair) })).sort((a, b) => (a.key < b.key ? -1 : 1));
  return { inFile: sorted.map(({ pair }) => pair), others: keyed.slice(rows).map(({ pair }) => pair) };
}

type Likeness = (one: Pair) => string | null;

const persons =
  (key: (one: Pair) => string): Likeness =>
  (one) =>
    one.isPerson ? key(one) : null;

const likenesses: Readonly<Partial<Record<WrongKind, Likeness>>> = {
  'same surname': persons(({ surname }) => surname),
  'same given name': persons(({ given }) => given),
  'same initial and surname': persons(({ given, surname }) => `${given.charAt(0)} ${surname}`),
  'somebody else': () => 'anybody',
  namesake: persons(({ given, surname }) => `${given} ${surname}`),
  'service account of another department': ({ isPerson, given, traits }) =>
    isPerson || !traits.includes('service account') ? null : given,
};

/** Whether two who are alike are so in the way that is meant, and not in a closer one. */
const isMeant: Readonly<Partial<Record<WrongKind, (a: Pair, b: Pair) => boolean>>> = {
  'same surname': (a, b) => a.given.charAt(0) !== b.given.charAt(0),
  'same given name': (a, b) => a.surname !== b.surname,
  'same initial and surname': (a, b) => a.given !== b.given,
  'somebody else': (a, b) => a.surname !== b.surname && a.given !== b.given,
  'service account of another department': (a, b) => a.surname !== b.surname,
};

class Wrong {
  readonly kinds = new Map<number, WrongKind>();
  readonly #clouds = new Map<number, PairSide>();
  readonly #usedOthers = new Set<Pair>();
  readonly #chance: Dice;
  readonly #inFile: readonly Pair[];
  readonly #others: readonly Pair[];

  constructor(chance: Dice, inFile: readonly Pair[], others: readonly Pair[]) {
    this.#chance = chance;
    this.#inFile = inFile;
    this.#others = others;
  }

  cloudOf(at: number): PairSide {
    const own = this.#inFile[at];
    if (!own) throw new RangeError(`no row ${at}`);
    return this.#clouds.get(at) ?? own.cloud;
  }

  add(kind: WrongKind, count: number): void {
    let tries = 0;
    for (let left = count; left > 0 && tries < count * 500; tries++) left -= this.#once(kind, left);
  }

  /** How many rows it has made wrong. */
  #once(kind: WrongKind, left: number): number {
    const at = this.#chance.whole(0, this.#inFile.length - 2);
    if (kind === 'slipped by one') return this.#slip(at, Math.min(slipLength, left));
    if (kind === 'neighbours changed over') return this.#changeOver(kind, at, at + 1);
    return this.#takeAlike(kind, at);
  }

  #slip(from: number, length: number): number {
    const places = Array.from({ length }, (_, n) => from + n);
    if (length < 2 || places.some((at) => at >= this.#inFile.length || this.kinds.has(at))) return 0;
    const clouds = places.map((at) => this.cloudOf(at));
    for (const [n, at] of places.entries()) this.#set(at, 'slipped by one', clouds[(n + 1) % length]);
    return length;
  }

  #changeOver(kind: WrongKind, a: number, b: number): number {
    if (a === b || this.kinds.has(a) || this.kinds.has(b)) return 0;
    const [first, second] = [this.cloudOf(a), this.cloudOf(b)];
    this.#set(a, kind, second);
    this.#set(b, kind, first);
    return 2;
  }

  #takeAlike(kind: WrongKind, at: number): number {
    const own = this.#inFile[at];
    const likeness = likenesses[kind];
    const key = own && likeness ? likeness(own) : null;
    if (!own || !likeness || key === null || this.kinds.has(at)) return 0;
    const fits = (other: Pair): boolean => other !== own && (isMeant[kind]?.(own, other) ?? true);
    if (this.#chance.next() < 0.6) {
      const places = this.#placesOf(kind, likeness).get(key) ?? [];
      const place = places[this.#chance.whole(0, places.length - 1)];
      const other = place === undefined ? undefined : this.#inFile[place];
      return place !== undefined && other && fits(other) ? this.#changeOver(kind, at, place) : 0;
    }
    const list = this.#othersOf(kind, likeness).get(key) ?? [];
    const other = list[this.#chance.whole(0, list.length - 1)];
    if (!other || !fits(other) || this.#usedOthers.has(other)) return 0;
    this.#usedOthers.add(other);
    this.#set(at, kind, other.cloud);
    return 1;
  }

  #set(at: number, kind: WrongKind, cloud: PairSide | undefined): void {
    if (!cloud) throw new RangeError(`no cloud user for row ${at}`);
    this.kinds.set(at, kind);
    this.#clouds.set(at, cloud);
  }

  readonly #places = new Map<WrongKind, Map<string, number[]>>();
  #placesOf(kind: WrongKind, likeness: Likeness): Map<string, number[]> {
    return kept(this.#places, kind, () =>
      grouped([...this.#inFile.keys()], (at) => likenessAt(this.#inFile, at, likeness)),
    );
  }

  readonly #alike = new Map<WrongKind, Map<string, Pair[]>>();
  #othersOf(kind: WrongKind, likeness: Likeness): Map<string, Pair[]> {
    return kept(this.#alike, kind, () => grouped(this.#others, likeness));
  }
}

function likenessAt(pairs: readonly Pair[], at: number, likeness: Likeness): string | null {
  const pair = pairs[at];
  return pair ? likeness(pair) : null;
}

function kept<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const there = map.get(key);
  if (there !== undefined) return there;
  const made = make();
  map.set(key, made);
  return made;
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string | null): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key !== null) kept(groups, key, () => []).push(item);
  }
  return groups;
}
