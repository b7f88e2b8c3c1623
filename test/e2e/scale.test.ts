// Many rows through the built program: the request counts show that reading is bulk work.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { crowd, crowdMappings } from '../support/crowd.ts';
import { isThorough } from '../support/rounds.ts';
import { runProgram } from '../support/misbehaviour/program-run.ts';

const rows = isThorough ? 2_000 : 600;
const mostSeconds = (60 * rows) / 2_000;
let sandbox: Sandbox;
let cwd: string;

beforeAll(async () => {
  sandbox = await startSandbox(crowd(rows));
  cwd = await mkdtemp(join(tmpdir(), 'hardmatch-scale-'));
  await writeFile(join(cwd, 'mappings.csv'), crowdMappings(rows));
});

afterAll(async () => {
  await sandbox.close();
  await rm(cwd, { recursive: true, force: true });
});

type Told = {
  counts: Record<string, number>;
  requests: { graph: number; graphWrites: number; ldapSearches: number };
};

async function told(words: readonly string[]): Promise<Told & { seconds: number }> {
  const ran = await runProgram([...words, '--json'], { cwd, env: sandbox.environment, boundMs: 60_000, hurry: 1 });
  expect([ran.code, ran.stderr]).toEqual([0, expect.any(String)]);
  // Its own time: a machine that has more to do does not make it slow.
  return { ...(JSON.parse(ran.stdout) as Told), seconds: ran.ownMs / 1_000 };
}

it(`plans and applies ${rows} rows in under ${mostSeconds} s, without a request per row outside the writes`, async () => {
  const plan = await told(['plan', 'mappings.csv', '--run', 'run']);
  expect(plan.counts).toMatchObject({ rows, ready: rows });
  expect(plan.requests.graph).toBeLessThanOrEqual(rows / 50 + 20);
  expect(plan.requests.ldapSearches).toBeLessThanOrEqual(rows / 10 + 10);

  const apply = await told(['apply', 'run', '--yes', '--concurrency', '16']);
  expect(apply.counts).toMatchObject({ applied: rows, matches: rows });
  expect(apply.requests.graphWrites).toBe(rows);
  // Twenty re-reads to a request, the reading back in bulk.
  expect(apply.requests.graph - apply.requests.graphWrites).toBeLessThanOrEqual(rows / 20 + 60);
  expect(plan.seconds + apply.seconds).toBeLessThan(mostSeconds);
  console.log(
    `plan ${plan.seconds.toFixed(1)} s (${plan.requests.graph} Graph requests, ${plan.requests.ldapSearches} LDAP searches), ` +
      `apply ${apply.seconds.toFixed(1)} s (${apply.requests.graph} Graph requests)`,
  );
}, 120_000);
