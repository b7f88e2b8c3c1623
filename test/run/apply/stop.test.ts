import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { RunFault } from '../../../src/core/failure.ts';
import type { JournalOutcome } from '../../../src/core/journal.ts';
import type { RowEnd } from '../../../src/run/apply/row/row-outcome.ts';
import { exitCodeOfStop, makeStop, type Stop } from '../../../src/run/apply/stop.ts';
import { handClock, noLimits, noSignal } from '../../support/in-memory.ts';

const open = (signal = noSignal): Stop =>
  makeStop({ ...noLimits, concurrency: 1 }, { clock: handClock(), signal, windowEnd: noSignal });

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

const ended = (line: number, outcome: JournalOutcome['outcome'], code: JournalOutcome['code'] = null): RowEnd => ({
  outcome,
  code,
  attempts: 1,
  requestId: null,
  detail: `row ${line}`,
});

describe('why a run was stopped', () => {
  it('is what stopped it first, whatever came of the rows that were still in flight', () => {
    const ending = new AbortController();
    const stop = open(ending.signal);
    const first = new Error('the journal cannot be written');
    stop.fault(first);
    stop.fault(new Error('nor this entry'));
    stop.count({ ...ended(2, 'rejected'), runFault: new Error('sign-in was refused') });
    ending.abort();
    expect(stop.why()).toEqual({ kind: 'fault', error: first });
    expect(stop.isFault()).toBe(true);
  });

  it('is not a fault that was met after somebody wanted out', () => {
    const ending = new AbortController();
    const stop = open(ending.signal);
    ending.abort();
    expect(stop.isDue()).toBe(true);
    stop.fault(new Error('cut off'));
    expect([stop.why(), stop.isFault()]).toEqual([{ kind: 'interrupted' }, false]);
  });

  it('is not the end of the window where it had stopped before that', async () => {
    const clock = handClock();
    const stopAt = new Date(clock.now().getTime() + 1_000);
    const tools = { clock, signal: noSignal, windowEnd: noSignal };
    const stop = makeStop({ ...noLimits, stopAt, concurrency: 1 }, tools);
    const error = new Error('the journal cannot be written');
    stop.fault(error);
    await clock.sleep(2_000);
    expect(stop.why()).toEqual({ kind: 'fault', error });
    const late = makeStop({ ...noLimits, stopAt, concurrency: 1 }, tools);
    expect(late.why()).toEqual({ kind: 'window-over', at: stopAt });
  });

  it('is not that all is refused where rows failed for another reason too, nor where what was found there came between', () => {
    const tools = { clock: handClock(), signal: noSignal, windowEnd: noSignal };
    const stop = makeStop({ ...noLimits, maxConsecutiveFailures: 8, concurrency: 1 }, tools);
    stop.count(ended(2, 'rejected', 'conflict'));
    for (const line of [3, 4, 5, 6, 7, 8]) stop.count(ended(line, 'rejected', 'forbidden'));
    expect(stop.why()).toBeNull();
    stop.count(ended(9, 'already'));
    for (const line of [10, 11, 12, 13, 14, 15, 16]) stop.count(ended(line, 'rejected', 'forbidden'));
    expect(stop.why()).toBeNull();
    stop.count(ended(17, 'rejected', 'forbidden'));
    expect(stop.why()).toMatchObject({ kind: 'failures-in-a-row', failures: 8 });
  });

  it('is the number of failures that was too many, and the last of them in a row', () => {
    const limits = { ...noLimits, concurrency: 1 };
    const tools = { clock: handClock(), signal: noSignal, windowEnd: noSignal };
    const many = makeStop({ ...limits, maxFailures: 2 }, tools);
    many.count(ended(2, 'rejected', 'conflict'));
    expect(many.isDue()).toBe(false);
    for (const line of [3, 4]) many.count(ended(line, 'uncertain', 'timed-out'));
    expect(many.why()).toEqual({ kind: 'too-many-failures', failures: 2 });
    const row = makeStop({ ...limits, maxConsecutiveFailures: 2 }, tools);
    for (const line of [2, 3]) row.count(ended(line, 'rejected', 'conflict'));
    expect(row.why()).toEqual({ kind: 'failures-in-a-row', failures: 2, last: 'row 3' });
  });
});

