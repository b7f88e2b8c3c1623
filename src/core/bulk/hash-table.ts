import { grown } from './texts.ts';

const fewest = 64;

/**
 * Numbers by their keys. Of a key only the hash is kept: whoever has the keys says whether a number's is the one asked for.
 * Open addressing, never more than three quarters full.
 */
export class HashTable {
  readonly #isKeyOf: (key: string, number: number) => boolean;
  /** By number. */
  #hashes: Uint32Array<ArrayBuffer>;
  /** A number plus one, or 0. */
  #slots: Int32Array;
  #size = 0;

  /** `room`: for how many numbers, all below it, there is room at once. */
  constructor(isKeyOf: (key: string, number: number) => boolean, room = fewest / 2) {
    this.#isKeyOf = isKeyOf;
    this.#hashes = new Uint32Array(Math.max(room, fewest));
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(Math.max((room * 4) / 3 + 1, fewest))));
  }

  /** The number that has the key; where none has it, it is this one's from now on. */
  add(key: string, number: number): number {
    const hash = hashOf(key);
    const slot = this.#slotOf(key, hash);
    const there = this.#slots[slot] ?? 0;
    if (there > 0) return there - 1;
    while (number >= this.#hashes.length) this.#hashes = grown(this.#hashes);
    this.#hashes[number] = hash;
    this.#slots[slot] = number + 1;
    this.#size += 1;
    if (this.#size * 4 > this.#slots.length * 3) this.#grow();
    return number;
  }

  /** The number that has the key, or -1. */
  find(key: string): number {
    return (this.#slots[this.#slotOf(key, hashOf(key))] ?? 0) - 1;
  }

  /** Where the key's number is, or where it would be put. */
  #slotOf(key: string, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = (this.#slots[slot] ?? 0) - 1;
      if (number < 0 || (this.#hashes[number] === hash && this.#isKeyOf(key, number))) return slot;
    }
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (const there of this.#slots) {
      if (there === 0) continue;
      let slot = (this.#hashes[there - 1] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = there;
    }
    this.#slots = slots;
  }
}

/**
 * FNV-1a over UTF-16 units, and mixed once more: numbers that count up end alike in FNV's low bits, and those choose the
 * slot.
 */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
