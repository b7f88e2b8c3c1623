import { describe, expect, it } from 'vitest';
import { judgePairings, lookAtPairs, type PairingJudgment } from '../../../../src/core/judge/pairing/judge-pairings.ts';
import { addressBook, judged } from '../../../support/pairs/judged.ts';
import { type PairsFile, pairsFile } from '../../../support/pairs/wrong-pairs.ts';

it('finds 98 wrong pairs of 100 among five times 2,000, holds no right one and doubts at most one of 100', () => {
  const all = [1, 2, 3, 4, 5].map((seed) => judged({ rows: 2_000, wrongShare: 0.02, seed }));
  const mean = (shares: readonly number[]): number => shares.reduce((sum, share) => sum + share, 0) / shares.length;
  expect(mean(all.map(({ wrongFound }) => wrongFound))).toBeGreaterThanOrEqual(0.98);
  expect(all.map(({ rightHeld }) => rightHeld)).toEqual([0, 0, 0, 0, 0]);
  expect(Math.max(...all.map(({ rightWarned }) => rightWarned))).toBeLessThanOrEqual(0.01);
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
    const rows = file.rows.map((pair) => ({ line: pair.line, pair }));
    return judgePairings(rows, lookAtPairs(rows), addressBook(file));
  };

  it('says nothing of a file that is right', () => {
    expect(judgedWith(inOrder).file).toBeNull();
  });

  it.each([1, 3, -1])('finds a column that slipped by %i rows', (by) => {
    const { file, doubted } = judgedWith(inOrder.map((at) => (at - by + 400) % 400));
    expect(doubted.length).toBeGreaterThan(380);
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
    const none = [{ line: 2, pair: null }];
    expect(judgePairings(none, lookAtPairs(none), addressBook(right))).toMatchObject({ doubted: [], file: null });
  });
});

it('doubts a namesake of a company to which hardly anybody of the domain goes', () => {
  const side = (id: string, upn: string, name: string) => ({
    id,
    displayName: name,
    givenName: null,
    surname: null,
    upn,
    mail: null,
    addresses: [],
    accountNames: [],
    employeeId: null,
  });
  const rows = Array.from({ length: 100 }, (_, n) => {
    const domain = n === 50 ? 'fabrikam.com' : n === 51 ? 'contoso.onmicrosoft.com' : 'contoso.com';
    const name = `Jane Roe${n}`;
    const pair = {
      ad: side(`a${n}`, `jroe${n}@corp.local`, name),
      cloud: side(`c${n}`, `jane.roe${n}@${domain}`, name),
    };
    return { line: n + 2, pair };
  });
  const judgment = judgePairings(rows, lookAtPairs(rows), { adUsersWith: () => [], cloudUsersWith: () => [] });
  expect(judgment.doubted).toEqual([50]);
  expect(judgment.verdictAt(50)).toMatchObject({ code: 'pairing-doubtful', isOfUnusualDomains: true });
  expect(judgment.verdictAt(51)).toBeNull();
});
