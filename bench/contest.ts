// What contenders have in common: each has a sandbox of its own, with the same people and the same settings, and is a process
// of its own, so that it shares no event loop with the servers. What it did is read from the tenant's log, not believed.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Guid } from '../src/core/guid.ts';
import { immutableIdOfGuid } from '../src/core/ids/immutable-id.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../src/sandbox/sandbox.ts';
import { crowd, crowdMappings } from '../test/support/crowd.ts';
import { hardmatchProcess } from '../test/support/program-process.ts';
import type { Row, Told } from './contenders/told.ts';

export type Ground = {
  readonly sandbox: Sandbox;
  /** Empty but for mappings.csv. */
  readonly folder: string;
  readonly rows: readonly Row[];
};

/** Plays on a sandbox with so many rows, which is there for this alone. */
export async function onGround<Result>(
  rows: number,
  tenant: SandboxOptions['tenant'],
  play: (ground: Ground) => Promise<Result>,
): Promise<Result> {
  const people = crowd(rows);
  const sandbox = await startSandbox(people, { tenant: { ...tenant, requestLogSize: 20 * rows } });
  const folder = await mkdtemp(join(tmpdir(), 'hardmatch-bench-'));
  try {
    await writeFile(join(folder, 'mappings.csv'), crowdMappings(rows));
    const wanted = people.adUsers.map((user, index) => ({
      id: people.cloudUsers[index]?.id ?? '',
      userPrincipalName: people.cloudUsers[index]?.userPrincipalName ?? '',
      immutableId: immutableIdOfGuid((user['mS-DS-ConsistencyGuid'] ?? user.objectGUID) as Guid),
    }));
    return await play({ sandbox, folder, rows: wanted });
  } finally {
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs a script of bench/contenders over the rows; its options are the words behind it. */
export async function contender(ground: Ground, script: string, words: readonly (string | number)[]): Promise<Told> {
  const rowsFile = join(ground.folder, 'rows.json');
  await writeFile(rowsFile, JSON.stringify(ground.rows));
  const path = fileURLToPath(new URL(`contenders/${script}`, import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', path, rowsFile, ...words.map(String)],
    { env: { ...process.env, ...ground.sandbox.environment }, timeout: 300_000 },
  );
  return JSON.parse(stdout) as Told;
}

/** Plan and apply of the built program, each with the seconds from its start to its exit. */
export async function planAndApply(ground: Ground, concurrency: number) {
  const run = async (words: readonly string[]) => {
    const started = performance.now();
    const ran = await hardmatchProcess([...words, '--json', '--quiet'], {
      cwd: ground.folder,
      env: ground.sandbox.environment,
      limitMs: 300_000,
    });
    if (ran.code !== 0) throw new Error(`${words.join(' ')}: ${ran.code}\n${ran.stderr}`);
    const { counts, requests } = JSON.parse(ran.stdout) as {
      readonly counts: Readonly<Record<string, number>>;
      readonly requests: { readonly graph: number; readonly graphWrites: number };
    };
    return { seconds: (performance.now() - started) / 1_000, counts, requests };
  };
  const planned = await run(['plan', 'mappings.csv', '--run', 'run']);
  const applied = await run(['apply', 'run', '--yes', '--concurrency', String(concurrency)]);
  return { planned, applied };
}

/** What the tenant saw of the writing. */
export function seenBy({ sandbox, rows }: Ground) {
  const writes = sandbox.tenant.requests.filter(({ method }) => method === 'PATCH');
  const taken = writes.filter(({ status }) => status === 204);
  return {
    /** From the first PATCH to the last that was taken. */
    seconds: ((taken.at(-1)?.at ?? 0) - (writes[0]?.at ?? 0)) / 1_000,
    sent: writes.length,
    throttledPercent: (100 * writes.filter(({ status }) => status === 429).length) / Math.max(1, writes.length),
    taken: taken.length,
    /** Rows whose user does not have the immutable ID that was to be written. */
    notWritten: rows.filter(({ id, immutableId }) => sandbox.tenant.user(id)?.onPremisesImmutableId !== immutableId)
      .length,
  };
}

export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
