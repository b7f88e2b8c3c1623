import { setTimeout as later } from 'node:timers/promises';
import type { Clock } from '../../src/run/ports.ts';

// Long enough for servers and for whoever else waits to have their turn.
const instantMs = 2;

/** The machine's clock, except that whoever sleeps is there at once: what is to be waited for is passed over in a leap. */
export function leapingClock(): Clock {
  let aheadMs = 0;
  const now = (): number => Date.now() + aheadMs;
  return {
    now: () => new Date(now()),
    sleep: async (ms, signal) => {
      const until = now() + ms;
      await later(Math.min(ms, instantMs));
      // Those who sleep side by side wake together: the leap is that of the longest, not of them all.
      if (!signal?.aborted) aheadMs = Math.max(aheadMs, until - Date.now());
    },
    random: () => Math.random(),
  };
}
