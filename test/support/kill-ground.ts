// A practice tenant and a planned run on which the program can be killed again and again, each time from the same start.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import type { TenantHooks } from '../../src/sandbox/http/request-log.ts';
import { type MixedCrowd, mixedCrowd } from './mixed-crowd.ts';
import { hardmatch, type Ran, type RunOptions } from './program.ts';
import { hardmatchProcess, type ProcessOptions } from './program-process.ts';
import { watchWrites, type WriteWatch } from './write-watch.ts';

/** What a run left in its folder that must not depend on how often it was cut off. */
export type Reports = {
  /** Lines of results.csv, without those cells that tell when and how often, and how the end was found out. */
  readonly results: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  readonly verified: number;
};

/** A practice tenant and a planned run, from which a test begins as often as it wants to. */
export type RunGround = {
  readonly crowd: MixedCrowd;
  readonly watch: WriteWatch;
  /** Puts the tenant back, and gives a fresh copy of the planned run folder a name. */
  begin(name: string, faults: TenantHooks['onRequest'] | null): Promise<string>;
  run(words: readonly string[], more?: Pick<RunOptions, 'env'>): Promise<Ran>;
  /** In a process, which can be killed. */
  runProcess(words: readonly string[], more?: Pick<ProcessOptions, 'env' | 'onStart'>): Promise<Ran>;
  /** The immutable ID that each user has now. */
  now(): ReadonlyMap<string, string | null>;
  /** Gives a user another immutable ID, as another administrator may. */
  change(id: string, value: string | null): void;
  /** Path of a run folder begun here. */
  path(name: string): string;
  close(): Promise<void>;
};

/** One on which the program is killed: it knows how a whole run looks. */
export type KillGround = RunGround & {
  /** An apply that nobody disturbed: its exit code and reports, its length, and what came after its last write, in ms. */
  readonly whole: {
    readonly code: number;
    readonly reports: Reports;
    readonly lifeMs: number;
    readonly tailMs: number;
  };
};

const limitMs = 180_000;

/** Starts a tenant with so many rows, plans them, and applies the plan once undisturbed. */
export async function openKillGround(rows: number): Promise<KillGround> {
  const ground = await openRunGround(rows);
  return { ...ground, whole: await undisturbed(ground) };
}

/** Starts a tenant with so many rows, and plans them. */
export async function openRunGround(rows: number): Promise<RunGround> {
  const crowd = mixedCrowd(rows);
  const sandbox = await startSandbox(crowd.people, { tenant: { latencyMs: { mean: 3, spread: 2 } } });
  const cwd = await mkdtemp(join(tmpdir(), 'hardmatch-kills-'));
  const watch = watchWrites(sandbox.tenant);
  await writeFile(join(cwd, 'mappings.csv'), crowd.mappings);
  const run: RunGround['run'] = (command, { env } = {}) =>
    hardmatch(command, { cwd, env: { ...sandbox.environment, ...env } });
  const runProcess: RunGround['runProcess'] = (command, more = {}) =>
    hardmatchProcess(command, { cwd, limitMs, ...more, env: { ...sandbox.environment, ...more.env } });
  const planned = await run(['plan', 'mappings.csv', '--run', 'planned', '--allow-relink', '--quiet']);
  if (planned.code !== 1) throw new Error(`planning ended with ${planned.code}: ${planned.stderr}`);
  return {
    crowd,
    watch,
    run,
    runProcess,
    now: () => new Map(sandbox.tenant.users().map((user) => [user.id, user.onPremisesImmutableId])),
    change: (id: string, onPremisesImmutableId: string | null) => sandbox.tenant.change(id, { onPremisesImmutableId }),
    path: (name: string) => join(cwd, name),
    begin: async (name: string, faults: TenantHooks['onRequest'] | null) => {
      for (const [id, value] of crowd.before) sandbox.tenant.change(id, { onPremisesImmutableId: value });
      watch.forget();
      watch.faults = faults;
      await cp(join(cwd, 'planned'), join(cwd, name), { recursive: true });
      return name;
    },
    close: async () => {
      await sandbox.close();
      await rm(cwd, { recursive: true, force: true });
    },
  };
}

async function undisturbed(ground: RunGround): Promise<KillGround['whole']> {
  const name = await ground.begin('whole', null);
  const startedAt = performance.now();
  let lastWriteAt = startedAt;
  ground.watch.onWrite = () => (lastWriteAt = performance.now());
  const { code, stderr } = await ground.runProcess(['apply', name, '--yes', '--quiet']);
  const endedAt = performance.now();
  ground.watch.onWrite = null;
  if (code === null || code > 1) throw new Error(`an apply that nobody disturbed ended with ${code}: ${stderr}`);
  const reports = await readReports(ground.path(name));
  return { code, reports, lifeMs: endedAt - startedAt, tailMs: endedAt - lastWriteAt };
}

/** Reads what a run left. Neither these IDs nor these names have a comma or a quote in them, so lines can be cut at commas. */
export async function readReports(folder: string): Promise<Reports> {
  const lines = async (file: string): Promise<string[]> =>
    (await readFile(join(folder, file), 'utf8')).split('\r\n').filter((line) => line !== '');
  const [header = '', ...results] = await lines('results.csv');
  const columns = header.replace(/^\uFEFF/, '').split(',');
  const { counts } = JSON.parse(await readFile(join(folder, 'summary.json'), 'utf8')) as Pick<Reports, 'counts'>;
  return {
    results: results.map((line) => withoutChance(line, columns)),
    counts,
    verified: (await lines('verification.csv')).length - 1,
  };
}

function withoutChance(line: string, columns: readonly string[]): string {
  const ofChance = new Set(['attempts', 'request_id', 'finished_at']);
  return line
    .split(',')
    .map((cell, at) => {
      const column = columns[at] ?? '';
      if (ofChance.has(column)) return '';
      // How it was found out that the row is written.
      return column === 'detail' && /found (written )?by reading it back/.test(line) ? '' : cell;
    })
    .join(',');
}
