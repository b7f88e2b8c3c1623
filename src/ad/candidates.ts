import { type Kept, type Packing, type PackedList, adUserPacking } from '../core/bulk/bulk.ts';
import type { Guid } from '../core/guid.ts';
import { foldKey } from '../core/references.ts';
import type { AdFlaw, AdUser } from '../core/users.ts';

/** One object that fits a question: a user, what it is in place of one, or why that cannot be told. */
export type Candidate = {
  readonly dn: string;
  /** Null where what came is none: such an object is known by its name. */
  readonly objectGuid: Guid | null;
  readonly found:
    | { readonly kind: 'user'; readonly user: AdUser }
    | { readonly kind: 'other'; readonly objectClass: string }
    | { readonly kind: 'unusable'; readonly flaws: readonly AdFlaw[] };
};

/** What tells an object from others. */
export function identityOf({ dn, objectGuid }: Candidate): string {
  return objectGuid ?? `the object named ${foldKey(dn)}`;
}

type PackedCandidate =
  readonly [user: unknown] | readonly [dn: string, guid: Candidate['objectGuid'], found: Candidate['found']];

/** For one list of candidates: users as core packs them, the few others as they are. */
export function candidatePacking(): Packing<Candidate> {
  const users = adUserPacking();
  return {
    pack: ({ dn, objectGuid, found }): PackedCandidate =>
      found.kind === 'user' ? [users.pack(found.user)] : [dn, objectGuid, found],
    unpack: (packed: PackedCandidate) => {
      if (packed.length === 3) {
        const [dn, objectGuid, found] = packed;
        return { dn, objectGuid, found };
      }
      const user = users.unpack(packed[0] as never);
      return { dn: user.dn, objectGuid: user.objectGuid, found: { kind: 'user', user } };
    },
  };
}

/** The users among candidates, by the candidate's place. */
export function usersAmong(candidates: PackedList<Candidate>): Kept<AdUser> {
  return { get: (place) => userOf(candidates.get(place)) };
}

function userOf({ found }: Candidate): AdUser {
  if (found.kind !== 'user') throw new Error('a candidate that is no user was taken for one');
  return found.user;
}
