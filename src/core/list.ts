/**
 * Many things in an order, as far as they are gone through and asked for by place: an array is one, and so is what keeps
 * its items packed (packed.ts) or makes them anew each time they are asked for.
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
