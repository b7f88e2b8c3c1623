import { describe, expect, it } from 'vitest';
import { secondsToWrite, type ToWrite } from '../../src/core/write-time.ts';

const rows = (count: number, detours = 0): ToWrite => ({ rows: count, detours });

describe('how long an apply takes', () => {
  it('is bound by the quota once what may go at once is used up', () => {
    const seconds = secondsToWrite(rows(50_000), 1);
    expect(seconds).toBeGreaterThan((50_000 - 3_000) / 20);
    expect(seconds).toBeLessThan(((50_000 - 3_000) / 20) * 1.1);
  });

  it('is a third of that with three applications', () => {
    const [one, three] = [secondsToWrite(rows(60_000), 1), secondsToWrite(rows(60_000), 3)];
    expect(one / three).toBeGreaterThan(2.7);
    expect(one / three).toBeLessThanOrEqual(3);
  });

  it('takes a detour for three writes', () => {
    expect(secondsToWrite(rows(20_000, 20_000), 1)).toBeGreaterThan(secondsToWrite(rows(55_000), 1));
  });
});
