import { nameWords } from '../../ids/name-words.ts';
import { itemAt, type List } from '../../list.ts';
import { ownAddresses } from './compare-sides.ts';
import type { Pair } from './judge-pair.ts';
import type { PairSide } from './side.ts';

/** A row of the file; no pair where one of its users was not found. */
export type PairRow = { readonly line: number; readonly pair: Pair | null };

/** Rows that stand together, of which each AD user fits the cloud user of the same number of rows below (above: negative). */
export type Shift = { readonly fromLine: number; readonly toLine: number; readonly by: number; readonly rows: number };

export type LooksShifted = {
  /** Rows that were doubted in any way, and all that were judged. */
  readonly doubted: number;
  readonly judged: number;
  /** The longest first; empty where no shift explains it. */
  readonly shifts: readonly Shift[];
  /** Doubted rows whose AD user fits the cloud user of another doubted row. */
  readonly fitsElsewhere: number;
  /** The one column that is in order by itself among the doubted rows, while the other is not: it was sorted alone. */
  readonly sortedAlone: 'ad' | 'cloud' | null;
};

const handful = 5;
const many = 10;
const manyShare = 0.03;
// Enough to see a slip by; what is remembered of them must not grow with the file.
const mostLookedAt = 100_000;

/** What the doubted rows say of the file as a whole; null where they are few and no rows that stand together say the same. */
export function findShift(rows: List<PairRow>, doubted: readonly number[], judged: number): LooksShifted | null {
  const looked = doubted.slice(0, mostLookedAt);
  const offsets = offsetsOf(rows, looked);
  const shifts = shiftsOf(rows, looked, offsets);
  const fitsElsewhere = offsets.filter((offset) => offset !== null).length;
  // A few odd rows are in every list; that they fit each other is not.
  const isEnough = doubted.length >= many || fitsElsewhere >= handful;
  if (shifts.length === 0 && !(isEnough && doubted.length > judged * manyShare)) return null;
  return {
    doubted: doubted.length,
    judged,
    shifts,
    fitsElsewhere,
    sortedAlone: shifts.length > 0 ? null : sortedAlone(rows, looked),
  };
}

/** For each doubted row, how far below the one row is whose cloud user its AD user fits. */
function offsetsOf(rows: List<PairRow>, doubted: readonly number[]): (number | null)[] {
  const several = -1;
  const byKey = new Map<string, number>();
  for (const at of doubted) {
    for (const key of keysOf(itemAt(rows, at).pair?.cloud)) byKey.set(key, byKey.has(key) ? several : at);
  }
  return doubted.map((at) => {
    // What proves most stands first among the keys.
    for (const key of keysOf(itemAt(rows, at).pair?.ad)) {
      const place = byKey.get(key);
      if (place !== undefined && place !== several && place !== at) return place - at;
    }
    return null;
  });
}

function keysOf(side: PairSide | undefined): string[] {
  if (side === undefined) return [];
  const name = nameWords(side).words.map(({ sound }) => sound);
  return [
    ...ownAddresses(side),
    ...(side.employeeId === null ? [] : [`number ${side.employeeId}`]),
    // One word is a given name, or a department.
    ...(name.length > 1 ? [`name ${name.sort().join(' ')}`] : []),
  ];
}

function shiftsOf(rows: List<PairRow>, doubted: readonly number[], offsets: readonly (number | null)[]): Shift[] {
  const found: Shift[] = [];
  for (let start = 0; start < doubted.length;) {
    const by = offsets[start] ?? null;
    // Rows that fit nowhere, or whose neighbours have the same name, are passed over; one that fits elsewhere ends it.
    let [end, count] = [start, 0];
    for (let at = start; by !== null && at < doubted.length && isInStep(offsets[at] ?? null, by); at++) {
      if (offsets[at] === by) [end, count] = [at, count + 1];
    }
    if (by !== null && count >= handful) {
      const [first, last] = [itemAt(doubted, start), itemAt(doubted, end)];
      found.push({ fromLine: itemAt(rows, first).line, toLine: itemAt(rows, last).line, by, rows: count });
    }
    start = end + 1;
  }
  return found.sort((a, b) => b.rows - a.rows);
}

const isInStep = (offset: number | null, by: number): boolean => offset === null || offset === by;

const inOrderShare = 0.95;

function sortedAlone(rows: List<PairRow>, doubted: readonly number[]): LooksShifted['sortedAlone'] {
  if (doubted.length < handful * 2) return null;
  const [ad, cloud] = (['ad', 'cloud'] as const).map((which) => {
    const sides = doubted.map((at) => itemAt(rows, at).pair?.[which]);
    return [sortKeys.name, sortKeys.upn].some((keyOf) => isInOrder(sides.map(keyOf)));
  });
  return ad === cloud ? null : ad === true ? 'ad' : 'cloud';
}

const sortKeys = {
  name: (side: PairSide | undefined): string => side?.displayName?.toLowerCase() ?? '',
  upn: (side: PairSide | undefined): string => side?.upn?.toLowerCase() ?? '',
};

function isInOrder(keys: readonly string[]): boolean {
  const steps = keys.slice(1).map((key, at) => (key >= (keys[at] ?? '') ? 1 : 0));
  const up = steps.reduce<number>((sum, step) => sum + step, 0) / steps.length;
  return up >= inOrderShare || up <= 1 - inOrderShare;
}
