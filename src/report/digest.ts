import type { RunRecord } from '../core/result.ts';
import {
  type RowEntry,
  type Group,
  type WarningGroup,
  entriesOf,
  examplesKept,
  gatherGroups,
  gatherWarnings,
  isPredicted,
  troubleOf,
} from './row-entries.ts';
import { type ForecastCounts, gatherForecasts } from './forecast-words.ts';
import { changeRank } from './change-rank.ts';

/** Rows that a page carries; beyond it a browser's search and scrolling become slow, and the CSV is the better tool. */
const rowsInPage = 2000;

/**
 * All that the reports for people tell of a run's rows: everything counted, and of the rows themselves no more than can be
 * shown. So a report takes the same memory, and comes out as long, for a million rows as for some thousand.
 */
export type Digest = {
  readonly rows: number;
  /** Of the ready rows. */
  readonly relinks: number;
  readonly detours: number;
  readonly groups: readonly Group[];
  readonly warnings: readonly WarningGroup[];
  /** Of the rows whose prediction still stands. */
  readonly forecasts: ForecastCounts;
  readonly takeOver: TakeOverDigest;
  /** At most `rowsInPage`: all rows in file order, or of more those that need attention first, then the others. */
  readonly shown: readonly RowEntry[];
};

/** Rows that go on and of which the take-over replaces something, or cannot set it. */
export type TakeOverDigest = {
  readonly count: number;
  /** Up to `examplesKept`: clashes first, then those who get another UPN. */
  readonly entries: readonly RowEntry[];
};

/** Gathers it all in one pass over the rows. */
export function digestOf(record: RunRecord): Digest {
  const groups = gatherGroups();
  const warnings = gatherWarnings();
  const forecasts = gatherForecasts();
  const takeOver = gatherTakeOver();
  const table = gatherTable();
  let rows = 0;
  let relinks = 0;
  let detours = 0;
  for (const entry of entriesOf(record)) {
    const { row } = entry;
    rows += 1;
    if (row.state === 'ready' && row.step === 'relink') relinks += 1;
    if (row.state === 'ready' && row.detour !== null) detours += 1;
    groups.add(entry);
    warnings.add(entry);
    table.add(entry);
    if (!isPredicted(entry)) continue;
    forecasts.add(row);
    takeOver.add(entry);
  }
  return {
    rows,
    relinks,
    detours,
    groups: groups.result(),
    warnings: warnings.result(),
    forecasts: forecasts.result,
    takeOver: takeOver.result(),
    shown: table.result(),
  };
}

function gatherTakeOver(): { add(entry: RowEntry): void; result(): TakeOverDigest } {
  const byRank = new Map<number, RowEntry[]>();
  let count = 0;
  return {
    add(entry) {
      const rank = entry.row.state === 'held' ? 0 : changeRank(entry.row);
      if (rank === 0) return;
      count += 1;
      const alike = byRank.get(rank) ?? [];
      if (alike.length < examplesKept) byRank.set(rank, [...alike, entry]);
    },
    result() {
      const ranked = [...byRank].sort(([a], [b]) => b - a).flatMap(([, alike]) => alike);
      return { count, entries: ranked.slice(0, examplesKept) };
    },
  };
}

function gatherTable(): { add(entry: RowEntry): void; result(): readonly RowEntry[] } {
  const first: RowEntry[] = [];
  const urgent: RowEntry[] = [];
  const others: RowEntry[] = [];
  let count = 0;
  return {
    add(entry) {
      count += 1;
      if (first.length < rowsInPage) first.push(entry);
      const alike = troubleOf(entry) === undefined ? others : urgent;
      if (alike.length < rowsInPage) alike.push(entry);
    },
    result: () => (count <= rowsInPage ? first : [...urgent, ...others].slice(0, rowsInPage)),
  };
}
