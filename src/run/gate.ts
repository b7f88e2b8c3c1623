import type { Clock } from './ports.ts';

/** A door that all writers pass: after a Retry-After it stays shut for everybody, not just for the one who was told. */
export type Gate = { pass(): Promise<void>; shutFor(ms: number): void };

export function makeGate(clock: Clock): Gate {
  let opensAt = 0;
  return {
    async pass() {
      for (let wait = opensAt - clock.now().getTime(); wait > 0; wait = opensAt - clock.now().getTime()) {
        await clock.sleep(wait);
      }
    },
    shutFor(ms) {
      opensAt = Math.max(opensAt, clock.now().getTime() + ms);
    },
  };
}
