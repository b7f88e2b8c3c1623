import { describe, expect, it } from 'vitest';
import { judgePairings, type PairingJudgment } from '../../../../src/core/judge/pairing/judge-pairings.ts';
import { addressBook, judged } from '../../../support/pairs/judged.ts';
import { type PairsFile, pairsFile } from '../../../support/pairs/wrong-pairs.ts';

it('finds 98 wrong pairs of 100 among 2,000, holds no right one and doubts at most one of 100', () => {
  const { wrongFound, rightHeld, rightWarned } = judged({ rows: 2_000, wrongShare: 0.02, seed: 7 });
  expect(wrongFound).toBeGreaterThanOrEqual(0.98);
  expect(rightHeld).toBe(0);
  expect(rightWarned).toBeLessThanOrEqual(0.01);
});

describe('a file as a whole', () => {
  const right = pairsFile({ rows: 400, wrongShare: 0, seed: 11 });
  const inOrder = [...right.rows.keys()];

  /** The file with the cloud user of another row in each row. */
  const judgedWith = (cloudAt: readonly number[]): PairingJudgment => {
    const file: PairsFile = {
      ...right,
      rows: right.rows.map((row, at) => ({ ...row, cloud: right.rows[cloudAt[at] ?? at]?.cloud ?? row.cloud })),
    };
    return judgePairings(
      file.rows.map((pair) => ({ line: pair.line, pair })),
      addressBook(file),
    );
  };

  it('says nothing of a file that is right', () => {
    expect(judgedWith(inOrder).file).toBeNull();
  });

  it.each([1, 3, -1])('finds a column that slipped by %i rows', (by) => {
    const { file, verdicts } = judgedWith(inOrder.map((at) => (at - by + 400) % 400));
    expect(verdicts.size).toBeGreaterThan(380);
    expect(file?.shifts[0]?.by).toBe(by);
    expect(file?.shifts[0]?.rows).toBeGreaterThan(300);
  });

  it('finds a part that slipped, from which line to which', () => {
    const { file } = judgedWith(inOrder.map((at) => (at >= 100 && at < 140 ? (at === 100 ? 139 : at - 1) : at)));
    const [shift] = file?.shifts ?? [];
    expect(shift?.by).toBe(1);
    expect(shift?.fromLine).toBeGreaterThanOrEqual(102);
    expect(shift?.fromLine).toBeLessThan(107);
    expect(shift?.toLine).toBeGreaterThan(135);
    expect(shift?.toLine).toBeLessThanOrEqual(141);
  });

  it('finds a column that was sorted by itself', () => {
    const upnAt = (at: number): string => right.rows[at]?.cloud.upn ?? '';
    const { file } = judgedWith([...inOrder].sort((a, b) => (upnAt(a) < upnAt(b) ? -1 : 1)));
    expect(file).toMatchObject({ shifts: [], sortedAlone: 'cloud' });
    expect(file?.fitsElsewhere).toBeGreaterThan(250);
  });

  it('says nothing of a few wrong rows, and counts out rows without a user', () => {
    const { file } = judgedWith(inOrder.map((at) => (at === 7 ? 200 : at === 200 ? 7 : at)));
    expect(file).toBeNull();
    expect(judgePairings([{ line: 2, pair: null }], addressBook(right))).toEqual({ verdicts: new Map(), file: null });
  });
});
