import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { makeStop, type Stop } from '../../src/run/stop.ts';
import { handClock, noLimits, noSignal } from '../support/in-memory.ts';

const open = (signal = noSignal): Stop =>
  makeStop({ ...noLimits, concurrency: 1 }, { clock: handClock(), signal, windowEnd: noSignal });

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

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