describe('the exit code of a run that stopped', () => {
  it('tells who wanted out, what is unsafe, and what is broken', () => {
    const last = 'row 2';
    expect(exitCodeOfStop({ kind: 'interrupted' })).toBe(130);
    expect(exitCodeOfStop({ kind: 'window-over', at: new Date() })).toBe(130);
    expect(exitCodeOfStop({ kind: 'too-many-failures', failures: 1 })).toBe(3);
    expect(exitCodeOfStop({ kind: 'failures-in-a-row', failures: 1, last })).toBe(3);
    expect(exitCodeOfStop({ kind: 'refused-everywhere', failures: 5, last })).toBe(3);
    expect(exitCodeOfStop({ kind: 'fault', error: new TypeError('a bug') })).toBe(2);
    const fault = new RunFault('hard-match-blocked', 'Blocked.', { hint: 'Look.', exitCode: 3 });
    expect(exitCodeOfStop({ kind: 'fault', error: fault })).toBe(3);
  });
});

describe('a pause', () => {
  const paused = async (ms: number, more: { readonly stopIn?: number; readonly windowEnd?: AbortSignal } = {}) => {
    const clock = handClock();
    const sleeps: number[] = [];
    const sleep = clock.sleep.bind(clock);
    clock.sleep = (time, signal) => {
      sleeps.push(time);
      return sleep(time, signal);
    };
    const stopAt = more.stopIn === undefined ? null : new Date(clock.now().getTime() + more.stopIn);
    const tools = { clock, signal: noSignal, windowEnd: more.windowEnd ?? noSignal };
    const stop = makeStop({ ...noLimits, stopAt, concurrency: 1 }, tools);
    return { goesOn: await stop.pause(ms), sleeps };
  };

  it('is as long as it is asked for, and no longer than the window', async () => {
    expect(await paused(700)).toEqual({ goesOn: true, sleeps: [700] });
    expect(await paused(700, { stopIn: 900 })).toEqual({ goesOn: true, sleeps: [700] });
    expect(await paused(700, { stopIn: 300 })).toEqual({ goesOn: false, sleeps: [300] });
  });

  it('is none where there is nothing to wait for, or no use in it', async () => {
    expect(await paused(0)).toEqual({ goesOn: true, sleeps: [] });
    expect(await paused(700, { stopIn: 0 })).toEqual({ goesOn: false, sleeps: [] });
    expect((await paused(700, { windowEnd: AbortSignal.abort() })).sleeps).toEqual([]);
  });
});

describe('work that the end of a run must not wait for', () => {
  it('brings what it brings, or fails as it fails', async () => {
    const stop = open();
    expect(await stop.before(Promise.resolve(7))).toBe(7);
    await expect(stop.before(Promise.reject(new Error('no answer')))).rejects.toThrow('no answer');
  });

  it('is given up once the run ends, and when it has ended', async () => {
    const ending = new AbortController();
    const stop = open(ending.signal);
    const never = stop.before(new Promise<number>(() => {}));
    ending.abort();
    expect(await never).toBeNull();
    expect(await stop.before(new Promise<number>(() => {}))).toBeNull();
  });

  it('is given up at once where the window was over before the run began', async () => {
    const limits = { ...noLimits, concurrency: 1 };
    const stop = makeStop(limits, { clock: handClock(), signal: noSignal, windowEnd: AbortSignal.abort() });
    expect(await stop.before(new Promise<number>(() => {}))).toBeNull();
  });

  it('is not kept in memory for the rest of the run', async () => {
    const stop = open();
    const brought: WeakRef<object>[] = [];
    for (let turn = 0; turn < 20; turn++) {
      const reading = { turn };
      brought.push(new WeakRef(reading));
      await stop.before(Promise.resolve(reading));
    }
    await setImmediate();
    collectGarbage();
    const kept = brought.filter((one) => one.deref() !== undefined).length;
    expect(stop.isDue()).toBe(false);
    // What was brought last may still be on the stack.
    expect(kept).toBeLessThan(3);
  });
});
