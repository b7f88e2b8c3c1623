import { describe, expect, it } from 'vitest';
import { type DemoEnd, whatIsNotAsMeant } from '../../../src/cli/commands/demo-expectation.ts';
import { countRows } from '../../../src/core/count-rows.ts';
import { loadedPlan } from '../../../src/storage/plan-file.ts';
import { header } from '../../storage/examples.ts';

const { counts: none } = countRows(loadedPlan({ header, rows: [], fingerprint: '' }), null, null);
const meant: DemoEnd = {
  exitCodes: [1, 1, 1],
  rows: [
    { line: 2, adText: 'nquill', state: 'ready' },
    { line: 7, adText: 'tmarsh', state: 'kept' },
    { line: 20, adText: 'nobody', state: 'held' },
  ],
  counts: { ...none, rows: 3, ready: 1, kept: 1, held: 1, applied: 1, matches: 2 },
};

describe('a demo', () => {
  it('ends as it is meant to when what is right is written, and what is wrong is held', () => {
    expect(whatIsNotAsMeant(meant)).toEqual([]);
  });

  it.each<[string, Partial<DemoEnd>, RegExp]>([
    ['a right row is held', { rows: [{ line: 2, adText: 'nquill', state: 'held' }] }, /Line 2 \(nquill\) is held/],
    ['a wrong row is not held', { rows: [{ line: 20, adText: 'nobody', state: 'ready' }] }, /Line 20 .* not held/],
    ['a row was refused', { counts: { ...meant.counts, applied: 0, rejected: 1 } }, /0 of 1 ready rows/],
    ['a user differs', { counts: { ...meant.counts, matches: 1, differs: 1 } }, /1 of 2 users/],
    ['a step ended otherwise', { exitCodes: [1, 0, 1] }, /Step 2 ended with exit code 0, not 1/],
  ])('does not when %s', (_how, other, says) => {
    expect(whatIsNotAsMeant({ ...meant, ...other }).join(' ')).toMatch(says);
  });
});
