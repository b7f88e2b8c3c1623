// What the suite checks after a misbehaviour has to be noticed when it is broken: here each is broken on purpose.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkApply, checkRolledBack, checkUsers, type Deeds } from '../support/misbehaviour/effects.ts';
import { checkPlan, rawIn } from '../support/misbehaviour/invariants.ts';
import type { ProgramRun } from '../support/misbehaviour/program-run.ts';
import { rowCount, type UserState } from '../support/misbehaviour/world.ts';

let runFolder: string;
beforeEach(() => {
  runFolder = mkdtempSync(join(tmpdir(), 'hardmatch-invariants-'));
});
afterEach(() => rmSync(runFolder, { recursive: true, force: true }));

const run: ProgramRun = {
  words: ['apply', 'run'],
  code: 1,
  signal: null,
  stdout: '',
  stderr: '',
  ownMs: 1,
  trouble: null,
  peakMb: 1,
};

const user = (immutableId: string | null, userPrincipalName = 'a@example.test'): UserState => ({
  immutableId,
  userPrincipalName,
});

/** A tenant of three users, of whom the first is planned to be given `right`; nobody has done anything. */
function deeds(now: readonly UserState[], effects: Readonly<Record<string, string>> = {}): Deeds {
  const named = (states: readonly UserState[]) => new Map(states.map((state, at) => [`user-${at + 1}`, state]));
  const written = new Map(Object.entries(effects).map(([id, value]) => [id, [value]]));
  return {
    runFolder,
    before: named([user(null), user(null), user('other')]),
    now: () => named(now),
    rights: {
      planned: new Map([['user-1', 'right']]),
      drifted: 'nobody',
      roleHolder: 'user-3',
      roleHolderId: 'role-right',
      twin: 'nobody',
    },
    watch: { effects: written, effective: () => written.size },
    graph: { misread: new Set() },
  };
}

const unchanged = [user(null), user(null), user('other')];
const linked = [user('right'), user(null), user('other')];

/** results.csv with this outcome on its first row, and a journal with these entries of it. */
function write(outcome: string, entries: readonly object[]): void {
  const rows = Array.from(
    { length: rowCount },
    (_, at) => `${at + 2},${at === 0 ? outcome : 'held'},${at === 0 ? 'user-1' : ''},`,
  );
  writeFileSync(join(runFolder, 'results.csv'), `line,outcome,cloud_object_id,detail\r\n${rows.join('\r\n')}\r\n`);
  const lines = [{ kind: 'header' }, ...entries.map((entry) => ({ line: 2, userId: 'user-1', ...entry }))];
  writeFileSync(join(runFolder, 'journal.ndjson'), `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
}

const intent = { kind: 'intent' };
const ended = (outcome: string) => ({ kind: 'outcome', outcome });
const names = (broken: readonly { readonly invariant: string }[]): string[] => broken.map(({ invariant }) => invariant);

describe('what an apply has done', () => {
  it('is in order when it is told as it is', () => {
    write('applied', [intent, ended('applied')]);
    const world = deeds(linked, { 'user-1': 'right' });
    expect([...checkApply(world, run), ...checkUsers(world, undefined)]).toEqual([]);
  });

  it.each(['rejected', 'stale', 'not-reached', 'held'])('is not in order when it is told as %s', (outcome) => {
    write(outcome, [intent, ended(outcome)]);
    expect(names(checkApply(deeds(linked, { 'user-1': 'right' }), run))).toContain('denies no effect');
  });

  it('is not in order when the results are older than the journal', () => {
    write('not-reached', [intent, ended('uncertain')]);
    expect(names(checkApply(deeds(unchanged), run))).toEqual(['results are as new as the journal']);
    // Whoever is killed has not written them yet.
    expect(checkApply(deeds(unchanged), { ...run, code: null, signal: 'SIGKILL' })).toEqual([]);
  });

  it('is not in order when nobody has written down that it was to be done', () => {
    write('held', []);
    expect(names(checkApply(deeds(unchanged, { 'user-2': 'x' }), run))).toEqual(['knows every effect']);
  });

  it('is not in order when a row is missing', () => {
    write('applied', [intent, ended('applied')]);
    writeFileSync(join(runFolder, 'results.csv'), 'line,outcome\r\n2,applied\r\n');
    expect(names(checkApply(deeds(linked, { 'user-1': 'right' }), run))).toContain('rows in are rows out');
  });

  it('is not in order when it is called done, with exit code 0, and is not', () => {
    write('applied', [intent, ended('applied')]);
    expect(names(checkApply(deeds(unchanged), { ...run, code: 0 }))).toEqual(['calls nothing done that is not']);
  });

  it('is not in order when the user was read as somebody else', () => {
    write('applied', [intent, ended('applied')]);
    const world = { ...deeds(linked, { 'user-1': 'right' }), graph: { misread: new Set(['user-1']) } };
    expect(names(checkApply(world, run))).toEqual(['writes nobody whom it has not read']);
  });

  it.each([
    [user('wrong'), user(null), user('other')],
    [user(null), user('right'), user('other')],
    [user(null), user(null), user(null)],
  ])('is not in order when somebody has changed otherwise than planned: %#', (...now) => {
    expect(names(checkUsers(deeds(now), undefined))).toEqual(['changes nobody but as planned']);
  });

  it('is not taken back when anything of it is left, a name too', () => {
    expect(checkRolledBack(deeds(unchanged), undefined)).toEqual([]);
    expect(checkRolledBack(deeds(linked), undefined)).toHaveLength(1);
    expect(
      checkRolledBack(deeds([user(null, 'away@example.test'), user(null), user('other')]), undefined),
    ).toHaveLength(1);
  });
});

describe('a plan', () => {
  const plan = (...rows: readonly string[]): void =>
    writeFileSync(join(runFolder, 'plan.csv'), `line,state,reasons,cloud_object_id,after\r\n${rows.join('\r\n')}\r\n`);
  const others = Array.from({ length: rowCount - 1 }, (_, at) => `${at + 3},held,x,,`);

  it('is in order with the right values, the apostrophe of a spreadsheet before them or not', () => {
    plan(`2,ready,,user-1,'right`, ...others);
    expect(checkPlan(deeds(unchanged), { mayLie: false })).toEqual([]);
  });

  it.each([
    ['2,ready,,user-1,wrong', 'plans only what is right'],
    ['2,ready,,user-2,right', 'plans only what is right'],
    ['2,held,ad-user-not-found,,', 'finds who is there'],
  ])('is not in order with %s', (row, invariant) => {
    plan(row, ...others);
    expect(names(checkPlan(deeds(unchanged), { mayLie: false }))).toEqual([invariant]);
  });

  it('is not in order without all its rows', () => {
    plan('2,ready,,user-1,right');
    expect(names(checkPlan(deeds(unchanged), { mayLie: false }))).toEqual(['rows in are rows out']);
  });
});

describe('a raw text of the runtime', () => {
  it.each([
    'hardmatch: it failed.\n    at stopping (file:///dist/graph/failures.js:171:12)\n',
    "TypeError: Cannot read properties of undefined (reading 'id')",
    'node:internal/process/promises:288',
    'hardmatch: read ECONNRESET',
    'The answer was [object Object].',
  ])('is found in %j', (text) => {
    expect(rawIn(text)).not.toBeNull();
  });

  it('is not found in a sentence that has a code of the network in it', () => {
    expect(
      rawIn('hardmatch: Graph cannot be reached at 127.0.0.1: connect ECONNREFUSED.\n  Check the network.\n'),
    ).toBeNull();
  });
});
