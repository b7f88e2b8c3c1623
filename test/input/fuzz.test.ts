import { describe, expect, it } from 'vitest';
import { targets } from '../support/fuzz/targets.ts';
import { rounds } from '../support/rounds.ts';

// Fixed, so that a red test stays red until it is fixed; `npm run bench:fuzz` goes further.
const seed = 20_240_611;
const runs = rounds(1_000);
// Plans and journals have tests of their own: test/storage/damage/fuzz.test.ts.
const { plansAndJournals: _elsewhere, ...read } = targets;

describe('made-up and damaged input', () => {
  it.each(Object.entries(read))(
    'of the kind %s is read as written, or refused in one sentence',
    async (_kind, target) => {
      const { inputs, reads, refusals } = await target(runs, seed);
      expect(reads + refusals).toBe(inputs);
      expect(inputs).toBeGreaterThanOrEqual(runs);
    },
  );
});
