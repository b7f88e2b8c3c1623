// One round: an apply that is killed, what can be read of it then, the same command again, and whether anything is lost.
import type { ChildProcess } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TenantHooks } from '../../src/sandbox/http/request-log.ts';
import { type Dice, dice } from './dice.ts';
import { type KillGround, readReports, type Reports } from './kill-ground.ts';
import type { Ran } from './program.ts';

/** Where in the writing of one group of journal entries the program is killed. */
export const journalPoints = ['before-write', 'torn-write', 'after-write', 'after-sync'] as const;

/** When to kill: a time after the start, a time after a PATCH has come, or a step of the journal. */
export type Blow =
  | { readonly kind: 'time'; readonly afterMs: number }
  | { readonly kind: 'writes'; readonly after: number; readonly thenMs: number }
  | { readonly kind: 'step'; readonly point: (typeof journalPoints)[number]; readonly step: number };

export type RoundPlan = {
  /** Names the round's folder, and is told with what went wrong. */
  readonly name: string;
  readonly blow: Blow;
  /** Kills the second run too. */
  readonly second: Blow | null;
  /** Runs `report` and `verify` between the kill and the second run. */
  readonly looksBetween: boolean;
  readonly faults: TenantHooks['onRequest'] | null;
};

export type RoundTold = {
  readonly name: string;
  /** Where the first kill met the run; `ended` when it came too late. */
  readonly met: 'before-first' | 'midway' | 'after-last' | 'ended';
  /** Kills that met a living process. */
  readonly kills: number;
  readonly writtenTwice: number;
  readonly tenantWrong: number;
  readonly unaccounted: number;
  readonly differing: number;
  /** Temporary files of killed runs that nobody has removed. */
  readonly leftovers: number;
  /** Every deviation in words; empty when nothing was lost. */
  readonly deviations: readonly string[];
};

/** The blows of a seed, spread over the whole life of a run that takes as long as the ground's undisturbed one. */
export function roundOf(
  seed: number,
  ground: KillGround,
  makeFaults?: (seed: number) => TenantHooks['onRequest'],
): RoundPlan {
  const throws = dice(seed);
  return {
    name: `seed-${seed}`,
    blow: anyBlow(throws, ground),
    second: throws.next() < 0.2 ? anyBlow(throws, ground) : null,
    looksBetween: throws.next() < 0.2,
    faults: makeFaults?.(seed) ?? null,
  };
}

function anyBlow(throws: Dice, { whole, crowd }: KillGround): Blow {
  const kind = throws.next();
  if (kind < 0.4) return { kind: 'time', afterMs: throws.next() * whole.lifeMs };
  if (kind < 0.8) return { kind: 'writes', after: throws.whole(1, crowd.writes), thenMs: throws.next() * 10 };
  // Journal, reading back, reports and the lock's release come after the last write.
  return { kind: 'writes', after: crowd.writes, thenMs: throws.next() * whole.tailMs };
}

/** Plays a round. Never rejects for what the program did: that is told. */
export async function playRound(ground: KillGround, plan: RoundPlan): Promise<RoundTold> {
  const deviations: string[] = [];
  const say = (what: string): void => void deviations.push(`${plan.name} ${JSON.stringify(plan.blow)}: ${what}`);
  const name = await ground.begin(plan.name, plan.faults);
  const folder = ground.path(name);
  const first = await struck(ground, name, plan.blow);
  const known = ground.watch.effective();
  if (plan.looksBetween) await look(ground, { name, known, say });
  const second = plan.second && (await struck(ground, name, plan.second));
  const last = await ground.run(['apply', name, '--yes', '--quiet']);
  if (last.code !== ground.whole.code) say(`the last run ended with ${last.code}: ${last.stderr.slice(0, 500)}`);
  const reports = await readReports(folder).catch((error: unknown) => {
    say(`the reports cannot be read: ${String(error)}`);
    return null;
  });
  const found = await judge(ground, { reports, say });
  const leftovers = (await readdir(folder)).filter((file) => file.endsWith('.tmp')).length;
  if (deviations.length === 0) await rm(folder, { recursive: true, force: true });
  const kills = [first, second].filter((ran) => ran !== null && ran.code === null).length;
  return { name, met: meeting(first, known, ground), kills, ...found, leftovers, deviations };
}

function meeting(first: Ran, known: number, { crowd }: KillGround): RoundTold['met'] {
  if (first.code !== null) return 'ended';
  if (known === 0) return 'before-first';
  return known < crowd.writes ? 'midway' : 'after-last';
}

