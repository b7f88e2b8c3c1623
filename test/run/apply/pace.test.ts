// The pace of writing, against a bucket that refills evenly, in a time that passes only when everybody waits.
import { describe, expect, it } from 'vitest';
import { makePace } from '../../../src/run/apply/row/pace.ts';
import type { Clock } from '../../../src/run/ports.ts';

type Service = {
  /** Writes that the bucket holds, and that it gets back in a second. */
  readonly capacity: number;
  readonly perSecond: number;
  /** What is in it to begin with; default: full. */
  readonly level?: number;
  /** Whether answers tell the use, from 0.8 on. */
  readonly isTold?: boolean;
  /** What other applications take of it in a second. */
  readonly others?: number;
};

type World = { readonly clock: Clock; readonly run: (work: readonly Promise<void>[]) => Promise<void> };

/** Time goes on to the next who wakes up once all the others wait. */
function world(): World {
  let time = 0;
  const waiting: { readonly at: number; readonly wake: () => void }[] = [];
  const clock: Clock = {
    now: () => new Date(time),
    sleep: (ms) => new Promise((wake) => waiting.push({ at: time + ms, wake })),
    random: () => 0.5,
  };
  return {
    clock,
    async run(work) {
      let isOver = false;
      const all = Promise.all(work).then(() => (isOver = true));
      for (;;) {
        await new Promise((done) => setImmediate(done));
        if (isOver) break;
        waiting.sort((a, b) => a.at - b.at);
        const next = waiting.shift();
        if (!next) throw new Error('everybody waits for nobody');
        time = next.at;
        next.wake();
      }
      await all;
    },
  };
}

async function write(count: number, service: Service, sideBySide: number) {
  const { clock, run } = world();
  const now = (): number => clock.now().getTime();
  const pace = makePace(clock);
  const { capacity, perSecond, others = 0 } = service;
  const first = service.level ?? capacity;
  let level = first;
  let filledAt = 0;
  let [taken, refused, left] = [0, 0, count];
  const charge = (): { readonly use: number | null; readonly wait: number } => {
    level = Math.min(capacity, level + ((now() - filledAt) * (perSecond - others)) / 1_000) - 1;
    level = Math.max(level, -0.8 * capacity);
    filledAt = now();
    const use = Math.round((1 - level / capacity) * 100) / 100;
    return {
      use: service.isTold !== false && use > 0.8 ? use : null,
      wait: level < 0 ? ((1 - level) / perSecond) * 1_000 : 0,
    };
  };
  const one = async (): Promise<void> => {
    for (;;) {
      await pace.turn((ms) => clock.sleep(ms).then(() => true));
      await clock.sleep(50 + ((taken * 37) % 50));
      const { use, wait } = charge();
      await clock.sleep(75);
      if (wait === 0) {
        taken++;
        pace.answered(use);
        return;
      }
      refused++;
      pace.refused(wait * 1.05, use);
    }
  };
  const worker = async (): Promise<void> => {
    while (left-- > 0) await one();
  };
  await run(Array.from({ length: sideBySide }, worker));
  const allowed = first + ((perSecond - others) * now()) / 1_000;
  return { used: taken / allowed, refused: refused / (taken + refused), seconds: now() / 1_000 };
}

describe('writing at the pace of the quota', () => {
  it(
    'uses 98 of 100 allowed writes with none refused, at the documented quota and at others',
    { timeout: 120_000 },
    async () => {
      const documented = await write(6_000, { capacity: 3_000, perSecond: 20 }, 8);
      expect(documented.used).toBeGreaterThan(0.985);
      expect(documented.refused).toBeLessThan(0.001);
      const unknown = await write(6_000, { capacity: 600, perSecond: 100 }, 32);
      expect(unknown.used).toBeGreaterThan(0.98);
      expect(unknown.refused).toBeLessThan(0.001);
    },
  );

  it('leaves others of the tenant their part', async () => {
    const shared = await write(5_000, { capacity: 3_000, perSecond: 20, others: 8 }, 8);
    expect(shared.used).toBeGreaterThan(0.97);
    expect(shared.refused).toBeLessThan(0.001);
  });

  it('begins carefully enough in a quota that somebody has used up before', async () => {
    const late = await write(1_000, { capacity: 3_000, perSecond: 20, level: 60 }, 8);
    expect(late.refused).toBeLessThan(0.01);
    expect(late.used).toBeGreaterThan(0.9);
  });

  it('feels for the limit of a service that says nothing but 429', async () => {
    const silent = await write(8_000, { capacity: 3_000, perSecond: 100, isTold: false }, 32);
    expect(silent.refused).toBeLessThan(0.02);
    expect(silent.used).toBeGreaterThan(0.9);
  });

  it('does not creep where refusals come by chance: never slower than what is documented', async () => {
    const { clock, run } = world();
    const pace = makePace(clock);
    let [left, attempt] = [600, 0];
    const worker = async (): Promise<void> => {
      while (left-- > 0) {
        for (let isTaken = false; !isTaken;) {
          await pace.turn((ms) => clock.sleep(ms).then(() => true));
          await clock.sleep(100);
          isTaken = ++attempt % 12 !== 0;
          if (isTaken) pace.answered(null);
          else pace.refused(250, null);
        }
      }
    };
    await run(Array.from({ length: 16 }, worker));
    // 20 a second, and a quarter of a second for each of the fifty-odd refusals.
    expect(clock.now().getTime() / 1_000).toBeLessThan(600 / 20 + 55 * 0.25 + 5);
  });

  it('is not held back by a service that names no limit', async () => {
    const free = await write(2_000, { capacity: 1_000_000, perSecond: 100_000 }, 20);
    // 20 side by side, an eighth of a second and more each.
    expect(free.seconds).toBeLessThan((2_000 / 20) * 0.18);
  });

  it('goes on one by one after a refusal, not all at once', async () => {
    const { clock, run } = world();
    const pace = makePace(clock);
    const turns: number[] = [];
    const writer = async (): Promise<void> => {
      await pace.turn((ms) => clock.sleep(ms).then(() => true));
      turns.push(clock.now().getTime());
    };
    pace.refused(10_000, 1);
    await run(Array.from({ length: 16 }, writer));
    expect(Math.min(...turns)).toBeGreaterThanOrEqual(10_000);
    expect(new Set(turns).size).toBe(16);
    expect(Math.max(...turns) - Math.min(...turns)).toBeGreaterThan(1_000);
  });
});

