import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../run/ports.ts';

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  // The timer goes with the sleep: one left running would keep the process alive long after everything has ended.
  sleep: (ms, signal) =>
    sleep(ms, undefined, signal && { signal }).catch((error: unknown) => {
      if (!signal?.aborted) throw error;
    }),
  random: () => Math.random(),
};
