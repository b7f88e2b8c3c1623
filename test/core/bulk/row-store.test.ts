import { describe, expect, it } from 'vitest';
import { packedOutcomes, packedReadBacks, type ReadBack } from '../../../src/core/bulk/row-store.ts';

const reading = (expected: string | null, actual: string | null): ReadBack => ({
  verdict: actual === expected ? 'matches' : 'differs',
  expected,
  actual,
  checkedAt: '2026-11-23T11:53:08.000Z',
  detail: 'as "seen"\n',
});

describe('what is packed by line', () => {
  it('comes back as it was set last', () => {
    const readings = packedReadBacks();
    for (const [expected, actual] of [
      ['A=', 'A='],
      ['A=', 'a='],
      ['A=', null],
      [null, 'A='],
      [null, null],
    ] as const) {
      readings.set(7, reading(expected, actual));
      expect(readings.get(7)).toEqual(reading(expected, actual));
    }
    expect(readings.get(8)).toBeUndefined();
  });

  it('stays right however often it is set again', () => {
    const readings = packedReadBacks();
    for (let turn = 0; turn < 40; turn++) {
      for (let line = 2; line < 202; line++) readings.set(line, reading('A=', `${line}-${turn}`));
    }
    for (let line = 2; line < 202; line++) expect(readings.get(line)).toEqual(reading('A=', `${line}-39`));
  });

  it('has every property of an outcome', () => {
    const outcomes = packedOutcomes();
    const outcome = {
      outcome: 'rejected',
      code: 'forbidden',
      attempts: 2,
      requestId: 'b0d94f1c',
      detail: 'Insufficient privileges.',
      at: '2026-11-23T11:53:08.000Z',
    } as const;
    outcomes.set(3, outcome);
    expect(outcomes.get(3)).toEqual(outcome);
  });
});
