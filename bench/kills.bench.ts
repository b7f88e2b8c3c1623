// Kills an apply of 500 rows at 200 random moments, at 200 more while the tenant fails at random, and one of 40 rows at
// every step of its journal; each is then finished by the same command. `npm run bench:kills`
//
// What goes wrong is told with its seed. `npm run bench:kills -- random 1 17` plays one random round, seed 17, and keeps no
// result; `faulty 20 100` plays 20 while the tenant fails, from seed 100 on; `step` all steps of the journal.
import { argv, stderr } from 'node:process';
import type { TenantHooks } from '../src/sandbox/http/request-log.ts';
import { dice } from '../test/support/dice.ts';
import { type KillGround, openKillGround } from '../test/support/kill-ground.ts';
import { journalPoints, playRound, roundOf, type RoundPlan, type RoundTold } from '../test/support/kill-round.ts';
import { keep } from './machine.ts';

const [only, rounds = '200', firstSeed = '1'] = argv.slice(2);
const seeds = Array.from({ length: Number(rounds) }, (_, index) => Number(firstSeed) + index);
// Most of a round is the starting of programs, and under faults most of it is waiting.
const lanesPlain = 3;
const lanesFaulty = 6;

/** A write without an answer is read back for seconds before it is sent again, so those that leave no trace are rare. */
function faultsOf(seed: number): TenantHooks['onRequest'] {
  const throws = dice(seed ^ 0x5eed);
  return (request) => {
    if (request.kind !== 'graph') return undefined;
    const chance = throws.next();
    if (chance < 0.02) return { status: 429, headers: { 'Retry-After': '0.2' } };
    if (chance < 0.025) return { status: 503, body: { error: { code: 'ServiceUnavailable', message: 'Try again.' } } };
    if (chance < 0.03) return 'reset-before';
    return chance < 0.05 ? 'reset-after' : undefined;
  };
}

type Lane = { readonly ground: KillGround };

/** Plays what `next` gives, side by side on so many grounds, until it gives nothing more. */
async function playAll(
  lanes: readonly Lane[],
  next: (ground: KillGround) => RoundPlan | undefined,
  onTold: (told: RoundTold) => void = () => undefined,
): Promise<RoundTold[]> {
  const all: RoundTold[] = [];
  const work = async ({ ground }: Lane): Promise<void> => {
    for (let plan = next(ground); plan; plan = next(ground)) {
      const told = await playRound(ground, plan);
      all.push(told);
      onTold(told);
      for (const deviation of told.deviations) stderr.write(`${deviation}\n`);
      if (all.length % 20 === 0) stderr.write(`${all.length} rounds\n`);
    }
  };
  await Promise.all(lanes.map(work));
  return all;
}

async function withLanes<T>(count: number, rows: number, work: (lanes: readonly Lane[]) => Promise<T>): Promise<T> {
  const grounds: KillGround[] = [];
  // One after the other: each is measured undisturbed while it is opened.
  for (let lane = 0; lane < count; lane++) grounds.push(await openKillGround(rows));
  try {
    return await work(grounds.map((ground) => ({ ground })));
  } finally {
    await Promise.all(grounds.map((ground) => ground.close()));
  }
}

async function random(lanes: readonly Lane[], makeFaults?: typeof faultsOf): Promise<RoundTold[]> {
  const left = [...seeds];
  return playAll(lanes, (ground) => {
    const seed = left.shift();
    return seed === undefined ? undefined : roundOf(seed, ground, makeFaults);
  });
}

/** Every point of every step: a point has no more steps once a run has outlived its kill. */
async function everyStep(lanes: readonly Lane[]): Promise<RoundTold[]> {
  const left = [...journalPoints];
  let point = left.shift();
  let step = 0;
  return playAll(
    lanes,
    () => {
      if (point === undefined) return undefined;
      step++;
      return {
        name: `${point}-${step}`,
        blow: { kind: 'step', point, step },
        second: null,
        looksBetween: step % 8 === 0,
        faults: null,
      };
    },
    (told) => {
      if (told.met !== 'ended' || point === undefined || !told.name.startsWith(point)) return;
      point = left.shift();
      step = 0;
    },
  );
}

/** Figures of one kind of rounds, under names that begin with it. */
function figuresOf(kind: string, all: readonly RoundTold[], seconds: number): Record<string, number> {
  const met = (what: RoundTold['met']): number => all.filter((told) => told.met === what).length;
  const sum = (key: 'kills' | 'writtenTwice' | 'tenantWrong' | 'unaccounted' | 'differing' | 'leftovers') =>
    all.reduce((total, told) => total + told[key], 0);
  const figures = {
    Rounds: all.length,
    Kills: sum('kills'),
    KilledBeforeFirstWrite: met('before-first'),
    KilledMidway: met('midway'),
    KilledAfterLastWrite: met('after-last'),
    EndedBeforeTheKill: met('ended'),
    RowsWrittenTwiceWithEffect: sum('writtenTwice'),
    UsersWrong: sum('tenantWrong'),
    RowsUnaccounted: sum('unaccounted'),
    ResultsDiffering: sum('differing'),
    RoundsWithADeviation: all.filter((told) => told.deviations.length > 0).length,
    TemporaryFilesLeft: sum('leftovers'),
    Seconds: Math.round(seconds),
  };
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${kind}${name}`, value]));
}

async function timed(kind: string, play: () => Promise<RoundTold[]>): Promise<Record<string, number>> {
  stderr.write(`${kind}\n`);
  const startedAt = performance.now();
  const all = await play();
  if (all.some((told) => told.deviations.length > 0)) process.exitCode = 1;
  const figures = figuresOf(kind, all, (performance.now() - startedAt) / 1_000);
  stderr.write(`${JSON.stringify(figures)}\n`);
  return figures;
}

const kinds: Record<string, () => Promise<Record<string, number>>> = {
  step: () => withLanes(lanesPlain, 40, (lanes) => timed('step', () => everyStep(lanes))),
  random: () => withLanes(lanesPlain, 500, (lanes) => timed('random', () => random(lanes))),
  faulty: () => withLanes(lanesFaulty, 500, (lanes) => timed('faulty', () => random(lanes, faultsOf))),
};
const figures: Record<string, number> = {};
for (const [kind, play] of Object.entries(kinds)) {
  if (only === undefined || only === kind) Object.assign(figures, await play());
}
if (only === undefined) {
  const notes =
    '500 rows (400 writes) at random moments, without faults and with 429, 503 and resets; 40 rows at each step of the ' +
    'journal: before a group is written, half-way, before its flush, after it. Client and servers on the same machine.';
  keep({ name: 'kills', notes, figures });
}
