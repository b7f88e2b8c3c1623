import { assertNever } from '../failure.ts';
import type { DetourIntent, DetourOutcome, JournalEntry, JournalIntent, JournalOutcome } from '../journal.ts';
import { byLine, type List } from '../list.ts';
import type { PlannedCloud, PlanRow } from '../row.ts';

/**
 * The first entry that the plan could not have caused, as a phrase, or null when all fit. A journal says what to take
 * back, so an entry for another user, or with other values, than the plan's row must not be believed; nor one that no run
 * writes after those before it.
 */
export function strangeEntry(entries: List<JournalEntry>, rows: List<PlanRow>): string | null {
  if (entries.length === 0) return null;
  const planned = byLine(rows);
  const pasts = new Map<number, Past>();
  for (const entry of entries) {
    const row = planned(entry.line);
    if (!row) return `it speaks of line ${entry.line}, which the plan does not have`;
    const past = pasts.get(entry.line) ?? nothingYet;
    const why = misfit(entry, row) ?? outOfTurn(entry, past);
    if (why !== null) return `for line ${entry.line} it ${why}`;
    pasts.set(entry.line, after(past, entry));
  }
  return null;
}

function misfit(entry: JournalEntry, row: PlanRow): string | null {
  if (row.state !== 'ready' || row.cloud === null) return 'has a write, and the plan has none';
  if (entry.userId !== row.cloud.id) return `names the user ${entry.userId}, the plan ${row.cloud.id}`;
  if (entry.kind === 'intent') return intentMisfit(entry, row, row.cloud);
  return entry.kind === 'detour-intent' ? detourMisfit(entry, row, row.cloud) : null;
}

function intentMisfit(entry: JournalIntent, row: PlanRow, cloud: PlannedCloud): string | null {
  if (row.detour !== null) return 'has a plain write, and the plan has a detour';
  const fits =
    entry.userPrincipalName === cloud.userPrincipalName && entry.before === cloud.before && entry.after === row.after;
  return fits ? null : 'has other values than the plan';
}

/** A step of a detour changes the UPN from one name of the plan to the other, or the ID from one of its values to the other. */
function detourMisfit(entry: DetourIntent, row: PlanRow, cloud: PlannedCloud): string | null {
  if (row.detour === null) return 'has a detour, and the plan has none';
  const { home, away } = row.detour;
  const change = {
    'upn-away': [home, away],
    set: [cloud.before, row.after],
    restore: [row.after, cloud.before],
    'upn-back': [away, home],
  }[entry.step];
  const fits = entry.userPrincipalName === home && entry.before === change[0] && entry.after === change[1];
  return fits ? null : 'has other values than the plan';
}

/** What came before, for one line. */
type Past = {
  readonly last: JournalEntry | null;
  /** A write was begun, and no end since then says that it is settled. A later run may find out how it ended. */
  readonly isBegun: boolean;
  /** Ended for good: no run takes the row up again. */
  readonly isOver: boolean;
};

const nothingYet: Past = { last: null, isBegun: false, isOver: false };

function after(past: Past, entry: JournalEntry): Past {
  if (entry.kind === 'intent' || entry.kind === 'detour-intent') return { last: entry, isBegun: true, isOver: false };
  if (entry.kind === 'detour-outcome') return { ...past, last: entry };
  const isOver = entry.outcome === 'applied' || entry.outcome === 'already';
  const isSettled = isOver || entry.outcome === 'stale' || entry.outcome === 'rejected';
  return { last: entry, isBegun: past.isBegun && !isSettled, isOver };
}

/** A run sends nothing before its intent is on disk, and leaves alone what an earlier one has brought to its end. */
function outOfTurn(entry: JournalEntry, past: Past): string | null {
  if (past.isOver) return 'goes on after it had ended';
  switch (entry.kind) {
    case 'intent':
    case 'detour-intent':
      return null;
    case 'detour-outcome':
      return isAnswerTo(entry, past.last) ? null : 'has the end of a step that was not begun';
    case 'outcome':
      return past.isBegun || !needsIntent(entry) ? null : 'has the end of a write that was not begun';
    default:
      return assertNever(entry);
  }
}

function isAnswerTo(entry: DetourOutcome, last: JournalEntry | null): boolean {
  return last?.kind === 'detour-intent' && last.step === entry.step;
}

/** What a row can end in before anything is sent needs none: a reading tells that it is so already, stale, or unreadable. */
function needsIntent({ outcome, attempts }: JournalOutcome): boolean {
  return outcome === 'applied' || attempts > 0;
}
