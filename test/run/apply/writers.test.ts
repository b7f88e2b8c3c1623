// Whose turn it is to write, and what the service's word on the quota does to whom.
import { describe, expect, it } from 'vitest';
import type { TenantWriter } from '../../../src/run/ports.ts';
import { makeWriters, type Turn, type Writers } from '../../../src/run/apply/row/writers.ts';
import { failure, handClock } from '../../support/in-memory.ts';

const writerOf = (application: string): TenantWriter => ({
  application,
  setImmutableId: () => Promise.reject(new Error('not asked here')),
  setUserPrincipalName: () => Promise.reject(new Error('not asked here')),
});

function world(...applications: readonly string[]) {
  const clock = handClock();
  const setAside: string[] = [];
  const writers = makeWriters(applications.map(writerOf), {
    clock,
    onSetAside: (application) => void setAside.push(application),
  });
  const pause = (ms: number): Promise<boolean> => clock.sleep(ms).then(() => true);
  return { clock, writers, setAside, pause };
}

const cut = async (): Promise<boolean> => false;
const throttled = (quotaScope?: 'application' | 'tenant', quotaUse?: number) =>
  failure({
    code: 'throttled',
    ...(quotaScope === undefined ? {} : { quotaScope }),
    ...(quotaUse === undefined ? {} : { quotaUse }),
  });

async function turnOf(writers: Writers, refusers?: ReadonlySet<string>): Promise<Turn> {
  const turn = await writers.turn(async () => true, refusers);
  if (!turn) throw new Error('no turn');
  return turn;
}

async function names(writers: Writers, count: number, refusers?: ReadonlySet<string>): Promise<string[]> {
  const found: string[] = [];
  for (let turn = 0; turn < count; turn++) found.push((await turnOf(writers, refusers)).writer.application);
  return found;
}

describe('several applications that are free', () => {
  it('take turns', async () => {
    const { writers } = world('one', 'two', 'three');
    expect(await names(writers, 7)).toEqual(['one', 'two', 'three', 'one', 'two', 'three', 'one']);
  });

  it('leave out those that have refused, and take one of them all the same where all have', async () => {
    const { writers } = world('one', 'two', 'three');
    expect(await names(writers, 4, new Set(['two']))).toEqual(['one', 'three', 'one', 'three']);
    expect(await names(writers, 2, new Set(['one', 'two', 'three']))).toEqual(['one', 'two']);
    expect([writers.hasOther(new Set(['one', 'two'])), writers.hasOther(new Set(['one', 'two', 'three']))]).toEqual([
      true,
      false,
    ]);
  });
});

describe('a refusal for the quota', () => {
  it('of one application holds up that one: the others write meanwhile', async () => {
    const { writers, clock, pause } = world('one', 'two');
    (await turnOf(writers)).refused(10_000, throttled('application'));
    expect(await names(writers, 3)).toEqual(['two', 'two', 'two']);
    expect(await writers.open(pause)).toBe(true);
    expect(clock.slept).toEqual([]);
  });

  it('of an application, where the service does not say whose quota it is, holds up that one', async () => {
    const { writers } = world('one', 'two');
    (await turnOf(writers)).refused(10_000, throttled());
    expect(await names(writers, 2)).toEqual(['two', 'two']);
  });

  it('of the whole tenant holds up all, as long as the service says', async () => {
    const { writers, clock, pause } = world('one', 'two');
    (await turnOf(writers)).refused(10_000, throttled('tenant', 1));
    expect(await writers.open(pause)).toBe(true);
    expect(clock.slept).toEqual([10_000]);
  });

  it('of the whole tenant slows by the use alone whom it was told of', async () => {
    const { writers, clock, pause } = world('one', 'two');
    (await turnOf(writers)).refused(1_000, throttled('tenant', 1.8));
    await clock.sleep(1_000);
    const order: (string | undefined)[] = [];
    for (let turn = 0; turn < 6; turn++) order.push((await writers.turn(pause))?.writer.application);
    expect(order.slice(2)).toEqual(['two', 'two', 'two', 'two']);
  });

  it('lets the one go on first whose wait is over first', async () => {
    const { writers, clock, pause } = world('one', 'two');
    const [one, two] = [await turnOf(writers), await turnOf(writers)];
    one.refused(20_000, throttled('application'));
    two.refused(5_000, throttled('application'));
    expect(await writers.open(pause)).toBe(true);
    expect(clock.slept).toEqual([5_000]);
    expect((await turnOf(writers)).writer.application).toBe('two');
  });

  it('slows the application down by the use that the answer tells', async () => {
    const gapAfter = async (use: number | undefined): Promise<number> => {
      const { writers, clock, pause } = world('one');
      (await turnOf(writers)).refused(1_000, throttled('application', use));
      await clock.sleep(1_000);
      await writers.turn(pause);
      const from = clock.now().getTime();
      await writers.turn(pause);
      return clock.now().getTime() - from;
    };
    // Told a use of twice the limit it goes at a tenth of the documented 20 a second; told nothing, at those 20.
    expect(await gapAfter(2)).toBeCloseTo(500, -1);
    expect(await gapAfter(undefined)).toBeCloseTo(50, -1);
  });
});

describe('waiting for a turn', () => {
  it('ends without one when the run ends', async () => {
    const { writers } = world('one');
    (await turnOf(writers)).refused(10_000, throttled('application'));
    expect(await writers.turn(cut)).toBeNull();
    expect(await writers.open(cut)).toBe(false);
  });

  it('is no waiting where an application is free', async () => {
    const { writers } = world('one');
    expect(await writers.open(cut)).toBe(true);
  });
});

describe('an application that refuses what another takes', () => {
  const refusers = new Set(['two']);
  const outdo = (writers: Writers, times: number): void => {
    for (let time = 0; time < times; time++) writers.refusedButOthersWrote(refusers);
  };

  it('is set aside at the fifth, once, and asked no more', async () => {
    const { writers, setAside } = world('one', 'two', 'three');
    outdo(writers, 4);
    expect(setAside).toEqual([]);
    outdo(writers, 3);
    expect(setAside).toEqual(['two']);
    expect(await names(writers, 4)).toEqual(['one', 'three', 'one', 'three']);
  });

  it('is not set aside where it has taken one itself meanwhile', async () => {
    const { writers, setAside } = world('two', 'one');
    outdo(writers, 4);
    (await turnOf(writers)).answered(null);
    outdo(writers, 4);
    expect(setAside).toEqual([]);
    outdo(writers, 1);
    expect(setAside).toEqual(['two']);
  });

  it('is not set aside where it is the last', () => {
    const { writers, setAside } = world('one', 'two');
    for (let time = 0; time < 9; time++) writers.refusedButOthersWrote(new Set(['one']));
    outdo(writers, 9);
    expect(setAside).toEqual(['one']);
  });
});

it('tells how many writes each application has had taken, by what was answered and not by turns', async () => {
  const { writers } = world('one', 'two');
  for (let write = 0; write < 3; write++) (await turnOf(writers)).answered(null);
  await turnOf(writers);
  expect(writers.taken()).toEqual({ one: 2, two: 1 });
});
