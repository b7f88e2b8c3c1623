import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FailureFacts } from '../../../src/core/failure.ts';
import { type JournalEntry, leftAway } from '../../../src/core/journal.ts';
import type { MemoryTenant } from '../../support/in-memory.ts';
import { idOf } from '../../support/people.ts';
import { rounds } from '../../support/rounds.ts';
import {
  apply,
  at,
  away,
  cloud,
  federation,
  home,
  lost,
  old,
  refusal,
  rollBack,
  rowFor,
  type World,
} from './federation.ts';

/** The machine is gone after `cut` events; an event is a journal entry, a request leaving, or an answer coming. */
function untilPowerCut(tenant: MemoryTenant, entries: JournalEntry[], cut: number): World {
  let events = 0;
  const tick = (): void => {
    if (events++ >= cut) throw new Error('power cut');
  };
  const sending = async <T>(send: () => Promise<T>): Promise<T> => {
    tick();
    return send().finally(tick);
  };
  return {
    reader: tenant.reader,
    journal: {
      append: async (entry) => {
        tick();
        entries.push(entry);
      },
    },
    writer: {
      application: tenant.writer.application,
      setImmutableId: (id, value) => sending(() => tenant.writer.setImmutableId(id, value)),
      setUserPrincipalName: (id, upn) => sending(() => tenant.writer.setUserPrincipalName(id, upn)),
    },
  };
}

type Trouble = 'none' | 'lost-answer' | 'lost-request' | 'throttled' | 'not-heard-of-it';

/** What goes wrong with the writes and readings to come, in order; then nothing more does. */
function setTroubles(tenant: MemoryTenant, troubles: readonly Trouble[], staleness: readonly boolean[]): void {
  const writes = [...troubles];
  const reads = [...staleness];
  tenant.fault = (_id, value) => {
    const next = writes.shift() ?? 'none';
    if (next === 'lost-answer' || next === 'lost-request') return lost(next === 'lost-answer');
    if (next === 'throttled') return refusal({ code: 'throttled', retry: 'later', status: 429 });
    // A move away is not refused by a replica that lags behind.
    return next === 'not-heard-of-it' && !value?.startsWith('hardmatch-') ? refusal() : undefined;
  };
  tenant.isStale = () => reads.shift() ?? false;
}

const anyTroubles = fc.array(
  fc.constantFrom<Trouble>('none', 'none', 'lost-answer', 'lost-request', 'throttled', 'not-heard-of-it'),
  // No more than one change can bear.
  { maxLength: 5 },
);
const anyStaleness = fc.array(fc.boolean(), { maxLength: 8 });
const anyPast = fc.array(fc.boolean(), { minLength: 1, maxLength: 4 });
const anyCuts = fc.array(fc.nat(50), { minLength: 1, maxLength: 3 });

