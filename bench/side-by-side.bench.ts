// hardmatch against the loop that scripts for this job are (bench/contenders/one-by-one.ts), without a quota, 150 ms ± 50 ms
// from request to answer: whole commands, by seconds per row; and both over the same few rows, plan included.
// `npm run bench:side-by-side`
import { contender, onGround, planAndApply, rounded, seenBy } from './contest.ts';
import { keep, median } from './machine.ts';

const rows = 3_000;
const fewRows = 100;
const concurrency = 64;
const rounds = 3;
const tenant = { latencyMs: { mean: 150, spread: 50 } };

async function theirs() {
  return onGround(fewRows, tenant, async (ground) => {
    const told = await contender(ground, 'one-by-one.ts', []);
    return { ...told, notWritten: seenBy(ground).notWritten };
  });
}

async function ours(count: number) {
  return onGround(count, tenant, async (ground) => {
    const { planned, applied } = await planAndApply(ground, concurrency);
    return { planned, applied, seen: seenBy(ground) };
  });
}

async function played() {
  return { loop: await theirs(), few: await ours(fewRows), many: await ours(rows) };
}

type Round = Awaited<ReturnType<typeof played>>;
const all: Round[] = [];
for (let round = 0; round < rounds; round++) all.push(await played());
const middle = (of: (round: Round) => number): number => rounded(median(all.map(of)));
const worst = (of: (round: Round) => number): number => Math.max(...all.map(of));
keep({
  name: 'side-by-side',
  notes:
    `without quota, 150 ms ± 50 ms latency, client and servers on the same machine: apply of ${rows} rows with --concurrency ` +
    `${concurrency}, from start to exit, reading back and reports included, against a loop of GET, PATCH, GET over ` +
    `${fewRows} rows, from its sign-in to its end; timesFaster compares seconds per row; timesFasterFewRows compares plan ` +
    `and apply of the same ${fewRows} rows together with the loop; medians of ${rounds} rounds`,
  figures: {
    'loop.rows': fewRows,
    'loop.seconds': middle(({ loop }) => loop.seconds),
    'loop.secondsPerRow': Math.round(1_000 * median(all.map(({ loop }) => loop.seconds / fewRows))) / 1_000,
    'loop.notWritten': worst(({ loop }) => loop.notWritten),
    'hardmatch.rows': rows,
    'hardmatch.planSeconds': middle(({ many }) => many.planned.seconds),
    'hardmatch.applySeconds': middle(({ many }) => many.applied.seconds),
    'hardmatch.writeSeconds': middle(({ many }) => many.seen.seconds),
    'hardmatch.applyMsPerRow': middle(({ many }) => (1_000 * many.applied.seconds) / rows),
    'hardmatch.otherRequestsPerWrite':
      Math.round(
        1_000 * median(all.map(({ many: { applied } }) => applied.requests.graph / applied.requests.graphWrites - 1)),
      ) / 1_000,
    'hardmatch.notWritten': worst(({ many }) => many.seen.notWritten),
    timesFaster: middle(({ loop, many }) => loop.seconds / fewRows / (many.applied.seconds / rows)),
    timesFasterWithPlan: middle(
      ({ loop, many }) => loop.seconds / fewRows / ((many.planned.seconds + many.applied.seconds) / rows),
    ),
    'hardmatchFewRows.planSeconds': middle(({ few }) => few.planned.seconds),
    'hardmatchFewRows.applySeconds': middle(({ few }) => few.applied.seconds),
    'hardmatchFewRows.notWritten': worst(({ few }) => few.seen.notWritten),
    timesFasterFewRows: middle(({ loop, few }) => loop.seconds / (few.planned.seconds + few.applied.seconds)),
  },
});
