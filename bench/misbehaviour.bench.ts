// Every kind of request meets every way to misbehave that applies to it, in every dose, on a small tenant of its own; after
// each, what must hold whatever happens is checked from outside. `npm run bench:misbehaviour`
//
//   npm run bench:misbehaviour -- --only "PATCH x reset after"     the cells with this in their name (repeatable); keeps no result
//   npm run bench:misbehaviour -- --seed 17                        the same chances again
//   npm run bench:misbehaviour -- --share 0.1                      a tenth of the cells; keeps no result
//   npm run bench:misbehaviour -- --pairs                          each request with each misbehaviour in one dose, by chance
import { argv, stderr } from 'node:process';
import { parseArgs } from 'node:util';
import { dice } from '../test/support/dice.ts';
import { brokenIn, type CellEnd, nameOf, playCells } from '../test/support/misbehaviour/cell.ts';
import { allCells, type Cell } from '../test/support/misbehaviour/matrix.ts';
import { keep } from './machine.ts';

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    only: { type: 'string', multiple: true },
    pairs: { type: 'boolean', default: false },
    seed: { type: 'string' },
    share: { type: 'string', default: '1' },
    lanes: { type: 'string', default: '2' },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);

/** In an order by chance: a run that is cut off has then seen something of everything. */
function chosenCells(): Cell[] {
  const throws = dice(seed);
  const { only = [''] } = values;
  const mixed = allCells()
    .filter(({ name }) => only.some((part) => name.includes(part)))
    .map((cell) => ({ cell, at: throws.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ cell }) => cell);
  if (values.pairs) {
    const pairs = new Map(mixed.map((cell) => [`${cell.kind} x ${cell.plays.misbehaviour.name}`, cell]));
    return [...pairs.values()].slice(0, Math.ceil(pairs.size * Number(values.share)));
  }
  return mixed.slice(0, Math.ceil(mixed.length * Number(values.share)));
}

function tell(end: CellEnd, done: number): void {
  const { plan, met, codes, seconds } = end;
  const head = `${done} ${nameOf(plan)} | met ${met} | ${codes.join(', ')} | ${seconds.toFixed(1)} s`;
  stderr.write(`${[head, ...brokenIn(end).map((text) => `BROKEN ${text}`)].join('\n')}\n`);
}

const startedAt = performance.now();
const cells = chosenCells();
stderr.write(`${cells.length} cells, seed ${seed}\n`);
const ends = await playCells(cells, seed, { lanes: Number(values.lanes), onEnd: tell });
const broken = ends.filter((end) => end.broken.length > 0);
if (broken.length > 0) process.exitCode = 1;
stderr.write(`${broken.length} of ${ends.length} cells have a broken invariant; seed ${seed}\n`);
if (values.only === undefined && values.share === '1') {
  const kinds = [...new Set(cells.map(({ kind }) => kind))];
  const of = (kind: string, all: readonly CellEnd[]): number =>
    all.filter(({ plan }) => plan.cell.kind === kind).length;
  keep({
    name: 'misbehaviour',
    notes: `Seed ${seed}${values.pairs ? ', each pair in one dose' : ''}. The waits of the program between two tries are ten times shorter, where nobody wants out.`,
    figures: {
      cells: ends.length,
      broken: broken.length,
      misbehaviours: new Set(cells.map(({ plays }) => plays.misbehaviour.name)).size,
      timesMisbehaved: ends.reduce((sum, { met }) => sum + met, 0),
      commands: ends.reduce((sum, { codes }) => sum + codes.length, 0),
      wantedOut: ends.filter(({ plan }) => plan.wayOut !== 'none').length,
      ...Object.fromEntries(kinds.map((kind) => [`${kind}.cells`, of(kind, ends)])),
      ...Object.fromEntries(kinds.map((kind) => [`${kind}.broken`, of(kind, broken)])),
      seconds: Math.round((performance.now() - startedAt) / 1_000),
    },
  });
}
