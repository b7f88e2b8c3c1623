import { compareNameWords, type NameAnswer } from '../../ids/compare-names.ts';
import { foldKey } from '../../references.ts';
import type { PairSide } from './side.ts';
import { compareSignInNames, haveTwoPurposes, isTelling, read, type SignInAnswer } from './sign-in-names.ts';

/** What agrees, what contradicts and what does neither; nothing is decided by it. */
export type PairEvidence = {
  readonly names: NameAnswer;
  readonly signIn: SignInAnswer;
  /** An address that both sides have; null where there is none. */
  readonly address: string | null;
  /** `differs`: both have one, written in the same manner. */
  readonly employeeId: 'same' | 'differs' | 'cannot-tell';
  /** Both sides have a name, or what they sign in by says one: that nothing agrees then means something. */
  readonly isTelling: boolean;
  /** Somebody has a given name or a surname. The words of another account's name play no such parts. */
  readonly isPerson: boolean;
  /** Each says something that the other does not. Of people that is usual, of accounts with a purpose it is not. */
  readonly isTwoPurposes: boolean;
};

/** Compares the two sides of a pairing. */
export function compareSides(ad: PairSide, cloud: PairSide): PairEvidence {
  const [one, other] = [read(ad), read(cloud)];
  const names = compareNameWords(one.name, other.name);
  return {
    names,
    signIn: compareSignInNames(one, other),
    address: sharedAddress(ad, cloud),
    employeeId: compareEmployeeIds(ad.employeeId, cloud.employeeId),
    isTelling: names.answer !== 'cannot-tell' || (isTelling(one) && isTelling(other)),
    isPerson: [ad, cloud].some(({ givenName, surname }) => givenName !== null || surname !== null),
    isTwoPurposes: haveTwoPurposes(one, other),
  };
}

/** Whether something that only one person has is the same on both sides: an address, an employee number. */
export function isTied(ad: PairSide, cloud: PairSide): boolean {
  // As good as all pairs are settled by the first look, which folds nothing.
  if (ad.mail !== null && (ad.mail === cloud.mail || cloud.addresses.includes(ad.mail))) return true;
  return sharedAddress(ad, cloud) !== null || compareEmployeeIds(ad.employeeId, cloud.employeeId) === 'same';
}

/** The side's UPN, mail and SMTP addresses as directories compare them, each once. */
export function ownAddresses({ upn, mail, addresses }: PairSide): Set<string> {
  return new Set([upn ?? '', mail ?? '', ...addresses].filter((one) => one !== '').map(foldKey));
}

function sharedAddress(ad: PairSide, cloud: PairSide): string | null {
  const own = ownAddresses(cloud);
  for (const address of ownAddresses(ad)) if (own.has(address)) return address;
  return null;
}

/** Spreadsheets take leading zeros away, and some write a letter before the number. */
function compareEmployeeIds(ad: string | null, cloud: string | null): PairEvidence['employeeId'] {
  const [one, other] = [ad, cloud].map((id) =>
    foldKey(id ?? '')
      .trim()
      .replace(/^0+/, ''),
  );
  // "n/a", "-" and "external" are nobody's number.
  if (!one || !other || !/\d/.test(one) || !/\d/.test(other)) return 'cannot-tell';
  if (one === other) return 'same';
  const manner = (id: string): string => id.replaceAll(/\d+/g, '0').replaceAll(/[a-z]/g, 'a');
  return manner(one) === manner(other) ? 'differs' : 'cannot-tell';
}
