// What a plan costs in requests: 100,000 rows, and 100 rows, over a tenant of 120,000 users, 2,000 more deleted, 300 with
// roles, 2,000 synced. `npm run bench:plan-requests`
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Sandbox, startSandbox } from '../src/sandbox/sandbox.ts';
import { crowd, crowdMappings } from '../test/support/crowd.ts';
import { hardmatchProcess } from '../test/support/program-process.ts';
import { keep } from './machine.ts';

const most = { 100_000: 140, 100: 12 } as const;
const tenantUsers = 120_000;
const people = crowd(100_000, { tenantUsers, deleted: 2_000, withRoles: 300, groups: 10, synced: 2_000 });

type Told = {
  readonly counts: Readonly<Record<string, number>>;
  readonly requests: { readonly graph: number; readonly graphWrites: number; readonly ldapSearches: number };
};

async function planOf(rows: keyof typeof most, sandbox: Sandbox): Promise<Record<string, number>> {
  const cwd = await mkdtemp(join(tmpdir(), 'hardmatch-bench-'));
  try {
    await writeFile(join(cwd, 'mappings.csv'), crowdMappings(rows));
    const before = sandbox.tenant.counters.total;
    const started = performance.now();
    const ran = await hardmatchProcess(['plan', 'mappings.csv', '--run', 'run', '--json', '--quiet'], {
      cwd,
      env: sandbox.environment,
      limitMs: 540_000,
    });
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    if (ran.code !== 0 && ran.code !== 1) throw new Error(ran.stderr);
    const { counts, requests } = JSON.parse(ran.stdout) as Told;
    const seen = sandbox.tenant.counters.total - before;
    if (seen !== requests.graph) throw new Error(`hardmatch counted ${requests.graph} requests, the tenant ${seen}`);
    const figures = {
      graphRequests: requests.graph,
      ...kindsOf(sandbox, seen),
      graphWrites: requests.graphWrites,
      ldapSearches: requests.ldapSearches,
      ready: counts['ready'] ?? 0,
      held: counts['held'] ?? 0,
      seconds,
    };
    const named = Object.entries(figures).map(([name, figure]): [string, number] => [`${rows} rows: ${name}`, figure]);
    if (requests.graph > most[rows])
      throw new Error(`${requests.graph} requests for ${rows} rows: ${named.join('\n')}`);
    return Object.fromEntries(named);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

/** The latest HTTP requests to Graph by what they are for; a batch is one. */
function kindsOf({ tenant }: Sandbox, latest: number): Record<string, number> {
  const kinds: Record<string, number> = {};
  const isGraph = (path: string): boolean => /^\/(v1\.0|beta)\//.test(path);
  for (const { path } of tenant.requests.filter((one) => !one.batchItem && isGraph(one.path)).slice(-latest)) {
    const kind = `requests to ${path.split('?')[0] ?? ''}`;
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return kinds;
}

const sandbox = await startSandbox(people, { tenant: { requestLogSize: 1_000 } });
try {
  keep({
    name: 'plan-requests',
    notes:
      'plans on the sandbox, client and servers on the same machine; ' +
      `at most ${most[100_000]} Graph requests are allowed for 100,000 rows, ${most[100]} for 100`,
    figures: {
      tenantUsers,
      deletedUsers: 2_000,
      roleHolders: 300,
      ...(await planOf(100_000, sandbox)),
      ...(await planOf(100, sandbox)),
    },
  });
} finally {
  await sandbox.close();
}
