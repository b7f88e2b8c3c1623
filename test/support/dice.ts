// Chance that can be had again: the same seed gives the same throws.

/** Throws of one seed. */
export type Dice = {
  /** In [0, 1). */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number;
};

/** A small generator (mulberry32); close seeds give throws that have nothing to do with each other. */
export function dice(seed: number): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return { next, whole: (low, high) => low + Math.floor(next() * (high - low + 1)) };
}
