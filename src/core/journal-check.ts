import type { JournalEntry } from './journal.ts';
import type { PlanRow } from './row.ts';

/**
 * The first entry that the plan could not have caused, as a phrase, or null when all fit. A journal says what to take
 * back, so an entry for another user, or with other values, than the plan's row must not be believed.
 */
export function strangeEntry(entries: readonly JournalEntry[], rows: readonly PlanRow[]): string | null {
  const planned = new Map(rows.map((row) => [row.line, row]));
  for (const entry of entries) {
    const row = planned.get(entry.line);
    if (!row) return `it speaks of line ${entry.line}, which the plan does not have`;
    const why = misfit(entry, row);
    if (why !== null) return `for line ${entry.line} it ${why}`;
  }
  return null;
}

function misfit(entry: JournalEntry, row: PlanRow): string | null {
  if (row.state !== 'ready' || row.cloud === null) return 'has a write, and the plan has none';
  if (entry.userId !== row.cloud.id) return `names the user ${entry.userId}, the plan ${row.cloud.id}`;
  if (entry.kind === 'intent' && (entry.before !== row.cloud.before || entry.after !== row.after)) {
    return 'has other values than the plan';
  }
  return entry.kind === 'detour-intent' ? detourMisfit(entry, row) : null;
}

/** A step of a detour changes the UPN between the two names of the plan, or the ID between its two values. */
function detourMisfit(entry: JournalEntry & { kind: 'detour-intent' }, row: PlanRow): string | null {
  if (row.detour === null) return 'has a detour, and the plan has none';
  const names = new Set([row.detour.home, row.detour.away].map((name) => name.toLowerCase()));
  const values = new Set([row.cloud?.before ?? null, row.after]);
  const isName = entry.step === 'upn-away' || entry.step === 'upn-back';
  const fits = (value: string | null): boolean => (isName ? names.has((value ?? '').toLowerCase()) : values.has(value));
  return fits(entry.before) && fits(entry.after) ? null : 'has other values than the plan';
}
