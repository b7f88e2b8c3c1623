// What ends an apply before its last row, and how the rows that were waiting end then.
import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../../src/core/journal.ts';
import { writtenBy } from '../../../src/core/judge/undo.ts';
import type { ApplyOptions, ApplyTools } from '../../../src/run/apply/write-all.ts';
import { type Fault, handClock, memoryJournal, type MemoryTenant, memoryTenant } from '../../support/in-memory.ts';
import { cloudUser, guid, idOf } from '../../support/people.ts';
import { numbers, rowFor } from '../ready-rows.ts';
import { applyOptions, applyTools } from '../../support/apply-tools.ts';
import { appliedInFull } from '../../support/in-full.ts';

const tenantOf = (count: number): MemoryTenant => memoryTenant(numbers(count).map((n) => cloudUser(n)));
const refuse = (facts: Fault['facts'], takesEffect = false): Fault => ({ facts, takesEffect });

async function apply(
  count: number,
  tenant: MemoryTenant,
  more: { options?: Partial<ApplyOptions>; tools?: Partial<ApplyTools>; entries?: JournalEntry[] } = {},
) {
  const clock = handClock();
  const journal = memoryJournal(more.entries ?? []);
  const applied = await appliedInFull(numbers(count).map(rowFor), [...journal.entries], {
    tools: applyTools(tenant, { journal, clock, ...more.tools }),
    options: applyOptions(more.options),
  });
  const outcomes = applied.results.map(({ outcome }) => outcome);
  const tally = (outcome: string): number => outcomes.filter((one) => one === outcome).length;
  return { ...applied, outcomes, tally, clock, entries: journal.entries };
}

describe('an apply stops by itself', () => {
  it('when so many rows in a row have failed, however few of all that is', async () => {
    const tenant = tenantOf(200);
    tenant.fault = () => (tenant.effects.length >= 50 ? refuse({ code: 'conflict' }) : undefined);
    const { stopped, tally } = await apply(200, tenant, { options: { maxConsecutiveFailures: 20 } });
    expect(stopped).toEqual({ kind: 'failures-in-a-row', failures: 20, last: 'scripted conflict' });
    expect([tally('applied'), tally('rejected'), tally('not-reached')]).toEqual([50, 20, 130]);
  });

  it('not when as many have failed with successes between them', async () => {
    const tenant = tenantOf(200);
    let write = 0;
    tenant.fault = () => (write++ % 10 === 9 ? refuse({ code: 'forbidden' }) : undefined);
    const { stopped, tally } = await apply(200, tenant, { options: { maxConsecutiveFailures: 3 } });
    expect(stopped).toBeNull();
    expect([tally('applied'), tally('rejected')]).toEqual([180, 20]);
  });

  it('at the fifth 403 when nothing was allowed before: it is the application that may not', async () => {
    const tenant = tenantOf(100);
    tenant.fault = () => refuse({ code: 'forbidden', status: 403 });
    const { stopped, tally } = await apply(100, tenant);
    expect(stopped).toEqual({ kind: 'refused-everywhere', failures: 5, last: 'scripted forbidden' });
    expect([tally('rejected'), tally('not-reached')]).toEqual([5, 95]);
  });

  it('not at users who are refused one by one', async () => {
    const tenant = tenantOf(100);
    tenant.fault = (id) =>
      numbers(5).some((n) => guid('cloud', n + 1) === id) ? refuse({ code: 'forbidden' }) : undefined;
    const { stopped, tally } = await apply(100, tenant);
    expect([stopped, tally('applied'), tally('rejected')]).toEqual([null, 95, 5]);
  });

  it('at the end of the window, and a row that waits for a throttled service ends not reached', async () => {
    const tenant = tenantOf(30);
    const start = handClock().now().getTime();
    tenant.fault = () =>
      tenant.effects.length >= 10 ? refuse({ code: 'throttled', retry: 'later', retryAfterMs: 600_000 }) : undefined;
    const stopAt = new Date(start + 60_000);
    const { stopped, tally, clock, results, entries } = await apply(30, tenant, { options: { stopAt } });
    expect(stopped).toEqual({ kind: 'window-over', at: stopAt });
    expect([tally('applied'), tally('not-reached')]).toEqual([10, 20]);
    expect(clock.now()).toEqual(stopAt);
    // The one that was under way says what it waited for; its intent is void, so that nothing is left open.
    expect(results[10]).toMatchObject({
      outcome: 'not-reached',
      attempts: 1,
      detail: expect.stringContaining('waited') as string,
    });
    expect(entries.filter(({ line }) => line === 12).map(({ kind }) => kind)).toEqual(['intent', 'outcome']);
    const again = await apply(30, Object.assign(tenant, { fault: () => undefined }), { entries });
    expect([again.stopped, again.tally('applied')]).toEqual([null, 30]);
  });

  it('when the tenant is no longer as the plan found it, a few minutes later at the most', async () => {
    const tenant = tenantOf(400);
    const clock = handClock();
    const asked: number[] = [];
    tenant.fault = () => {
      // A second for each write.
      void clock.sleep(1_000);
      return undefined;
    };
    const blocked = new Error('hard match is blocked now');
    const inspect = async (): Promise<void> => {
      asked.push(tenant.effects.length);
      throw blocked;
    };
    const { stopped, tally } = await apply(400, tenant, { tools: { clock, inspect } });
    expect(stopped).toEqual({ kind: 'fault', error: blocked });
    expect(asked).toHaveLength(1);
    expect(tally('applied')).toBeLessThan(360);
    expect(tally('applied') + tally('not-reached')).toBe(400);
  });
});

