import { type JournalEntry, type JournalOutcome, leftAway } from '../core/journal.ts';
import type { UserReading } from './ports.ts';
import type { Known, ReadyRow } from './row-end.ts';

/** What an earlier, interrupted apply of the same plan has left, by line. */
export type History = {
  /** Rows that need nothing more. */
  readonly settled: ReadonlyMap<number, JournalOutcome>;
  /** Lines whose immutable ID may have been written, which is not settled. */
  readonly unsettled: ReadonlySet<number>;
  /** Lines whose detour was begun, and whose row has not ended. */
  readonly moved: ReadonlySet<number>;
  /** Lines that were rejected, or found stale, when last tried. */
  readonly failed: ReadonlySet<number>;
  /** Lines whose user may be on the UPN of its detour. */
  readonly away: ReadonlySet<number>;
};

export function readHistory(past: readonly JournalEntry[]): History {
  const settled = new Map<number, JournalOutcome>();
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
      if (entry.outcome === 'applied' || entry.outcome === 'already') settled.set(entry.line, entry);
      unsettled.delete(entry.line);
      moved.delete(entry.line);
    }
  }
  return { settled, unsettled, moved, failed: failedIn(past), away: leftAway(past) };
}

function failedIn(past: readonly JournalEntry[]): Set<number> {
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
  reading: UserReading,
  { history, takesBack }: { readonly history: History; readonly takesBack: boolean },
): Known {
  const { unsettled, moved, away } = history;
  return {
    takesBack,
    reading,
    wasUnsettled: unsettled.has(line),
    wasMoved: moved.has(line),
    mayBeAway: away.has(line),
  };
}
