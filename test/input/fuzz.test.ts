import { describe, expect, it } from 'vitest';
import { targets } from '../support/fuzz/targets.ts';

// Fixed, so that a red test stays red until it is fixed; `npm run bench:fuzz` goes further.
const seed = 20_240_611;
const runs = 300;

describe('made-up and damaged input', () => {
  it.each(Object.entries(targets))(
    'of the kind %s is read as written, or refused in one sentence',
    async (_kind, target) => {
      const { inputs, reads, refusals } = await target(runs, seed);
      expect(reads + refusals).toBe(inputs);
      expect(inputs).toBeGreaterThanOrEqual(runs);
    },
  );
});
