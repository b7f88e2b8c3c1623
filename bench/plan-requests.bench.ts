// What a plan costs: 50,000 rows over a tenant of 60,000 users, 2,000 deleted, 300 with roles. `npm run bench:plan-requests`
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from '../src/sandbox/sandbox.ts';
import { crowd, crowdMappings } from '../test/support/crowd.ts';
import { hardmatch } from '../test/support/program.ts';
import { keep } from './machine.ts';

const rows = 50_000;
const people = crowd(rows, { tenantUsers: 60_000, deleted: 2_000, withRoles: 300, groups: 10, synced: 2_000 });
const sandbox = await startSandbox(people, { tenant: { requestLogSize: 1_000 } });
const cwd = await mkdtemp(join(tmpdir(), 'hardmatch-bench-'));
try {
  await writeFile(join(cwd, 'mappings.csv'), crowdMappings(rows));
  const started = performance.now();
  const ran = await hardmatch(['plan', 'mappings.csv', '--run', 'run', '--json', '--quiet'], {
    cwd,
    env: sandbox.environment,
    limitMs: 540_000,
  });
  if (ran.code !== 0 && ran.code !== 1) throw new Error(ran.stderr);
  const told = JSON.parse(ran.stdout) as {
    counts: Record<string, number>;
    requests: { graph: number; graphWrites: number; ldapSearches: number };
  };
  keep({
    name: 'plan-requests',
    notes: 'one plan on the sandbox, client and servers on the same machine; at most 250 Graph requests are allowed',
    figures: {
      rows,
      tenantUsers: 60_000,
      deletedUsers: 2_000,
      roleHolders: 300,
      graphRequests: told.requests.graph,
      graphWrites: told.requests.graphWrites,
      ldapSearches: told.requests.ldapSearches,
      ready: told.counts['ready'] ?? 0,
      held: told.counts['held'] ?? 0,
      seconds: Math.round((performance.now() - started) / 100) / 10,
    },
  });
} finally {
  await sandbox.close();
  await rm(cwd, { recursive: true, force: true });
}
