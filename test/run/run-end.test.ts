import { describe, expect, it } from 'vitest';
import { makeRunEnd } from '../../src/run/run-end.ts';

const begin = Date.parse('2026-11-25T04:00:00Z');

/** Timers that run when the hand is moved over them. */
function handTimers() {
  let now = begin;
  const waiting = new Map<object, { readonly at: number; readonly work: () => void }>();
  return {
    waiting,
    now: () => new Date(now),
    start(ms: number, work: () => void) {
      const key = {};
      waiting.set(key, { at: now + ms, work });
      return () => void waiting.delete(key);
    },
    move(ms: number) {
      const end = now + ms;
      for (;;) {
        const [next] = [...waiting].filter(([, { at }]) => at <= end).toSorted(([, a], [, b]) => a.at - b.at);
        if (!next) break;
        waiting.delete(next[0]);
        now = next[1].at;
        next[1].work();
      }
      now = end;
    },
  };
}

const state = (end: ReturnType<typeof makeRunEnd>) => [end.stopping.aborted, end.over.aborted];
const never = new Promise<void>(() => undefined);

describe('the end of a run', () => {
  it('comes at once where the work asked for no grace', () => {
    const end = makeRunEnd(handTimers());
    expect(state(end)).toEqual([false, false]);
    end.interrupt();
    expect(state(end)).toEqual([true, true]);
    expect(end.why()).toEqual({ kind: 'interrupted' });
  });

  it('leaves what is under way the grace that the work asked for, and not a moment more', () => {
    const timers = handTimers();
    const end = makeRunEnd(timers);
    void end.granting(60_000, () => never);
    timers.move(5_000);
    end.interrupt();
    timers.move(59_999);
    expect(state(end)).toEqual([true, false]);
    timers.move(1);
    expect(state(end)).toEqual([true, true]);
  });

  it('counts the grace from the first stop, however often somebody wants out', () => {
    const timers = handTimers();
    const end = makeRunEnd(timers);
    end.closeAt(new Date(begin + 1_000));
    void end.granting(10_000, () => never);
    timers.move(6_000);
    end.interrupt();
    expect(end.why()).toEqual({ kind: 'window-over', at: new Date(begin + 1_000) });
    expect([end.windowOver.aborted, end.interrupted.aborted]).toEqual([true, true]);
    timers.move(5_000);
    expect(state(end)).toEqual([true, true]);
  });

  it('is over when the work that had the grace has ended after a stop', async () => {
    const timers = handTimers();
    const end = makeRunEnd(timers);
    await end.granting(60_000, async () => end.interrupt());
    expect(state(end)).toEqual([true, true]);
  });

  it('gives the work around it its own grace again, once a part with less of it has ended after a stop', async () => {
    const timers = handTimers();
    const end = makeRunEnd(timers);
    void end.granting(60_000, async () => {
      await end.granting(10_000, async () => end.interrupt());
      await never;
    });
    await new Promise((done) => setImmediate(done));
    timers.move(59_999);
    expect(state(end)).toEqual([true, false]);
    timers.move(1);
    expect(state(end)).toEqual([true, true]);
  });

  it('does not come because work ended that nobody stopped', async () => {
    const end = makeRunEnd(handTimers());
    expect(await end.granting(60_000, async () => 7)).toBe(7);
    expect(state(end)).toEqual([false, false]);
  });

  it('leaves no timer behind when the command has ended, and lets nothing outlive it', () => {
    const timers = handTimers();
    const end = makeRunEnd(timers);
    end.closeAt(new Date(begin + 60_000));
    end.finish();
    expect(state(end)).toEqual([true, true]);
    expect(end.why()).toBeNull();
    expect(timers.waiting.size).toBe(0);
  });
});

describe('the end of the window', () => {
  it('has come at once where it passed while somebody was long in confirming', () => {
    const end = makeRunEnd(handTimers());
    end.closeAt(new Date(begin - 60_000));
    expect(state(end)).toEqual([true, true]);
  });

  it('comes in time, also where it is further away than a timer can wait', () => {
    const timers = handTimers();
    const end = makeRunEnd(timers);
    const weeks = 42 * 24 * 3_600_000;
    end.closeAt(new Date(begin + weeks));
    expect(end.closesAt()).toEqual(new Date(begin + weeks));
    timers.move(weeks - 1);
    expect(end.windowOver.aborted).toBe(false);
    timers.move(1);
    expect([end.windowOver.aborted, end.interrupted.aborted]).toEqual([true, false]);
    expect(end.why()).toEqual({ kind: 'window-over', at: new Date(begin + weeks) });
  });
});
