// What is asked of a user in the last moment before its write, and after a write that nobody answered.
import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../src/core/journal.ts';
import type { PlanRow } from '../../src/core/row.ts';
import { writtenBy } from '../../src/core/undo.ts';
import type { ApplyOptions, ApplyTools } from '../../src/run/write-all.ts';
import {
  asReviewed,
  failure,
  type Fault,
  handClock,
  memoryJournal,
  type MemoryTenant,
  memoryTenant,
  noLimits,
  noProgress,
  noSignal,
  nothingNew,
  silentLog,
} from '../support/in-memory.ts';
import { appliedInFull } from '../support/in-full.ts';
import { cloudUser, guid, idOf } from '../support/people.ts';
import { numbers, rowFor } from './ready-rows.ts';

type HandClock = ReturnType<typeof handClock>;
type More = {
  options?: Partial<ApplyOptions>;
  tools?: Partial<ApplyTools>;
  entries?: JournalEntry[];
  past?: readonly JournalEntry[];
};

async function apply(rows: readonly PlanRow[], tenant: MemoryTenant, more: More = {}) {
  const entries = more.entries ?? [];
  const { results, stopped } = await appliedInFull(rows, more.past ?? [], {
    tools: {
      reader: tenant.reader,
      writers: [tenant.writer],
      onSetAside: () => undefined,
      journal: memoryJournal(entries),
      clock: handClock(),
      log: silentLog,
      progress: noProgress,
      signal: new AbortController().signal,
      inspect: nothingNew,
      windowEnd: noSignal,
      over: noSignal,
      against: asReviewed,
      ...more.tools,
    },
    options: { concurrency: 1, first: null, strays: false, takesBack: false, ...noLimits, ...more.options },
  });
  return { results, stopped, entries, outcomes: results.map(({ outcome }) => outcome) };
}

const tenantOf = (count: number): MemoryTenant => memoryTenant(numbers(count).map((n) => cloudUser(n)));
const valueOf = (tenant: MemoryTenant, n: number) => tenant.users.get(guid('cloud', n))?.onPremisesImmutableId;
const change = (tenant: MemoryTenant, n: number, more: Parameters<typeof cloudUser>[1]): void => {
  tenant.users.set(guid('cloud', n), cloudUser(n, more));
};
const lost = (takesEffect: boolean): Fault => ({
  facts: { code: 'unreachable', retry: 'later', effect: 'unknown' },
  takesEffect,
});
const refuse = (facts: Fault['facts']): Fault => ({ facts, takesEffect: false });
/** The n-th write meets the n-th of these; the others are taken. */
function meets(tenant: MemoryTenant, faults: readonly (Fault | undefined)[]): void {
  const left = [...faults];
  tenant.fault = () => left.shift();
}
/** A journal whose disk is in no hurry: `meanwhile` happens before the first intent is down. */
function slowJournal(entries: JournalEntry[], meanwhile: () => Promise<void> | void): ApplyTools['journal'] {
  let isFirst = true;
  return {
    append: async (entry) => {
      entries.push(entry);
      if (isFirst) await meanwhile();
      isFirst = false;
    },
  };
}
/** A hand clock that can be set. */
function settableClock(): { readonly clock: HandClock; readonly set: (byMs: number) => void } {
  const clock = handClock();
  let offset = 0;
  const now = clock.now.bind(clock);
  clock.now = () => new Date(now().getTime() + offset);
  return { clock, set: (byMs) => void (offset += byMs) };
}

describe('a user whom sync has taken up since the plan was made', () => {
  it.each([null, false])('is not written, where the plan had %s for its sync', async (syncEnabled) => {
    const tenant = tenantOf(2);
    const [first, second] = numbers(2).map(rowFor);
    if (!first?.cloud || !second) throw new Error('no rows');
    change(tenant, 2, { onPremisesSyncEnabled: true });
    const { outcomes, results, entries } = await apply(
      [{ ...first, cloud: { ...first.cloud, syncEnabled } }, second],
      tenant,
    );
    expect(outcomes).toEqual(['stale', 'applied']);
    expect(results[0]?.detail).toMatch(/sync/i);
    expect(valueOf(tenant, 2)).toBeNull();
    expect(entries.filter(({ line }) => line === 2).map(({ kind }) => kind)).toEqual(['outcome']);
  });
});

