// A few cells of the matrix of requests and misbehaviours, other ones each time; `npm run bench:misbehaviour` plays all.
import { env } from 'node:process';
import { expect, it } from 'vitest';
import { brokenIn, playCells } from '../support/misbehaviour/cell.ts';
import { allCells, sampleOf } from '../support/misbehaviour/matrix.ts';
import { isThorough } from '../support/rounds.ts';

/** HARDMATCH_SEED=<number> repeats what another run has found. */
const seed = Number(env['HARDMATCH_SEED'] ?? Date.now() % 1_000_000);
const cells = sampleOf(allCells(), isThorough ? 24 : 4, seed);

// The program is started half a dozen times, two at a time, on a machine that may have more to do.
it(`keeps its promises whatever sign-in, Graph and AD do: seed ${seed}`, { timeout: 600_000 }, async () => {
  process.stdout.write(`misbehaviour: HARDMATCH_SEED=${seed}\n`);
  const ends = await playCells(cells, seed, { lanes: 2 });
  expect(ends.flatMap(brokenIn)).toEqual([]);
  expect(ends.length).toBe(cells.length);
});
