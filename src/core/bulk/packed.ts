// A million users as objects take a kilobyte each, and the garbage collector goes through them again and again. Here they
// are bytes: a quarter of the size, beside the heap, and objects again for the moment they are asked for.
import type { List } from '../list.ts';

const chunkSize = 2 ** 20;
const headSize = 4;
// Texts begin at multiples of it, so that where one begins fits into 32 bits for 16 GiB of them.
const grain = 4;
const grainsPerChunk = chunkSize / grain;

/** Texts one behind the other in UTF-8; what was added stays. Lone surrogates do not survive. */
class PackedTexts {
  readonly #chunks: Buffer[] = [];
  #starts = new Uint32Array(64);
  #count = 0;
  /** First free byte of the last chunk. */
  #free = chunkSize;

  get length(): number {
    return this.#count;
  }

  /** Gives the place it has from now on. */
  add(text: string): number {
    // A UTF-16 unit is three bytes at most; only where those do not fit is it worth counting.
    let room = text.length * 3;
    if (this.#free + headSize + room > chunkSize) room = Buffer.byteLength(text);
    if (this.#free + headSize + room > chunkSize) this.#addChunk(headSize + room);
    const chunk = this.#chunks.at(-1) ?? this.#addChunk(headSize + room);
    const written = chunk.write(text, this.#free + headSize);
    chunk.writeUInt32LE(written, this.#free);
    if (this.#count === this.#starts.length) this.#starts = grown(this.#starts);
    this.#starts[this.#count] = (this.#chunks.length - 1) * grainsPerChunk + this.#free / grain;
    this.#free = Math.ceil((this.#free + headSize + written) / grain) * grain;
    return this.#count++;
  }

  at(place: number): string | undefined {
    const start = place < this.#count ? this.#starts[place] : undefined;
    if (start === undefined) return undefined;
    const offset = (start % grainsPerChunk) * grain;
    const chunk = this.#chunks[Math.floor(start / grainsPerChunk)];
    return chunk?.toString('utf8', offset + headSize, offset + headSize + chunk.readUInt32LE(offset));
  }

  /** What is longer than a chunk gets one of its own, which is full then. */
  #addChunk(size: number): Buffer {
    const chunk = Buffer.allocUnsafeSlow(Math.max(size, chunkSize));
    this.#chunks.push(chunk);
    this.#free = 0;
    return chunk;
  }
}

/** The same numbers with room for half as many more. */
function grown(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(numbers.length + (numbers.length >> 1));
  larger.set(numbers);
  return larger;
}

/** How an item becomes JSON and comes back. What is left out of the names of its properties is left out of memory. */
export type Packing<Item> = {
  readonly pack: (item: Item) => unknown;
  readonly unpack: (packed: never) => Item;
};

/** A list that is added to at its end and gives each item as a new object. */
export class PackedList<Item> implements List<Item> {
  readonly #texts = new PackedTexts();
  readonly #packing: Packing<Item>;

  constructor(packing: Packing<Item>) {
    this.#packing = packing;
  }

  get length(): number {
    return this.#texts.length;
  }

  /** Gives the place it has from now on. */
  add(item: Item): number {
    return this.#texts.add(JSON.stringify(this.#packing.pack(item)));
  }

  at(place: number): Item | undefined {
    const text = this.#texts.at(place);
    return text === undefined ? undefined : this.#packing.unpack(JSON.parse(text) as never);
  }

  /** The item at a place that `add` gave. */
  get(place: number): Item {
    const text = this.#texts.at(place);
    if (text === undefined) throw new RangeError(`nothing is at ${place}`);
    return this.#packing.unpack(JSON.parse(text) as never);
  }

  *[Symbol.iterator](): Generator<Item> {
    for (let place = 0; place < this.length; place++) yield this.get(place);
  }
}
