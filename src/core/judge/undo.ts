import { type DetourOutcome, type JournalEntry, type JournalOutcome, leavesOpen, leftAway } from '../journal.ts';
import { plannedCloudOf } from './decision-facts.ts';
import { domainOf } from '../ids/addresses.ts';
import type { Finding } from '../reasons.ts';
import { byLine, type List, listOfMade } from '../list.ts';
import { foldKey } from '../references.ts';
import type { Detour, PlannedCloud, PlanRow, Step } from '../row.ts';
import { type CloudAnswer, type Holder, namedCloudUser } from '../users.ts';

/** A write that a run made, or may have made: its first value before and the value it wrote last. */
export type Written = {
  readonly line: number;
  readonly userId: PlannedCloud['id'];
  readonly userPrincipalName: string;
  readonly before: string | null;
  readonly after: string | null;
  /** When it was begun, ISO 8601. */
  readonly at: string;
};

/**
 * What a journal's run wrote, one per line, in line order. An intent without an outcome, or with an uncertain one, may
 * have taken effect and is counted in; a rejected one, one found stale, and one that the run itself took back, wrote
 * nothing.
 */
export function writtenBy(entries: Iterable<JournalEntry>): Written[] {
  const written = new Map<number, Written>();
  const open = new Map<number, Written>();
  /** Lines whose ID is written by a step of a detour. */
  const steps = new Set<number>();
  const close = (line: number, outcome: string): void => {
    const intent = open.get(line);
    open.delete(line);
    if (intent && (outcome === 'applied' || outcome === 'uncertain')) written.set(line, intent);
  };
  // A crash has left the earlier intent without its end. How the later one ends tells nothing of that.
  const begin = (intent: Written): void => {
    if (open.has(intent.line)) written.set(intent.line, intent);
    open.set(intent.line, intent);
  };
  for (const entry of entries) {
    if (isStepOfTheName(entry)) continue;
    if (isRestored(entry)) written.delete(entry.line);
    else if ('step' in entry && entry.step === 'restore') continue;
    else if (entry.kind === 'intent' || entry.kind === 'detour-intent') {
      if (entry.kind === 'detour-intent') steps.add(entry.line);
      begin(asWritten(entry));
    } else if (!isSilent(entry, steps)) close(entry.line, entry.outcome);
  }
  for (const [line, intent] of open) written.set(line, written.get(line) ?? intent);
  return inLineOrder([...written.values()]);
}

/** Of a detour's steps only those that write the immutable ID count as writes. */
function isStepOfTheName(entry: JournalEntry): boolean {
  return 'step' in entry && (entry.step === 'upn-away' || entry.step === 'upn-back');
}

function isRestored(entry: JournalEntry): boolean {
  return entry.kind === 'detour-outcome' && entry.step === 'restore' && entry.outcome === 'applied';
}

/** A row's end that says nothing of a write begun before: how a step of a detour ended, its own end tells alone. */
function isSilent(entry: JournalOutcome | DetourOutcome, steps: ReadonlySet<number>): boolean {
  return entry.kind === 'outcome' && (leavesOpen(entry) || steps.has(entry.line));
}

function asWritten({ line, userId, userPrincipalName, before, after, at }: Written): Written {
  return { line, userId, userPrincipalName, before, after, at };
}

/** A write to be taken back, and the row that it was of. */
export type Undoing = { readonly written: Written; readonly original: PlanRow };

/** What a rollback has to take back: what was written, and who was left away from home although nothing was. */
export function toTakeBack(entries: List<JournalEntry>, rows: List<PlanRow>): List<Undoing> {
  const originalOf = byLine(rows);
  const written = writtenBy(entries);
  const lines = new Set(written.map(({ line }) => line));
  const strays = [...lastMoments(entries, leftAway(entries))].flatMap(([line, at]): Written[] => {
    const { cloud, detour } = originalOf(line) ?? {};
    if (lines.has(line) || !cloud || !detour) return [];
    const { before } = cloud;
    return [{ line, userId: cloud.id, userPrincipalName: detour.home, before, after: before, at }];
  });
  return listOfMade(inLineOrder([...written, ...strays]), (one) => {
    const original = originalOf(one.line);
    return original === undefined ? null : { written: one, original };
  });
}

/** When the journal last spoke of each of these lines. */
function lastMoments(entries: Iterable<JournalEntry>, lines: ReadonlySet<number>): ReadonlyMap<number, string> {
  const moments = new Map<number, string>();
  for (const { line, at } of entries) if (lines.has(line)) moments.set(line, at);
  return moments;
}

function inLineOrder(written: readonly Written[]): Written[] {
  return [...written].sort((a, b) => a.line - b.line);
}

/** What is known of a user whose write is to be taken back. */
export type Now = {
  readonly lookup: CloudAnswer;
  /** Who has the earlier value now. */
  readonly holders: readonly Holder[];
  /** The write is so young that a reading which does not show it may be older than it is. */
  readonly mayBeOld: boolean;
};

