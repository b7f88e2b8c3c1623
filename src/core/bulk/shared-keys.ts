import { itemAt, type List } from '../list.ts';
import { HashTable } from './hash-table.ts';

/**
 * Which items of a list have a key in common, where most have theirs for themselves alone. No key is kept: where two may be
 * the same, the item that was there first is asked for again.
 */
export class SharedKeys<Item> {
  readonly #keyOf: (item: Item) => string | null;
  readonly #firsts: HashTable;
  /** By the first item's place. */
  readonly #groups = new Map<number, number[]>();

  constructor(items: List<Item>, keyOf: (item: Item) => string | null) {
    this.#keyOf = keyOf;
    this.#firsts = new HashTable((key, place) => keyOf(itemAt(items, place)) === key, items.length);
  }

  /** Takes note of an item; one without a key shares none. */
  add(place: number, item: Item): void {
    const key = this.#keyOf(item);
    if (key === null) return;
    const first = this.#firsts.add(key, place);
    if (first === place) return;
    const group = this.#groups.get(first);
    if (group) group.push(place);
    else this.#groups.set(first, [first, place]);
  }

  /** The place of the first item with the key. */
  firstWith(key: string): number | undefined {
    const first = this.#firsts.find(key);
    return first < 0 ? undefined : first;
  }

  /** The places of two items and more that share a key, in the order in which they became groups. */
  groups(): (readonly number[])[] {
    return [...this.#groups.values()];
  }
}