/** A pace in a time that a test moves on by hand. */
function byHand() {
  const begun = 1_000_000;
  let time = begun;
  const clock: Clock = { now: () => new Date(time), sleep: async (ms) => void (time += ms), random: () => 0.5 };
  const pace = makePace(clock);
  const pause = async (ms: number): Promise<boolean> => {
    time += ms;
    return true;
  };
  return {
    pace,
    pause,
    /** Lets so many milliseconds pass. */
    wait: (ms: number): void => void (time += ms),
    answers: (count: number, use: number | null): void => {
      for (let nth = 0; nth < count; nth++) pace.answered(use);
    },
    /** When the next write may go, in milliseconds from now; negative: at once. */
    next: () => pace.nextAt() - time,
    /** Milliseconds between two writes, as it is by now; none: 0. */
    gap: async (): Promise<number> => {
      await pace.turn(pause);
      return pace.nextAt() - time;
    },
    since: () => time - begun,
  };
}

describe('the pace after what a service says', () => {
  it('is the documented one just under the limit, and the further from that the slower or faster', async () => {
    for (const [use, perSecond] of [
      [0.98, 20],
      [1, 14],
      [0.9, 44],
      [0.8, 74],
      [1.8, 2],
    ] as const) {
      const { pace, gap } = byHand();
      pace.answered(use);
      expect(await gap()).toBeCloseTo(1_000 / perSecond, 5);
    }
  });

  it('is no pace at all as long as nothing is near the limit, and none again once it is not any more', async () => {
    const { pace, next, answers } = byHand();
    answers(500, null);
    answers(1, 0.79);
    for (let turn = 0; turn < 100; turn++) expect(await pace.turn(async () => false)).toBe(true);
    pace.answered(1);
    for (let turn = 0; turn < 3; turn++) void pace.turn(() => new Promise(() => undefined));
    expect(next()).toBeGreaterThan(100);
    pace.answered(0.7);
    expect(next()).toBeLessThanOrEqual(0);
  });

  it('learns how large the quota is by how many writes have filled it', async () => {
    // 199 answers are too few to tell, so it is the documented 3,000: 100 more in 2 s, 30 of which raised the use by 0.01.
    const few = byHand();
    few.answers(198, null);
    few.answers(1, 0.98);
    few.wait(2_000);
    few.answers(99, 0.99);
    expect(await few.gap()).toBeCloseTo(1 / (0.02 * 0.85), 3);
    few.answers(1, 0.99);
    // 35 a second refilled; two fifths of the way from 20 to that are 26.
    expect(await few.gap()).toBeCloseTo(1 / (0.026 * 0.85), 3);
    // 200 at once have filled 0.8: so 250 fill all. 100 more in 2 s raised it by 0.2, which is 50; the other 50 were refill.
    const many = byHand();
    many.answers(199, null);
    many.answers(1, 0.8);
    many.wait(2_000);
    many.answers(100, 1);
    expect(await many.gap()).toBeCloseTo(1 / (0.022 * 0.7), 3);
    // In the 5 s that it took 100 of 300 were refill.
    const slow = byHand();
    slow.answers(299, null);
    slow.wait(5_000);
    slow.answers(1, 0.8);
    slow.wait(2_000);
    slow.answers(100, 1);
    expect(await slow.gap()).toBeCloseTo(1 / (0.022 * 0.7), 3);
  });

  it('takes no quota for smaller than what it takes to measure it', async () => {
    const { answers, wait, gap } = byHand();
    wait(9_900);
    answers(199, null);
    answers(1, 0.8);
    wait(2_000);
    answers(100, 1);
    // 100 that fill it: 20 of 100 raised the use, so 40 a second refilled.
    expect(await gap()).toBeCloseTo(1 / (0.028 * 0.7), 3);
  });

  it('does not fall to nothing over one measurement, nor rise to anything over one moment', async () => {
    const fall = byHand();
    fall.answers(1, 0.8);
    fall.wait(2_000);
    fall.answers(100, 0.98);
    // The use rose by more than was written: others write, too. A quarter of the pace is the least that one measurement says.
    expect(await fall.gap()).toBeCloseTo(1 / 0.014, 3);
    const moment = byHand();
    moment.answers(1, 0.98);
    moment.answers(150, 0.98);
    expect(await moment.gap()).toBeCloseTo(50, 3);
  });

  it('knows from a use too low to be told that the refill was at least as much as that takes', async () => {
    const { answers, wait, gap } = byHand();
    answers(1, 0.8);
    wait(1_000);
    answers(100, null);
    // All 100 were refilled in that second.
    answers(1, 0.98);
    expect(await gap()).toBeCloseTo(10, 3);
    // Less than what is known says nothing.
    wait(20_000);
    answers(100, null);
    answers(1, 0.98);
    expect(await gap()).toBeCloseTo(10, 3);
  });

  it('learns from a refusal that tells the use as from an answer', async () => {
    const { pace, answers, wait, gap } = byHand();
    pace.refused(1_000, 0.98);
    wait(2_000);
    answers(100, 0.99);
    expect(await gap()).toBeCloseTo(1 / (0.026 * 0.85), 3);
  });
});

