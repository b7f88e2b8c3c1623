// What is asked of a user in the last moment before its write, and after a write that nobody answered.
import { describe, expect, it } from 'vitest';
import { RunFault } from '../../../src/core/failure.ts';
import type { JournalEntry } from '../../../src/core/journal.ts';
import type { PlanRow } from '../../../src/core/row.ts';
import { writtenBy } from '../../../src/core/judge/undo.ts';
import type { ApplyOptions, ApplyTools } from '../../../src/run/apply/write-all.ts';
import {
  failure,
  type Fault,
  handClock,
  memoryJournal,
  type MemoryTenant,
  memoryTenant,
} from '../../support/in-memory.ts';
import { applyOptions, applyTools } from '../../support/apply-tools.ts';
import { appliedInFull } from '../../support/in-full.ts';
import { cloudUser, guid, idOf } from '../../support/people.ts';
import { numbers, rowFor } from '../ready-rows.ts';

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
    tools: applyTools(tenant, { journal: memoryJournal(entries), ...more.tools }),
    options: applyOptions(more.options),
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

describe('a user whom something speaks against that was read in bulk since the review', () => {
  it('is not written, and told why', async () => {
    const tenant = tenantOf(2);
    const why = 'The cloud user holds the role Helpdesk Administrator. It was not so when the plan was reviewed.';
    const against: ApplyTools['against'] = ({ line }) => (line === 2 ? why : null);
    const { results } = await apply(numbers(2).map(rowFor), tenant, { tools: { against } });
    expect(results.map(({ outcome, detail }) => [outcome, detail])).toEqual([
      ['stale', why],
      ['applied', ''],
    ]);
    expect(valueOf(tenant, 2)).toBeNull();
  });
});

describe('a row that ends before anything is sent', () => {
  const endOf = async (tenant: MemoryTenant, past: readonly JournalEntry[] = []) => {
    const { results, entries } = await apply(numbers(1).map(rowFor), tenant, { past });
    expect(tenant.effects).toEqual([]);
    expect(entries.map(({ kind }) => kind)).toEqual(['outcome']);
    return { outcome: results[0]?.outcome, detail: results[0]?.detail, code: results[0]?.code };
  };
  const intentOf = async (): Promise<JournalEntry[]> =>
    (await apply(numbers(1).map(rowFor), tenantOf(1))).entries.slice(0, 1);

  it('says that the value is there, and by whom as far as that is known', async () => {
    const there = (): MemoryTenant => memoryTenant([cloudUser(2, { onPremisesImmutableId: idOf(2) })]);
    expect(await endOf(there())).toMatchObject({
      outcome: 'already',
      detail: 'The cloud user already has this value.',
    });
    expect(await endOf(there(), await intentOf())).toMatchObject({
      outcome: 'applied',
      detail: 'Written by an earlier attempt; found by reading it back.',
    });
  });

  it('says that the user is gone, or has another value', async () => {
    expect(await endOf(memoryTenant([]))).toMatchObject({
      outcome: 'stale',
      detail: 'The cloud user no longer exists.',
    });
    const other = memoryTenant([cloudUser(2, { onPremisesImmutableId: idOf(9) })]);
    expect((await endOf(other)).detail).toBe(`Planned on an empty value, found ${idOf(9)}.`);
  });

  it('takes an empty value for none', async () => {
    const tenant = memoryTenant([cloudUser(2, { onPremisesImmutableId: '' })]);
    const { outcomes } = await apply(numbers(1).map(rowFor), tenant);
    expect(outcomes).toEqual(['applied']);
  });
});

