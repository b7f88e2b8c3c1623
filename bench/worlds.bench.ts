// Random worlds: what the plan predicts for every row against what the practice cycle then does. Exit code 1 where they
// differ. `npm run bench:worlds -- --worlds 200 --users 10000 --seed 1 --jobs 2`; each kind of mismatch is told with an
// example, the one whose persons are of the fewest kinds. `--examples n` shows more of each.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { type Comparison, type Mismatch, compareWorld } from '../test/support/worlds/compare.ts';
import { runWorld } from '../test/support/worlds/run-world.ts';
import { makeWorld } from '../test/support/worlds/world.ts';
import { keep } from './machine.ts';

const { values } = parseArgs({
  options: {
    worlds: { type: 'string', default: '200' },
    users: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    examples: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
  },
});
const asked = { worlds: 0, users: 0, seed: 0, examples: 0, jobs: 0 };
for (const name of ['worlds', 'users', 'seed', 'examples', 'jobs'] as const) {
  asked[name] = Number(values[name]);
  if (!(asked[name] > 0)) throw new RangeError(`--${name} is a number above 0`);
}

/** What one world came to, as a job tells it. */
type Told = Comparison & { readonly seed: number; readonly rows: number; readonly seconds: Record<string, number> };

const table: Record<string, number> = {};
const kinds = new Map<string, { count: number; simplest: Mismatch[] }>();
const sums = { rows: 0, worlds: 0, 'seconds to make worlds': 0, 'seconds to plan': 0, 'seconds to apply and sync': 0 };

/** Every so manieth world of those asked for. */
async function runShare(first: number, step: number, tell: (told: Told) => void | Promise<void>): Promise<void> {
  for (let seed = first; seed < asked.seed + asked.worlds; seed += step) {
    const begun = performance.now();
    const world = makeWorld(seed, asked.users);
    const make = (performance.now() - begun) / 1_000;
    const run = await runWorld(world);
    const seconds = {
      'seconds to make worlds': make,
      'seconds to plan': run.seconds.plan,
      'seconds to apply and sync': run.seconds.rest,
    };
    await tell({ ...compareWorld(world, run), seed, rows: run.rows.length, seconds });
  }
}

function add({ seed, rows, seconds, table: one, mismatches }: Told): void {
  sums.worlds++;
  sums.rows += rows;
  for (const name of ['seconds to make worlds', 'seconds to plan', 'seconds to apply and sync'] as const) {
    sums[name] += seconds[name] ?? 0;
  }
  for (const [key, count] of Object.entries(one)) table[key] = (table[key] ?? 0) + count;
  for (const mismatch of mismatches) {
    const kind = kinds.get(mismatch.kind) ?? { count: 0, simplest: [] };
    kind.count++;
    kind.simplest = [...kind.simplest, mismatch].sort((a, b) => size(a) - size(b)).slice(0, asked.examples);
    kinds.set(mismatch.kind, kind);
  }
  process.stderr.write(`world ${seed}: ${rows} rows, ${mismatches.length} mismatches\n`);
}

function size({ facts }: Mismatch): number {
  return JSON.stringify([facts['ad'], facts['cloud']]).length;
}

/** Runs the share of one job in a process of its own; rejects when that fails. */
async function inProcess(job: number): Promise<void> {
  const child = fork(import.meta.filename, process.argv.slice(2), {
    env: { ...process.env, HARDMATCH_WORLDS_JOB: String(job) },
  });
  child.on('message', (told) => add(told as Told));
  // What was told last comes before the channel ends, and not always before the process does.
  const [[code]] = await Promise.all([once(child, 'exit') as Promise<[number | null]>, once(child, 'disconnect')]);
  if (code !== 0) throw new Error(`job ${job} ended with ${String(code)}`);
}

function report(startedAt: number): void {
  console.table(Object.fromEntries(Object.entries(table).sort(([, a], [, b]) => b - a)));
  const sorted = [...kinds].sort(([, a], [, b]) => b.count - a.count);
  for (const [kind, { count, simplest }] of sorted) {
    process.stdout.write(`\n${count} × ${kind}\n`);
    for (const { seed, line, facts } of simplest) {
      process.stdout.write(`  world ${seed}, line ${line}: ${JSON.stringify(facts)}\n`);
    }
  }
  const mismatches = sorted.reduce((sum, [, { count }]) => sum + count, 0);
  const rounded = Object.entries(sums).map(([name, sum]) => [name, Math.round(sum)]);
  keep({
    name: 'worlds',
    notes:
      'predictions of the real plan over LDAP and HTTPS against the practice cycle, in both orders of the AD users',
    figures: {
      ...asked,
      ...(Object.fromEntries(rounded) as Record<string, number>),
      mismatches,
      'kinds of mismatch': kinds.size,
      seconds: Math.round((performance.now() - startedAt) / 1_000),
    },
  });
  if (mismatches > 0) process.exitCode = 1;
}

const job = process.env['HARDMATCH_WORLDS_JOB'];
if (job !== undefined) {
  await runShare(
    asked.seed + Number(job),
    asked.jobs,
    (told) => new Promise((done) => process.send?.(told, () => done())),
  );
  process.disconnect();
} else {
  const startedAt = performance.now();
  if (asked.jobs === 1) await runShare(asked.seed, 1, add);
  else await Promise.all(Array.from({ length: asked.jobs }, (_none, place) => inProcess(place)));
  report(startedAt);
}
