import type { List } from '../list.ts';
import { Texts } from './texts.ts';

/** How an item becomes JSON and comes back. What is left out of the names of its properties is left out of memory. */
export type Packing<Item> = {
  readonly pack: (item: Item) => unknown;
  readonly unpack: (packed: never) => Item;
};

/** A list that is added to at its end and gives each item as a new object. */
export class PackedList<Item> implements List<Item> {
  readonly #texts = new Texts();
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
