/**
 * Many things in an order, as far as they are gone through and asked for by place: an array is one, and so is what keeps
 * its items packed (bulk/packed.ts) or makes them anew each time they are asked for.
 */
export type List<Item> = Iterable<Item> & {
  readonly length: number;
  at(index: number): Item | undefined;
};

/** A list whose items are made when they are asked for, each time anew. */
export function listOf<Item>(length: number, make: (index: number) => Item): List<Item> {
  return {
    length,
    at: (index) => (index >= 0 && index < length ? make(index) : undefined),
    *[Symbol.iterator]() {
      for (let index = 0; index < length; index++) yield make(index);
    },
  };
}

/** What is at a place that the list has. */
export function itemAt<Item>(list: List<Item>, index: number): Item {
  const item = list.at(index);
  if (item === undefined) throw new RangeError(`nothing is at ${index}`);
  return item;
}

/** The same items; the one that was asked for last is not made anew. */
export function keepingLast<Item>(list: List<Item>): List<Item> {
  let last: { readonly index: number; readonly item: Item } | undefined;
  return listOf(list.length, (index) => {
    if (last?.index !== index) last = { index, item: itemAt(list, index) };
    return last.item;
  });
}

/** The items from one place up to, and without, another; fewer where the list ends before. */
export function partOf<Item>(list: List<Item>, from: number, to: number): Item[] {
  const end = Math.min(to, list.length);
  return Array.from({ length: Math.max(0, end - from) }, (_item, index) => itemAt(list, from + index));
}

export function isAny<Item>(items: Iterable<Item>, isWanted: (item: Item) => boolean): boolean {
  for (const item of items) if (isWanted(item)) return true;
  return false;
}

export function howMany<Item>(items: Iterable<Item>, isWanted: (item: Item) => boolean): number {
  let count = 0;
  for (const item of items) if (isWanted(item)) count += 1;
  return count;
}

/** Items of a list, known by their places in it. */
class Picked<Item> implements List<Item> {
  readonly #from: List<Item>;
  readonly #places: readonly number[];

  constructor(from: List<Item>, places: readonly number[]) {
    this.#from = from;
    this.#places = places;
  }

  get length(): number {
    return this.#places.length;
  }

  at(index: number): Item | undefined {
    const place = index < 0 ? undefined : this.#places[index];
    return place === undefined ? undefined : this.#from.at(place);
  }

  *[Symbol.iterator](): Generator<Item> {
    for (const place of this.#places) yield itemAt(this.#from, place);
  }

  /** Picks of picks, however often, stay one step away from the list they are of. */
  picked(indexes: readonly number[]): Picked<Item> {
    return new Picked(
      this.#from,
      indexes.flatMap((index) => this.#places[index] ?? []),
    );
  }
}

/** The items for which it is true, known by their places. */
export function listWhere<Item>(list: List<Item>, isWanted: (item: Item) => boolean): List<Item> {
  const places: number[] = [];
  let place = 0;
  for (const item of list) {
    if (isWanted(item)) places.push(place);
    place += 1;
  }
  return list instanceof Picked ? (list as Picked<Item>).picked(places) : new Picked(list, places);
}

/** What is made of each item, made when it is asked for. */
export function listFrom<Item, Made>(list: List<Item>, make: (item: Item, index: number) => Made): List<Made> {
  return listOf(list.length, (index) => make(itemAt(list, index), index));
}

/** What is made of the items of which something can be made; of the others `make` gives null. Made when it is asked for. */
export function listOfMade<Item, Made>(list: List<Item>, make: (item: Item) => Made | null): List<Made> {
  return listFrom(
    listWhere(list, (item) => make(item) !== null),
    (item) => {
      const made = make(item);
      if (made === null) throw new Error('what was made of an item before cannot be made of it now');
      return made;
    },
  );
}

/** What is on each line; of two on the same the later one. Finds its place by line, and asks the list for it. */
export function byLine<Item extends { readonly line: number }>(list: List<Item>): (line: number) => Item | undefined {
  const places = new Map<number, number>();
  let place = 0;
  for (const { line } of list) places.set(line, place++);
  return (line) => list.at(places.get(line) ?? list.length);
}
