// 5,000 rows through the built program on the sandbox, without quota: plan, apply, read back. `npm run bench:pipeline`
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from '../src/sandbox/sandbox.ts';
import { crowd, crowdMappings } from '../test/support/crowd.ts';
import { hardmatchProcess } from '../test/support/program-process.ts';
import { keep, median } from './machine.ts';

const rows = 5_000;
const rounds = 3;

type Told = { counts: Record<string, number>; requests: { graph: number; graphWrites: number; ldapSearches: number } };

async function timed(words: readonly string[], cwd: string, env: Readonly<Record<string, string>>) {
  const started = performance.now();
  const ran = await hardmatchProcess([...words, '--json', '--quiet'], { cwd, env, limitMs: 300_000 });
  if (ran.code !== 0) throw new Error(ran.stderr);
  return { seconds: (performance.now() - started) / 1_000, ...(JSON.parse(ran.stdout) as Told) };
}

const plans: Awaited<ReturnType<typeof timed>>[] = [];
const applies: Awaited<ReturnType<typeof timed>>[] = [];
for (let round = 0; round < rounds; round++) {
  const sandbox = await startSandbox(crowd(rows));
  const cwd = await mkdtemp(join(tmpdir(), 'hardmatch-bench-'));
  try {
    await writeFile(join(cwd, 'mappings.csv'), crowdMappings(rows));
    plans.push(await timed(['plan', 'mappings.csv', '--run', 'run'], cwd, sandbox.environment));
    applies.push(await timed(['apply', 'run', '--yes', '--concurrency', '16'], cwd, sandbox.environment));
  } finally {
    await sandbox.close();
    await rm(cwd, { recursive: true, force: true });
  }
}

const rounded = (n: number): number => Math.round(n * 100) / 100;
keep({
  name: 'pipeline',
  notes: `${rows} rows on the sandbox without quota or latency, client and servers on the same machine; median of ${rounds}`,
  figures: {
    rows,
    planSeconds: rounded(median(plans.map((one) => one.seconds))),
    applySeconds: rounded(median(applies.map((one) => one.seconds))),
    planGraphRequests: median(plans.map((one) => one.requests.graph)),
    planLdapSearches: median(plans.map((one) => one.requests.ldapSearches)),
    applyWrites: median(applies.map((one) => one.requests.graphWrites)),
    applyOtherGraphRequests: median(applies.map((one) => one.requests.graph - one.requests.graphWrites)),
  },
});