describe('the pace after a refusal that says nothing of the use', () => {
  it('is a little under what was written, never under what is documented, and climbs from there', async () => {
    const fast = byHand();
    fast.answers(10, null);
    fast.wait(100);
    fast.pace.refused(1_000, null);
    fast.wait(1_000);
    expect(await fast.gap()).toBeCloseTo(1 / 0.085, 5);
    fast.pace.answered(null);
    // A second after the refusal it is three hundredths more.
    expect(await fast.gap()).toBeCloseTo(1 / (0.085 * (1 + 0.03 * 1)), 1);
    const slow = byHand();
    slow.answers(10, null);
    slow.wait(10_000);
    slow.pace.refused(1_000, null);
    slow.wait(1_000);
    expect(await slow.gap()).toBeCloseTo(50, 5);
  });

  it('is one word, however many were refused together; one met after the wait is another', async () => {
    const { pace, wait, answers, gap } = byHand();
    answers(100, null);
    wait(100);
    for (let nth = 0; nth < 5; nth++) pace.refused(1_000, null);
    wait(1_000);
    expect(await gap()).toBeCloseTo(1 / 0.85, 5);
    const again = byHand();
    again.answers(100, null);
    again.wait(100);
    again.pace.refused(1_000, null);
    again.wait(1_000);
    again.pace.refused(1_000, null);
    again.wait(1_000);
    expect(await again.gap()).toBeCloseTo(1 / (0.85 * 0.85), 5);
  });

  it('at once after the beginning is taken for what was written in a moment', async () => {
    const { pace, wait, gap } = byHand();
    pace.refused(1_000, null);
    wait(1_000);
    expect(await gap()).toBeCloseTo(50, 5);
  });
});

describe('a turn', () => {
  it('comes after the wait that the service asked for, the longest of several, and after the turns before it', async () => {
    const { pace, pause, next, since } = byHand();
    pace.refused(3_000, 1);
    pace.refused(1_000, 1);
    expect(next()).toBe(3_000);
    expect(await pace.turn(pause)).toBe(true);
    expect(since()).toBe(3_000);
    // Turns are given out ahead; a short refusal does not bring them forward.
    for (let turn = 0; turn < 10; turn++) void pace.turn(() => new Promise(() => undefined));
    const ahead = next();
    pace.refused(10, 1);
    expect(next()).toBeCloseTo(ahead, 5);
  });

  it('is taken anew where a refusal came while it was waited for', async () => {
    const { pace, pause, since } = byHand();
    pace.refused(1_000, 1);
    let waits = 0;
    await pace.turn((ms) => {
      if (++waits === 1) pace.refused(5_000, 1);
      return pause(ms);
    });
    expect([waits, since()]).toEqual([2, 5_000]);
  });

  it('is none where the wait was cut short', async () => {
    const { pace } = byHand();
    pace.refused(1_000, 1);
    expect(await pace.turn(async () => false)).toBe(false);
  });
});
