// A made-up file judged, and the judgment counted against the truth.
import { cpuUsage } from 'node:process';
import { judgePairings, lookAtPairs } from '../../../src/core/judge/pairing/judge-pairings.ts';
import type { AddressBook, OtherUser, PairVerdict } from '../../../src/core/judge/pairing/judge-pair.ts';
import type { PairSide } from '../../../src/core/judge/pairing/side.ts';
import { type JudgedPair, type PairsFile, pairsFile, type PairsFileOptions, wrongKinds } from './wrong-pairs.ts';

export type Judged = {
  readonly figures: Readonly<Record<string, number>>;
  /** Shares of one. */
  readonly wrongFound: number;
  readonly rightWarned: number;
  /** A count. */
  readonly rightHeld: number;
  readonly seconds: number;
  readonly verdicts: readonly (readonly [row: JudgedPair, verdict: PairVerdict | null])[];
};

export function judged(options: PairsFileOptions): Judged {
  const file = pairsFile(options);
  const book = addressBook(file);
  const started = cpuUsage();
  const rows = file.rows.map((pair) => ({ line: pair.line, pair }));
  const judgment = judgePairings(rows, lookAtPairs(rows), book);
  // Others may be at work on the machine; the processor's time knows little of them.
  const { user, system } = cpuUsage(started);
  const seconds = (user + system) / 1_000_000;
  const verdicts = file.rows.map((row, at) => [row, judgment.verdictAt(at)] as const);
  const count = (isWanted: (row: JudgedPair, verdict: PairVerdict | null) => boolean): number =>
    verdicts.filter(([row, verdict]) => isWanted(row, verdict)).length;
  const isHeld = (verdict: PairVerdict | null): boolean => verdict?.code === 'pairing-contradicted';
  const figures: Record<string, number> = { 'seconds of CPU': Math.round(seconds * 100) / 100 };
  for (const kind of wrongKinds) {
    figures[`${kind}: rows`] = count((row) => row.wrong === kind);
    figures[`${kind}: held`] = count((row, verdict) => row.wrong === kind && isHeld(verdict));
    figures[`${kind}: warned of`] = count((row, verdict) => row.wrong === kind && verdict !== null && !isHeld(verdict));
  }
  const right = count((row) => row.wrong === null);
  const wrong = count((row) => row.wrong !== null);
  const wrongFound = count((row, verdict) => row.wrong !== null && verdict !== null) / wrong;
  const rightHeld = count((row, verdict) => row.wrong === null && isHeld(verdict));
  const rightWarned = count((row, verdict) => row.wrong === null && verdict !== null && !isHeld(verdict)) / right;
  const inHundred = (share: number): number => Math.round(share * 10_000) / 100;
  figures['wrong pairs found, in a hundred'] = inHundred(wrongFound);
  figures['right pairs held'] = rightHeld;
  figures['right pairs warned of, in a hundred'] = inHundred(rightWarned);
  return { figures, wrongFound, rightHeld, rightWarned, seconds, verdicts };
}

/** Who has an address, over everybody of the made-up tenant. */
export function addressBook({ rows, inAd, inCloud }: PairsFile): AddressBook {
  const inFile = new Set(rows.flatMap(({ ad, cloud }) => [ad.id, cloud.id]));
  const book = (sides: readonly PairSide[]): Map<string, OtherUser[]> => {
    const found = new Map<string, OtherUser[]>();
    for (const side of sides) {
      for (const address of new Set([side.upn, side.mail, ...side.addresses])) {
        if (address === null) continue;
        found.set(address, [...(found.get(address) ?? []), { side, isInFile: inFile.has(side.id) }]);
      }
    }
    return found;
  };
  const [ad, cloud] = [book(inAd), book(inCloud)];
  return { adUsersWith: (address) => ad.get(address) ?? [], cloudUsersWith: (address) => cloud.get(address) ?? [] };
}
