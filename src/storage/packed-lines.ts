import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { List } from '../core/list.ts';

// So many are kept as they are, some hundred megabytes at most: it is the rows behind them that would fill a machine.
const plainItems = 50_000;
// Items that are packed together: enough for their common words to be packed once, few enough to unpack for one of them.
const itemsPerBlock = 64;
// Blocks that stay unpacked. They are asked for in order as a rule, by several readers at a time.
const blocksAtHand = 32;

/**
 * A list for any number of items: behind the first 50,000 they are packed as JSON, a row of a plan into about a hundred
 * bytes, and made anew when they are asked for.
 */
export class PackedLines<Item> implements List<Item> {
  readonly #plain: Item[] = [];
  readonly #blocks: Buffer[] = [];
  /** JSON of the items of the block that is not full yet. */
  #open: string[] = [];
  /** By number of the block, the one used last at the end. */
  readonly #atHand = new Map<number, readonly Item[]>();

  get length(): number {
    return this.#plain.length + this.#blocks.length * itemsPerBlock + this.#open.length;
  }

  add(item: Item): void {
    if (this.#plain.length < plainItems) {
      this.#plain.push(item);
      return;
    }
    this.#atHand.delete(this.#blocks.length);
    this.#open.push(JSON.stringify(item));
    if (this.#open.length < itemsPerBlock) return;
    this.#blocks.push(packed(this.#open));
    this.#open = [];
  }

  at(place: number): Item | undefined {
    if (place < plainItems) return this.#plain[place];
    if (place >= this.length) return undefined;
    const behind = place - plainItems;
    return this.#block(Math.floor(behind / itemsPerBlock))[behind % itemsPerBlock];
  }

  *[Symbol.iterator](): Generator<Item> {
    yield* this.#plain;
    for (let place = this.#plain.length; place < this.length; place += itemsPerBlock) {
      yield* this.#block((place - plainItems) / itemsPerBlock);
    }
  }

  #block(number: number): readonly Item[] {
    const items = this.#atHand.get(number) ?? (JSON.parse(`[${this.#jsonOf(number)}]`) as Item[]);
    this.#atHand.delete(number);
    this.#atHand.set(number, items);
    if (this.#atHand.size > blocksAtHand) this.#atHand.delete(this.#atHand.keys().next().value ?? number);
    return items;
  }

  #jsonOf(number: number): string {
    const block = this.#blocks[number];
    return block === undefined ? this.#open.join(',') : inflateRawSync(block).toString();
  }
}

function packed(items: readonly string[]): Buffer {
  const short = deflateRawSync(items.join(','), { level: 1 });
  // zlib gives a part of a larger buffer, which would be kept whole.
  const own = Buffer.allocUnsafeSlow(short.length);
  short.copy(own);
  return own;
}
