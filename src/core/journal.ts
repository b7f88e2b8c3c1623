import type { Guid } from './guid.ts';
import type { OutcomeKind, RowOutcome } from './outcome.ts';

/** First line of journal.ndjson; binds it to one plan. */
export type JournalHeader = {
  readonly kind: 'header';
  readonly format: 2;
  readonly fingerprint: string;
  readonly tenantId: Guid;
  readonly at: string;
};

/** On disk before the PATCH is sent. */
export type JournalIntent = {
  readonly kind: 'intent';
  readonly line: number;
  readonly userId: Guid;
  readonly userPrincipalName: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly at: string;
};

/**
 * On disk once it is known how a row ended. `not-reached`: begun and given up before anything was sent with effect; the
 * intent before it is void.
 */
export type JournalOutcome = RowOutcome<Exclude<OutcomeKind, 'held' | 'kept'>> & {
  readonly kind: 'outcome';
  readonly line: number;
  readonly userId: Guid;
  readonly at: string;
};

/**
 * One step of a federated detour: `upn-away` moves the user to the managed domain, `set` writes the immutable ID, `restore`
 * writes the former one again when the way home is refused with the new one, `upn-back` moves the user home.
 */
export type DetourStep = 'upn-away' | 'set' | 'restore' | 'upn-back';

/** On disk before the PATCH of one step is sent. A detour has these in place of a plain intent. */
export type DetourIntent = {
  readonly kind: 'detour-intent';
  readonly line: number;
  readonly userId: Guid;
  /** The UPN at home. */
  readonly userPrincipalName: string;
  readonly step: DetourStep;
  /** What this step changes: UPNs for `upn-away` and `upn-back`, immutable IDs for `set` and `restore`. */
  readonly before: string | null;
  readonly after: string | null;
  readonly at: string;
};

/** On disk once it is known how one step ended. The row's own end follows as an outcome when the detour is over. */
export type DetourOutcome = RowOutcome<'applied' | 'rejected' | 'uncertain'> & {
  readonly kind: 'detour-outcome';
  readonly line: number;
  readonly userId: Guid;
  readonly step: DetourStep;
  readonly at: string;
};

export type JournalEntry = JournalIntent | JournalOutcome | DetourIntent | DetourOutcome;

/**
 * Whether a row's end says nothing of a write that was begun before it: it was found changed, or gone, without a try of its
 * own. The user may come back with the value.
 */
export function leavesOpen({ outcome, attempts }: JournalOutcome): boolean {
  return outcome === 'stale' && attempts === 0;
}

/**
 * The lines whose user may still be on the UPN of its detour, as far as a journal tells. A row that ended in anything but
 * `uncertain` is home, or somebody else has taken it elsewhere.
 */
export function leftAway(entries: Iterable<JournalEntry>): Set<number> {
  const away = new Set<number>();
  // Moves that began at home for all we know: one of these that is refused has moved nobody.
  const first = new Set<number>();
  for (const entry of entries) {
    if (entry.kind === 'detour-intent' && entry.step === 'upn-away') {
      if (away.has(entry.line)) first.delete(entry.line);
      else first.add(entry.line);
      away.add(entry.line);
    } else if (isHomecoming(entry, first)) away.delete(entry.line);
  }
  return away;
}

function isHomecoming(entry: JournalEntry, first: ReadonlySet<number>): boolean {
  if (entry.kind === 'outcome') return entry.outcome !== 'uncertain';
  if (entry.kind !== 'detour-outcome') return false;
  if (entry.step === 'upn-away') return entry.outcome === 'rejected' && first.has(entry.line);
  return entry.step === 'upn-back' && entry.outcome === 'applied';
}
