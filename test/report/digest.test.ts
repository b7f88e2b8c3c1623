import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/core/result.ts';
import type { PlanRow } from '../../src/core/row.ts';
import { digestOf } from '../../src/report/digest.ts';
import { appliedRun, largeRun, plannedRun } from './sample-run.ts';

/** The same record with rows that can be seen only by going through them, and how often that was done. */
function streamed(record: RunRecord): { readonly record: RunRecord; readonly passes: () => number } {
  let passes = 0;
  const rows: Iterable<PlanRow> = {
    *[Symbol.iterator]() {
      passes += 1;
      yield* record.rows;
    },
  };
  return { record: { ...record, rows }, passes: () => passes };
}

describe('a digest', () => {
  it('is made in one pass', () => {
    const { record, passes } = streamed(plannedRun());
    expect(digestOf(record)).toEqual(digestOf(plannedRun()));
    expect(passes()).toBe(1);
  });

  it('counts all rows and keeps few: those that need attention before the others', () => {
    const { groups, rows, shown, takeOver, forecasts } = digestOf(largeRun(200_000));
    const [held] = groups;
    expect([rows, shown.length, groups.length, held?.count, held?.entries.length]).toEqual([
      200_000, 2000, 1, 4000, 100,
    ]);
    expect(shown.every(({ row }) => row.state === 'held')).toBe(true);
    expect([takeOver.count, takeOver.entries.length]).toEqual([196_000, 100]);
    expect([forecasts.going.rows, forecasts.held.rows]).toEqual([196_000, 4000]);
  });

  it('shows every row of a small run in the order of the file', () => {
    const record = appliedRun();
    expect(digestOf(record).shown.map(({ row }) => row)).toEqual(record.rows);
  });

  it('tells the story of a group only when it is that of all its rows', () => {
    const rows = plannedRun()
      .rows.filter((row) => row.state === 'held')
      .slice(0, 1);
    const [held] = rows;
    if (!held) throw new Error('the example has a held row');
    const storyOf = (...values: string[]) =>
      digestOf({
        ...plannedRun(),
        rows: values.map((value, at) => ({
          ...held,
          line: at + 2,
          reasons: [{ code: 'cloud-user-not-found', facts: { value } }],
        })),
      }).groups.map(({ story, count }) => [count, story]);
    const told = 'No cloud user is found for "a".';
    expect(storyOf('a')).toEqual([[1, told]]);
    expect(storyOf('a', 'a')).toEqual([[2, told]]);
    expect(storyOf('a', 'b', 'a')).toEqual([[3, null]]);
  });
});
