import { describe, expect, it } from 'vitest';
import { reasonsOf } from '../../../src/core/result.ts';
import type { PlanRow } from '../../../src/core/row.ts';
import { linesThat, resultOf, resultsFrom } from '../../../src/run/apply/results.ts';
import { intent, outcome, step } from '../entries.ts';
import { numbers, rowFor } from '../ready-rows.ts';

const untouched = { code: null, attempts: 0, requestId: null, finishedAt: null, detail: '' };
const held: PlanRow = { ...rowFor(2), state: 'held', step: null, reasons: [{ code: 'cloud-user-guest' }] };

describe('the result of a row', () => {
  it('is, of a row that is not written, what the plan says of it', () => {
    expect(resultOf(held, undefined)).toEqual({
      ...untouched,
      row: held,
      outcome: 'held',
    });
    expect(reasonsOf(resultOf(held, undefined))).toEqual([{ code: 'cloud-user-guest' }]);
    const kept: PlanRow = { ...rowFor(3), state: 'kept', step: 'keep' };
    expect(resultOf(kept, undefined)).toEqual({ ...untouched, row: kept, outcome: 'kept' });
  });

  it('is, of a row that no run has come to, just that', () => {
    const row = rowFor(2);
    expect(resultOf(row, undefined)).toEqual({ ...untouched, row, outcome: 'not-reached' });
  });

  it('is its end in the journal, with the reason where there is one', () => {
    const row = rowFor(2);
    const end = outcome(2, 'rejected', { code: 'conflict', attempts: 3, requestId: 'r-1', detail: 'taken' });
    expect(resultOf(row, end)).toEqual({
      row,
      outcome: 'rejected',
      code: 'conflict',
      attempts: 3,
      requestId: 'r-1',
      finishedAt: end.at,
      detail: 'taken',
    });
    expect(reasonsOf(resultOf(row, end))).toEqual([{ code: 'conflict' }]);
    expect(reasonsOf(resultOf(row, outcome(2, 'applied')))).toEqual([]);
  });
});

describe('results as the journal alone tells them', () => {
  const outcomes = (...given: Parameters<typeof resultsFrom>) =>
    [...resultsFrom(...given)].map((one) => [one.row.line, one.outcome]);

  it('are one for each row, in plan order, by the last end of each', () => {
    const past = [intent(3), outcome(3, 'uncertain'), outcome(2, 'stale'), intent(3), outcome(3, 'applied')];
    expect(outcomes(numbers(3).map(rowFor), past)).toEqual([
      [2, 'stale'],
      [3, 'applied'],
      [4, 'not-reached'],
    ]);
  });

  it('are uncertain where a write was begun and its end is not recorded, whatever was before', () => {
    const past = [intent(2), outcome(2, 'rejected'), intent(2), ...step(3, 'set')];
    const results = [...resultsFrom(numbers(2).map(rowFor), past)];
    expect(results).toMatchObject([
      { outcome: 'uncertain', code: null, attempts: 0, detail: 'A write was begun and its end is not recorded.' },
      { outcome: 'uncertain', detail: 'A write was begun and its end is not recorded.' },
    ]);
  });

  it('say of a user who may have been left away how it comes home, and of one who is home nothing', () => {
    const detour = { home: 'u2@fed.test', away: 'hardmatch-2@managed.test' };
    const row: PlanRow = { ...rowFor(2), detour };
    const [away] = [...resultsFrom([row], step(2, 'upn-away', 'applied'))];
    expect(away?.outcome).toBe('uncertain');
    expect(away?.detail).toMatch(/^A write was begun and its end is not recorded\. The user may be on hardmatch-2@/);
    const whole = [...step(2, 'upn-away', 'applied'), ...step(2, 'upn-back', 'applied')];
    expect([...resultsFrom([row], whole)][0]?.detail).toBe('A write was begun and its end is not recorded.');
  });
});

describe('the lines that ended so', () => {
  it('are those of the results with that outcome, and none without results', () => {
    const results = [...resultsFrom(numbers(3).map(rowFor), [outcome(2, 'stale'), outcome(4, 'stale')])];
    expect([...linesThat(results, 'stale')]).toEqual([2, 4]);
    expect([...linesThat(results, 'applied')]).toEqual([]);
    expect([...linesThat(null, 'stale')]).toEqual([]);
  });
});