describe('a reading that failed for all', () => {
  const failing = (error: unknown): MemoryTenant => {
    const tenant = tenantOf(3);
    tenant.reader.readUsers = async () => {
      throw error;
    };
    return tenant;
  };

  it('is told to each row, and stops nothing, where it is no matter of the run', async () => {
    const refusal = failure({ code: 'timed-out' });
    const { results, stopped } = await apply(numbers(3).map(rowFor), failing(refusal));
    expect(stopped).toBeNull();
    expect(results).toMatchObject(
      numbers(3).map(() => ({ outcome: 'rejected', code: 'timed-out', detail: 'scripted timed-out' })),
    );
  });

  it('stops the run where no other row would fare better, with what has failed', async () => {
    for (const error of [new RunFault('sign-in-refused', 'Refused.', { hint: 'Ask.' }), new TypeError('a bug')]) {
      const { outcomes, stopped } = await apply(numbers(3).map(rowFor), failing(error));
      expect(stopped).toEqual({ kind: 'fault', error });
      expect(outcomes).toEqual(numbers(3).map(() => 'not-reached'));
    }
    const ofTheRun = failure({ code: 'forbidden', scope: 'run' });
    expect((await apply(numbers(3).map(rowFor), failing(ofTheRun))).stopped).toEqual({
      kind: 'fault',
      error: ofTheRun,
    });
  });

  it('is asked for again where that may help, three times and no more', async () => {
    const tenant = tenantOf(1);
    let reads = 0;
    tenant.reader.readUsers = async (ids) => {
      reads++;
      const later = failure({ code: 'server-error', retry: 'later' });
      return new Map(ids.map((id) => [id, { kind: 'unreadable', failure: later }]));
    };
    expect((await apply(numbers(1).map(rowFor), tenant)).outcomes).toEqual(['rejected']);
    // That of the window, and three of the row alone.
    expect(reads).toBe(4);
  });

  it('is not asked for again where that cannot help', async () => {
    const tenant = tenantOf(1);
    let reads = 0;
    tenant.reader.readUsers = async (ids) => {
      reads++;
      return new Map(ids.map((id) => [id, { kind: 'unreadable', failure: failure({ code: 'bad-request' }) }]));
    };
    expect((await apply(numbers(1).map(rowFor), tenant)).outcomes).toEqual(['rejected']);
    expect(reads).toBe(1);
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
  it('is one of more than ten seconds: within these nobody is read a second time', async () => {
    const readsAfter = async (ms: number): Promise<number> => {
      const tenant = tenantOf(2);
      const clock = handClock();
      const readUsers = tenant.reader.readUsers.bind(tenant.reader);
      let reads = 0;
      tenant.reader.readUsers = (ids) => {
        reads++;
        return readUsers(ids);
      };
      const entries: JournalEntry[] = [];
      // The first row's end takes so long to be put on disk; the second row was read before it.
      const journal: ApplyTools['journal'] = {
        append: async (entry) => {
          entries.push(entry);
          if (entries.length === 2) await clock.sleep(ms);
        },
      };
      const { outcomes } = await apply(numbers(2).map(rowFor), tenant, { tools: { clock, journal } });
      expect(outcomes).toEqual(['applied', 'applied']);
      return reads;
    };
    expect([await readsAfter(10_000), await readsAfter(10_001)]).toEqual([1, 2]);
  });

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
    const { results, entries } = await apply(numbers(1).map(rowFor), tenant);
    expect(results).toMatchObject([
      {
        outcome: 'uncertain',
        code: 'unreachable',
        detail: 'No answer came, and the user could not be read back.',
      },
    ]);
    expect(tenant.reader.counts().graphWrites).toBe(1);
    expect((await apply(numbers(1).map(rowFor), tenant, { past: [...entries], entries })).outcomes).toEqual([
      'applied',
    ]);
  });
});

describe('a write that was throttled', () => {
  const throttled = refuse({ code: 'throttled', retry: 'later', retryAfterMs: 60_000, status: 429 });

  it('finds a value there that is not its own, since nothing of it took effect', async () => {
    const tenant = tenantOf(1);
    let refusals = 1;
    tenant.fault = () => {
      if (refusals-- <= 0) return undefined;
      change(tenant, 2, { onPremisesImmutableId: idOf(2) });
      return throttled;
    };
    const { results, entries } = await apply(numbers(1).map(rowFor), tenant);
    expect(results[0]).toMatchObject({ outcome: 'already', attempts: 1 });
    expect(writtenBy(entries)).toEqual([]);
  });

  it('holds up every other row as long as the service has asked', async () => {
    const tenant = tenantOf(4);
    const clock = handClock();
    const began = clock.now().getTime();
    const sentAt: number[] = [];
    tenant.fault = () => {
      sentAt.push(clock.now().getTime() - began);
      return sentAt.length === 1 ? throttled : undefined;
    };
    await apply(numbers(4).map(rowFor), tenant, { tools: { clock }, options: { concurrency: 2 } });
    // One more was under way beside the one that was refused.
    expect(sentAt).toHaveLength(5);
    expect(Math.min(...sentAt.slice(2))).toBeGreaterThanOrEqual(60_000);
  });
});

