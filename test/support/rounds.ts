// How long tests play with chance: a sample each time, or at length.
import { env } from 'node:process';

/** Somebody wants all rounds and has the time: HARDMATCH_ROUNDS=all. */
export const isThorough = env['HARDMATCH_ROUNDS'] === 'all';

/** Rounds of a property that is not cheap: all of them when asked for, else a tenth, and 25 at least. */
export function rounds(all: number): number {
  return isThorough ? all : Math.min(all, Math.max(25, Math.ceil(all / 10)));
}
