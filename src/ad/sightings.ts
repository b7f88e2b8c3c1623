import { KeyTable, PackedList } from '../core/bulk/bulk.ts';
import type { AdFlaw, AdHolders, AdUser } from '../core/users.ts';
import { differenceOf, nameKey } from './contradictions.ts';
import { type Candidate, candidatePacking, identityOf, usersAmong } from './candidates.ts';
import { FirstOwners } from './first-owners.ts';
import type { Holders } from './holders.ts';

/**
 * Every object that a directory has told of, asked for or not, and where what it told contradicts itself: one GUID with two
 * names or two sets of values, one name or one SID of two objects. Two controllers that have not replicated look like
 * that, and so does a directory that is broken; neither is to be guessed from. An object that came twice and equal is fine.
 */
export class Sightings {
  readonly #objects = new KeyTable();
  readonly #candidates = new PackedList(candidatePacking());
  readonly #names = new FirstOwners();
  readonly #sids = new FirstOwners();
  readonly #doubts = new Map<string, AdFlaw[]>();

  take(candidate: Candidate): void {
    const identity = identityOf(candidate);
    const place = this.#objects.add(identity);
    if (place < this.#candidates.length) {
      this.#doubt(differenceOf(this.#candidates.get(place), candidate), [identity]);
    } else {
      this.#candidates.add(candidate);
    }
    this.#own(this.#names, nameKey(candidate.dn), { place, says: 'the name is that' });
    const sid = candidate.found.kind === 'user' ? candidate.found.user.sid : null;
    if (sid !== null) this.#own(this.#sids, sid, { place, says: `the SID ${sid} is that` });
  }

  /** By identity: what speaks against an object beyond what it says itself. */
  get doubts(): ReadonlyMap<string, readonly AdFlaw[]> {
    return this.#doubts;
  }

  /** The users of whom nothing is in doubt, each once, with its place. */
  *#users(): Generator<readonly [place: number, user: AdUser]> {
    let place = 0;
    for (const candidate of this.#candidates) {
      if (candidate.found.kind === 'user' && !this.#doubts.has(identityOf(candidate)))
        yield [place, candidate.found.user];
      place += 1;
    }
  }

  /** Who of them has what was asked for. */
  holdersOf(holders: Holders): AdHolders {
    for (const [place, user] of this.#users()) holders.take(user, () => place);
    return holders.answer(usersAmong(this.#candidates));
  }

  #own(owners: FirstOwners, key: string, { place, says }: { readonly place: number; readonly says: string }): void {
    const owner = owners.of(key, place);
    if (owner === place) return;
    const both = [this.#candidates.get(owner), this.#candidates.get(place)];
    const why = `${says} of ${both.map(({ dn, objectGuid }) => `${dn} (objectGUID ${objectGuid ?? 'none'})`).join(' and of ')}`;
    this.#doubt(why, both.map(identityOf));
  }

  #doubt(why: string | null, identities: readonly string[]): void {
    if (why === null) return;
    for (const identity of identities) {
      const doubts = this.#doubts.get(identity) ?? [];
      if (!doubts.some((doubt) => doubt.why === why)) doubts.push({ anchor: null, why });
      this.#doubts.set(identity, doubts);
    }
  }
}
