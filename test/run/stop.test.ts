import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { JournalOutcome } from '../../src/core/journal.ts';
import type { RowEnd } from '../../src/run/row-end.ts';
import { makeStop, type Stop } from '../../src/run/stop.ts';
import { handClock, noLimits, noSignal } from '../support/in-memory.ts';
import { guid } from '../support/people.ts';

const open = (signal = noSignal): Stop =>
  makeStop({ ...noLimits, concurrency: 1 }, { clock: handClock(), signal, windowEnd: noSignal });

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

const ended = (line: number, outcome: JournalOutcome['outcome'], code: JournalOutcome['code'] = null): RowEnd => ({
  entry: {
    kind: 'outcome',
    line,
    userId: guid('cloud', line),
    outcome,
    code,
    attempts: 1,
    requestId: null,
    detail: `row ${line}`,
    at: '2026-11-23T12:00:00.000Z',
  },
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
