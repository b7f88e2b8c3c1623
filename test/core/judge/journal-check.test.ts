import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DetourIntent, DetourOutcome, JournalEntry, JournalIntent } from '../../../src/core/journal.ts';
import { strangeEntry } from '../../../src/core/judge/journal-check.ts';
import type { PlanRow } from '../../../src/core/row.ts';
import { apply, away, federation, home, lost, old, refusal, rowFor } from '../../run/apply/federation.ts';
import type { MemoryTenant } from '../../support/in-memory.ts';
import { idOf, planRow, guid } from '../../support/people.ts';

const at = '2026-11-23T12:00:00.000Z';
const plain = planRow(2);
const detour = rowFor(3, federation({ 3: old(3) }));
const rows: readonly PlanRow[] = [plain, detour, planRow(4, { state: 'kept', step: 'keep' })];

const intent = { kind: 'intent', line: 2, userId: guid('cloud', 2), userPrincipalName: 'u2@example.test', at } as const;
const write: JournalIntent = { ...intent, before: null, after: idOf(2) };
const ended = { code: null, attempts: 1, requestId: null, detail: '', at } as const;
const end = (outcome: 'applied' | 'already' | 'stale' | 'rejected' | 'uncertain', attempts = 1): JournalEntry => ({
  kind: 'outcome',
  line: 2,
  userId: guid('cloud', 2),
  outcome,
  ...ended,
  attempts,
});
const ofThree = { line: 3, userId: guid('cloud', 3) } as const;
const move: DetourIntent = {
  kind: 'detour-intent',
  ...ofThree,
  userPrincipalName: home(3),
  step: 'upn-away',
  before: home(3),
  after: away(3),
  at,
};
const moved: DetourOutcome = { kind: 'detour-outcome', ...ofThree, step: 'upn-away', outcome: 'applied', ...ended };

