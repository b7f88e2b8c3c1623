import { type JournalEntry, type JournalOutcome, leftAway } from '../../core/journal.ts';
import { type List, listFrom } from '../../core/list.ts';
import type { RowOutcome } from '../../core/outcome.ts';
import type { ResultRow } from '../../core/result.ts';
import type { PlanRow } from '../../core/row.ts';
import { leftOn } from './row/detour-row.ts';

/** What is known of how a row ended, if anything is, makes its result. */
export function resultOf(row: PlanRow, ended: (RowOutcome & { readonly at: string }) | undefined): ResultRow {
  const untouched = { row, code: null, attempts: 0, requestId: null, detail: '', finishedAt: null };
  if (row.state !== 'ready') return { ...untouched, outcome: row.state };
  if (!ended) return { ...untouched, outcome: 'not-reached' };
  const { outcome, code, attempts, requestId, detail, at } = ended;
  return { row, outcome, code, attempts, requestId, detail, finishedAt: at };
}

/** The results as the journal alone tells them: for reports of a run that is over or was cut off. In plan order. */
export function resultsFrom(rows: List<PlanRow>, entries: List<JournalEntry>): List<ResultRow> {
  /** By line: the place of its last outcome. */
  const latest = new Map<number, number>();
  const open = new Set<number>();
  let place = 0;
  for (const entry of entries) {
    if (entry.kind === 'outcome') {
      latest.set(entry.line, place);
      open.delete(entry.line);
    } else if (entry.kind === 'intent' || entry.kind === 'detour-intent') {
      open.add(entry.line);
      latest.delete(entry.line);
    }
    place += 1;
  }
  const away = leftAway(entries);
  return listFrom(rows, (row) => {
    if (!open.has(row.line)) return resultOf(row, outcomeAt(entries, latest.get(row.line)));
    const where = row.detour && away.has(row.line) ? ` ${leftOn(row.detour, false)}` : '';
    const detail = `A write was begun and its end is not recorded.${where}`;
    return { ...resultOf(row, undefined), outcome: 'uncertain', detail };
  });
}

function outcomeAt(entries: List<JournalEntry>, place: number | undefined): JournalOutcome | undefined {
  const entry = place === undefined ? undefined : entries.at(place);
  return entry?.kind === 'outcome' ? entry : undefined;
}

/** Lines of the rows that ended so. */
export function linesThat(results: Iterable<ResultRow> | null, outcome: ResultRow['outcome']): ReadonlySet<number> {
  const lines = new Set<number>();
  for (const result of results ?? []) if (result.outcome === outcome) lines.add(result.row.line);
  return lines;
}
