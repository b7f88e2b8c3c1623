// One cell: the program goes through plan, apply and verify, the peer misbehaves where the cell says, and afterwards behaves.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dice } from '../dice.ts';
import { armed, type Arm } from './dose.ts';
import { checkApply, checkContinued, checkRolledBack, checkUsers } from './effects.ts';
import { type Broken, checkPlan, checkRun } from './invariants.ts';
import { type Cell, seedOf } from './matrix.ts';
import type { ProgramRun } from './program-run.ts';
import { type Stage, stagesOf } from './request-kinds.ts';
import {
  answerMs,
  applyWords,
  type Ground,
  openGround,
  openWorld,
  planWords,
  type UserState,
  type World,
} from './world.ts';

/** How somebody wants out: not at all, by Ctrl-C, or by the end of the window. */
export type WayOut = 'none' | 'interrupt' | 'stop-at';

export type CellPlan = {
  readonly cell: Cell;
  readonly seed: number;
  /** Where the peer misbehaves. */
  readonly stage: Stage;
  readonly wayOut: WayOut;
  /** Requests of the kind that it lets pass first. */
  readonly skip: number;
  /** Milliseconds between the first misbehaviour and the wish to get out. */
  readonly outAfterMs: number;
  /** How far it goes when the peer behaves again: not at all, through the same command, or all the way back. */
  readonly goesOn: 'no' | 'on' | 'back';
};

export type CellEnd = {
  readonly plan: CellPlan;
  readonly broken: readonly Broken[];
  /** How often the peer has misbehaved. */
  readonly met: number;
  /** Exit codes of the commands, in order, those of afterwards included. */
  readonly codes: readonly string[];
  readonly seconds: number;
};

// Most of a cell is the starting of programs, so that not every one goes on to the end.
const share = { back: 0.15, on: 0.25 };

/** What a seed makes of a cell. */
export function planCell(cell: Cell, seed: number): CellPlan {
  const throws = dice(seedOf(cell, seed));
  const stages = stagesOf(cell.kind);
  const stage = stages[throws.whole(0, stages.length - 1)] ?? 'plan';
  const manyOf = cell.kind === 'PATCH' ? 6 : cell.kind === 'LDAP search' ? 2 : 0;
  const skip = cell.dose === 'always' ? 0 : throws.whole(0, manyOf);
  const { needsWayOut = false } = cell.plays.misbehaviour;
  const outAfterMs = throws.whole(50, 1_500);
  const way = throws.next();
  const wayOut =
    !needsWayOut && way > 0.15 ? 'none' : stage === 'apply' && throws.next() < 0.5 ? 'stop-at' : 'interrupt';
  const further = throws.next();
  const goesOn = further < share.back ? 'back' : further < share.back + share.on ? 'on' : 'no';
  return { cell, seed, stage, wayOut, skip, outAfterMs, goesOn };
}

/** What is told of a cell, so that it can be had again. */
export function nameOf({ cell, stage, wayOut }: CellPlan): string {
  return `${cell.name} in ${stage}${wayOut === 'none' ? '' : `, ${wayOut}`}`;
}

type Playing = {
  readonly plan: CellPlan;
  readonly world: World;
  readonly mostMb: number;
  readonly broken: Broken[];
  readonly codes: string[];
  drifted: UserState | undefined;
};

/** Plays a cell in a world of its own. Never rejects for what the program does: that is told. */
async function playCell(cell: Cell, seed: number, ground: Ground): Promise<CellEnd> {
  const plan = planCell(cell, seed);
  const startedAt = performance.now();
  const world = await openWorld(ground, plan.stage);
  // What a program that reads a plain answer takes, and the largest answer that it should care for.
  const mostMb = ground.usualMb === 0 ? Number.POSITIVE_INFINITY : ground.usualMb + 250;
  const playing: Playing = { plan, world, mostMb, broken: [], codes: [], drifted: undefined };
  let met = 0;
  try {
    met = await misbehaved(playing);
    await behaved(playing);
  } finally {
    await world.close();
  }
  const { broken, codes } = playing;
  return { plan, broken, met, codes, seconds: (performance.now() - startedAt) / 1_000 };
}

