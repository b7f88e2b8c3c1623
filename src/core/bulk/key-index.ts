import type { KeyTable } from './key-table.ts';

/**
 * Numbers by key, several to a key: mostly places in a packed list. As good as every key has one number, and costs no
 * list. What numbers may be put under is told beforehand.
 */
export class KeyIndex {
  readonly #keys: KeyTable;
  #first = new Int32Array(0);
  readonly #others = new Map<number, readonly number[]>();

  /** `keys`: all that numbers may be put under; may still grow. */
  constructor(keys: KeyTable) {
    this.#keys = keys;
  }

  /** The numbers under a key, in the order they came; none for a key that nobody asked about. */
  of(key: string): readonly number[] {
    return this.at(this.#keys.find(key));
  }

  /** The numbers under the key of this number. */
  at(place: number): readonly number[] {
    const first = this.#first[place] ?? -1;
    return first < 0 ? [] : [first, ...(this.#others.get(place) ?? [])];
  }

  /** Puts one more number under the key of this number. */
  add(place: number, number: number): void {
    this.replace(place, [...this.at(place), number]);
  }

  /** Puts these numbers in the place of those that are there. */
  replace(place: number, [first = -1, ...others]: readonly number[]): void {
    if (place < 0 || place >= this.#keys.size) throw new RangeError(`no key has the number ${place}`);
    if (place >= this.#first.length) {
      // Twice as long at least: the keys may grow one by one.
      const longer = new Int32Array(Math.max(this.#keys.size, this.#first.length * 2)).fill(-1);
      longer.set(this.#first);
      this.#first = longer;
    }
    this.#first[place] = first;
    if (others.length > 0) this.#others.set(place, others);
    else this.#others.delete(place);
  }

  /** How many keys have a number. */
  get used(): number {
    return this.#first.reduce((sum, first) => sum + (first < 0 ? 0 : 1), 0);
  }

  /** The keys that have a number, each with its own. */
  *entries(): Generator<readonly [key: string, numbers: readonly number[]]> {
    for (let place = 0; place < this.#first.length; place++) {
      if ((this.#first[place] ?? -1) >= 0) yield [this.#keys.keyAt(place), this.at(place)];
    }
  }
}

/**
 * What is kept under keys as a map, each value made when it is asked for. Keys without a number are absent. Nothing may be
 * put under the keys any more.
 */
export function mapOver<Value>(
  keyed: KeyIndex,
  make: (numbers: readonly number[], key: string) => Value,
): ReadonlyMap<string, Value> {
  return new MadeMap(keyed, make);
}

// What is asked of a row is asked again a moment later, by the next rule; nothing of it is kept for longer.
const latelyKept = 64;

class MadeMap<Value> implements ReadonlyMap<string, Value> {
  readonly #lately = new Map<string, Value | undefined>();
  readonly #keyed: KeyIndex;
  readonly #make: (numbers: readonly number[], key: string) => Value;

  constructor(keyed: KeyIndex, make: (numbers: readonly number[], key: string) => Value) {
    this.#keyed = keyed;
    this.#make = make;
  }

  get size(): number {
    return this.#keyed.used;
  }

  get(key: string): Value | undefined {
    if (this.#lately.has(key)) return this.#lately.get(key);
    const numbers = this.#keyed.of(key);
    const value = numbers.length === 0 ? undefined : this.#make(numbers, key);
    if (this.#lately.size === latelyKept) this.#lately.clear();
    this.#lately.set(key, value);
    return value;
  }

  has(key: string): boolean {
    return this.#keyed.of(key).length > 0;
  }

  forEach(visit: (value: Value, key: string, map: ReadonlyMap<string, Value>) => void): void {
    for (const [key, value] of this) visit(value, key, this);
  }

  *entries(): MapIterator<[string, Value]> {
    for (const [key, numbers] of this.#keyed.entries()) yield [key, this.#make(numbers, key)];
  }

  *keys(): MapIterator<string> {
    for (const [key] of this.#keyed.entries()) yield key;
  }

  *values(): MapIterator<Value> {
    for (const [key, numbers] of this.#keyed.entries()) yield this.#make(numbers, key);
  }

  [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.entries();
  }
}