describe('whenever the machine dies in the midst of detours', () => {
  it('going on ends with every user home with the new ID, and a rollback restores everybody', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          past: anyPast,
          cuts: anyCuts,
          troubles: fc.array(anyTroubles, { minLength: 4, maxLength: 4 }),
          staleness: anyStaleness,
        }),
        async ({ past, cuts, troubles, staleness }) => {
          const numbers = past.map((_had, index) => index + 2);
          const tenant = federation(Object.fromEntries(numbers.map((n, index) => [n, past[index] ? old(n) : null])));
          const original = new Map(tenant.users);
          const rows = numbers.map((n) => rowFor(n, tenant));
          const entries: JournalEntry[] = [];
          for (const [index, cut] of cuts.entries()) {
            setTroubles(tenant, troubles[index] ?? [], staleness);
            await apply(rows, tenant, { entries, world: untilPowerCut(tenant, entries, cut) });
            // What the journal tells of users away is never less than what is so.
            for (const n of numbers) if (at(n, tenant)?.[0] === away(n)) expect(leftAway(entries)).toContain(n);
          }
          setTroubles(tenant, troubles[3] ?? [], staleness);
          const { results } = await apply(rows, tenant, { entries });
          expect(results.map(({ outcome }) => outcome)).toEqual(numbers.map(() => 'applied'));
          expect(numbers.map((n) => at(n, tenant))).toEqual(numbers.map((n) => [home(n), idOf(n)]));
          setTroubles(tenant, troubles[0] ?? [], []);
          await rollBack(rows, entries, tenant);
          expect(new Map(tenant.users)).toEqual(original);
        },
      ),
      { numRuns: rounds(300) },
    );
  });

  it('nobody is left away without being told by name, whatever is refused for good', async () => {
    const anyBan = fc.record({
      past: anyPast,
      bans: fc.array(fc.constantFrom('away', 'id', 'id-back', 'home', 'home-with-new', 'home-with-old'), {
        maxLength: 3,
      }),
      facts: fc.constantFrom<Partial<FailureFacts>>(
        { code: 'forbidden' },
        { code: 'bad-request', status: 400 },
        { code: 'server-error', retry: 'later', effect: 'unknown' },
      ),
      staleness: anyStaleness,
    });
    await fc.assert(
      fc.asyncProperty(anyBan, async ({ past, bans, facts, staleness }) => {
        const numbers = past.map((_had, index) => index + 2);
        const tenant = federation(Object.fromEntries(numbers.map((n, index) => [n, past[index] ? old(n) : null])));
        const rows = numbers.map((n) => rowFor(n, tenant));
        setTroubles(tenant, [], staleness);
        tenant.fault = (id, value) => {
          const n = numbers.find((one) => cloud(one) === id) ?? 0;
          const isNew = tenant.users.get(id)?.onPremisesImmutableId === idOf(n);
          const met = {
            away: value === away(n),
            id: value === idOf(n),
            'id-back': value === null || value === old(n),
            home: value === home(n),
            'home-with-new': value === home(n) && isNew,
            'home-with-old': value === home(n) && !isNew,
          };
          return bans.some((ban) => met[ban]) ? refusal(facts) : undefined;
        };
        const first = await apply(rows, tenant);
        for (const [index, n] of numbers.entries()) {
          const isAway = at(n, tenant)?.[0] !== home(n);
          const result = first.results[index];
          if (isAway)
            expect(result).toMatchObject({ outcome: 'uncertain', detail: expect.stringContaining(away(n)) as string });
          if (isAway) expect(leftAway(first.entries)).toContain(n);
          if (result?.outcome === 'applied') expect(at(n, tenant)).toEqual([home(n), idOf(n)]);
          if (result?.outcome === 'rejected') expect(at(n, tenant)).toEqual([home(n), past[index] ? old(n) : null]);
        }
        setTroubles(tenant, [], []);
        const second = await apply(rows, tenant, { entries: first.entries });
        expect(second.results.map(({ outcome }) => outcome)).toEqual(numbers.map(() => 'applied'));
        expect(numbers.map((n) => at(n, tenant))).toEqual(numbers.map((n) => [home(n), idOf(n)]));
      }),
      { numRuns: rounds(200) },
    );
  });

  it('a rollback of what was begun restores everybody, without going on first', async () => {
    await fc.assert(
      fc.asyncProperty(anyPast, anyCuts, anyTroubles, async (past, cuts, troubles) => {
        const numbers = past.map((_had, index) => index + 2);
        const tenant = federation(Object.fromEntries(numbers.map((n, index) => [n, past[index] ? old(n) : null])));
        const original = new Map(tenant.users);
        const rows = numbers.map((n) => rowFor(n, tenant));
        const entries: JournalEntry[] = [];
        for (const cut of cuts) {
          setTroubles(tenant, troubles, []);
          await apply(rows, tenant, { entries, world: untilPowerCut(tenant, entries, cut) });
        }
        setTroubles(tenant, troubles, []);
        await rollBack(rows, entries, tenant);
        expect(new Map(tenant.users)).toEqual(original);
      }),
      { numRuns: rounds(300) },
    );
  });
});
