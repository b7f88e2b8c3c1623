// Random worlds: what the plan predicts for every row against what the practice cycle then does. Exit code 1 where they
// differ. `npm run bench:worlds -- --worlds 200 --users 10000 --seed 1`; each kind of mismatch is told with an example,
// the one whose persons are of the fewest kinds. `--examples n` shows more of each.
import { parseArgs } from 'node:util';
import { type Mismatch, compareWorld } from '../test/support/worlds/compare.ts';
import { runWorld } from '../test/support/worlds/run-world.ts';
import { makeWorld } from '../test/support/worlds/world.ts';
import { keep } from './machine.ts';

const { values } = parseArgs({
  options: {
    worlds: { type: 'string', default: '200' },
    users: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    examples: { type: 'string', default: '1' },
  },
});
const [worlds, users, seed, examples] = [values.worlds, values.users, values.seed, values.examples].map(Number);
if (!worlds || !users || !seed || !examples)
  throw new RangeError('--worlds, --users, --seed and --examples are numbers');

const table: Record<string, number> = {};
const kinds = new Map<string, { count: number; simplest: Mismatch[] }>();
const seconds = { make: 0, plan: 0, rest: 0 };
let rows = 0;

const started = performance.now();
for (let number = seed; number < seed + worlds; number++) {
  const begun = performance.now();
  const world = makeWorld(number, users);
  seconds.make += (performance.now() - begun) / 1_000;
  const run = await runWorld(world);
  seconds.plan += run.seconds.plan;
  seconds.rest += run.seconds.rest;
  rows += run.rows.length;
  const comparison = compareWorld(world, run);
  for (const [key, count] of Object.entries(comparison.table)) table[key] = (table[key] ?? 0) + count;
  for (const mismatch of comparison.mismatches) note(mismatch);
  process.stderr.write(`world ${number}: ${run.rows.length} rows, ${comparison.mismatches.length} mismatches\n`);
}

function note(mismatch: Mismatch): void {
  const kind = kinds.get(mismatch.kind) ?? { count: 0, simplest: [] };
  kind.count++;
  kind.simplest = [...kind.simplest, mismatch].sort((a, b) => size(a) - size(b)).slice(0, examples);
  kinds.set(mismatch.kind, kind);
}

function size({ facts }: Mismatch): number {
  return JSON.stringify([facts['ad'], facts['cloud']]).length;
}

const sorted = [...kinds].sort(([, a], [, b]) => b.count - a.count);
console.table(Object.fromEntries(Object.entries(table).sort(([, a], [, b]) => b - a)));
for (const [kind, { count, simplest }] of sorted) {
  process.stdout.write(`\n${count} × ${kind}\n`);
  for (const { seed: of, line, facts } of simplest) {
    process.stdout.write(`  world ${of}, line ${line}: ${JSON.stringify(facts)}\n`);
  }
}
const mismatches = sorted.reduce((sum, [, { count }]) => sum + count, 0);
keep({
  name: 'worlds',
  notes: 'predictions of the real plan over LDAP and HTTPS against the practice cycle, in one process',
  figures: {
    worlds,
    users,
    seed,
    rows,
    mismatches,
    'kinds of mismatch': kinds.size,
    seconds: Math.round((performance.now() - started) / 1_000),
    'seconds to make worlds': Math.round(seconds.make),
    'seconds to plan': Math.round(seconds.plan),
    'seconds to apply and sync': Math.round(seconds.rest),
  },
});
if (mismatches > 0) process.exitCode = 1;