/** The commands up to the one with which the peer misbehaves; says how often it did. */
async function misbehaved(playing: Playing): Promise<number> {
  const { plan, world } = playing;
  if (plan.stage !== 'plan') drift(playing);
  const { count, end } = await command(playing, plan.stage, plan);
  if (count === 0) {
    const seen = `the misbehaviour was never met; ${end.stderr.trim().slice(-300)}`;
    playing.broken.push({ invariant: 'was played', seen });
  }
  if (plan.stage === 'plan') {
    if (end.code === 0 || end.code === 1) {
      const mayLie = plan.cell.plays.misbehaviour.isBelievable === true;
      playing.broken.push(...checkPlan(world, { mayLie }));
    }
    if (world.watch.effective() > 0)
      playing.broken.push({ invariant: 'a plan writes nothing', seen: 'it has written' });
  } else check(playing, end);
  return count;
}

function drift(playing: Playing): void {
  const { world } = playing;
  world.drift();
  playing.drifted = world.now().get(world.rights.drifted);
}

function check(playing: Playing, end: ProgramRun): void {
  const { world, drifted, broken } = playing;
  broken.push(...checkUsers(world, drifted), ...(end.words[0] === 'apply' ? checkApply(world, end) : []));
}

/** With nobody misbehaving any more, the same commands go on to the end, and back. */
async function behaved(playing: Playing): Promise<void> {
  const { plan, world, broken } = playing;
  if (plan.goesOn === 'no') return;
  const isPlanned = existsSync(join(world.runFolder, 'plan.ndjson'));
  if (!isPlanned) {
    const { end } = await command(playing, 'plan');
    if (end.code !== 1) broken.push({ invariant: 'goes on to the end', seen: `planning again ended with ${end.code}` });
    return;
  }
  if (plan.stage === 'plan') {
    // A lie in a plan that nobody could see through is for people to find.
    if (plan.cell.plays.misbehaviour.isBelievable === true) return;
    drift(playing);
  }
  const { end } = await command(playing, 'apply');
  check(playing, end);
  if (end.code !== 0 && end.code !== 1) {
    broken.push({
      invariant: 'goes on to the end',
      seen: `applying again ended with ${end.code}: ${end.stderr.slice(-300)}`,
    });
  }
  if (plan.stage !== 'plan') broken.push(...checkContinued(world));
  if (plan.goesOn === 'on') return;
  await command(playing, 'rollback');
  broken.push(...checkRolledBack(world, playing.drifted));
}

type Command = Stage | 'rollback';

const wordsOf: Readonly<Record<Command, readonly string[]>> = {
  plan: planWords,
  apply: applyWords,
  verify: ['verify', 'run'],
  rollback: ['rollback', 'run', '--yes', '--run', 'back'],
};

// Milliseconds. Starting takes long on a machine that has much to do.
const startMs = 20_000;
const hurry = 10;
/** An answer is given up by a timer that ticks once a second; then something has to be written down. */
const outMs = answerMs + 9_000;
/** How long a window is: on a busy machine a good part of it is the start of the program. */
const windowMs = 10_000;

/** Runs a command, the peer misbehaving when there is something to play. */
async function command(playing: Playing, name: Command, plan: CellPlan | null = null) {
  const { world, mostMb } = playing;
  world.graph.enter(name === 'rollback' ? 'apply' : name);
  const way = plan?.wayOut ?? 'none';
  const timers: NodeJS.Timeout[] = [];
  const wish: { at: number | null; make: () => void } = { at: null, make: () => undefined };
  const onFirst = (): void => {
    if (plan !== null && way === 'interrupt') timers.push(setTimeout(() => wish.make(), plan.outAfterMs));
  };
  const arm = plan === null ? null : armOf(plan, { world, onFirst });
  const stopAt = way === 'stop-at' ? ['--stop-at', new Date(Date.now() + windowMs).toISOString()] : [];
  const boundMs = startMs + (way === 'none' ? patienceOf(plan) : 45_000);
  const end = await world.run([...wordsOf[name], ...stopAt], {
    boundMs,
    // Somebody who wants out is not to wait for what hurry would hide.
    hurry: way === 'none' ? hurry : 1,
    onStart: (child, ownMs) => {
      wish.make = () => {
        wish.at = ownMs();
        if (way === 'interrupt') child.kill('SIGINT');
      };
      if (way === 'stop-at') timers.push(setTimeout(wish.make, windowMs));
    },
  });
  for (const timer of timers) clearTimeout(timer);
  world.graph.arm(null);
  world.ldap.arm(null);
  playing.codes.push(`${name} ${end.code ?? end.signal}`);
  const ended = {
    boundMs: wish.at === null ? boundMs : outMs,
    tookMs: end.ownMs - (wish.at ?? 0),
    sent: way === 'interrupt' && wish.at !== null ? ('SIGINT' as const) : null,
    mostMb,
  };
  playing.broken.push(...checkRun(end, world, ended));
  return { end, count: arm?.met() ?? 0 };
}

