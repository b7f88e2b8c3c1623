// What stands on stderr while a command works.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { terminalProgress } from '../../../src/cli/terminal/progress.ts';
import type { Terminal } from '../../../src/cli/terminal/terminal.ts';

const limit = { atOnce: 3_000, perSecond: 20 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watched(isScreen: boolean, width = 120) {
  let text = '';
  const terminal: Pick<Terminal, 'err' | 'isScreen' | 'width'> = {
    err: (more) => void (text += more),
    isScreen,
    width,
  };
  const clock = { now: () => new Date(), sleep: async () => undefined, random: () => 0.5 };
  const progress = terminalProgress(terminal as Terminal, clock);
  /** Rows end evenly over so many seconds. */
  const go = (seconds: number, perSecond: number, failed = 0): void => {
    for (let second = 0; second < seconds; second++) {
      vi.advanceTimersByTime(1_000);
      if (perSecond > 0) progress.advance(perSecond, second === 0 ? failed : 0);
    }
  };
  return {
    progress,
    go,
    lines: () =>
      text
        .replaceAll('\r\u001b[2K', '\n')
        .split('\n')
        .filter((line) => line !== ''),
  };
}

describe('the progress of an apply', () => {
  it('tells rows, held, failed, the rate beside the quota, and the time left', () => {
    const { progress, go, lines } = watched(false);
    progress.stage('Writing to the tenant', 50_000, { held: 412, limit });
    go(11, 100, 3);
    expect(lines()[0]).toBe('Writing to the tenant: 50,000 rows, 412 held');
    // What is left is 49,100 rows, 2,300 of which may still go at once.
    expect(lines().at(-1)).toMatch(
      /^Writing to the tenant: \d00 of 50,000 rows, 412 held, 3 failed, \d+\/s \(quota 20\/s\), about 39 min left$/,
    );
  });

  it('tells the rate of now, not of the beginning', () => {
    const { progress, go, lines } = watched(true);
    progress.stage('Writing to the tenant', 20_000, { limit });
    go(30, 100);
    go(60, 20);
    expect(lines().at(-1)).toContain(', 20/s (quota 20/s), about 13 min left');
  });

  it('does not take rows of an earlier run for its own speed', () => {
    const { progress, go, lines } = watched(true);
    progress.stage('Writing to the tenant', 10_000, { done: 9_000, limit });
    go(10, 10);
    expect(lines().at(-1)).toBe('Writing to the tenant: 9,090 of 10,000 rows, 9.0/s (quota 20/s), about 2 min left');
  });

  it('goes on telling while nothing moves', () => {
    const { progress, go, lines } = watched(false);
    progress.stage('Reading Active Directory', 10);
    go(25, 0);
    expect(lines()).toEqual([
      'Reading Active Directory: 10 rows',
      'Reading Active Directory: 10 rows, for 10 s',
      'Reading Active Directory: 10 rows, for 20 s',
    ]);
  });

  it('is a plain line every ten seconds without a screen, then one a minute', () => {
    const { progress, go, lines } = watched(false);
    progress.stage('Writing to the tenant', 50_000, { limit });
    go(600, 20);
    expect(lines().length).toBeGreaterThan(13);
    expect(lines().length).toBeLessThan(20);
  });

  it('is never wider than the screen, or it could not be rewritten', () => {
    const { progress, go, lines } = watched(true, 60);
    progress.stage('Writing to the tenant', 50_000, { held: 412, limit });
    go(11, 100, 3);
    expect(Math.max(...lines().map((line) => line.length))).toBe(59);
  });

  it('goes on after a line that was said in its midst', () => {
    const { progress, go, lines } = watched(true);
    progress.stage('Writing to the tenant', 1_000, { limit });
    go(3, 10);
    progress.say('Note: an application is not used any more.');
    go(3, 10);
    expect(lines()).toContain('Note: an application is not used any more.');
    expect(lines().at(-1)).toMatch(/^Writing to the tenant: [56]0 of 1,000 rows/);
  });

  it('says nothing more once it has ended', () => {
    const { progress, go, lines } = watched(true);
    progress.stage('Reading back', 100);
    go(2, 50);
    progress.end();
    const told = lines();
    expect(told.at(-1)).toBe('Reading back: 100 of 100 rows, 50/s');
    vi.advanceTimersByTime(60_000);
    expect(lines()).toEqual(told);
  });
});
