// What has become of the tenant, beside what the journal and the results say of it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalEntry } from '../../../src/core/journal.ts';
import { type Broken, readRows, type Row, wasKilled } from './invariants.ts';
import type { ProgramRun } from './program-run.ts';
import type { WriteWatch } from '../write-watch.ts';
import type { GraphPeer } from './graph/graph-peer.ts';
import { rowCount, type UserState, type World } from './world.ts';

/** The part of a world that tells what has been done in it. */
export type Deeds = Pick<World, 'runFolder' | 'before' | 'now' | 'rights'> & {
  readonly watch: Pick<WriteWatch, 'effects' | 'effective'>;
  readonly graph: Pick<GraphPeer, 'misread'>;
};

type Say = (invariant: string, seen: string) => void;

/** The journal's entries by line; null where there is no journal. */
function readJournal({ runFolder }: Deeds): Journal | null {
  const path = join(runFolder, 'journal.ndjson');
  if (!existsSync(path)) return null;
  const byLine = new Map<number, JournalEntry[]>();
  for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
    const entry = JSON.parse(line) as JournalEntry | { readonly kind: 'header' };
    if (entry.kind !== 'header') byLine.set(entry.line, [...(byLine.get(entry.line) ?? []), entry]);
  }
  return byLine;
}

/** The users that are neither as they were nor as they may have become. */
export function checkUsers(world: Deeds, drifted: UserState | undefined): Broken[] {
  const { before, rights } = world;
  const now = world.now();
  const isWritable = (id: string): boolean => rights.planned.has(id) || id === rights.roleHolder;
  return [...before].flatMap(([id, was]) => {
    const is = now.get(id);
    const expected = id === rights.drifted && drifted !== undefined ? drifted : was;
    if (is?.immutableId === expected.immutableId) return [];
    const right = id === rights.roleHolder ? rights.roleHolderId : rights.planned.get(id);
    const isRight = is !== undefined && is.immutableId === right && isWritable(id);
    if (isRight && (id !== rights.drifted || drifted === undefined)) return [];
    const seen = `user ${id} went from ${expected.immutableId} to ${is?.immutableId}, where ${right ?? 'nothing'} is planned`;
    return [{ invariant: 'changes nobody but as planned', seen }];
  });
}

/** What an apply says of each row, beside what it has done to the row's user. */
export function checkApply(world: Deeds, end: ProgramRun): Broken[] {
  const broken: Broken[] = [];
  const say: Say = (invariant, seen) => void broken.push({ invariant, seen });
  const journal = readJournal(world);
  if (journal === null) {
    if (world.watch.effective() > 0) say('knows every effect', `${world.watch.effective()} effects without a journal`);
    return broken;
  }
  // What a killed program has not written yet the journal has: the next run of it, or `report`, makes the results of it.
  if (!wasKilled(end)) checkResults(world, { journal, code: end.code }, say);
  const known = new Set([...journal.values()].flat().map(({ userId }): string => userId));
  for (const id of world.watch.effects.keys()) {
    if (!known.has(id)) say('knows every effect', `user ${id} was written without an intent`);
  }
  return broken;
}

type Journal = ReadonlyMap<number, readonly JournalEntry[]>;

function checkResults(
  world: Deeds,
  { journal, code }: { readonly journal: Journal; readonly code: number | null },
  say: Say,
): void {
  const results = readRows(world, 'results.csv');
  if (results?.length !== rowCount) {
    say('rows in are rows out', `results.csv has ${results?.length ?? 'no'} of ${rowCount} rows`);
  }
  const now = world.now();
  for (const row of results ?? []) {
    checkRow(row, { world, now, entries: journal.get(Number(row['line'])) ?? [], code }, say);
  }
}

type Beside = {
  readonly world: Deeds;
  readonly now: ReadonlyMap<string, UserState>;
  readonly entries: readonly JournalEntry[];
  readonly code: number | null;
};

const denied = new Set(['rejected', 'stale', 'held', 'not-reached', 'kept', '']);

function checkRow(row: Row, { world, now, entries, code }: Beside, say: Say): void {
  const { line, outcome = '', cloud_object_id: id = '' } = row;
  const last = entries.findLast((entry) => entry.kind === 'outcome');
  const isDisowned =
    last?.kind === 'outcome' &&
    (last.outcome === 'applied' || last.outcome === 'uncertain') &&
    outcome !== last.outcome;
  if (isDisowned)
    say(
      'results are as new as the journal',
      `line ${line} is ${last.outcome} in the journal, ${outcome} in results.csv`,
    );
  const begun = entries.some((entry) => entry.kind === 'intent');
  if (begun && last === undefined && outcome !== 'uncertain' && outcome !== 'applied') {
    say('results are as new as the journal', `line ${line} was begun and has no end, and is ${outcome} in results.csv`);
  }
  const [was, is] = [world.before.get(id), now.get(id)];
  if (was === undefined || is === undefined) return;
  const isOurs =
    (world.watch.effects.get(id)?.length ?? 0) > 0 && is.immutableId !== was.immutableId && id !== world.rights.drifted;
  if (isOurs && denied.has(outcome)) {
    say(
      'denies no effect',
      `line ${line} is ${outcome}, and user ${id} has ${is.immutableId} by our write; ${row['detail']}`,
    );
  }
  if (is.userPrincipalName !== was.userPrincipalName && outcome !== 'uncertain') {
    say('denies no effect', `line ${line} is ${outcome}, and user ${id} is still named ${is.userPrincipalName}`);
  }
  if (outcome === 'applied' && is.immutableId !== world.rights.planned.get(id) && code === 0) {
    say(
      'calls nothing done that is not',
      `line ${line} is applied and the exit code 0, and user ${id} has ${is.immutableId}`,
    );
  }
  if (world.graph.misread.has(id) && isOurs) say('writes nobody whom it has not read', `line ${line}, user ${id}`);
}

/** The tenant after the same apply with nobody misbehaving: each planned row is as planned, or left for a reason. */
export function checkContinued(world: Deeds): Broken[] {
  const now = world.now();
  const readBack = new Map(readRows(world, 'verification.csv')?.map(({ line, verdict }) => [line, verdict]));
  return (readRows(world, 'results.csv') ?? []).flatMap(({ line, outcome = '', cloud_object_id: id = '', detail }) => {
    const right = world.rights.planned.get(id);
    if (right === undefined || id === world.rights.drifted) return [];
    if (now.get(id)?.immutableId === right && (outcome === 'applied' || outcome === 'already')) return [];
    // Graph said that it was done, and it was not: the next run does not write it behind people's backs, but tells it.
    if (outcome === 'applied' && readBack.get(line) === 'differs') return [];
    const seen = `line ${line} is ${outcome} with ${now.get(id)?.immutableId}, where ${right} is planned; ${detail}`;
    return [{ invariant: 'goes on to the end', seen }];
  });
}

/** The tenant after a rollback: as it was before the plan, but for the user whom somebody else has changed. */
export function checkRolledBack(world: Deeds, drifted: UserState | undefined): Broken[] {
  const now = world.now();
  return [...world.before].flatMap(([id, was]) => {
    const expected = id === world.rights.drifted && drifted !== undefined ? drifted : was;
    const is = now.get(id);
    if (is?.immutableId === expected.immutableId && is.userPrincipalName === expected.userPrincipalName) return [];
    return [
      {
        invariant: 'takes everything back',
        seen: `user ${id} is ${JSON.stringify(is)}, and was ${JSON.stringify(expected)}`,
      },
    ];
  });
}
