import { compareNames } from '../../ids/compare-names.ts';
import { compareSides, isTied, ownAddresses, type PairEvidence } from './compare-sides.ts';
import type { PairSide } from './side.ts';

/** Another user that has an address. */
export type OtherUser = {
  readonly side: PairSide;
  /** Whether a row of the file is about this user. */
  readonly isInFile: boolean;
};

/** Who has an address, in all of AD and in all of the tenant; asked with addresses in small letters. */
export type AddressBook = {
  adUsersWith(address: string): readonly OtherUser[];
  cloudUsersWith(address: string): readonly OtherUser[];
};

export type Pair = { readonly ad: PairSide; readonly cloud: PairSide };

/** An address, and the other user who has it. */
export type Elsewhere = { readonly address: string; readonly user: OtherUser };

export type PairVerdict = {
  readonly code: 'pairing-contradicted' | 'pairing-nothing-in-common' | 'pairing-doubtful';
  readonly evidence: PairEvidence;
  /** Hardly any pair of the AD user's domain has its cloud user in this one's domain. */
  readonly isOfUnusualDomains: boolean;
  /** The other cloud user that has an address of the AD user. */
  readonly inCloud: Elsewhere | null;
  /** The other AD user that has an address of the cloud user. */
  readonly inAd: Elsewhere | null;
};

/** Whether the pairing may be trusted; null where nothing speaks against it. `isOfUnusualDomains`: see the verdict. */
export function judgePair({ ad, cloud }: Pair, book: AddressBook, isOfUnusualDomains = false): PairVerdict | null {
  // An address or a number in common settles it, and as good as all pairs have one: no name need be looked at.
  if (isTied(ad, cloud)) return null;
  const evidence = compareSides(ad, cloud);
  const inCloud = elsewhere(ad, cloud, (address) => book.cloudUsersWith(address));
  const inAd = elsewhere(cloud, ad, (address) => book.adUsersWith(address));
  const code = codeOf({ evidence, isOfUnusualDomains, inCloud, inAd });
  return code === null ? null : { code, evidence, isOfUnusualDomains, inCloud, inAd };
}

type Known = Omit<PairVerdict, 'code'>;

function codeOf(known: Known): PairVerdict['code'] | null {
  const { evidence, inCloud, inAd } = known;
  if (inCloud !== null && inAd !== null) return isHeld(known) ? 'pairing-contradicted' : 'pairing-doubtful';
  const { names, signIn } = evidence;
  const isSignInElse = signIn === 'differs' || (signIn === 'cannot-tell' && names.answer === 'nothing');
  const isNothing = names.answer === 'nothing' || names.answer === 'cannot-tell';
  if (isNothing && isSignInElse && evidence.isTelling) return 'pairing-nothing-in-common';
  return isDoubtful(known) ? 'pairing-doubtful' : null;
}

/**
 * Addresses say of both sides that they are somebody else. Where the names do not say so too, the two others may be further
 * accounts of the same person: the duplicate that sync made, the account in the old domain. Such a one has no row of its own.
 */
function isHeld({ evidence, inCloud, inAd }: Known): boolean {
  if (evidence.employeeId === 'differs' || inCloud?.user.isInFile === true || inAd?.user.isInFile === true) return true;
  return evidence.names.answer === 'nothing' || isTwoPeople(evidence);
}

/** A surname changes; a given name, hardly. */
function isTwoPeople({ names, isPerson, isTwoPurposes }: PairEvidence): boolean {
  return isPerson ? names.differs !== 'none' && names.differs !== 'surname' : isTwoPurposes;
}

function isDoubtful(known: Known): boolean {
  const { evidence, isOfUnusualDomains } = known;
  if (evidence.employeeId === 'differs' || isAnothers(known)) return true;
  if (evidence.signIn === 'same') return false;
  const { names, signIn, isPerson } = evidence;
  // What an account is for is guessed from its names; where these are the same, there is nothing to guess.
  const isElse = isTwoPeople(evidence) && names.answer !== 'cannot-tell' && names.answer !== 'agree';
  if (isOfUnusualDomains || isElse) return true;
  return isPerson && names.differs === 'surname' && signIn === 'differs';
}

/** One who has the address and is in no row may be a duplicate of the same person, unless the names say otherwise. */
function isAnothers({ evidence: { names }, inCloud, inAd }: Known): boolean {
  const other = inCloud ?? inAd;
  return other !== null && (other.user.isInFile || names.answer === 'partly' || names.answer === 'nothing');
}

/**
 * Somebody else than the other half of the pair, who has one of this side's addresses. Not one whose name has nothing to do
 * with this side's: the address was inherited from somebody who left, and does not say that the two are one person.
 */
function elsewhere(side: PairSide, half: PairSide, find: (address: string) => readonly OtherUser[]): Elsewhere | null {
  for (const address of ownAddresses(side)) {
    const isOwner = (one: OtherUser): boolean =>
      one.side.id !== half.id && compareNames(one.side, side).answer !== 'nothing';
    const user = find(address).find(isOwner);
    if (user !== undefined) return { address, user };
  }
  return null;
}
