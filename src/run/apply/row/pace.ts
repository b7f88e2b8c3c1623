import { writeQuota } from '../../../core/write-time.ts';
import type { Clock } from '../../ports.ts';

/** Sleeps so many milliseconds; false when it was cut short, because no further row is to be begun. */
export type Pause = (ms: number) => Promise<boolean>;

/** How fast one application writes: as fast as it can until the service names a limit, then just under that. */
export type Pace = {
  /** When the next write may go, in milliseconds since the epoch; what is past means now. */
  nextAt(): number;
  /** Waits for the next turn, and takes it; false when `pause` was cut short. Turns come one by one, after a wait too. */
  turn(pause: Pause): Promise<boolean>;
  /** A write was answered; `use` is the share of the limit in use, 1 being the limit, null where the answer does not say. */
  answered(use: number | null): void;
  /** A write was refused with that use: nobody goes on for so many milliseconds. */
  refused(ms: number, use: number | null): void;
};

// What to begin with; what the service says of itself replaces it.
const documented = { capacity: writeQuota.atOnce, perMs: writeQuota.perSecond / 1_000 };
// The service tells its use from 0.8 on, throttles from 1.0 on, and rounds to hundredths.
const lowestTold = 0.8;
const aim = 0.98;
// How hard a use above or below the aim slows down or speeds up: at a use of 1.0 to seven tenths, at 0.8 to nearly fourfold.
const gain = 15;
// Of answers between two measurements: with fewer, the rounding of the use is most of what is measured.
const answersToMeasure = 100;
// Without any word on the use, a rate is felt for: down to this part at a refusal, up by that part a second.
const fallBack = 0.85;
const climbPerMs = 0.03 / 1_000;

/**
 * Learns the quota, which is a bucket that refills evenly: of so many writes in a time some were refill and the rest raised
 * the use. Holds the use just under the limit, whoever else draws on it. After a wait the writes go on one by one at the
 * learnt rate, never all at once.
 */
export function makePace(clock: Clock): Pace {
  const now = (): number => clock.now().getTime();
  const quota = makeEstimate(now());
  let opensAt = 0;
  let free = 0;
  /** Writes a millisecond; null as long as no limit is near. */
  let rate: number | null = null;
  const nextAt = (): number => Math.max(opensAt, rate === null ? 0 : free);
  const take = (): number => {
    const at = Math.max(now(), nextAt());
    free = at + (rate === null ? 0 : 1 / rate);
    return at;
  };
  return {
    nextAt,
    async turn(pause) {
      for (let at = take(); ; at = take()) {
        const wait = at - now();
        if (wait > 0 && !(await pause(wait))) return false;
        // A refusal met meanwhile has shut the door again: the turn is taken anew, behind it.
        if (now() >= opensAt) return true;
      }
    },
    answered(use) {
      rate = quota.rateAfter(use, { at: now(), rate });
    },
    refused(ms, use) {
      // Those that were in flight together are refused together: that is one word, not many.
      const isNews = now() >= opensAt;
      opensAt = Math.max(opensAt, now() + ms);
      free = Math.max(free, opensAt);
      if (use !== null) rate = quota.rateAfter(use, { at: now(), rate });
      else if (isNews) rate = quota.rateAfterRefusal({ at: now(), rate });
    },
  };
}

type Moment = { readonly at: number; readonly rate: number | null };

/** What is known of a quota. */
type Estimate = {
  rateAfter(use: number | null, moment: Moment): number | null;
  /** Refused without a word on the use. */
  rateAfterRefusal(moment: Moment): number;
};

type Sample = { readonly at: number; readonly answers: number; readonly use: number };

function makeEstimate(begunAt: number): Estimate {
  let { capacity, perMs } = documented;
  let answers = 0;
  let last: Sample | null = null;
  let isTold = false;
  let answeredAt = begunAt;

  /** By how much writes and use have gone up since the last sample tells the refill between them. */
  const learn = (use: number, at: number, isBound: boolean): void => {
    if (last === null) {
      // As many answers without a word have filled the bucket, if it was empty when this began.
      const filled = answers - perMs * (at - begunAt);
      if (answers >= 2 * answersToMeasure) capacity = Math.max(answersToMeasure, filled / use);
    } else {
      if (answers - last.answers < answersToMeasure || at <= last.at) return;
      const measured = (answers - last.answers - capacity * (use - last.use)) / (at - last.at);
      const next = perMs + 0.4 * (Math.max(perMs / 4, measured) - perMs);
      // A use too low to be told is at most the lowest that is: the refill was at least this.
      perMs = isBound ? Math.max(perMs, measured) : next;
    }
    last = isBound ? null : { at, answers, use };
  };

  return {
    rateAfter(use, { at, rate }) {
      const since = at - answeredAt;
      answeredAt = at;
      answers++;
      if (use !== null && use >= lowestTold) {
        isTold = true;
        learn(use, at, false);
        return perMs * Math.max(0.1, 1 + gain * (aim - use));
      }
      if (last !== null) learn(lowestTold, at, true);
      return isTold || rate === null ? null : rate * (1 + climbPerMs * since);
    },
    rateAfterRefusal({ at, rate }) {
      answeredAt = at;
      const now = rate ?? answers / Math.max(1, at - begunAt);
      // Refusals may also come by chance, whatever the rate; what is documented is never too much.
      return Math.max(documented.perMs, now * fallBack);
    },
  };
}
