// core/judge/pairing/: whether the two users of a row are one person.
//   side            what is known of either user
//   compare-sides   what agrees and what contradicts (sign-in-names; names in ids/); for whoever looks for pairs as well
//   judge-pair      the rules over one row, with who else has its addresses
//   find-shift      what many doubted rows say of the file
import type { List } from '../../list.ts';
import { findShift, type LooksShifted, type PairRow } from './find-shift.ts';
import { type AddressBook, judgePair, type PairVerdict } from './judge-pair.ts';

export type PairingJudgment = {
  /** Sparse, by row index. */
  readonly verdicts: ReadonlyMap<number, PairVerdict>;
  /** What they say of the file as a whole. */
  readonly file: LooksShifted | null;
};

/** Judges the pairings of a file. Of a row that nothing speaks against, nothing is kept. */
export function judgePairings(rows: List<PairRow>, book: AddressBook): PairingJudgment {
  const verdicts = new Map<number, PairVerdict>();
  let [index, judged] = [0, 0];
  for (const { pair } of rows) {
    const verdict = pair === null ? null : judgePair(pair, book);
    if (pair !== null) judged += 1;
    if (verdict !== null) verdicts.set(index, verdict);
    index += 1;
  }
  return { verdicts, file: findShift(rows, [...verdicts.keys()], judged) };
}
