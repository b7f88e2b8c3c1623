import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../../src/core/journal.ts';
import type { PlanRow } from '../../../src/core/row.ts';
import { readHistory } from '../../../src/run/apply/history.ts';
import { type RowChoice, pendingRows } from '../../../src/run/apply/pending.ts';
import { intent, outcome, step } from '../entries.ts';
import { numbers, rowFor } from '../ready-rows.ts';

const everything: RowChoice = { first: null, onlyStranded: false };

function pending(rows: readonly PlanRow[], past: readonly JournalEntry[] = [], choice: Partial<RowChoice> = {}) {
  const found = pendingRows(rows, readHistory(past), { ...everything, ...choice });
  return { lines: [...found.rows].map(({ line }) => line), settled: found.settled, length: found.rows.length };
}

const held = (n: number): PlanRow => ({ ...rowFor(n), state: 'held', step: null, after: null });
const kept = (n: number): PlanRow => ({ ...rowFor(n), state: 'kept', step: 'keep' });

describe('the rows that an apply is to write', () => {
  it('are the ready ones, in plan order', () => {
    expect(pending([held(2), rowFor(3), kept(4), rowFor(5)])).toEqual({ lines: [3, 5], settled: 0, length: 2 });
    expect(pending([])).toEqual({ lines: [], settled: 0, length: 0 });
  });

  it('are never those without a cloud user', () => {
    expect(pending([{ ...rowFor(2), cloud: null }, rowFor(3)]).lines).toEqual([3]);
  });

  it('leave out, and count, what an earlier run has settled', () => {
    const past = [intent(3), outcome(3, 'applied'), outcome(5, 'already')];
    expect(pending(numbers(4).map(rowFor), past)).toEqual({ lines: [2, 4], settled: 2, length: 2 });
  });

  it('come as: whoever was left away, what is open, what was not come to, and last what failed', () => {
    const past = [outcome(2, 'rejected'), outcome(3, 'stale'), intent(5), ...step(6, 'upn-away')];
    expect(pending(numbers(6).map(rowFor), past).lines).toEqual([6, 5, 4, 7, 2, 3]);
  });
});

describe('a pilot', () => {
  it('takes the first so many ready rows of the plan, whatever else is between them', () => {
    const rows = [held(2), rowFor(3), kept(4), rowFor(5), rowFor(6)];
    expect(pending(rows, [], { first: 2 }).lines).toEqual([3, 5]);
    expect(pending(rows, [], { first: 0 }).lines).toEqual([]);
    expect(pending(rows, [], { first: 9 }).lines).toEqual([3, 5, 6]);
  });

  it('counts the same rows again when it goes on', () => {
    const past = [intent(2), outcome(2, 'applied')];
    expect(pending(numbers(4).map(rowFor), past, { first: 2 })).toEqual({ lines: [3], settled: 1, length: 1 });
  });

  it('brings home whoever an earlier run has left away, also behind its end', () => {
    expect(pending(numbers(4).map(rowFor), step(5, 'upn-away'), { first: 1 }).lines).toEqual([5, 2]);
  });
});

describe('bringing strays home', () => {
  it('writes nobody else', () => {
    const past = [intent(2), ...step(4, 'upn-away'), ...step(5, 'upn-away', 'rejected')];
    expect(pending(numbers(4).map(rowFor), past, { onlyStranded: true })).toEqual({
      lines: [4],
      settled: 0,
      length: 1,
    });
    expect(pending(numbers(4).map(rowFor), [], { onlyStranded: true }).lines).toEqual([]);
  });
});
