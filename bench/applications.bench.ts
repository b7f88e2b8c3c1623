// How much more three applications write than one, at the documented quotas of application and tenant, three times as fast
// (buckets of 3,000 that refill with 60 a second each; the tenant's of 18,000 with 180), and 150 ms ± 50 ms from request to
// answer. `npm run bench:applications`
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documentedQuota } from '../src/sandbox/http/quota.ts';
import { startSandbox } from '../src/sandbox/sandbox.ts';
import { crowd, crowdMappings } from '../test/support/crowd.ts';
import { hardmatchProcess } from '../test/support/program-process.ts';
import { keep, median } from './machine.ts';

const timeScale = 3;
const rounds = 3;
const { writesPerApp, writesPerTenant } = documentedQuota;
const perSecond = (writesPerApp.count / writesPerApp.windowMs) * 1_000 * timeScale;
// Long enough for three full buckets to be used up at the speed of 64 writes in flight, and half a minute more.
const compareSeconds = 72;
const rowsFor = (applications: number): number =>
  Math.round(applications * (writesPerApp.count + perSecond * compareSeconds) * 1.03);

async function played(applications: number) {
  const rows = rowsFor(applications);
  const sandbox = await startSandbox(crowd(rows), {
    applications,
    tenant: {
      quota: { writesPerApp, writesPerTenant, timeScale },
      latencyMs: { mean: 150, spread: 50 },
      requestLogSize: 4 * rows,
    },
  });
  const cwd = await mkdtemp(join(tmpdir(), 'hardmatch-bench-'));
  try {
    await writeFile(join(cwd, 'mappings.csv'), crowdMappings(rows));
    const run = (words: readonly string[]) =>
      hardmatchProcess([...words, '--json', '--quiet'], { cwd, env: sandbox.environment, limitMs: 300_000 });
    const planned = await run(['plan', 'mappings.csv', '--run', 'run']);
    if (planned.code !== 0) throw new Error(planned.stderr);
    const applied = await run(['apply', 'run', '--yes', '--concurrency', '64']);
    const { counts } = JSON.parse(applied.stdout) as { counts: Record<string, number> };
    const writes = sandbox.tenant.requests.filter(({ method }) => method === 'PATCH');
    const begun = Math.min(...writes.map(({ at }) => at));
    const inTime = writes.filter(({ at }) => at - begun <= compareSeconds * 1_000);
    const taken = inTime.filter(({ status }) => status === 204).length;
    return {
      taken,
      usedPercent: (100 * taken) / (applications * (writesPerApp.count + perSecond * compareSeconds)),
      throttledPercent: (100 * (writes.length - writes.filter(({ status }) => status === 204).length)) / writes.length,
      failed: rows - (counts['applied'] ?? 0),
    };
  } finally {
    await sandbox.close();
    await rm(cwd, { recursive: true, force: true });
  }
}

const one: Awaited<ReturnType<typeof played>>[] = [];
const three: Awaited<ReturnType<typeof played>>[] = [];
for (let round = 0; round < rounds; round++) {
  one.push(await played(1));
  three.push(await played(3));
}
const rounded = (value: number): number => Math.round(value * 100) / 100;
const of = (all: typeof one, name: keyof (typeof one)[number]): number =>
  rounded(median(all.map((each) => each[name])));
keep({
  name: 'applications',
  notes:
    `the documented quotas, ${timeScale} times as fast, 150 ms ± 50 ms latency; writes taken in the first ${compareSeconds} s ` +
    `by one application and by three, each with a full bucket to begin with; median of ${rounds}`,
  figures: {
    seconds: compareSeconds,
    'one.taken': of(one, 'taken'),
    'one.usedPercent': of(one, 'usedPercent'),
    'one.throttledPercent': of(one, 'throttledPercent'),
    'three.taken': of(three, 'taken'),
    'three.usedPercent': of(three, 'usedPercent'),
    'three.throttledPercent': of(three, 'throttledPercent'),
    failedRows: Math.max(...[...one, ...three].map(({ failed }) => failed)),
    ratio: rounded(median(three.map(({ taken }, round) => taken / (one[round]?.taken ?? Number.NaN)))),
  },
});
