// 100,000 made-up and damaged inputs over all readers: how many are read, how many refused, and what the slowest took.
// `npm run bench:fuzz`; with another seed: `npm run bench:fuzz -- 7`
import { argv } from 'node:process';
import type { FuzzTarget } from '../test/support/fuzz/tally.ts';
import { targets } from '../test/support/fuzz/targets.ts';
import { keep } from './machine.ts';

// Weights, not numbers: a new target takes its share of the same total. A file costs some milliseconds, a text none.
const weights: Readonly<Record<string, number>> = { references: 2, guids: 2 };
const total = 100_000;
const seed = Number(argv[2] ?? 1);

const weightOf = (name: string): number => weights[name] ?? 1;
const all = Object.entries(targets);
const sum = all.reduce((sofar, [name]) => sofar + weightOf(name), 0);

const figures: Record<string, number> = { seed, inputs: 0 };
const table: Record<string, Record<string, number>> = {};
const started = performance.now();
for (const [name, target] of all) table[name] = await measured(name, target);
figures['seconds'] = Math.round((performance.now() - started) / 1000);
console.table(table);
keep({
  name: 'fuzz',
  notes:
    'inputs made by fast-check, damaged fixtures among them; every one was read as written or refused in one sentence',
  figures,
});

async function measured(name: string, target: FuzzTarget): Promise<Record<string, number>> {
  const begun = performance.now();
  const { inputs, reads, refusals, slowestMs } = await target(Math.ceil((total * weightOf(name)) / sum), seed);
  const seconds = Math.round((performance.now() - begun) / 1000);
  figures['inputs'] = (figures['inputs'] ?? 0) + inputs;
  for (const [what, figure] of Object.entries({ inputs, reads, refusals, slowestMs }))
    figures[`${name}.${what}`] = figure;
  return { inputs, reads, refusals, slowestMs, seconds };
}
