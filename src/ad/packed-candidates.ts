import { type Packing, adUserPacking } from '../core/bulk/bulk.ts';
import type { Candidate } from './questions.ts';

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