describe('a row that cannot be read again after a wait', () => {
  it('is refused with what keeps it from being read', async () => {
    const tenant = tenantOf(1);
    meets(tenant, [refuse({ code: 'throttled', retry: 'later', retryAfterMs: 60_000, status: 429 })]);
    const readUsers = tenant.reader.readUsers.bind(tenant.reader);
    let reads = 0;
    tenant.reader.readUsers = (ids) => (reads++ === 0 ? readUsers(ids) : Promise.reject(new TypeError('a bug')));
    const { stopped, entries } = await apply(numbers(1).map(rowFor), tenant);
    expect(stopped?.kind).toBe('fault');
    expect(entries.at(-1)).toMatchObject({ kind: 'outcome', detail: 'a bug', attempts: 1 });
  });
});

describe('how a write ended', () => {
  it('tells the request, the attempts and the service’s own words', async () => {
    const tenant = tenantOf(3);
    meets(tenant, [
      undefined,
      { facts: { code: 'conflict', status: 409, requestId: 'r-9' }, takesEffect: false },
      { facts: { code: 'timed-out', retry: 'later', effect: 'unknown', requestId: 'r-7' }, takesEffect: true },
    ]);
    const { results, entries } = await apply(numbers(3).map(rowFor), tenant);
    expect(results.map(({ outcome, attempts, requestId, detail }) => [outcome, attempts, requestId, detail])).toEqual([
      ['applied', 1, 'request-1', ''],
      ['rejected', 1, 'r-9', 'scripted conflict'],
      ['applied', 1, 'r-7', 'No answer came; found written by reading it back.'],
    ]);
    expect(entries.filter(({ kind }) => kind === 'intent')).toHaveLength(3);
  });

  it('is uncertain where the value became something that nobody here has written', async () => {
    const tenant = tenantOf(1);
    tenant.fault = (id) => {
      tenant.users.set(id, cloudUser(2, { onPremisesImmutableId: idOf(50) }));
      return lost(false);
    };
    const { results } = await apply(numbers(1).map(rowFor), tenant);
    expect(results[0]).toMatchObject({
      outcome: 'uncertain',
      code: 'unexpected',
      detail: `No answer came, and the value is now ${idOf(50)}.`,
    });
  });

  it.each([
    ['a conflict over it', { code: 'conflict', status: 409, property: 'onPremisesImmutableId' }, 'rejected'],
    ['a bad request for it', { code: 'bad-request', status: 400, property: 'onPremisesImmutableId' }, 'rejected'],
    ['a user who is gone', { code: 'bad-request', status: 404, property: 'onPremisesImmutableId' }, 'uncertain'],
    ['a lack of rights', { code: 'forbidden', status: 400, property: 'onPremisesImmutableId' }, 'uncertain'],
    ['another property', { code: 'conflict', status: 409, property: 'userPrincipalName' }, 'uncertain'],
  ] as const)(
    'after an attempt without an answer, and then %s, is told by whether the value was refused',
    async (...given) => {
      const [, facts, outcome] = given;
      const tenant = tenantOf(1);
      meets(tenant, [lost(true), refuse(facts)]);
      tenant.isStale = () => true;
      expect((await apply(numbers(1).map(rowFor), tenant)).outcomes).toEqual([outcome]);
    },
  );

  it('is looked up once behind a refusal, and with patience where an attempt before it got no answer', async () => {
    const waits = async (faults: readonly Fault[]): Promise<number> => {
      const tenant = tenantOf(1);
      meets(tenant, faults);
      tenant.isStale = () => true;
      const clock = handClock();
      await apply(numbers(1).map(rowFor), tenant, { tools: { clock } });
      return clock.slept.reduce((sum, ms) => sum + ms, 0);
    };
    const refusal = refuse({ code: 'conflict', status: 409 });
    expect(await waits([refusal])).toBe(0);
    // Twice the readings that settle a write, and the wait between the attempts.
    expect(await waits([lost(true), refusal])).toBe(2 * 7_500 + 375);
  });

  it('is that it was made, where a refusal came back although the value is there', async () => {
    const tenant = tenantOf(1);
    meets(tenant, [{ facts: { code: 'conflict', status: 409, requestId: 'r-5' }, takesEffect: true }]);
    const { results } = await apply(numbers(1).map(rowFor), tenant);
    expect(results[0]).toMatchObject({
      outcome: 'applied',
      attempts: 1,
      requestId: 'r-5',
      detail: 'Refused, and found written by reading it back.',
    });
  });

  it('is told by the service alone where the value has been there before: no reading settles a rollback', async () => {
    const tenant = tenantOf(1);
    meets(tenant, [lost(true)]);
    const { results } = await apply(numbers(1).map(rowFor), tenant, { options: { takesBack: true } });
    expect(results[0]).toMatchObject({ outcome: 'applied', attempts: 2 });
    expect(tenant.reader.counts().graphWrites).toBe(2);
  });

  it('is uncertain in the words of the attempt that got no answer, where no other may follow', async () => {
    const tenant = tenantOf(1);
    meets(tenant, [{ facts: { code: 'timed-out', retry: 'never', effect: 'unknown' }, takesEffect: false }]);
    const { results } = await apply(numbers(1).map(rowFor), tenant);
    expect(results[0]).toMatchObject({ outcome: 'uncertain', attempts: 1, detail: 'scripted timed-out' });
  });

  it('is uncertain where the run was stopped before that could be known, and says so', async () => {
    const tenant = tenantOf(1);
    const controller = new AbortController();
    tenant.fault = () => {
      controller.abort();
      return lost(false);
    };
    const { results } = await apply(numbers(1).map(rowFor), tenant, { tools: { signal: controller.signal } });
    expect(results[0]).toMatchObject({
      outcome: 'uncertain',
      attempts: 1,
      code: 'unreachable',
      detail: 'The run was stopped before it was known whether the write took effect. scripted unreachable',
    });
  });

  it('is looked up no more once the run is over', async () => {
    const tenant = tenantOf(1);
    const over = new AbortController();
    let reads = 0;
    const readUsers = tenant.reader.readUsers.bind(tenant.reader);
    tenant.reader.readUsers = (ids) => {
      reads++;
      return readUsers(ids);
    };
    tenant.fault = () => {
      over.abort();
      return lost(true);
    };
    const { outcomes } = await apply(numbers(1).map(rowFor), tenant, { tools: { over: over.signal } });
    expect([outcomes, reads]).toEqual([['uncertain'], 1]);
  });

  it('is, after ten attempts that the service was too busy for, that', async () => {
    const tenant = tenantOf(1);
    tenant.fault = () => refuse({ code: 'server-error', retry: 'later', status: 503 });
    const { results } = await apply(numbers(1).map(rowFor), tenant);
    expect(results[0]).toMatchObject({ outcome: 'rejected', attempts: 10, code: 'server-error' });
  });

  it('stays open where an earlier run had begun it, unless the value itself is refused', async () => {
    const rows = numbers(1).map(rowFor);
    const past = (await apply(rows, tenantOf(1))).entries.slice(0, 1);
    const after = async (facts: Fault['facts']) => {
      const tenant = tenantOf(1);
      meets(tenant, [refuse(facts)]);
      return (await apply(rows, tenant, { past })).results[0];
    };
    expect(await after({ code: 'forbidden' })).toMatchObject({
      outcome: 'uncertain',
      code: 'forbidden',
      detail: 'scripted forbidden An earlier run had begun to write it, and how that ended is not known.',
    });
    const ofTheValue = { code: 'bad-request', status: 400, property: 'onPremisesImmutableId' } as const;
    expect(await after(ofTheValue)).toMatchObject({ outcome: 'rejected' });
    // The tenant as a whole is refused, so it waits for the next run, and is no more settled by that.
    expect(await after({ code: 'forbidden', scope: 'run' })).toMatchObject({
      outcome: 'uncertain',
      code: 'unexpected',
    });
  });

  it('costs the other rows nothing when it is a bug, which ends the run', async () => {
    const tenant = tenantOf(3);
    const bug = new TypeError('a bug');
    const { writer } = tenant;
    const broken = { ...writer, setImmutableId: () => Promise.reject(bug) };
    const { results, stopped } = await apply(numbers(3).map(rowFor), tenant, { tools: { writers: [broken] } });
    expect(stopped).toEqual({ kind: 'fault', error: bug });
    expect(results.map(({ outcome }) => outcome)).toEqual(['uncertain', 'not-reached', 'not-reached']);
    expect(results[0]).toMatchObject({ attempts: 1, detail: 'a bug', code: 'unexpected' });
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
