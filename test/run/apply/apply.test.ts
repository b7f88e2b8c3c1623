import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Guid } from '../../../src/core/guid.ts';
import type { JournalEntry } from '../../../src/core/journal.ts';
import type { PlanRow } from '../../../src/core/row.ts';
import { writeQuota } from '../../../src/core/write-time.ts';
import type { ApplyOptions } from '../../../src/run/apply/write-all.ts';
import { makePlan } from '../../../src/run/plan/plan.ts';
import { applyOptions, applyTools } from '../../support/apply-tools.ts';
import {
  failure,
  handClock,
  memoryDirectory,
  memoryJournal,
  type MemoryTenant,
  memoryTenant,
  noProgress,
} from '../../support/in-memory.ts';
import { adUser, cloudUser, guid, idOf, mappings, pairing } from '../../support/people.ts';
import { planHeader } from '../plan-header.ts';
import { appliedInFull, rollbackInFull } from '../../support/in-full.ts';

const all = applyOptions({ concurrency: 4 });

async function planFor(numbers: readonly number[], tenant: MemoryTenant, allowRelink = false): Promise<PlanRow[]> {
  const made = await makePlan(
    mappings(numbers.map((n) => pairing(n, [`u${n}`, guid('cloud', n)]))),
    {
      directory: memoryDirectory(numbers.map((n) => adUser(n))),
      tenant: tenant.reader,
      clock: handClock(),
      progress: noProgress,
    },
    {
      sourceAnchor: { kind: 'auto' },
      confirmSourceAnchor: null,
      allowRelink,
      federatedDetour: null,
      sync: 'connect',
      toolVersion: '0.0.0',
    },
  );
  return [...made.rows];
}

function apply(
  rows: readonly PlanRow[],
  tenant: MemoryTenant,
  more: {
    entries?: JournalEntry[];
    past?: readonly JournalEntry[];
    options?: Partial<ApplyOptions>;
    signal?: AbortSignal;
  } = {},
) {
  const journal = memoryJournal(more.entries);
  const clock = handClock();
  const run = appliedInFull(rows, more.past ?? [], {
    tools: applyTools(tenant, { journal, clock, signal: more.signal ?? new AbortController().signal }),
    options: { ...all, ...more.options },
  });
  return run.then((applied) => ({ ...applied, entries: journal.entries, clock }));
}

