import type { Failure } from '../core/failure.ts';
import { makePace, type Pace, type Pause } from './pace.ts';
import type { Clock, TenantWriter } from './ports.ts';

/**
 * One application's way to write, when its turn has come. What the service said of the quota is told back; a write without an
 * answer, or one that was not sent after all, says nothing of it.
 */
export type Turn = {
  readonly writer: TenantWriter;
  /** The service answered; `use` is the share of the application's quota in use, null where it did not say. */
  answered(use: number | null): void;
  /** It refused for the quota: wait so long. A quota of the whole tenant holds up every application. */
  refused(ms: number, failure: Failure): void;
};

/** Who writes: one application or several, each with a quota and a pace of its own. */
export type Writers = {
  /** Waits for the application that is free first; null when the wait was cut short. */
  turn(pause: Pause): Promise<Turn | null>;
  /** Waits until some application may write, without taking its turn; false when the wait was cut short. */
  open(pause: Pause): Promise<boolean>;
};

export function makeWriters(writers: readonly TenantWriter[], clock: Clock): Writers {
  const all = writers.map((writer) => ({ writer, pace: makePace(clock) }));
  // Where several are free, they take turns: quotas are used up evenly.
  let latest = -1;
  const first = (): { readonly writer: TenantWriter; readonly pace: Pace } => {
    const order = all.map((_one, index) => (latest + 1 + index) % all.length);
    const now = clock.now().getTime();
    const freeAt = (index: number): number => Math.max(now, all[index]?.pace.nextAt() ?? now);
    latest = order.reduce((best, index) => (freeAt(index) < freeAt(best) ? index : best), order[0] ?? 0);
    const chosen = all[latest];
    if (!chosen) throw new Error('nobody to write');
    return chosen;
  };
  return {
    async turn(pause) {
      const { writer, pace } = first();
      if (!(await pace.turn(pause))) return null;
      return {
        writer,
        answered: (use) => pace.answered(use),
        refused: (ms, { facts }) => {
          const use = facts.quotaUse ?? null;
          if (facts.quotaScope !== 'tenant') pace.refused(ms, use);
          else for (const one of all) one.pace.refused(ms, one.pace === pace ? use : null);
        },
      };
    },
    async open(pause) {
      const wait = (): number => Math.min(...all.map(({ pace }) => pace.nextAt())) - clock.now().getTime();
      for (let ms = wait(); ms > 0; ms = wait()) if (!(await pause(ms))) return false;
      return true;
    },
  };
}