/**
 * The row that takes one write back. It is ready only while the cloud user still has what was written; a user who has the
 * earlier value again is kept, unless the reading may just be old; and any other value is somebody else's change and is
 * held. What took a detour goes back by the same detour; a user whom the run left away is brought home even where the value
 * needs no change.
 */
export function undoRow(written: Written, original: PlanRow, now: Now): PlanRow {
  const cloud = cloudNow(written, now.lookup);
  const detour = detourBack(original.detour, cloud.userPrincipalName);
  const isAway = detour !== null && isSame(detour.away, cloud.userPrincipalName);
  const reason = whyNot(written, now.lookup) ?? takenMeanwhile(written, now.holders);
  const common = { ...original, warnings: [], cloud, detour: null, forecast: null };
  if (reason) {
    const reasons = [isAway ? tellingOf(reason, detour) : reason];
    return { ...common, state: 'held', step: null, reasons, after: null };
  }
  if (cloud.before === written.before && !isAway) {
    return now.mayBeOld && (written.before !== written.after || detour !== null)
      ? unbelieved(written, { common, detour })
      : { ...common, state: 'kept', step: 'keep', reasons: [], after: written.before };
  }
  const step: Step = written.before === null ? 'unlink' : 'relink';
  return { ...common, state: 'ready', step, reasons: [], after: written.before, detour };
}

/** What is the same of a row that takes a write back, however it is decided. */
type Common = Omit<PlanRow, 'state' | 'step' | 'reasons' | 'after' | 'cloud'> & { readonly cloud: PlannedCloud };

/**
 * Planned on the value that was written, although a reading does not show it: the apply sends the former one whatever its
 * own reading says. Whom sync has taken up since cannot be written any more.
 */
function unbelieved(
  { before, after }: Written,
  { common, detour }: { readonly common: Common; readonly detour: Detour | null },
): PlanRow {
  const { cloud } = common;
  if (cloud.syncEnabled === true) {
    const reasons: Finding[] = [{ code: 'cloud-user-synced', facts: { current: cloud.before ?? 'none' } }];
    return { ...common, state: 'held', step: null, reasons, after: null };
  }
  const step: Step = before === null ? 'unlink' : 'relink';
  return {
    ...common,
    cloud: { ...cloud, before: after },
    state: 'ready',
    step,
    reasons: [],
    after: before,
    detour,
  };
}

/**
 * The way back of a detour, from where the user is now. Somebody who was renamed within the federated domain since still
 * needs one, to the name that was free the first time; in any other domain none is needed.
 */
function detourBack(detour: Detour | null, upn: string): Detour | null {
  if (!detour || isSame(upn, detour.home) || isSame(upn, detour.away)) return detour;
  return isSame(domainOf(upn), domainOf(detour.home)) ? { home: upn, away: detour.away } : null;
}

function isSame(one: string, other: string): boolean {
  return foldKey(one) === foldKey(other);
}

/** A held row is not written, so its user stays away; nobody may have to guess that. */
function tellingOf(reason: Finding, detour: Detour): Finding {
  const note = ` (and the user is still on ${detour.away}, not on ${detour.home})`;
  const facts = Object.entries(reason.facts ?? {}).map(([name, value]) => [name, `${value}${note}`]);
  return { ...reason, facts: Object.fromEntries(facts) as Record<string, string> };
}

function cloudNow(written: Written, lookup: CloudAnswer): PlannedCloud {
  const user = namedCloudUser(lookup);
  if (user !== null) return { ...plannedCloudOf(user), id: written.userId };
  const { userId: id, userPrincipalName } = written;
  return { id, userPrincipalName, name: null, before: null, syncEnabled: null, userType: null, accountEnabled: null };
}

function whyNot(written: Written, lookup: CloudAnswer): Finding | null {
  if (lookup.kind === 'deleted') {
    return { code: 'cloud-user-deleted', facts: { deleted: lookup.user.deletedDateTime ?? 'at an unknown time' } };
  }
  if (lookup.kind !== 'found') return { code: 'cloud-user-not-found', facts: { value: written.userPrincipalName } };
  const current = lookup.user.onPremisesImmutableId || null;
  if (current === written.before) return null;
  if (current !== written.after) return { code: 'changed-since-run', facts: { current: current ?? 'empty' } };
  if (lookup.user.onPremisesSyncEnabled === true) {
    return { code: 'cloud-user-synced', facts: { current: current ?? 'none' } };
  }
  return null;
}

function takenMeanwhile(written: Written, holders: readonly Holder[]): Finding | null {
  const other = holders.find((holder) => holder.id !== written.userId);
  if (!other) return null;
  return {
    code: other.deleted ? 'immutable-id-held-by-deleted' : 'immutable-id-held-by-other',
    facts: { holder: `${other.userPrincipalName} (${other.id})` },
  };
}