const tenantOf = (numbers: readonly number[]) => memoryTenant(numbers.map((n) => cloudUser(n)));
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('apply', () => {
  it('writes every ready row and journals an intent before and an outcome after each', async () => {
    const numbers = range(2, 60);
    const tenant = tenantOf(numbers);
    const { results, stopped, entries } = await apply(await planFor(numbers, tenant), tenant);
    expect(stopped).toBeNull();
    expect(results.map((result) => result.outcome)).toEqual(numbers.map(() => 'applied'));
    for (const n of numbers) {
      expect(tenant.users.get(guid('cloud', n))?.onPremisesImmutableId).toBe(idOf(n));
      expect(entries.filter((entry) => entry.line === n).map((entry) => entry.kind)).toEqual(['intent', 'outcome']);
    }
  });

  it('does not overwrite a row that changed since the plan: stale, with planned and found', async () => {
    const tenant = tenantOf([2, 3, 4]);
    const rows = await planFor([2, 3, 4], tenant);
    const user = tenant.users.get(guid('cloud', 3));
    if (user) tenant.users.set(user.id, { ...user, onPremisesImmutableId: idOf(99) });
    tenant.users.delete(guid('cloud', 4));
    const { results } = await apply(rows, tenant);
    expect(results.map((result) => result.outcome)).toEqual(['applied', 'stale', 'stale']);
    expect(results[1]?.detail).toBe(`Planned on an empty value, found ${idOf(99)}.`);
    expect(tenant.users.get(guid('cloud', 3))?.onPremisesImmutableId).toBe(idOf(99));
  });

  it('leaves a row alone that has the value already', async () => {
    const tenant = tenantOf([2]);
    const rows = await planFor([2], tenant);
    tenant.users.set(guid('cloud', 2), cloudUser(2, { onPremisesImmutableId: idOf(2) }));
    const { results, entries } = await apply(rows, tenant);
    expect(results[0]?.outcome).toBe('already');
    expect(tenant.effects).toEqual([]);
    expect(entries.map((entry) => entry.kind)).toEqual(['outcome']);
  });

  it('keeps held and kept rows in their place, untouched', async () => {
    const tenant = memoryTenant([cloudUser(2, { onPremisesImmutableId: idOf(2) }), cloudUser(4)]);
    const { results } = await apply(await planFor([2, 3, 4], tenant), tenant);
    expect(results.map((result) => [result.row.line, result.outcome])).toEqual([
      [2, 'kept'],
      [3, 'held'],
      [4, 'applied'],
    ]);
  });

  it('waits as long as the service asks after a 429, and every writer waits with it', async () => {
    const numbers = range(2, 9);
    const tenant = tenantOf(numbers);
    let refusals = 1;
    tenant.fault = () =>
      refusals-- > 0
        ? { facts: { code: 'throttled', retry: 'later', retryAfterMs: 7_000, status: 429 }, takesEffect: false }
        : undefined;
    const { results, clock } = await apply(await planFor(numbers, tenant), tenant, { options: { concurrency: 1 } });
    expect(results.every((result) => result.outcome === 'applied')).toBe(true);
    expect(results[0]?.attempts).toBe(2);
    expect(Math.max(...clock.slept)).toBeGreaterThanOrEqual(7_000);
  });

  it('reads a row again when throttling has held it up since it was read', async () => {
    const tenant = tenantOf([2, 3]);
    const rows = await planFor([2, 3], tenant);
    let refusals = 1;
    tenant.fault = () => {
      if (refusals-- <= 0) return undefined;
      tenant.users.set(guid('cloud', 3), cloudUser(3, { onPremisesImmutableId: idOf(99) }));
      return { facts: { code: 'throttled', retry: 'later', retryAfterMs: 60_000, status: 429 }, takesEffect: false };
    };
    const { results } = await apply(rows, tenant, { options: { concurrency: 1 } });
    expect(results.map((result) => result.outcome)).toEqual(['applied', 'stale']);
    expect(tenant.users.get(guid('cloud', 3))?.onPremisesImmutableId).toBe(idOf(99));
  });

  it('keeps a write of an earlier run open that it cannot read back', async () => {
    const tenant = tenantOf([2]);
    const rows = await planFor([2], tenant);
    const { entries } = await apply(rows, tenant);
    const cutOff = entries.slice(0, 1);
    const readUsers = tenant.reader.readUsers.bind(tenant.reader);
    tenant.reader.readUsers = async (ids) =>
      new Map(ids.map((id) => [id, { kind: 'unreadable', failure: failure({ code: 'timed-out' }) }]));
    const { results, entries: more } = await apply(rows, tenant, { past: [...cutOff], entries: cutOff });
    expect(results[0]?.outcome).toBe('uncertain');
    tenant.reader.readUsers = readUsers;
    expect((await apply(rows, tenant, { past: [...more], entries: more })).results[0]?.outcome).toBe('applied');
  });

  it('reads a row again that came to nothing for a moment, and gives it up only when that goes on', async () => {
    const tenant = tenantOf([2, 3]);
    const rows = await planFor([2, 3], tenant);
    const readUsers = tenant.reader.readUsers.bind(tenant.reader);
    let reads = 0;
    const unreadable = failure({ code: 'server-error', retry: 'later', status: 503 });
    tenant.reader.readUsers = async (ids) => {
      reads++;
      const readings = new Map(await readUsers(ids));
      if (reads <= 2) readings.set(guid('cloud', 2), { kind: 'unreadable', failure: unreadable });
      if (ids.includes(guid('cloud', 3))) readings.set(guid('cloud', 3), { kind: 'unreadable', failure: unreadable });
      return readings;
    };
    const { results } = await apply(rows, tenant);
    expect(results.map(({ outcome }) => outcome)).toEqual(['applied', 'rejected']);
    expect(reads).toBeLessThan(8);
    expect(tenant.effects.map(({ id }) => id)).toEqual([guid('cloud', 2)]);
  });

  it('rejects a row that Graph refuses, with the reason and the message, and goes on with the others', async () => {
    const tenant = tenantOf([2, 3, 4]);
    const rows = await planFor([2, 3, 4], tenant);
    tenant.fault = (id) => (id === guid('cloud', 3) ? { facts: { code: 'forbidden' }, takesEffect: false } : undefined);
    const { results } = await apply(rows, tenant);
    expect(results.map((result) => result.outcome)).toEqual(['applied', 'rejected', 'applied']);
    expect(results[1]).toMatchObject({ code: 'forbidden', detail: 'scripted forbidden' });
  });

  it('settles a write without an answer by reading it back, through stale readings, and does not write twice', async () => {
    const tenant = tenantOf([2]);
    const rows = await planFor([2], tenant);
    let faults = 1;
    let stale = 2;
    tenant.fault = () =>
      faults-- > 0 ? { facts: { code: 'timed-out', retry: 'later', effect: 'unknown' }, takesEffect: true } : undefined;
    tenant.isStale = () => tenant.effects.length > 0 && stale-- > 0;
    const { results } = await apply(rows, tenant);
    expect(results[0]).toMatchObject({ outcome: 'applied', attempts: 1 });
    expect(tenant.effects).toHaveLength(1);
  });

  it('writes again when a write without an answer had no effect', async () => {
    const tenant = tenantOf([2]);
    const rows = await planFor([2], tenant);
    let faults = 1;
    tenant.fault = () =>
      faults-- > 0
        ? { facts: { code: 'unreachable', retry: 'later', effect: 'unknown' }, takesEffect: false }
        : undefined;
    const { results } = await apply(rows, tenant);
    expect(results[0]).toMatchObject({ outcome: 'applied', attempts: 2 });
  });

  it('says uncertain, not rejected, when it cannot find out', async () => {
    const tenant = tenantOf([2]);
    const rows = await planFor([2], tenant);
    tenant.fault = () => ({ facts: { code: 'timed-out', retry: 'later', effect: 'unknown' }, takesEffect: false });
    const readUsers = tenant.reader.readUsers.bind(tenant.reader);
    let reads = 0;
    tenant.reader.readUsers = async (ids) => {
      if (reads++ === 0) return readUsers(ids);
      throw failure({ code: 'unreachable' });
    };
    const { results } = await apply(rows, tenant);
    expect(results[0]).toMatchObject({ outcome: 'uncertain', code: 'unreachable' });
  });

  it('stops beginning rows after too many failures; the rest are not reached', async () => {
    const numbers = range(2, 101);
    const tenant = tenantOf(numbers);
    const rows = await planFor(numbers, tenant);
    tenant.fault = () => ({ facts: { code: 'forbidden' }, takesEffect: false });
    const { results, stopped } = await apply(rows, tenant, { options: { maxFailures: 5, concurrency: 1 } });
    expect(stopped).toEqual({ kind: 'too-many-failures', failures: 5 });
    expect(results.filter((result) => result.outcome === 'rejected')).toHaveLength(5);
    expect(results.filter((result) => result.outcome === 'not-reached')).toHaveLength(95);
  });

  it('stops at once when the run as a whole is refused', async () => {
    const numbers = range(2, 50);
    const tenant = tenantOf(numbers);
    const rows = await planFor(numbers, tenant);
    tenant.fault = () => ({ facts: { code: 'forbidden', scope: 'run' }, takesEffect: false });
    const { results, stopped } = await apply(rows, tenant, { options: { concurrency: 2 } });
    expect(stopped?.kind).toBe('fault');
    expect(results.filter((result) => result.outcome === 'rejected').length).toBeLessThanOrEqual(2);
  });

  it('begins nothing more once it is told to stop, and goes on from there later', async () => {
    const numbers = range(2, 41);
    const tenant = tenantOf(numbers);
    const rows = await planFor(numbers, tenant);
    const controller = new AbortController();
    tenant.fault = () => {
      if (tenant.effects.length === 9) controller.abort();
      return undefined;
    };
    const first = await apply(rows, tenant, { signal: controller.signal, options: { concurrency: 1 } });
    expect(first.stopped).toEqual({ kind: 'interrupted' });
    expect(first.results.filter((result) => result.outcome === 'applied')).toHaveLength(10);
    const second = await apply(rows, tenant, { past: [...first.entries], entries: first.entries });
    expect(second.stopped).toBeNull();
    expect(second.results.every((result) => result.outcome === 'applied')).toBe(true);
    expect(tenant.effects).toHaveLength(40);
  });

  it('tells whoever waits what is to be written, what was before, what is held, and how fast it can go', async () => {
    const tenant = memoryTenant([cloudUser(2), cloudUser(3), cloudUser(4, { onPremisesImmutableId: idOf(4) })]);
    const rows = await planFor(range(2, 6), tenant);
    const first = await apply(rows, tenant, { options: { first: 1 } });
    const stages: unknown[] = [];
    const advances: unknown[] = [];
    tenant.fault = () => ({ facts: { code: 'conflict' }, takesEffect: false });
    await appliedInFull(rows, first.entries, {
      tools: applyTools(tenant, {
        writers: [tenant.writer, { ...tenant.writer, application: 'another' }],
        progress: {
          stage: (...given) => void stages.push(given),
          advance: (...given) => void advances.push(given),
        },
      }),
      options: all,
    });
    const { atOnce, perSecond } = writeQuota;
    const limit = { atOnce: 2 * atOnce, perSecond: 2 * perSecond };
    expect(stages).toEqual([['Writing to the tenant', 2, { done: 1, held: 2, limit }]]);
    expect(advances).toEqual([[1, 1]]);
  });

  it('writes only the first n ready rows of a pilot', async () => {
    const tenant = memoryTenant([
      cloudUser(2, { onPremisesImmutableId: idOf(2) }),
      ...range(3, 9).map((n) => cloudUser(n)),
    ]);
    const { results } = await apply(await planFor(range(2, 9), tenant), tenant, { options: { first: 2 } });
    expect(results.map((result) => result.outcome)).toEqual([
      'kept',
      'applied',
      'applied',
      ...Array.from({ length: 5 }, () => 'not-reached'),
    ]);
  });

  it('sends no write when the intent cannot be put on disk', async () => {
    const tenant = tenantOf([2, 3]);
    const rows = await planFor([2, 3], tenant);
    const full = new Error('ENOSPC');
    const { results, stopped } = await appliedInFull(rows, [], {
      tools: applyTools(tenant, { journal: { append: () => Promise.reject(full) } }),
      options: all,
    });
    expect(tenant.effects).toEqual([]);
    expect(stopped).toEqual({ kind: 'fault', error: full });
    expect(results.map((result) => result.outcome)).toEqual(['not-reached', 'not-reached']);
  });
});

