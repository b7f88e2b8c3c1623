import type { Clock } from './ports.ts';

/** A door that all writers pass: after a Retry-After it stays shut for everybody, not just for the one who was told. */
export type Gate = {
  /** Waits until the door is open, or until `pause`, which sleeps, says by false that the wait was cut short. */
  pass(pause: Pause): Promise<boolean>;
  shutFor(ms: number): void;
};

/** Sleeps so many milliseconds; false when it was cut short, because no further row is to be begun. */
export type Pause = (ms: number) => Promise<boolean>;

export function makeGate(clock: Clock): Gate {
  let opensAt = 0;
  return {
    async pass(pause) {
      for (let wait = opensAt - clock.now().getTime(); wait > 0; wait = opensAt - clock.now().getTime()) {
        if (!(await pause(wait))) return false;
      }
      return true;
    },
    shutFor(ms) {
      opensAt = Math.max(opensAt, clock.now().getTime() + ms);
    },
  };
}
