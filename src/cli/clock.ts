import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../run/ports.ts';

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (ms) => sleep(ms),
  random: () => Math.random(),
};
