import { setMaxListeners } from 'node:events';
import { setTimeout as timer } from 'node:timers/promises';
import type { Clock } from '../../run/ports.ts';

// Milliseconds; a longer timer ends at once (Node.js, timers).
const longestTimer = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (ms, signal) => {
    // As many rows as go side by side wait for the same signal; Node takes more than ten for a leak, and says so to the user.
    if (signal) setMaxListeners(0, signal);
    for (let left = ms; left > 0 && !signal?.aborted; left -= longestTimer) {
      // The timer goes with the sleep: one left running would keep the process alive long after everything has ended.
      await timer(Math.min(left, longestTimer), undefined, signal && { signal }).catch((error: unknown) => {
        if (!signal?.aborted) throw error;
      });
    }
  },
  random: () => Math.random(),
};
