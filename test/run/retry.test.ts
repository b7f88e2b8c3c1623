import { describe, expect, it } from 'vitest';
import type { Failure, FailureFacts } from '../../src/core/failure.ts';
import { makeRetry, waitAfter } from '../../src/run/retry.ts';
import { failure, handClock } from '../support/in-memory.ts';

const policy = { attempts: 4, firstMs: 100, longestMs: 1_000 };
const later = (more: Partial<FailureFacts> = {}): Failure => failure({ retry: 'later', ...more });

/** The shortest and the longest wait that chance allows. */
function waits(error: Failure, attempt: number): [number, number] {
  const [low, high] = [0, 1].map((random) =>
    waitAfter(error, attempt, { policy, clock: { ...handClock(), random: () => random } }),
  );
  return [low ?? Number.NaN, high ?? Number.NaN];
}

describe('the wait after a failure', () => {
  it('doubles with each attempt up to the longest, by chance between half of it and all', () => {
    const all = [1, 2, 3, 4, 5, 9].map((attempt) => waits(later(), attempt));
    expect(all).toEqual([
      [50, 100],
      [100, 200],
      [200, 400],
      [400, 800],
      [500, 1_000],
      [500, 1_000],
    ]);
  });

  it('is what the service asks for, and up to a tenth more so that not all come back together', () => {
    const [low, high] = waits(later({ retryAfterMs: 7_000 }), 1);
    expect(low).toBe(7_000);
    expect(high).toBeCloseTo(7_700);
    expect(waits(later({ retryAfterMs: 50 }), 1)[1]).toBeCloseTo(55);
  });

  it('is an hour at most, however long the service asks for', () => {
    expect(waits(later({ retryAfterMs: 365 * 86_400_000 }), 1)[0]).toBe(3_600_000);
  });

  it('is its own where what the service asks for is no wait at all', () => {
    for (const retryAfterMs of [0, 49, -5_000]) expect(waits(later({ retryAfterMs }), 1)).toEqual([50, 100]);
  });
});

describe('a read that fails', () => {
  /** Calls that fail with these, one after the other, and then bring `seven`. */
  function calls(...errors: readonly unknown[]) {
    const left = [...errors];
    const made = { count: 0 };
    const call = async (): Promise<string> => {
      made.count++;
      if (left.length > 0) throw left.shift();
      return 'seven';
    };
    return { call, made };
  }

  it('is repeated until it brings something, with a wait before each repetition', async () => {
    const clock = handClock();
    const { call, made } = calls(later(), later());
    expect(await makeRetry(clock, { policy })(call)).toBe('seven');
    expect([made.count, clock.slept]).toEqual([3, [75, 150]]);
  });

  it('is given up with its last failure after so many attempts', async () => {
    const clock = handClock();
    const last = later({ code: 'timed-out' });
    const { call, made } = calls(later(), later(), later(), last, later());
    await expect(makeRetry(clock, { policy })(call)).rejects.toBe(last);
    expect([made.count, clock.slept.length]).toEqual([4, 3]);
  });

  it('has eight attempts, and half a minute between two at most, where nobody says otherwise', async () => {
    const clock = handClock();
    clock.random = () => 1;
    const { call, made } = calls(...Array.from({ length: 20 }, () => later()));
    await expect(makeRetry(clock)(call)).rejects.toThrow('scripted');
    expect([made.count, clock.slept]).toEqual([8, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]]);
  });

  it('is not repeated where that cannot help, nor where it is no failure of a service', async () => {
    const clock = handClock();
    for (const error of [failure({ retry: 'never' }), new Error('a bug')]) {
      const { call, made } = calls(error);
      await expect(makeRetry(clock, { policy })(call)).rejects.toBe(error);
      expect(made.count).toBe(1);
    }
    expect(clock.slept).toEqual([]);
  });

  it('is not waited for once somebody wants out, before the wait or in it', async () => {
    const error = later();
    let sleeps = 0;
    const before = { ...handClock(), sleep: async () => void sleeps++ };
    const first = calls(error);
    await expect(makeRetry(before, { policy, signal: AbortSignal.abort() })(first.call)).rejects.toBe(error);
    expect([first.made.count, sleeps]).toEqual([1, 0]);
    const ending = new AbortController();
    const meanwhile = handClock();
    const signals: (AbortSignal | undefined)[] = [];
    meanwhile.sleep = async (_ms, signal) => {
      signals.push(signal);
      ending.abort();
    };
    const second = calls(error);
    await expect(makeRetry(meanwhile, { policy, signal: ending.signal })(second.call)).rejects.toBe(error);
    expect([second.made.count, signals]).toEqual([1, [ending.signal]]);
  });
});
