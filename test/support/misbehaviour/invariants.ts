// What has to hold of one command, whoever misbehaves: checked from outside, from what it said and left.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { foundBelow, foundIn } from '../secret-search.ts';
import type { ProgramRun } from './program-run.ts';
import { rowCount, type World } from './world.ts';

/** A broken invariant: which, and what was seen. */
export type Broken = { readonly invariant: string; readonly seen: string };

type Say = (invariant: string, seen: string) => void;

export type Row = Readonly<Record<string, string>>;

/** The rows of a CSV of the run folder; null where there is none. */
export function readRows(world: Pick<World, 'runFolder'>, name: string): readonly Row[] | null {
  const path = join(world.runFolder, name);
  if (!existsSync(path)) return null;
  return parse(readFileSync(path, 'utf8'), { bom: true, columns: true }) as unknown as Row[];
}

const usualCodes = new Set([0, 1, 2, 3, 130]);

export type Ended = {
  /** Milliseconds it may take, from the time when somebody wanted out, or from its start. */
  readonly boundMs: number;
  readonly tookMs: number;
  /** The signal that it was sent. */
  readonly sent: 'SIGINT' | null;
  readonly mostMb: number;
};

/** Whether a command had to be killed, since it would not end. */
export function wasKilled({ signal, trouble }: ProgramRun): boolean {
  return signal === 'SIGKILL' || (trouble !== null && /took too long/.test(trouble));
}

/** Of how a command ended, and what it said. */
export function checkRun(run: ProgramRun, world: World, { boundMs, tookMs, sent, mostMb }: Ended): Broken[] {
  const broken: Broken[] = [];
  const say: Say = (invariant, seen) =>
    void broken.push({ invariant, seen: `${run.words.slice(0, 2).join(' ')}: ${seen}` });
  const isTooLate = wasKilled(run) || tookMs > boundMs;
  if (isTooLate)
    say('ends in time', `${Math.round(tookMs)} ms, where ${Math.round(boundMs)} are enough; ${endOf(run.stderr)}`);
  else if (run.trouble !== null) say('says what people understand', endOf(run.trouble));
  // As long as nothing is begun there is nothing to finish, and the signal may do what it does by itself; and so where all is
  // ended and the lock is gone, while Node takes the process down and listens to nothing any more.
  const isBegun = run.words[0] === 'apply' && existsSync(join(world.runFolder, 'run.lock'));
  const isBySignal = run.signal !== null && run.signal === sent && !isBegun;
  if (!isTooLate && !isBySignal && !usualCodes.has(run.code ?? -1)) {
    say('ends with a usual exit code', `code ${run.code}, signal ${run.signal}; ${endOf(run.stderr)}`);
  }
  if ((run.code === 2 || run.code === 3) && !/^hardmatch: .+\n {2}\S/m.test(run.stderr)) {
    say('says a sentence and a remedy', `exit code ${run.code} with: ${endOf(run.stderr)}`);
  }
  for (const [place, text] of textsOf(run, world)) {
    const raw = rawIn(text);
    if (raw !== null) say('shows no raw text of Node', `${place}: ${raw}`);
  }
  const leaks = [
    ...foundIn(run.stdout, 'stdout', world.secrets()),
    ...foundIn(run.stderr, 'stderr', world.secrets()),
    ...(existsSync(world.runFolder) ? foundBelow(world.runFolder, world.secrets()) : []),
  ];
  if (leaks.length > 0) say('leaks nothing', leaks.slice(0, 5).join('; '));
  if (world.graph.strays.length > 0) say('goes to no other host', world.graph.strays.slice(0, 3).join('; '));
  if (run.peakMb > mostMb) say('takes no more memory than it needs', `${run.peakMb} MB, where ${mostMb} are enough`);
  if (!isTooLate && !isBySignal) checkLocks(world, say);
  return broken;
}

function checkLocks({ runFolder }: World, say: Say): void {
  const left = existsSync(runFolder) ? readdirSync(runFolder).filter((name) => /\.lock|\.tmp$/.test(name)) : [];
  if (left.length > 0) say('leaves no lock and no half file', left.join(', '));
}

function endOf(text: string): string {
  return text.trim().slice(-500);
}

const reports = ['plan.csv', 'results.csv', 'verification.csv', 'summary.json', 'report.html', 'journal.ndjson'];

function textsOf(run: ProgramRun, { runFolder }: World): (readonly [place: string, text: string])[] {
  const files = reports.map((name) => join(runFolder, name)).filter((path) => existsSync(path));
  return [
    ['stdout', run.stdout],
    ['stderr', run.stderr],
    ...files.map((path) => [path.slice(runFolder.length + 1), readFileSync(path, 'utf8')] as const),
  ];
}

const rawTexts: readonly RegExp[] = [
  /^\s+at .+:\d+:\d+\)?$/m,
  /node:internal/,
  /Unhandled|uncaught/i,
  /\b(?:Type|Range|Syntax|Reference|Assertion|Aggregate)Error\b/,
  /^(?:hardmatch: )?(?:Error: )?(?:read |write |connect )?E(?:CONNRESET|PIPE|CONNREFUSED)\.?\s*$/m,
  /\[object Object\]/,
  /this is a bug/,
];

/** A raw text of the runtime's, with what stands around it; null where there is none. */
export function rawIn(text: string): string | null {
  for (const pattern of rawTexts) {
    const found = pattern.exec(text);
    if (found !== null) return text.slice(Math.max(0, found.index - 120), found.index + 200).trim();
  }
  return null;
}

/** Of plan.csv: every row is there, and a ready one has the value that is right for its user. */
export function checkPlan(
  world: Pick<World, 'runFolder' | 'rights'>,
  { mayLie }: { readonly mayLie: boolean },
): Broken[] {
  const broken: Broken[] = [];
  const say: Say = (invariant, seen) => void broken.push({ invariant, seen });
  const rows = readRows(world, 'plan.csv');
  if (rows === null) return [{ invariant: 'rows in are rows out', seen: 'there is no plan.csv' }];
  if (rows.length !== rowCount) say('rows in are rows out', `plan.csv has ${rows.length} of ${rowCount} rows`);
  const { planned, roleHolder, twin } = world.rights;
  for (const { line, state, reasons = '', cloud_object_id: id = '', after: cell = '' } of rows) {
    // The last row is the one that nobody answers to.
    if (/-user-not-found/.test(reasons) && Number(line) <= rowCount && !mayLie) {
      say('finds who is there', `line ${line} is held with ${reasons}`);
    }
    if (state !== 'ready') continue;
    // Spreadsheets take a cell that begins with + for a formula; it has an apostrophe before it.
    const after = cell.replace(/^'/, '');
    const right = planned.get(id);
    if (right === after) continue;
    if (id === roleHolder && (mayLie || mayHaveMissedRoles(world))) continue;
    if (id === twin && mayLie) continue;
    if (right === undefined)
      say('plans only what is right', `line ${line} is ready, for user ${id}, which is not to be written`);
    else say('plans only what is right', `line ${line} is ready with ${after}, where ${right} is right`);
  }
  return broken;
}

/** Whether the plan says that roles, assigned or eligible, could not be looked at. */
function mayHaveMissedRoles({ runFolder }: Pick<World, 'runFolder'>): boolean {
  const [header = '{}'] = readFileSync(join(runFolder, 'plan.ndjson'), 'utf8').split('\n', 1);
  const { preflight } = JSON.parse(header) as { preflight?: { findings?: readonly unknown[] } };
  return (preflight?.findings ?? []).some((finding) => /check-not-permitted.*role/s.test(JSON.stringify(finding)));
}
