// A bad day, twice: 5,000 rows while a fifth of Graph's requests meet 429, 5xx, resets before and after the effect, or
// silence; and 5,000 rows of which a tenth of the users is refused. `npm run bench:faults`, with another seed
// `npm run bench:faults -- 7`.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv } from 'node:process';
import { faultMix } from '../src/sandbox/faults/mix.ts';
import type { FaultScript } from '../src/sandbox/faults/script.ts';
import { startSandbox } from '../src/sandbox/sandbox.ts';
import { crowd, crowdMappings } from '../test/support/crowd.ts';
import { hardmatchProcess } from '../test/support/program-process.ts';
import { keep } from './machine.ts';

const rows = 5_000;
const seed = Number(argv[2] ?? 1);

type Told = {
  counts: Record<string, number>;
  requests: { graph: number; graphWrites: number; graphThrottled: number };
};

async function played(faults: FaultScript, words: readonly string[]) {
  const sandbox = await startSandbox(crowd(rows), { faults, tenant: { latencyMs: { mean: 20, spread: 10 } } });
  const cwd = await mkdtemp(join(tmpdir(), 'hardmatch-bench-'));
  try {
    await writeFile(join(cwd, 'mappings.csv'), crowdMappings(rows));
    const started = performance.now();
    const all = ['apply', 'mappings.csv', '--run', 'run', '--yes', '--json', '--quiet', ...words];
    const env = { ...sandbox.environment, HARDMATCH_ANSWER_TIMEOUT: '2s' };
    const ran = await hardmatchProcess(all, { cwd, env, limitMs: 1_500_000 });
    const seconds = Math.round((performance.now() - started) / 1_000);
    if (ran.stdout === '') throw new Error(ran.stderr);
    const { counts, requests } = JSON.parse(ran.stdout) as Told;
    const results = (await readFile(join(cwd, 'run', 'results.csv'), 'utf8')).trim().split('\r\n').length - 1;
    const right = sandbox.tenant.users().filter((user) => user.onPremisesImmutableId !== null).length;
    const strikes = sandbox.faults.counts().reduce((sum, one) => sum + one.strikes, 0);
    return { code: ran.code ?? -1, stderr: ran.stderr, seconds, counts, requests, results, right, strikes };
  } finally {
    await sandbox.close();
    await rm(cwd, { recursive: true, force: true });
  }
}

const mixed = await played(faultMix(0.2, seed), ['--concurrency', '32']);
const refused = await played(
  {
    seed,
    rules: [
      {
        name: 'a tenth of the users',
        on: { kind: 'graph', method: 'PATCH', path: '/users/*', users: 0.1 },
        do: { kind: 'answer', status: 403 },
      },
    ],
  },
  ['--max-failures', '5%'],
);

const of = (told: Record<string, number>, name: string): number => told[name] ?? 0;
keep({
  name: 'faults',
  notes:
    `${rows} rows, plan and apply: a fifth of Graph's requests and batch items fail (hangs until the client gives up after 2 s); ` +
    'then a tenth of the users answer 403 with --max-failures 5%',
  figures: {
    seed,
    'mix.rows': rows,
    'mix.faultsMet': mixed.strikes,
    'mix.applied': of(mixed.counts, 'applied'),
    'mix.rejected': of(mixed.counts, 'rejected'),
    'mix.uncertain': of(mixed.counts, 'uncertain'),
    'mix.notReached': of(mixed.counts, 'notReached'),
    'mix.matches': of(mixed.counts, 'matches'),
    'mix.rightInTenant': mixed.right,
    'mix.resultLines': mixed.results,
    'mix.exitCode': mixed.code,
    'mix.writesSent': mixed.requests.graphWrites,
    'mix.seconds': mixed.seconds,
    'tenth.failedRowsAllowed': rows * 0.05,
    'tenth.rejected': of(refused.counts, 'rejected'),
    'tenth.applied': of(refused.counts, 'applied'),
    'tenth.notReached': of(refused.counts, 'notReached'),
    'tenth.resultLines': refused.results,
    'tenth.exitCode': refused.code,
    'tenth.seconds': refused.seconds,
  },
});
if (mixed.code !== 0) process.stderr.write(mixed.stderr);