type Arming = { readonly world: World; readonly onFirst: () => void };

function armOf({ cell, skip, seed }: CellPlan, { world, onFirst }: Arming): Pick<Arm<unknown>, 'met'> {
  const chance = { seed: seedOf(cell, seed + 1), skip };
  if (cell.plays.side === 'graph') {
    const arm = armed({ ...cell, misbehaviour: cell.plays.misbehaviour }, chance, onFirst);
    world.graph.arm(arm);
    return arm;
  }
  const arm = armed({ ...cell, misbehaviour: cell.plays.misbehaviour }, chance, onFirst);
  world.ldap.arm(arm);
  return arm;
}

// Tries of a reading and of a write, and the waits between them in all (src/run/retry.ts, src/run/apply/send.ts), hurried.
const reading = { tries: 8, waitsMs: 66_000 / hurry };
const writing = { tries: 10, waitsMs: (130_000 + 10 * 7_500) / hurry };
/**
 * Rounds of readings: one for a window of rows, and three for each row, in two turns of lanes (src/run/apply/reading.ts); and
 * those of readings that lag (src/run/verify/verify.ts).
 */
const rounds: Partial<Record<Cell['kind'], number>> = { 'guard reading': 7, 'read-back': 6, 'LDAP search': 2 };
/** An answer given up takes its time-out, and up to a tick of undici's timer. */
const givenUpMs = answerMs + 1_000;
/** Patience with a domain controller (src/ad/ldap/directory.ts), hurried. */
const ldapMs = 60_000 / hurry;

/** Milliseconds that the program may wait in all, by its own settings, for a peer that does this. */
function patienceOf(plan: CellPlan | null): number {
  if (plan === null) return 15_000;
  const { cell } = plan;
  const { tries, waitsMs } = cell.kind === 'PATCH' ? writing : reading;
  const times = cell.dose === 'once' ? 2 : cell.dose === 'first 3' ? 4 : tries;
  const each = cell.plays.side === 'ldap' ? ldapMs : givenUpMs;
  const once = times * each + (cell.dose === 'always' ? waitsMs : waitsMs / 4);
  // A user of a federated domain is written in three steps, and taken back in as many.
  const turns = cell.dose === 'always' ? (rounds[cell.kind] ?? (cell.kind === 'PATCH' ? 5 : 1)) : 1;
  return 5_000 + once * turns;
}

/** Plays these cells, so many side by side, and tells of each as it ends. */
export async function playCells(
  cells: readonly Cell[],
  seed: number,
  { lanes, onEnd = () => undefined }: { readonly lanes: number; readonly onEnd?: (end: CellEnd, done: number) => void },
): Promise<CellEnd[]> {
  const ground = await openGround();
  const left = [...cells];
  const ends: CellEnd[] = [];
  const lane = async (): Promise<void> => {
    for (let cell = left.shift(); cell !== undefined; cell = left.shift()) {
      const end = await playCell(cell, seed, ground);
      ends.push(end);
      onEnd(end, ends.length);
    }
  };
  try {
    const all = await Promise.allSettled(Array.from({ length: lanes }, lane));
    for (const one of all) if (one.status === 'rejected') throw one.reason;
  } finally {
    await ground.close();
  }
  return ends;
}

/** What is broken in a cell, a line for each invariant, and how to have the cell again; empty where all holds. */
export function brokenIn({ plan, broken, codes }: CellEnd): string[] {
  if (broken.length === 0) return [];
  const seen = new Map<string, string[]>();
  for (const { invariant, seen: what } of broken) seen.set(invariant, [...(seen.get(invariant) ?? []), what]);
  const lines = [...seen].map(([invariant, [first = '', ...more]]) => {
    return `  ${invariant}: ${first}${more.length > 0 ? ` (and ${more.length} more)` : ''}`;
  });
  const again = `  npm run bench:misbehaviour -- --seed ${plan.seed} --only "${plan.cell.name}"`;
  return [[`${nameOf(plan)} (${codes.join(', ')})`, ...lines, again].join('\n')];
}