describe('apply, then rollback', () => {
  async function rollBack(rows: readonly PlanRow[], entries: readonly JournalEntry[], tenant: MemoryTenant) {
    const plan = { header: planHeader, rows, fingerprint: 'sha256:00' };
    const back = await rollbackInFull(
      { plan, entries },
      { tenant: tenant.reader, clock: handClock(), progress: noProgress },
      { only: null, toolVersion: '0', runPath: 'runs/x' },
    );
    return { back, applied: await apply(back.rows, tenant, { options: { takesBack: true } }) };
  }

  it('restores the tenant from any point at which the run was cut off', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ had: fc.boolean(), lost: fc.boolean() }), { minLength: 1, maxLength: 30 }),
        fc.nat(80),
        async (people, cut) => {
          const numbers = people.map((_, index) => index + 2);
          const tenant = memoryTenant(
            people.map(({ had }, index) =>
              cloudUser(index + 2, had ? { onPremisesImmutableId: idOf(1_000 + index) } : {}),
            ),
          );
          const original = new Map(tenant.users);
          const rows = await planFor(numbers, tenant, true);
          const losesAnswer = new Set<Guid>(numbers.filter((_, at) => people[at]?.lost).map((n) => guid('cloud', n)));
          tenant.fault = (id) =>
            losesAnswer.delete(id)
              ? { facts: { code: 'timed-out', retry: 'later', effect: 'unknown' }, takesEffect: true }
              : undefined;
          // The journal takes `cut` entries and then the machine is gone: what was appended is all that is known.
          const entries: JournalEntry[] = [];
          const dead = {
            append: async (entry: JournalEntry) => {
              if (entries.length >= cut) throw new Error('power cut');
              entries.push(entry);
            },
          };
          await appliedInFull(rows, [], {
            tools: applyTools(tenant, { journal: dead }),
            options: all,
          });
          tenant.fault = () => undefined;
          await rollBack(rows, entries, tenant);
          expect(new Map(tenant.users)).toEqual(original);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('clears to null where it was null, and holds a user somebody changed since', async () => {
    const tenant = tenantOf([2, 3]);
    const rows = await planFor([2, 3], tenant);
    const { entries } = await apply(rows, tenant);
    tenant.users.set(guid('cloud', 3), cloudUser(3, { onPremisesImmutableId: idOf(55) }));
    const { back } = await rollBack(rows, entries, tenant);
    expect(back.rows.map((row) => [row.state, row.step])).toEqual([
      ['ready', 'unlink'],
      ['held', null],
    ]);
    expect(back.rows[1]?.reasons[0]?.code).toBe('changed-since-run');
    expect(tenant.users.get(guid('cloud', 2))?.onPremisesImmutableId).toBeNull();
    expect(tenant.users.get(guid('cloud', 3))?.onPremisesImmutableId).toBe(idOf(55));
  });

  it('can itself be rolled back', async () => {
    const tenant = tenantOf([2, 3, 4]);
    const rows = await planFor([2, 3, 4], tenant);
    const { entries } = await apply(rows, tenant);
    const { back, applied } = await rollBack(rows, entries, tenant);
    await rollBack(back.rows, applied.entries, tenant);
    expect([2, 3, 4].map((n) => tenant.users.get(guid('cloud', n))?.onPremisesImmutableId)).toEqual(
      [2, 3, 4].map(idOf),
    );
  });
});
