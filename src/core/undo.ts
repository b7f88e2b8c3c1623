import type { JournalEntry, JournalIntent } from './journal.ts';
import type { Finding } from './reasons.ts';
import type { PlannedCloud, PlanRow, Step } from './row.ts';
import type { CloudLookup, Holder } from './users.ts';

/** A write that a run made, or may have made: its first value before and the value it wrote last. */
export type Written = Pick<JournalIntent, 'line' | 'userId' | 'userPrincipalName' | 'before' | 'after'>;

/**
 * What a journal's run wrote, one per line, in line order. An intent without an outcome, or with an uncertain one, may
 * have taken effect and is counted in; a rejected one, and one found stale, wrote nothing.
 */
export function writtenBy(entries: readonly JournalEntry[]): Written[] {
  const written = new Map<number, Written>();
  const open = new Map<number, JournalIntent>();
  for (const entry of entries) {
    if (entry.kind === 'intent') {
      open.set(entry.line, entry);
      continue;
    }
    const intent = open.get(entry.line);
    if (!intent) continue;
    open.delete(entry.line);
    if (entry.outcome === 'applied' || entry.outcome === 'uncertain') written.set(entry.line, intent);
  }
  for (const [line, intent] of open) written.set(line, written.get(line) ?? intent);
  return [...written.values()].sort((a, b) => a.line - b.line);
}

/**
 * The row that takes one write back. It is ready only while the cloud user still has what was written; a user who has the
 * earlier value again is kept, and any other value is somebody else's change and is held.
 */
export function undoRow(
  written: Written,
  original: PlanRow,
  now: { readonly lookup: CloudLookup; /** Who has the earlier value now. */ readonly holders: readonly Holder[] },
): PlanRow {
  const reason = whyNot(written, now.lookup) ?? takenMeanwhile(written, now.holders);
  const cloud = cloudNow(written, now.lookup);
  const common = { ...original, warnings: [], cloud };
  if (reason) return { ...common, state: 'held', step: null, reasons: [reason], after: null };
  if (cloud.before === written.before) {
    return { ...common, state: 'kept', step: 'keep', reasons: [], after: written.before };
  }
  const step: Step = written.before === null ? 'unlink' : 'relink';
  return { ...common, state: 'ready', step, reasons: [], after: written.before };
}

function cloudNow(written: Written, lookup: CloudLookup): PlannedCloud {
  const user = lookup.kind === 'found' || lookup.kind === 'deleted' ? lookup.user : null;
  return {
    id: written.userId,
    userPrincipalName: user?.userPrincipalName ?? written.userPrincipalName,
    before: user?.onPremisesImmutableId || null,
    syncEnabled: user?.onPremisesSyncEnabled ?? null,
  };
}

function whyNot(written: Written, lookup: CloudLookup): Finding | null {
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