const preload = pathToFileURL(join(import.meta.dirname, 'kill-at-step.mjs')).href;

/** Starts the apply and kills it as the blow says, if it lives that long. */
async function struck(ground: KillGround, name: string, blow: Blow): Promise<Ran> {
  const timers: NodeJS.Timeout[] = [];
  const killAfter = (child: ChildProcess, ms: number): void => {
    if (ms <= 0) child.kill('SIGKILL');
    else timers.push(setTimeout(() => child.kill('SIGKILL'), ms));
  };
  const env = blow.kind === 'step' ? injection(blow) : {};
  let seen = 0;
  const ran = await ground.runProcess(['apply', name, '--yes', '--quiet'], {
    env,
    onStart: (child) => {
      if (blow.kind === 'time') killAfter(child, blow.afterMs);
      if (blow.kind !== 'writes') return;
      ground.watch.onWrite = () => {
        if (++seen === blow.after) killAfter(child, blow.thenMs);
      };
    },
  });
  ground.watch.onWrite = null;
  for (const timer of timers) clearTimeout(timer);
  return ran;
}

function injection({ point, step }: Blow & { kind: 'step' }): Record<string, string> {
  return { NODE_OPTIONS: `--import=${preload}`, KILL_AT_JOURNAL_STEP: `${point}:${step}` };
}

type Watching = { readonly name: string; readonly known: number; readonly say: (what: string) => void };

/** What people look at after a crash has to work, and to know of every write that took effect. */
async function look(ground: KillGround, { name, known, say }: Watching): Promise<void> {
  const report = await ground.run(['report', name, '--json']);
  const verify = await ground.run(['verify', name, '--json', '--quiet']);
  for (const [command, ran] of Object.entries({ report, verify })) {
    if (ran.code !== 0 && ran.code !== 1) say(`${command} ended with ${ran.code}: ${ran.stderr.slice(0, 500)}`);
  }
  if (report.code === null || report.code > 1) return;
  const { counts } = JSON.parse(report.stdout) as Pick<Reports, 'counts'>;
  const count = (key: string): number => counts[key] ?? 0;
  if (count('rows') !== ground.crowd.rows) say(`report tells of ${count('rows')} rows`);
  if (count('applied') + count('uncertain') < known) {
    say(
      `${known} writes took effect, and report knows of ${count('applied')} and ${count('uncertain')} uncertain ones`,
    );
  }
}

const ends = ['applied', 'already', 'stale', 'rejected', 'uncertain', 'notReached', 'held', 'kept'];

type Judging = { readonly reports: Reports | null; readonly say: (what: string) => void };
type Judged = Pick<RoundTold, 'writtenTwice' | 'tenantWrong' | 'unaccounted' | 'differing'>;

/** Compares tenant and reports with what was to come of it. */
async function judge(ground: KillGround, { reports, say }: Judging): Promise<Judged> {
  const { crowd, whole, watch } = ground;
  const now = ground.now();
  const wrong = [...crowd.after].filter(([id, value]) => now.get(id) !== value);
  if (wrong.length > 0) say(`${wrong.length} users are wrong, the first is ${wrong[0]?.[0]}`);
  const twice = [...watch.effects].filter(([, values]) => values.length > 1);
  if (twice.length > 0) say(`${twice.length} users were changed twice, the first is ${JSON.stringify(twice[0])}`);
  if (!reports) return { writtenTwice: twice.length, tenantWrong: wrong.length, unaccounted: crowd.rows, differing: 0 };
  const lines = new Set(reports.results.map((line) => line.split(',')[0]));
  const told = ends.reduce((sum, key) => sum + (reports.counts[key] ?? 0), 0);
  const counted = Math.min(lines.size, reports.results.length, told, reports.verified, reports.counts['rows'] ?? 0);
  const unaccounted = Math.abs(crowd.rows - counted);
  if (unaccounted > 0) say(`of ${crowd.rows} rows ${counted} are accounted for: ${JSON.stringify(reports.counts)}`);
  const expected = whole.reports.results;
  const different = reports.results.filter((line, at) => line !== expected[at]);
  if (different.length > 0) say(`${different.length} results differ, the first is ${different[0]}`);
  if (JSON.stringify(reports.counts) !== JSON.stringify(whole.reports.counts)) {
    say(`the counts are ${JSON.stringify(reports.counts)}, not ${JSON.stringify(whole.reports.counts)}`);
  }
  return { writtenTwice: twice.length, tenantWrong: wrong.length, unaccounted, differing: different.length };
}