describe('strangeEntry', () => {
  it.each<[string, JournalEntry[], RegExp]>([
    ['a line the plan does not have', [{ ...write, line: 9 }], /speaks of line 9/],
    ['a write of a row that has none', [{ ...write, line: 4, userId: guid('cloud', 4) }], /line 4 it has a write/],
    ['another user', [{ ...write, userId: guid('cloud', 7) }], /names the user cccccccc/],
    ['another value before', [{ ...write, before: 'x' }], /other values/],
    ['another value after', [{ ...write, after: 'x' }], /other values/],
    ['another name', [{ ...write, userPrincipalName: 'x@example.test' }], /other values/],
    ['a plain write of a row that takes a detour', [{ ...write, ...ofThree }], /the plan has a detour/],
    ['a detour of a row that has none', [{ ...move, line: 2, userId: guid('cloud', 2) }], /the plan has none/],
    ['a step in the other direction', [{ ...move, before: away(3), after: home(3) }], /other values/],
    ['a step in the name of another user', [{ ...move, userPrincipalName: away(3) }], /other values/],
    [
      'a step that begins at another value',
      [{ ...move, step: 'set', before: idOf(3), after: idOf(3) }],
      /other values/,
    ],
    ['a step that puts another value back', [{ ...move, step: 'restore', before: idOf(3), after: idOf(9) }], /other/],
    [
      'an end of what was found changed and was settled by that',
      [write, end('stale'), end('applied', 0)],
      /was not begun/,
    ],
    ['a user found changed after a try that was not begun', [end('stale', 1)], /a write that was not begun/],
    ['a step that sets another value', [{ ...move, step: 'set', before: old(3), after: 'x' }], /other/],
    ['an end without a beginning', [end('applied', 0)], /a write that was not begun/],
    ['a refusal of what was not sent', [end('rejected', 2)], /a write that was not begun/],
    ['an end after the write had been settled', [write, end('rejected'), end('applied', 0)], /was not begun/],
    ['more after the end', [write, end('applied'), write], /goes on after it had ended/],
    ['more after it was found written', [end('already', 0), write], /goes on after it had ended/],
    ['a step that ended without having begun', [moved], /a step that was not begun/],
    ['a step that ended twice', [move, moved, moved], /a step that was not begun/],
    ['the end of another step', [move, { ...moved, step: 'set' }], /a step that was not begun/],
  ])('finds %s', (_name, entries, says) => {
    expect(strangeEntry(entries, rows)).toMatch(says);
  });

  it('finds a write for a row without a cloud user, who could not have been written', () => {
    expect(strangeEntry([write], [planRow(2, { cloud: null })])).toMatch(
      /line 2 it has a write, and the plan has none/,
    );
  });

  it.each<[string, JournalEntry[]]>([
    ['a row that was stale, and was written by a later run', [end('stale', 0), write, end('applied')]],
    ['a row that could not be read, twice', [end('rejected', 0), end('rejected', 0), end('uncertain', 0)]],
    [
      'a write cut off, begun again, and found done by a third run',
      [write, write, end('uncertain'), end('applied', 0)],
    ],
    ['a step cut off and begun again', [move, move, moved]],
    ['the former value put back', [move, moved, { ...move, step: 'restore', before: idOf(3), after: old(3) }]],
    [
      'a detour from its first step to its last',
      [
        move,
        moved,
        { ...move, step: 'set', before: old(3), after: idOf(3) },
        { ...moved, step: 'set' },
        { ...move, step: 'upn-back', before: away(3), after: home(3) },
        { ...moved, step: 'upn-back' },
        { kind: 'outcome', ...ofThree, outcome: 'applied', ...ended },
      ],
    ],
    ['a write whose user was found changed while it waited its turn', [write, end('stale', 1)]],
  ])('takes %s for what a run writes', (_name, entries) => {
    expect(strangeEntry(entries, rows)).toBeNull();
  });

  it('finds nothing strange in what real runs have written, wherever they were cut off and went on', async () => {
    const anyTrouble = fc.constantFrom('none', 'none', 'lost-answer', 'lost-request', 'refused', 'throttled');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ had: fc.boolean(), takesDetour: fc.boolean() }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.record({ cut: fc.nat(25), troubles: fc.array(anyTrouble, { maxLength: 8 }) }), { maxLength: 4 }),
        fc.array(fc.boolean(), { maxLength: 8 }),
        async (people, runs, staleness) => {
          const numbers = people.map((_one, index) => index + 2);
          const tenant = federation(
            Object.fromEntries(numbers.map((n, index) => [n, people[index]?.had ? old(n) : null])),
          );
          const planned = numbers.map((n, index) => {
            const row = rowFor(n, tenant);
            return people[index]?.takesDetour ? row : { ...row, detour: null };
          });
          const entries: JournalEntry[] = [];
          for (const { cut, troubles } of runs) {
            setTroubles(tenant, troubles, staleness);
            await apply(planned, tenant, { entries, world: cutOffAfter(cut, tenant, entries) });
            expect(strangeEntry(entries, planned)).toBeNull();
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

function setTroubles(tenant: MemoryTenant, troubles: readonly string[], staleness: readonly boolean[]): void {
  const writes = [...troubles];
  const reads = [...staleness];
  tenant.fault = () => {
    const next = writes.shift();
    if (next === 'lost-answer' || next === 'lost-request') return lost(next === 'lost-answer');
    if (next === 'throttled') return refusal({ code: 'throttled', retry: 'later', status: 429 });
    return next === 'refused' ? refusal() : undefined;
  };
  tenant.isStale = () => reads.shift() ?? false;
}

/** The journal takes so many entries, and then the machine is gone. */
function cutOffAfter(cut: number, { reader, writer }: MemoryTenant, entries: JournalEntry[]) {
  let left = cut;
  return {
    reader,
    writer,
    journal: {
      append: async (entry: JournalEntry) => {
        if (left-- <= 0) throw new Error('power cut');
        entries.push(entry);
      },
    },
  };
}
