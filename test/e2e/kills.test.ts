// Killed at random moments and at chosen steps of the journal, an apply loses nothing. `npm run bench:kills` does hundreds.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KillGround, openKillGround } from '../support/kill-ground.ts';
import { journalPoints, playRound, roundOf } from '../support/kill-round.ts';
import { isThorough } from '../support/rounds.ts';

/** Several starts of the program each, on a machine that may have more to do. */
const limit = 180_000;

const lossless = { writtenTwice: 0, tenantWrong: 0, unaccounted: 0, differing: 0, deviations: [] };

/** Some groups of entries in the journal, with most of the rows still to come when the first is written. */
const rows = isThorough ? 150 : 40;
let ground: KillGround;
beforeAll(async () => {
  ground = await openKillGround(rows);
});
afterAll(async () => {
  await ground.close();
});

describe(`an apply of ${rows} rows, killed at a random moment`, () => {
  it.each(isThorough ? [1, 2, 3, 4, 5, 6] : [3, 4])(
    'is finished by the same command with nothing lost: seed %i',
    { timeout: limit },
    async (seed) => {
      expect(await playRound(ground, { ...roundOf(seed, ground), looksBetween: seed % 2 === 0 })).toMatchObject(
        lossless,
      );
    },
  );
});

describe(`an apply of ${rows} rows, killed at a step of its journal`, () => {
  it.each(journalPoints.map((point, at) => ({ point, step: at + 1 })))(
    'is finished by the same command with nothing lost: $point, step $step',
    { timeout: limit },
    async ({ point, step }) => {
      const told = await playRound(ground, {
        name: `${point}-${step}`,
        blow: { kind: 'step', point, step },
        second: null,
        looksBetween: point === 'torn-write',
        faults: null,
      });
      expect(told).toMatchObject({ ...lossless, kills: 1 });
    },
  );

  it(
    'would be noticed if it lost something: a write that is acknowledged and never made',
    { timeout: limit },
    async () => {
      let lies = 1;
      const told = await playRound(ground, {
        name: 'lied-to',
        blow: { kind: 'writes', after: 10, thenMs: 0 },
        second: null,
        looksBetween: false,
        faults: ({ method }) => (method === 'PATCH' && lies-- > 0 ? { status: 204 } : undefined),
      });
      expect(told).toMatchObject({ kills: 1, tenantWrong: 1, unaccounted: 0, writtenTwice: 0 });
      expect(told.deviations.join(' ')).toContain('1 users are wrong');
    },
  );
});
