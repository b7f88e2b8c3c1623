// A crowd whose rows end in every way a planned row can: linked, relinked, kept, held.
import type { Guid } from '../../src/core/guid.ts';
import { immutableIdOfGuid } from '../../src/core/ids/immutable-id.ts';
import type { People } from '../../src/sandbox/people/people.ts';
import { crowd, crowdMappings } from './crowd.ts';

/** A crowd with its mappings, and what a whole apply has to make of it, worked out without the program. */
export type MixedCrowd = {
  readonly people: People;
  readonly mappings: string;
  readonly rows: number;
  /** Rows that are to be written. */
  readonly writes: number;
  /** The immutable ID of every cloud user, by object id, before the apply and after it. */
  readonly before: ReadonlyMap<string, string | null>;
  readonly after: ReadonlyMap<string, string | null>;
};

/** Of ten rows one is kept, one relinked, and one held; of the held ones every other has no AD user, the rest no cloud user. */
export function mixedCrowd(rows: number): MixedCrowd {
  const plain = crowd(rows);
  const idOf = (index: number): string => {
    const user = plain.adUsers[index];
    if (!user) throw new Error(`there is no row ${index}`);
    return immutableIdOfGuid((user['mS-DS-ConsistencyGuid'] ?? user.objectGUID) as Guid);
  };
  const before = new Map<string, string | null>();
  const after = new Map<string, string | null>();
  let writes = 0;
  const cloudUsers = plain.cloudUsers.flatMap((user, index) => {
    if (index % 20 === 12) return [];
    const kind = index % 10;
    // An ID that was never derived from this AD: that of an object which is no more.
    const had = kind === 0 ? idOf(index) : kind === 1 ? immutableIdOfGuid(user.id as Guid) : null;
    const isWritten = kind !== 0 && kind !== 2;
    if (isWritten) writes++;
    before.set(user.id, had);
    after.set(user.id, isWritten ? idOf(index) : had);
    return [{ ...user, onPremisesImmutableId: had }];
  });
  const lines = crowdMappings(rows).split('\n');
  const mappings = lines.map((line, at) => (at > 0 && at % 20 === 3 ? line.replace(/^u/, 'nobody') : line)).join('\n');
  return { people: { ...plain, cloudUsers }, mappings, rows, writes, before, after };
}
