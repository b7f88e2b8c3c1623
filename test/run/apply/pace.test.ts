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
