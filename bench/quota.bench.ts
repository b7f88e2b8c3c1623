// How much of the write quota an apply uses: the documented quota, ten times as fast (3,000 writes in a bucket that refills
// with 200 a second in place of 20), and 150 ms ± 50 ms from request to answer. `npm run bench:quota`
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documentedQuota } from '../src/sandbox/http/quota.ts';
import { startSandbox } from '../src/sandbox/sandbox.ts';
import { crowd, crowdMappings } from '../test/support/crowd.ts';
import { hardmatchProcess } from '../test/support/program-process.ts';
import { keep, median } from './machine.ts';

const rows = 16_000;
const timeScale = 10;
const rounds = 3;
const { count, windowMs } = documentedQuota.writesPerApp;
const perSecond = (count / windowMs) * 1_000 * timeScale;

async function played() {
  const quota = { writesPerApp: documentedQuota.writesPerApp, timeScale };
  const latencyMs = { mean: 150, spread: 50 };
  const sandbox = await startSandbox(crowd(rows), { tenant: { quota, latencyMs, requestLogSize: 4 * rows } });
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
    const times = writes.map(({ at }) => at);
    const seconds = (Math.max(...times) - Math.min(...times)) / 1_000;
    const taken = writes.filter(({ status }) => status === 204).length;
    return {
      seconds,
      usedPercent: (100 * taken) / (count + perSecond * seconds),
      throttledPercent: (100 * (writes.length - taken)) / writes.length,
      failed: rows - (counts['applied'] ?? 0),
    };
  } finally {
    await sandbox.close();
    await rm(cwd, { recursive: true, force: true });
  }
}

const all: Awaited<ReturnType<typeof played>>[] = [];
for (let round = 0; round < rounds; round++) all.push(await played());
const rounded = (value: number): number => Math.round(value * 100) / 100;
keep({
  name: 'quota',
  notes:
    `${rows} rows at the documented quota of one application, ${timeScale} times as fast, 150 ms ± 50 ms latency; used: writes ` +
    `taken of those allowed from the first to the last, the full bucket included; median of ${rounds}`,
  figures: {
    rows,
    allowedPerSecond: perSecond,
    usedPercent: rounded(median(all.map((one) => one.usedPercent))),
    throttledPercent: rounded(median(all.map((one) => one.throttledPercent))),
    failedRows: Math.max(...all.map((one) => one.failed)),
    seconds: rounded(median(all.map((one) => one.seconds))),
  },
});
