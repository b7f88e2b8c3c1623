// Single PATCHes against $batch requests of 5, 10 and 20 PATCHes, by the same client at the same pace with as many rows in
// flight: without a quota, at the documented quota (ten times as fast, latency too), and where one write in a hundred takes
// effect without an answer. In the sandbox a batch waits for one answer's latency, whatever its size, which flatters it.
// `npm run bench:batched-writes`
import { documentedQuota } from '../src/sandbox/http/quota.ts';
import type { SandboxOptions } from '../src/sandbox/sandbox.ts';
import { contender, onGround, rounded, seenBy } from './contest.ts';
import { keep, median } from './machine.ts';

const rounds = 3;
const sizes = [1, 5, 10, 20];
const rowsInFlight = 40;
const timeScale = 10;
const { count, windowMs } = documentedQuota.writesPerApp;
const perSecond = (count / windowMs) * 1_000 * timeScale;

type Setting = { readonly rows: number; readonly tenant: SandboxOptions['tenant'] };
const settings: Readonly<Record<string, Setting>> = {
  '150ms': { rows: 2_000, tenant: { latencyMs: { mean: 150, spread: 50 } } },
  '20ms': { rows: 2_000, tenant: { latencyMs: { mean: 20, spread: 7 } } },
  quota: {
    rows: 5_000,
    tenant: {
      quota: { writesPerApp: documentedQuota.writesPerApp, timeScale },
      latencyMs: { mean: 150 / timeScale, spread: 50 / timeScale },
    },
  },
};

async function played({ rows, tenant }: Setting, size: number) {
  return onGround(rows, tenant, async (ground) => {
    const told = await contender(ground, 'batched-writer.ts', [size, rowsInFlight]);
    const seen = seenBy(ground);
    return {
      rowsPerSecond: rows / told.seconds,
      cpuMsPerRow: (1_000 * told.cpuSeconds) / rows,
      usedPercent: (100 * seen.taken) / (count + perSecond * seen.seconds),
      throttledPercent: seen.throttledPercent,
      notWritten: seen.notWritten,
    };
  });
}

/** How many rows a client does not know the end of when one write in a hundred takes effect and is not answered. */
async function openRows(size: number): Promise<number> {
  return onGround(2_000, undefined, async (ground) => {
    let writes = 0;
    ground.sandbox.tenant.hooks.onRequest = ({ method }) =>
      method === 'PATCH' && ++writes % 100 === 0 ? 'reset-after' : undefined;
    return (await contender(ground, 'batched-writer.ts', [size, rowsInFlight])).failed;
  });
}

type End = Awaited<ReturnType<typeof played>>;
const ends = new Map<string, End[]>();
for (let round = 0; round < rounds; round++) {
  for (const [name, setting] of Object.entries(settings)) {
    for (const size of sizes) {
      const key = `${name}.${size}`;
      ends.set(key, [...(ends.get(key) ?? []), await played(setting, size)]);
    }
  }
}

const figures: Record<string, number> = { rowsInFlight, allowedPerSecond: perSecond };
for (const [key, all] of ends) {
  const middle = (take: (end: End) => number): number => rounded(median(all.map(take)));
  figures[`${key}.rowsPerSecond`] = middle((end) => end.rowsPerSecond);
  figures[`${key}.cpuMsPerRow`] = middle((end) => end.cpuMsPerRow);
  if (key.startsWith('quota')) {
    figures[`${key}.usedPercent`] = middle((end) => end.usedPercent);
    figures[`${key}.throttledPercent`] = middle((end) => end.throttledPercent);
  }
  figures[`${key}.notWritten`] = Math.max(...all.map((end) => end.notWritten));
}
for (const size of sizes) figures[`unanswered.${size}.openRows`] = await openRows(size);
keep({
  name: 'batched-writes',
  notes:
    `PATCHes to a request: ${sizes.join(', ')}, ${rowsInFlight} rows in flight; without quota at 150 ms ± 50 ms and at 20 ms ± ` +
    `7 ms latency; at the documented quota of one application, quota and latency ${timeScale} times as fast; unanswered: rows ` +
    `of 2000 left open when one write in a hundred takes effect and the connection breaks; client and servers on the same ` +
    `machine; cpu is the client's, user and system; medians of ${rounds} rounds`,
  figures,
});
