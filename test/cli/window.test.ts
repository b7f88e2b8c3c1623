import { describe, expect, it } from 'vitest';
import { untilEnd } from '../../src/cli/window.ts';

const now = new Date('2026-11-25T04:00:00Z');
const later = (ms: number): Date => new Date(now.getTime() + ms);
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

describe('the end of a maintenance window', () => {
  it('has come at once where it passed while somebody was long in confirming', async () => {
    const signal = untilEnd(later(-60_000), now);
    await pause(50);
    expect(signal.aborted).toBe(true);
  });

  it.each([
    ['within an hour', later(3_600_000)],
    ['in six weeks, more than a timer can wait', later(42 * 24 * 3_600_000)],
    ['never', null],
  ])('has not come yet: %s', async (_name, stopAt) => {
    const signal = untilEnd(stopAt, now);
    await pause(50);
    expect(signal.aborted).toBe(false);
  });

  it('comes in time', async () => {
    const signal = untilEnd(later(20), now);
    await pause(200);
    expect(signal.aborted).toBe(true);
  });
});