describe('a row that waits when the run is stopped', () => {
  it('does not wait on, and is not reached where nothing can have taken effect', async () => {
    const tenant = tenantOf(5);
    const controller = new AbortController();
    tenant.fault = () => {
      controller.abort();
      return refuse({ code: 'server-error', retry: 'later', effect: 'none' });
    };
    const { stopped, outcomes, clock } = await apply(5, tenant, { tools: { signal: controller.signal } });
    expect(stopped).toEqual({ kind: 'interrupted' });
    expect(outcomes).toEqual(numbers(5).map(() => 'not-reached'));
    expect(clock.slept).toEqual([]);
  });

  it('is uncertain where an attempt got no answer and was not seen', async () => {
    const tenant = tenantOf(2);
    const controller = new AbortController();
    tenant.fault = () => {
      controller.abort();
      return refuse({ code: 'timed-out', retry: 'later', effect: 'unknown' });
    };
    const { results } = await apply(2, tenant, { tools: { signal: controller.signal } });
    expect(results[0]).toMatchObject({ outcome: 'uncertain', code: 'timed-out' });
    expect(results[1]?.outcome).toBe('not-reached');
  });
});

describe('a refusal after an attempt that got no answer', () => {
  it('leaves the row uncertain where the first attempt may have been taken', async () => {
    const tenant = tenantOf(1);
    let write = 0;
    tenant.fault = () =>
      write++ === 0
        ? refuse({ code: 'unreachable', retry: 'later', effect: 'unknown' }, true)
        : refuse({ code: 'forbidden', status: 403 });
    // The replica that answers has not heard of it all the while.
    tenant.isStale = () => true;
    const { results } = await apply(1, tenant);
    expect(results[0]).toMatchObject({ outcome: 'uncertain', attempts: 2 });
  });

  it('is a rejection where the value itself is refused: the first attempt was refused as well', async () => {
    const tenant = tenantOf(1);
    let write = 0;
    tenant.fault = () =>
      write++ === 0
        ? refuse({ code: 'unreachable', retry: 'later', effect: 'unknown' })
        : refuse({ code: 'bad-request', status: 400, property: 'onPremisesImmutableId' });
    expect((await apply(1, tenant)).outcomes).toEqual(['rejected']);
  });

  // The first attempt took effect, sync has taken the user over by it, and every reading still shows the user as before.
  it.each([
    ['of a user that sync has taken over', { code: 'bad-request', status: 400, serviceCode: 'Request_BadRequest' }],
    ['that names another property', { code: 'conflict', status: 400, property: 'proxyAddresses' }],
    ['that names nothing', { code: 'conflict', status: 409 }],
  ] as const)('leaves the row uncertain after a refusal %s, and a rollback knows of it', async (_of, facts) => {
    const tenant = tenantOf(1);
    let write = 0;
    tenant.fault = () =>
      write++ === 0 ? refuse({ code: 'server-error', retry: 'later', effect: 'unknown' }, true) : refuse(facts);
    tenant.isStale = () => true;
    const { outcomes, entries } = await apply(1, tenant);
    expect(outcomes).toEqual(['uncertain']);
    expect(writtenBy(entries)).toMatchObject([{ line: 2, after: idOf(2) }]);
  });

  it('is not believed where the value is there: something in between may have answered for itself', async () => {
    const tenant = tenantOf(1);
    tenant.fault = () => refuse({ code: 'bad-request', status: 400 }, true);
    const { results } = await apply(1, tenant);
    expect(results[0]).toMatchObject({ outcome: 'applied', attempts: 1 });
  });
});

