import { HashTable } from './hash-table.ts';
import { Texts } from './texts.ts';

/**
 * Distinct texts, numbered in the order they came: what a Map from text to number would be, in half the memory and none of
 * it the garbage collector's. Texts are compared as they are, unit by unit.
 */
export class KeyTable {
  readonly #keys = new Texts();
  readonly #numbers = new HashTable((key, number) => this.#keys.is(number, key));

  get size(): number {
    return this.#keys.length;
  }

  /** The key's number; a new one when it has none yet. */
  add(key: string): number {
    const next = this.#keys.length;
    const number = this.#numbers.add(key, next);
    return number === next ? this.#keys.add(key) : number;
  }

  /** The key's number, or -1. */
  find(key: string): number {
    return this.#numbers.find(key);
  }

  has(key: string): boolean {
    return this.find(key) >= 0;
  }

  /** The key of a number that `add` gave. */
  keyAt(number: number): string {
    const key = this.#keys.at(number);
    if (key === undefined) throw new RangeError(`no key has the number ${number}`);
    return key;
  }

  *keys(): Generator<string> {
    for (let number = 0; number < this.size; number++) yield this.keyAt(number);
  }
}
