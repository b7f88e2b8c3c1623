const chunkSize = 2 ** 20;
// Texts begin at multiples of it, so that where one begins fits into 32 bits for 16 GiB of them.
const grain = 4;
const grainsPerChunk = chunkSize / grain;

// Most texts are ASCII, a byte a character. Halves of surrogate pairs do not survive UTF-8.
const encodings = ['latin1', 'utf8', 'utf16le'] as const;
const halfPair = /\p{Surrogate}/u;
/** Of a length in bytes: it does not fit beside the encoding, and stands behind it. */
const longMark = 63;

type Stored = {
  readonly chunk: Buffer;
  readonly from: number;
  readonly length: number;
  readonly encoding: (typeof encodings)[number];
};

/** Texts one behind the other beside the heap, numbered in the order they came; what was added stays. */
export class Texts {
  readonly #chunks: Buffer[] = [];
  /** First free byte of the last chunk. */
  #free = chunkSize;
  /** By number: the grain where the text begins. */
  #starts = new Uint32Array(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Gives the number it has from now on. */
  add(text: string): number {
    const bytes = Buffer.byteLength(text);
    const kind = bytes === text.length ? 0 : halfPair.test(text) ? 2 : 1;
    const length = kind === 2 ? text.length * 2 : bytes;
    const head = length < longMark ? 1 : 5;
    const chunk = this.#chunkFor(head + length);
    const start = this.#free;
    chunk[start] = kind * 64 + Math.min(length, longMark);
    if (head > 1) chunk.writeUInt32LE(length, start + 1);
    chunk.write(text, start + head, encodings[kind]);
    this.#free = Math.ceil((start + head + length) / grain) * grain;
    if (this.#length === this.#starts.length) this.#starts = grown(this.#starts);
    this.#starts[this.#length] = (this.#chunks.length - 1) * grainsPerChunk + start / grain;
    return this.#length++;
  }

  at(number: number): string | undefined {
    const stored = this.#stored(number);
    return stored?.chunk.toString(stored.encoding, stored.from, stored.from + stored.length);
  }

  /** Whether the text of this number is the same, unit by unit. */
  is(number: number, text: string): boolean {
    const stored = this.#stored(number);
    if (stored?.encoding !== 'latin1') return this.at(number) === text;
    const { chunk, from, length } = stored;
    if (length !== text.length) return false;
    for (let at = 0; at < length; at++) if (chunk[from + at] !== text.charCodeAt(at)) return false;
    return true;
  }

  #stored(number: number): Stored | undefined {
    const start = number < this.#length ? this.#starts[number] : undefined;
    if (start === undefined) return undefined;
    const chunk = this.#chunks[Math.floor(start / grainsPerChunk)];
    if (chunk === undefined) return undefined;
    const offset = (start % grainsPerChunk) * grain;
    const head = chunk[offset] ?? 0;
    const encoding = encodings[head >> 6] ?? 'utf8';
    const short = head % 64;
    return short < longMark
      ? { chunk, from: offset + 1, length: short, encoding }
      : { chunk, from: offset + 5, length: chunk.readUInt32LE(offset + 1), encoding };
  }

  /** The chunk that the next text goes into. What is longer than a chunk gets one of its own, which is full then. */
  #chunkFor(size: number): Buffer {
    const last = this.#chunks.at(-1);
    if (last !== undefined && this.#free + size <= chunkSize) return last;
    const chunk = Buffer.allocUnsafeSlow(Math.max(size, chunkSize));
    this.#chunks.push(chunk);
    this.#free = 0;
    return chunk;
  }
}

/** The same numbers with room for half as many more. */
export function grown(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(numbers.length + (numbers.length >> 1));
  larger.set(numbers);
  return larger;
}
