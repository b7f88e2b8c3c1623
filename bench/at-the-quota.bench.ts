// hardmatch against workers that do nothing but PATCH (bench/contenders/workers.ts) at the documented quota of one application,
// all ten times as fast: 3,000 writes in a bucket that refills with 200 a second in place of 20, and 15 ms ± 5 ms from request
// to answer in place of 150 ± 50. Latency unscaled would keep fewer than 30 workers from ever meeting the quota, which four
// meet at the documented speed. `npm run bench:at-the-quota`
import { documentedQuota } from '../src/sandbox/http/quota.ts';
import { contender, type Ground, onGround, planAndApply, rounded, seenBy } from './contest.ts';
import { keep, median } from './machine.ts';

const rows = 7_000;
const timeScale = 10;
const rounds = 3;
const concurrency = 32;
const workers = [4, 8, 16, 32];
const tenant = {
  quota: { writesPerApp: documentedQuota.writesPerApp, timeScale },
  latencyMs: { mean: 150 / timeScale, spread: 50 / timeScale },
};
const { count, windowMs } = documentedQuota.writesPerApp;
const perSecond = (count / windowMs) * 1_000 * timeScale;

const measured = (wholeSeconds: number, ground: Ground) => {
  const seen = seenBy(ground);
  const usedPercent = (100 * seen.taken) / (count + perSecond * seen.seconds);
  return { ...seen, usedPercent, wholeSeconds, msPerRow: (1_000 * seen.seconds) / Math.max(1, rows - seen.notWritten) };
};
const contenders = new Map([
  [
    'hardmatch',
    async (ground: Ground) => {
      const { applied } = await planAndApply(ground, concurrency);
      return measured(applied.seconds, ground);
    },
  ],
  ...workers.map((number): [string, (ground: Ground) => Promise<ReturnType<typeof measured>>] => [
    `workers${number}`,
    async (ground) => measured((await contender(ground, 'workers.ts', [number])).seconds, ground),
  ]),
]);

const all: Map<string, ReturnType<typeof measured>>[] = [];
for (let round = 0; round < rounds; round++) {
  const ends = new Map<string, ReturnType<typeof measured>>();
  for (const [name, play] of contenders) ends.set(name, await onGround(rows, tenant, play));
  all.push(ends);
}

type End = ReturnType<typeof measured>;
const of = (name: string, round: Map<string, End>): End => {
  const end = round.get(name);
  if (!end) throw new Error(`${name} did not play`);
  return end;
};
const middle = (take: (round: Map<string, End>) => number): number => rounded(median(all.map(take)));
const ratioToBest = (take: (end: End) => number) =>
  middle((round) => take(of('hardmatch', round)) / Math.min(...workers.map((n) => take(of(`workers${n}`, round)))));
const figures: Record<string, number> = { rows, allowedPerSecond: perSecond };
for (const name of contenders.keys()) {
  figures[`${name}.writeSeconds`] = middle((round) => of(name, round).seconds);
  figures[`${name}.wholeSeconds`] = middle((round) => of(name, round).wholeSeconds);
  figures[`${name}.usedPercent`] = middle((round) => of(name, round).usedPercent);
  figures[`${name}.throttledPercent`] = middle((round) => of(name, round).throttledPercent);
  figures[`${name}.failedRows`] = middle((round) => of(name, round).notWritten);
}
keep({
  name: 'at-the-quota',
  notes:
    `${rows} rows at the documented quota of one application, quota and latency ${timeScale} times as fast, client and servers ` +
    `on the same machine: apply with --concurrency ${concurrency} against workers that send one PATCH a row with the client ` +
    `library's own retries; writeSeconds: first PATCH to the last that was taken; wholeSeconds: the apply command with its ` +
    `re-reads, journal, reading back and reports, and the workers from their sign-in; failed: users without the new value ` +
    `in the end; slowness: hardmatch's time as a multiple of the best workers'; medians of ${rounds} rounds`,
  figures: {
    ...figures,
    'hardmatch.writeSlowness': ratioToBest((end) => end.seconds),
    'hardmatch.wholeSlowness': ratioToBest((end) => end.wholeSeconds),
    'hardmatch.writeSlownessPerRowWritten': ratioToBest((end) => end.msPerRow),
  },
});
