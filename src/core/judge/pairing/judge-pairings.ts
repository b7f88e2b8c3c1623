// core/judge/pairing/: whether the two users of a row are one person.
//   side            what is known of either user
//   compare-sides   what agrees and what contradicts (sign-in-names; names in ids/); for whoever looks for pairs as well
//   judge-pair      the rules over one row, with who else has its addresses
//   domain-customs  to which domain the users of each domain go in this file
//   find-shift      what many doubted rows say of the file
import { itemAt, type List } from '../../list.ts';
import { isTied } from './compare-sides.ts';
import { DomainCustoms } from './domain-customs.ts';
import { findShift, type LooksShifted, type PairRow } from './find-shift.ts';
import { type AddressBook, judgePair, type PairVerdict } from './judge-pair.ts';

export type PairingJudgment = {
  /** The rows that something speaks against, in order. */
  readonly doubted: readonly number[];
  /** What speaks against a row; made when it is asked for, for it names people and addresses. */
  verdictAt(index: number): PairVerdict | null;
  /** What the doubted rows say of the file as a whole. */
  readonly file: LooksShifted | null;
};

/** What one look at every pair of a file tells; a number is remembered for each row without an address in common. */
export type FirstLook = {
  /** Rows whose sides have no address and no number in common, in order. */
  readonly untied: readonly number[];
  readonly customs: DomainCustoms;
  /** Rows that have both sides. */
  readonly pairs: number;
};

/** The first look: which pairings have to be judged at all. */
export function lookAtPairs(rows: Iterable<PairRow>): FirstLook {
  const customs = new DomainCustoms();
  const untied: number[] = [];
  let [index, pairs] = [0, 0];
  for (const { pair } of rows) {
    if (pair !== null) {
      pairs += 1;
      customs.add(pair);
      if (!isTied(pair.ad, pair.cloud)) untied.push(index);
    }
    index += 1;
  }
  return { untied, customs, pairs };
}

/** Judges the pairings of a file, by the first look at them and by who else has their addresses. */
export function judgePairings(
  rows: List<PairRow>,
  { untied, customs, pairs }: FirstLook,
  book: AddressBook,
): PairingJudgment {
  const judge = (at: number): PairVerdict | null => {
    const { pair } = itemAt(rows, at);
    return pair === null ? null : judgePair(pair, book, customs.isUnusual(pair));
  };
  const doubted = untied.filter((at) => judge(at) !== null);
  const asked = new Set(doubted);
  return {
    doubted,
    verdictAt: (at) => (asked.has(at) ? judge(at) : null),
    file: findShift(rows, doubted, pairs),
  };
}
