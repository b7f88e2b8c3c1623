import { describe, expect, it } from 'vitest';
import type { OutcomeKind } from '../../src/core/outcome.ts';
import type { Preflight } from '../../src/core/preflight.ts';
import type { Finding, ReasonCode } from '../../src/core/reasons.ts';
import type { Counts, ResultRow, VerdictKind, VerificationRow } from '../../src/core/result.ts';
import type { PlanRow, State } from '../../src/core/row.ts';
import { exitCodeOf, countRows } from '../../src/core/count-rows.ts';

function row(line: number, state: State, findings: Partial<Pick<PlanRow, 'reasons' | 'warnings'>> = {}): PlanRow {
  return {
    line,
    adText: 'a',
    cloudText: 'c',
    state,
    step: state === 'held' ? null : state === 'kept' ? 'keep' : 'link',
    reasons: [],
    warnings: [],
    ad: null,
    cloud: null,
    after: null,
    detour: null,
    forecast: null,
    extra: [],
    ...findings,
  };
}

const result = (of: PlanRow, outcome: OutcomeKind, code: ResultRow['code'] = null): ResultRow => ({
  row: of,
  outcome,
  code,
  attempts: 1,
  requestId: null,
  finishedAt: null,
  detail: '',
});

const verification = (of: PlanRow, verdict: VerdictKind): VerificationRow => ({
  row: of,
  verdict,
  expected: null,
  actual: null,
  checkedAt: null,
  detail: '',
});

const ready = row(2, 'ready');
const none = countRows([], null, null).counts;

/** The one count, besides `rows` and the states, that a verdict or an outcome adds to. */
function counted(counts: Counts): string[] {
  return Object.entries(counts).flatMap(([name, n]) => (n > 0 && name !== 'rows' && name !== 'ready' ? [name] : []));
}

describe('tally', () => {
  it('counts the states of the rows', () => {
    const rows = [ready, row(3, 'kept'), row(4, 'held'), row(5, 'held')];
    expect(countRows(rows, null, null).counts).toEqual({ ...none, rows: 4, ready: 1, kept: 1, held: 2 });
  });

  it.each<[VerdictKind, string]>([
    ['matches', 'matches'],
    ['differs', 'differs'],
    ['missing', 'missing'],
    ['unreadable', 'unreadable'],
    ['taken-over', 'takenOver'],
    ['waiting', 'waiting'],
    ['sync-error', 'syncError'],
  ])('counts the verdict %s as %s', (verdict, name) => {
    expect(counted(countRows([ready], null, [verification(ready, verdict)]).counts)).toEqual([name]);
  });

  it('counts a row that was not checked in no verdict', () => {
    expect(counted(countRows([ready], null, [verification(ready, 'not-checked')]).counts)).toEqual([]);
  });

  it('counts a reason once for a row, however often the row met it, in the order of repair', () => {
    const twice: Finding = { code: 'attribute-conflict-after-sync' };
    const rows = [
      row(2, 'ready', { warnings: [twice, twice] }),
      row(3, 'held', { reasons: [{ code: 'missing-value' }], warnings: [twice] }),
    ];
    expect(Object.entries(countRows(rows, null, null).reasons)).toEqual([
      ['missing-value', 1],
      ['attribute-conflict-after-sync', 2],
    ]);
  });

  it("counts the results' reasons in place of the plan's once there are results, and the warnings still", () => {
    const warned = row(2, 'ready', { warnings: [{ code: 'ad-user-disabled' }] });
    expect(countRows([warned], [result(warned, 'rejected', 'forbidden')], null).reasons).toEqual({
      'ad-user-disabled': 1,
      forbidden: 1,
    });
  });

  it('counts what holds for the whole run once, not once for each row or finding', () => {
    const preflight: Preflight = {
      sync: { isEnabled: true, lastSyncAt: null },
      features: { hardMatchBlocked: true, softMatchBlocked: false },
      evidence: null,
      findings: [
        { code: 'hard-match-blocked-in-tenant' },
        { code: 'check-not-permitted', facts: { check: 'domains' } },
        { code: 'check-not-permitted', facts: { check: 'roles' } },
      ],
    };
    const rows = [ready, row(3, 'ready')];
    const expected = { 'hard-match-blocked-in-tenant': 1, 'check-not-permitted': 1 };
    expect(countRows({ rows, header: { preflight } }, null, null).reasons).toEqual(expected);
    expect(
      countRows(
        { rows, header: { preflight } },
        rows.map((each) => result(each, 'applied')),
        null,
      ).reasons,
    ).toEqual(expected);
    expect(countRows(rows, null, null).reasons).toEqual({});
  });
});

describe('the exit code', () => {
  it.each<keyof Counts>(['ready', 'kept', 'applied', 'already', 'matches', 'takenOver'])(
    'is 0 with rows in %s',
    (name) => {
      expect(exitCodeOf({ counts: { ...none, rows: 1, [name]: 1 }, reasons: {} })).toBe(0);
    },
  );

  it.each<keyof Counts>([
    'held',
    'stale',
    'rejected',
    'uncertain',
    'notReached',
    'differs',
    'missing',
    'unreadable',
    'waiting',
    'syncError',
  ])('is 1 with a row in %s', (name) => {
    expect(exitCodeOf({ counts: { ...none, rows: 1, [name]: 1 }, reasons: {} })).toBe(1);
  });

  it.each<[ReasonCode, 0 | 1]>([
    ['pairings-look-shifted', 1],
    ['hard-match-blocked-in-tenant', 1],
    ['check-not-permitted', 0],
    ['ad-user-disabled', 0],
  ])('where %s was found, and all rows are ready, is %i', (code, expected) => {
    expect(exitCodeOf({ counts: { ...none, rows: 1, ready: 1 }, reasons: { [code]: 1 } })).toBe(expected);
  });
});
