import { type JournalEntry, leavesOpen, leftAway } from '../../core/journal.ts';
import type { Known, ReadyRow } from './row/row-outcome.ts';

/** What an earlier, interrupted apply of the same plan has left, by line. */
export type History = {
  /** Lines whose row needs nothing more. */
  readonly settled: ReadonlySet<number>;
  /** Lines whose immutable ID may have been written, which is not settled. */
  readonly unsettled: ReadonlySet<number>;
  /** Lines whose detour was begun, and whose row has not ended. */
  readonly moved: ReadonlySet<number>;
  /** Lines that were rejected, or found stale, when last tried. */
  readonly failed: ReadonlySet<number>;
  /** Lines whose user may be on the UPN of its detour. */
  readonly away: ReadonlySet<number>;
};

export function readHistory(past: Iterable<JournalEntry>): History {
  const unsettled = new Set<number>();
  const moved = new Set<number>();
  for (const entry of past) {
    if (entry.kind === 'detour-intent') {
      moved.add(entry.line);
      if (entry.step === 'set') unsettled.add(entry.line);
      if (entry.step === 'restore') unsettled.delete(entry.line);
    } else if (entry.kind === 'detour-outcome') {
      if (entry.step === 'set' && entry.outcome === 'rejected') unsettled.delete(entry.line);
    } else if (entry.kind === 'intent') {
      unsettled.add(entry.line);
    } else if (entry.outcome !== 'uncertain') {
      moved.delete(entry.line);
      if (!leavesOpen(entry)) unsettled.delete(entry.line);
    }
  }
  return { settled: settledIn(past), unsettled, moved, failed: failedIn(past), away: leftAway(past) };
}

function settledIn(past: Iterable<JournalEntry>): Set<number> {
  const settled = new Set<number>();
  for (const entry of past) {
    const isDone = entry.kind === 'outcome' && (entry.outcome === 'applied' || entry.outcome === 'already');
    if (isDone) settled.add(entry.line);
  }
  return settled;
}

function failedIn(past: Iterable<JournalEntry>): Set<number> {
  const failed = new Set<number>();
  for (const entry of past) {
    if (entry.kind !== 'outcome') continue;
    if (entry.outcome === 'rejected' || entry.outcome === 'stale') failed.add(entry.line);
    else failed.delete(entry.line);
  }
  return failed;
}

/** What the history and the reading of just now tell of one row. */
export function knownOf(
  { line }: ReadyRow,
  { reading, readAt }: Pick<Known, 'reading' | 'readAt'>,
  { history, takesBack, against }: { readonly history: History } & Pick<Known, 'takesBack' | 'against'>,
): Known {
  const { unsettled, moved, away } = history;
  return {
    readAt,
    takesBack,
    against,
    reading,
    wasUnsettled: unsettled.has(line),
    wasMoved: moved.has(line),
    mayBeAway: away.has(line),
  };
}