describe('a reading that has grown old before the first attempt', () => {
  it('is taken again: whom somebody has changed meanwhile is not written', async () => {
    const tenant = tenantOf(1);
    const clock = handClock();
    const entries: JournalEntry[] = [];
    const journal = slowJournal(entries, async () => {
      change(tenant, 2, { onPremisesImmutableId: idOf(99) });
      await clock.sleep(60_000);
    });
    const { results } = await apply(numbers(1).map(rowFor), tenant, { tools: { clock, journal } });
    expect(results[0]).toMatchObject({ outcome: 'stale', attempts: 0 });
    expect(valueOf(tenant, 2)).toBe(idOf(99));
  });

  it('is made no younger by a clock that is put back', async () => {
    const tenant = tenantOf(1);
    const { clock, set } = settableClock();
    const entries: JournalEntry[] = [];
    const journal = slowJournal(entries, () => {
      change(tenant, 2, { onPremisesImmutableId: idOf(99) });
      set(-3_600_000);
    });
    const { outcomes } = await apply(numbers(1).map(rowFor), tenant, { tools: { clock, journal } });
    expect(outcomes).toEqual(['stale']);
    expect(valueOf(tenant, 2)).toBe(idOf(99));
  });
});

describe('a window of readings that has grown old', () => {
  it('decides nothing: a row is judged by what its user is now', async () => {
    const tenant = tenantOf(2);
    tenant.users.delete(guid('cloud', 3));
    meets(tenant, [refuse({ code: 'throttled', retry: 'later', retryAfterMs: 60_000, status: 429 })]);
    const clock = handClock();
    const sleep = clock.sleep.bind(clock);
    clock.sleep = async (ms, signal) => {
      // Whoever was in the recycle bin when the window was read is brought back.
      if (ms >= 60_000) change(tenant, 3, {});
      await sleep(ms, signal);
    };
    const { outcomes } = await apply(numbers(2).map(rowFor), tenant, { tools: { clock } });
    expect(outcomes).toEqual(['applied', 'applied']);
  });
});

describe('a write that got no answer', () => {
  it('is written, not found there by chance, where a later reading shows it: a rollback has to know of it', async () => {
    const tenant = tenantOf(1);
    meets(tenant, [lost(true)]);
    // The readings that are to settle it come from a replica that lags behind; the one before the next attempt does not.
    let old = 5;
    tenant.isStale = () => tenant.effects.length > 0 && old-- > 0;
    const clock = handClock();
    clock.random = () => 0.99;
    const { outcomes, entries } = await apply(numbers(1).map(rowFor), tenant, { tools: { clock } });
    expect(outcomes).toEqual(['applied']);
    expect(tenant.effects).toHaveLength(1);
    expect(writtenBy(entries)).toHaveLength(1);
  });

  it('stays open behind a page of a gateway, which cannot refuse a value', async () => {
    const tenant = tenantOf(1);
    meets(tenant, [lost(true), refuse({ code: 'bad-request', status: 400 })]);
    tenant.isStale = () => true;
    const { outcomes, entries } = await apply(numbers(1).map(rowFor), tenant);
    expect(outcomes).toEqual(['uncertain']);
    expect(writtenBy(entries)).toHaveLength(1);
  });

  it('is not sent again where no reading could settle it, and is left to the run that goes on', async () => {
    const tenant = tenantOf(1);
    meets(tenant, [lost(false)]);
    const readUsers = tenant.reader.readUsers.bind(tenant.reader);
    // The guard's reading, then those that are to settle the write.
    let reads = 0;
    const unreadable = failure({ code: 'unreachable' });
    tenant.reader.readUsers = async (ids) =>
      ++reads === 1 || reads > 6
        ? readUsers(ids)
        : new Map(ids.map((id) => [id, { kind: 'unreadable', failure: unreadable }]));
    const { outcomes, entries } = await apply(numbers(1).map(rowFor), tenant);
    expect(outcomes).toEqual(['uncertain']);
    expect(tenant.reader.counts().graphWrites).toBe(1);
    expect((await apply(numbers(1).map(rowFor), tenant, { past: [...entries], entries })).outcomes).toEqual([
      'applied',
    ]);
  });
});

describe('a run that is interrupted while a row asks whether it is its turn', () => {
  it('does not begin that row', async () => {
    const tenant = tenantOf(3);
    const controller = new AbortController();
    const clock = handClock();
    const now = clock.now.bind(clock);
    let isArmed = false;
    clock.now = () => {
      if (isArmed) controller.abort();
      return now();
    };
    const entries: JournalEntry[] = [];
    const journal = {
      append: async (entry: JournalEntry) => {
        entries.push(entry);
        // The next to ask for the time is the row behind, whose turn it is.
        isArmed = entry.kind === 'outcome';
      },
    };
    const { outcomes, stopped } = await apply(numbers(3).map(rowFor), tenant, {
      entries,
      tools: { clock, journal, signal: controller.signal },
    });
    expect(stopped).toEqual({ kind: 'interrupted' });
    expect(outcomes).toEqual(['applied', 'not-reached', 'not-reached']);
    expect(entries.filter(({ kind }) => kind === 'intent')).toHaveLength(1);
  });
});
