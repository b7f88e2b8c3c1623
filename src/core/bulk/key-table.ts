const firstSlots = 64;
const chunkSize = 2 ** 20;
// Texts begin at multiples of it, so that where one begins fits into 32 bits for 16 GiB of them.
const grain = 4;
/** Of a length: it does not fit into a byte. */
const longMark = 127;
const grainsPerChunk = chunkSize / grain;

/**
 * Distinct texts, numbered in the order they came: what a Map from text to number would be, in half the memory and none of
 * it the garbage collector's. Texts are compared as they are, unit by unit.
 */
export class KeyTable {
  readonly #chunks: Buffer[] = [];
  /** First free byte of the last chunk. */
  #free = chunkSize;
  /** By number: the grain where the text begins, and the text's hash. */
  #starts = new Uint32Array(firstSlots);
  #hashes = new Uint32Array(firstSlots);
  /** Open addressing, never more than three quarters full: a number plus one, or 0. */
  #slots = new Int32Array(firstSlots);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The key's number; a new one when it has none yet. */
  add(key: string): number {
    const hash = hashOf(key);
    const slot = this.#slotOf(key, hash);
    const there = this.#slots[slot] ?? 0;
    if (there > 0) return there - 1;
    const number = this.#size++;
    if (number === this.#hashes.length) {
      this.#hashes = larger(this.#hashes);
      this.#starts = larger(this.#starts);
    }
    this.#hashes[number] = hash;
    this.#starts[number] = this.#store(key);
    this.#slots[slot] = number + 1;
    if (this.#size * 4 > this.#slots.length * 3) this.#rehash();
    return number;
  }

  /** The key's number, or -1. */
  find(key: string): number {
    return (this.#slots[this.#slotOf(key, hashOf(key))] ?? 0) - 1;
  }

  has(key: string): boolean {
    return this.find(key) >= 0;
  }

  /** The key of a number that `add` gave. */
  keyAt(number: number): string {
    const { chunk, from, length, isWide } = this.#textAt(number);
    return isWide ? chunk.toString('utf16le', from, from + length * 2) : chunk.toString('latin1', from, from + length);
  }

  *keys(): Generator<string> {
    for (let number = 0; number < this.#size; number++) yield this.keyAt(number);
  }

  /** Where the key is, or where it would be put. */
  #slotOf(key: string, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
      const number = (this.#slots[slot] ?? 0) - 1;
      if (number < 0 || (this.#hashes[number] === hash && this.#isKey(number, key))) return slot;
    }
  }

  #isKey(number: number, key: string): boolean {
    const { chunk, from, length, isWide } = this.#textAt(number);
    if (length !== key.length) return false;
    if (isWide) return this.keyAt(number) === key;
    for (let at = 0; at < length; at++) if (chunk[from + at] !== key.charCodeAt(at)) return false;
    return true;
  }

  #textAt(number: number): { chunk: Buffer; from: number; length: number; isWide: boolean } {
    const start = this.#starts[number] ?? 0;
    const offset = (start % grainsPerChunk) * grain;
    const chunk = this.#chunks[Math.floor(start / grainsPerChunk)];
    if (chunk === undefined || number >= this.#size) throw new RangeError(`no key has the number ${number}`);
    // A byte for the width and a short length; a long length has four more.
    const head = chunk[offset] ?? 0;
    const isWide = head >= 128;
    const short = head % 128;
    return short === longMark
      ? { chunk, from: offset + 5, length: chunk.readUInt32LE(offset + 1), isWide }
      : { chunk, from: offset + 1, length: short, isWide };
  }

  #store(key: string): number {
    const isWide = !/^[\0-\xff]*$/.test(key);
    const isLong = key.length >= longMark;
    const size = (isLong ? 5 : 1) + key.length * (isWide ? 2 : 1);
    if (this.#free + size > chunkSize) {
      this.#chunks.push(Buffer.allocUnsafeSlow(Math.max(size, chunkSize)));
      this.#free = 0;
    }
    const chunk = this.#chunks.at(-1);
    const offset = this.#free;
    chunk?.writeUInt8((isWide ? 128 : 0) + (isLong ? longMark : key.length), offset);
    if (isLong) chunk?.writeUInt32LE(key.length, offset + 1);
    chunk?.write(key, offset + (isLong ? 5 : 1), isWide ? 'utf16le' : 'latin1');
    this.#free = Math.ceil((offset + size) / grain) * grain;
    return (this.#chunks.length - 1) * grainsPerChunk + offset / grain;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let number = 0; number < this.#size; number++) {
      let slot = spread(this.#hashes[number] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

/** The same numbers with room for half as many more. */
function larger(from: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(from.length + (from.length >> 1));
  to.set(from);
  return to;
}

/** FNV-1a over UTF-16 units. */
export function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Numbers that count up end alike in FNV's low bits, and those choose the slot. */
export function spread(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}
