import { changedSinceReview } from '../../../core/judge/decision-facts.ts';
import type { CloudUser } from '../../../core/users.ts';
import { type DetourRow, isSameUpn, leftOn } from './detour-row.ts';
import { ending, type RowEnd, type Known, shown, unreadable, valueOf } from './row-outcome.ts';

/** What a row's detour begins with, or how it ends before it has begun. */
export type Start =
  | { readonly kind: 'end'; readonly end: RowEnd }
  | { readonly kind: 'home' }
  /** On the away UPN; `instead`: only to be brought home, and that is how the row then ends. */
  | { readonly kind: 'away'; readonly isSet: boolean; readonly instead: RowEnd | null };

/** Where the user is, by what was just read, and what that leaves to be done. */
export function whereToBegin(row: DetourRow, known: Known): Start {
  const { reading } = known;
  const { home, away } = row.detour;
  const stop = (end: RowEnd): Start => ({ kind: 'end', end });
  if (reading.kind === 'missing') return stop(ending('stale', 'The cloud user no longer exists.'));
  if (reading.kind === 'unreadable') {
    const end = unreadable(reading.failure, known);
    return stop(known.mayBeAway ? { ...end, detail: `${leftOn(row.detour, false)} ${end.detail}` } : end);
  }
  const upn = reading.user.userPrincipalName;
  if (isSameUpn(upn, home)) return beginAtHome(row, reading.user, known);
  if (!isSameUpn(upn, away)) return stop(ending('stale', `Planned on the user principal name ${home}, found ${upn}.`));
  return beginAway(row, reading.user, known);
}

function beginAway(row: DetourRow, user: CloudUser, known: Known): Start {
  const { home, away } = row.detour;
  // A rollback plans for users it finds away; on any other plan only the own journal explains one.
  if (!known.wasMoved && !isSameUpn(row.cloud.userPrincipalName, away)) {
    // The detour that is to be taken back went that way, too, and the reading may be from then.
    if (known.takesBack) return { kind: 'home' };
    const detail = `Planned on the user principal name ${home}, found ${user.userPrincipalName}, where this run has not moved it.`;
    return { kind: 'end', end: ending('stale', detail) };
  }
  const hasValue = valueOf(user) === row.after;
  // The reading may be older than a step that put the former value back; then it is set again, which harms nothing.
  const isSet = hasValue && !known.takesBack && known.wasUnsettled;
  return { kind: 'away', isSet, instead: hasValue ? null : changedSince(row, user, known) };
}

function beginAtHome(row: DetourRow, user: CloudUser, known: Known): Start {
  // Home with the former value is also what a reading from before the write shows that is to be taken back.
  if (valueOf(user) === row.after && known.takesBack) return { kind: 'home' };
  if (valueOf(user) !== row.after) {
    const changed = changedSince(row, user, known);
    return changed ? { kind: 'end', end: changed } : { kind: 'home' };
  }
  const end = known.wasUnsettled
    ? ending('applied', 'Written by an earlier attempt; found by reading it back.')
    : ending('already', 'The cloud user already has this value.');
  return { kind: 'end', end };
}

/** Why the value must not be overwritten any more, or null. */
export function changedSince(row: DetourRow, user: CloudUser, { against }: Pick<Known, 'against'>): RowEnd | null {
  const current = valueOf(user);
  if (current !== row.cloud.before) {
    return ending('stale', `Planned on ${shown(row.cloud.before)}, found ${shown(current)}.`);
  }
  const changed = changedSinceReview(row.cloud, user, { mayHaveMoved: true }) ?? against;
  return changed === null ? null : ending('stale', changed);
}