describe('going on after a stop', () => {
  it('tries what failed before last, so that it does not stop over the same rows again', async () => {
    const tenant = tenantOf(60);
    const bad = new Set(
      numbers(60)
        .slice(5, 15)
        .map((n) => guid('cloud', n)),
    );
    tenant.fault = (id) => (bad.has(id) ? refuse({ code: 'conflict' }) : undefined);
    const options = { maxConsecutiveFailures: 10 };
    const first = await apply(60, tenant, { options });
    expect([first.stopped?.kind, first.tally('applied')]).toEqual(['failures-in-a-row', 5]);
    const second = await apply(60, tenant, { options, entries: first.entries });
    expect([second.tally('applied'), second.tally('rejected')]).toEqual([50, 10]);
  });
});

describe('a journal that fails after a write', () => {
  it('costs no row its ending: what was written is told, and handed over as unsaved', async () => {
    const tenant = tenantOf(3);
    const full = new Error('the disk is full');
    const entries: JournalEntry[] = [];
    const journal = {
      append: async (entry: JournalEntry) => {
        if (entries.length >= 3) throw full;
        entries.push(entry);
      },
    };
    const { results, stopped, unsaved, outcomes } = await apply(3, tenant, { tools: { journal } });
    expect(stopped).toEqual({ kind: 'fault', error: full });
    // The second row's intent was the last entry that went down, so it was sent; the third was not begun.
    expect(outcomes).toEqual(['applied', 'applied', 'not-reached']);
    expect(unsaved).toEqual([
      expect.objectContaining({ line: 3, outcome: 'applied', requestId: results[1]?.requestId }),
    ]);
    expect(tenant.effects).toHaveLength(2);
  });
});

describe('rows side by side', () => {
  it('do not wait for one that is slow', async () => {
    const tenant = tenantOf(100);
    const { writer } = tenant;
    let free: (() => void) | undefined;
    const slow = new Promise<void>((resolve) => (free = resolve));
    const setImmutableId = writer.setImmutableId.bind(writer);
    writer.setImmutableId = async (id, value) => {
      if (id === guid('cloud', 2)) await slow;
      // All the others are through while the first still waits.
      if (tenant.effects.length === 98) free?.();
      return setImmutableId(id, value);
    };
    const { tally } = await apply(100, tenant, { options: { concurrency: 2 } });
    expect(tally('applied')).toBe(100);
  });
});

describe('a row that had to wait', () => {
  it.each([
    ['429', { code: 'throttled', retry: 'later', retryAfterMs: 8_000, status: 429 }],
    ['503', { code: 'server-error', retry: 'later', effect: 'unknown', status: 503, retryAfterMs: 8_000 }],
  ] as const)('for %s is read again, and left alone where somebody has changed it meanwhile', async (_what, facts) => {
    const tenant = tenantOf(1);
    let write = 0;
    tenant.fault = () => (write++ === 0 ? refuse(facts) : undefined);
    const clock = handClock();
    const sleep = clock.sleep.bind(clock);
    const id = guid('cloud', 2);
    clock.sleep = async (ms, signal) => {
      if (ms >= 8_000) tenant.users.set(id, cloudUser(2, { onPremisesImmutableId: idOf(99) }));
      await sleep(ms, signal);
    };
    const { results } = await apply(1, tenant, { tools: { clock } });
    expect(results[0]).toMatchObject({ outcome: 'stale', attempts: 1 });
    expect(tenant.users.get(id)?.onPremisesImmutableId).toBe(idOf(99));
  });
});

describe('a refusal that says nothing of the value', () => {
  it.each([404, 405, 423])('(%i) leaves an attempt open that got no answer', async (status) => {
    const tenant = tenantOf(1);
    let write = 0;
    tenant.fault = () =>
      write++ === 0
        ? refuse({ code: 'unreachable', retry: 'later', effect: 'unknown' }, true)
        : refuse({ code: 'bad-request', status, serviceCode: 'Request_ResourceNotFound' });
    tenant.isStale = () => true;
    const { outcomes, entries } = await apply(1, tenant);
    expect(outcomes).toEqual(['uncertain']);
    expect(writtenBy(entries)).toHaveLength(1);
  });
});

describe('a write that was begun and not ended', () => {
  it('stays known to a rollback when its user is gone as the run goes on, and comes back', async () => {
    const tenant = tenantOf(1);
    const id = guid('cloud', 2);
    const { entries } = await apply(1, tenant);
    const cutOff = entries.slice(0, 1);
    const user = tenant.users.get(id);
    tenant.users.delete(id);
    expect((await apply(1, tenant, { entries: cutOff })).outcomes).toEqual(['stale']);
    if (user) tenant.users.set(id, user);
    expect(writtenBy(cutOff)).toHaveLength(1);
    expect((await apply(1, tenant, { entries: cutOff })).outcomes).toEqual(['applied']);
  });
});
