import type { RunRecord, Summary } from '../core/result.ts';
import { secondsToWrite, type ToWrite } from '../core/write-time.ts';

/** How far a record has come; decides what its reports talk about. */
export type Stage = 'planned' | 'applied' | 'verified';

/** What happened, for the top of a report. */
export type Headline = {
  /** One sentence. */
  readonly sentence: string;
  /** One more: what was or was not written. */
  readonly assurance: string;
};

/** `verified` only for the command that does nothing else: after `apply` the writes are what people ask about. */
export function stageOf(record: RunRecord): Stage {
  if (record.verifications && (record.summary.command === 'verify' || !record.results)) return 'verified';
  return record.results ? 'applied' : 'planned';
}

/** A run backwards: its command says so, or its plan is one. */
export function isRollback(record: Pick<RunRecord, 'summary' | 'kind'>): boolean {
  return record.summary.command === 'rollback' || record.kind === 'rollback';
}

/** Whether the reading back was of what sync has done: its verdicts are of another kind. */
export function isAfterSync({ counts }: Pick<Summary, 'counts'>): boolean {
  return counts.takenOver + counts.waiting + counts.syncError > 0;
}

/** What kind of report this is, in two or three words. */
export function titleOf(record: RunRecord): string {
  const stage = stageOf(record);
  if (stage === 'verified') return isAfterSync(record.summary) ? 'Verification after sync' : 'Verification';
  if (stage === 'planned') return isRollback(record) ? 'Rollback plan' : 'Plan';
  return isRollback(record) ? 'Rollback' : 'Plan applied';
}

/** What happened, in a sentence with the counts that matter; the same words at the terminal and in report.html. */
export function headlineOf(record: RunRecord): Headline {
  const stage = stageOf(record);
  const verb = isRollback(record) ? 'set back' : 'linked';
  if (stage === 'verified') return verifiedHeadline(record.summary, verb);
  return stage === 'planned' ? plannedHeadline(record.summary, verb) : appliedHeadline(record.summary, verb);
}

function plannedHeadline({ counts }: Summary, verb: string): Headline {
  return {
    sentence: sentence([
      `${number(counts.ready)} of ${counted(counts.rows, 'user')} would be ${verb}`,
      counts.kept > 0 && `${number(counts.kept)} ${is(counts.kept)} right already`,
      counts.held > 0 ? `${counted(counts.held, 'row')} ${is(counts.held)} held` : 'no row is held',
    ]),
    assurance: 'Nothing has been written: this is a plan.',
  };
}

function appliedHeadline({ counts }: Summary, verb: string): Headline {
  const right = counts.already + counts.kept;
  return {
    sentence: sentence([
      `${number(counts.applied)} of ${counted(counts.rows, 'user')} ${was(counts.applied)} ${verb}`,
      right > 0 && `${number(right)} ${was(right)} right already`,
      counts.rejected > 0 && `${number(counts.rejected)} ${was(counts.rejected)} rejected`,
      counts.uncertain > 0 && `${number(counts.uncertain)} ${is(counts.uncertain)} uncertain`,
      counts.stale > 0 && `${number(counts.stale)} ${is(counts.stale)} stale`,
      counts.notReached > 0 && `${number(counts.notReached)} ${was(counts.notReached)} not reached`,
      counts.held > 0 && `${counted(counts.held, 'row')} ${is(counts.held)} held`,
    ]),
    assurance: readBack(counts) ?? 'Nothing has been read back yet.',
  };
}

function verifiedHeadline(summary: Summary, verb: string): Headline {
  const { counts } = summary;
  const checked = checkedOf(counts);
  const rest = counts.rows - checked;
  const unread = rest > 0 ? ` ${counted(rest, 'row')} had nothing to read back.` : '';
  const { applied } = counts;
  const done = applied > 0 ? ` ${counted(applied, 'user')} ${was(applied)} ${verb} by this run.` : '';
  const more = `${done}${unread}`;
  if (isAfterSync(summary)) return { sentence: afterSync(counts), assurance: `Looking writes nothing.${more}` };
  return {
    sentence: sentence([
      `${number(counts.matches)} of ${counted(checked, 'user')} read back ${counts.matches === 1 ? 'has' : 'have'} the expected immutable ID`,
      ...strays(counts),
    ]),
    assurance: `Reading back writes nothing.${more}`,
  };
}

function checkedOf(counts: Summary['counts']): number {
  const { matches, differs, missing, unreadable, takenOver, waiting, syncError } = counts;
  return matches + differs + missing + unreadable + takenOver + waiting + syncError;
}

function afterSync(counts: Summary['counts']): string {
  const { takenOver, waiting, syncError } = counts;
  return sentence([
    `${number(takenOver)} of ${counted(checkedOf(counts), 'user')} ${takenOver === 1 ? 'is' : 'are'} taken over by sync`,
    waiting > 0 && `${number(waiting)} ${is(waiting)} waiting`,
    syncError > 0 && `${number(syncError)} ${syncError === 1 ? 'has a sync error' : 'have sync errors'}`,
    ...strays(counts),
    counts.matches > 0 && `${number(counts.matches)} ${is(counts.matches)} as written`,
  ]);
}

function strays(counts: Summary['counts']): (string | false)[] {
  return [
    counts.differs > 0 && `${number(counts.differs)} ${counts.differs === 1 ? 'differs' : 'differ'}`,
    counts.missing > 0 && `${number(counts.missing)} ${is(counts.missing)} missing`,
    counts.unreadable > 0 && `${number(counts.unreadable)} could not be read`,
  ];
}

function readBack(counts: Summary['counts']): string | undefined {
  const checked = checkedOf(counts);
  if (checked === 0) return undefined;
  if (isAfterSync({ counts })) return `After sync: ${afterSync(counts)}`;
  if (counts.matches === checked) return `Read back: ${all(checked)} the expected immutable ID.`;
  return sentence([
    `Read back: ${number(counts.matches)} of ${counted(checked, 'user')} ${counts.matches === 1 ? 'has' : 'have'} the expected immutable ID`,
    ...strays(counts),
  ]);
}

const all = (n: number): string => (n === 1 ? 'the one user has' : `all ${number(n)} users have`);
const is = (n: number): string => (n === 1 ? 'is' : 'are');
const was = (n: number): string => (n === 1 ? 'was' : 'were');

function sentence(parts: readonly (string | false)[]): string {
  return `${joined(parts.filter((part) => part !== false))}.`;
}

/** `a`, `a and b`, `a, b and c`. */
export function joined(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${last}` : last;
}

/** With thousands set apart: 50,000. */
export function number(n: number): string {
  return String(n).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 row`, `2 rows`. */
export function counted(n: number, noun: string): string {
  return `${number(n)} ${noun}${n === 1 ? '' : 's'}`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** ISO 8601 to `23 Nov 2026, 10:15:00 UTC`, the same on every machine; text that is no time is given back as it is. */
export function moment(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const text = at.toISOString();
  return `${at.getUTCDate()} ${months[at.getUTCMonth()]} ${text.slice(0, 4)}, ${text.slice(11, 19)} UTC`;
}

/** How long from one ISO time to another: `3 min 12 s`, `0.4 s`; empty when either is no time. */
export function took(from: string, to: string): string {
  const ms = Date.parse(to) - Date.parse(from);
  if (!Number.isFinite(ms) || ms < 0) return '';
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

/** About how long so many seconds are: `45 s`, `12 min`, `3 h 20 min`. */
export function span(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** How long it takes to write and read back, at the quota of so many applications. */
export function timeToWrite(toWrite: ToWrite, applications: number): string {
  const quota = applications === 1 ? '' : ` with ${applications} applications`;
  const seconds = secondsToWrite(toWrite, applications);
  return `${seconds < 60 ? 'less than a minute' : `about ${span(seconds)}`}${quota}`;
}

/** The last part of a Windows or POSIX path. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
}
