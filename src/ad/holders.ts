import { type Kept, KeyIndex, KeyTable, type PackedList } from '../core/bulk/bulk.ts';
import { addressesOf } from '../core/ids/addresses.ts';
import { idsOf } from '../core/ids/anchor.ts';
import { foldKey } from '../core/references.ts';
import type { AdHolders, AdUser } from '../core/users.ts';
import type { AskedOfAll } from '../run/ports.ts';

/** Who among AD users has what was asked for. They come in any order, also twice, and those who have nothing of it too. */
export class Holders {
  /** What is asked for, each once. */
  readonly ids = new KeyTable();
  readonly addresses = new KeyTable();
  readonly #byId: KeyIndex;
  readonly #byAddress: KeyIndex;
  readonly #least: number;

  constructor({ immutableIds, addresses, least }: AskedOfAll) {
    for (const id of immutableIds) this.ids.add(id);
    for (const address of addresses) this.addresses.add(address);
    this.#byId = new KeyIndex(this.ids);
    this.#byAddress = new KeyIndex(this.addresses);
    this.#least = least;
  }

  /** Takes a user; `keep` is called where it has something of it, and says at which place the user is kept. */
  take(user: AdUser, keep: () => number): void {
    let place = -1;
    const note = (index: KeyIndex, key: number): void => {
      if (key < 0) return;
      if (place < 0) place = keep();
      // The same value in two attributes of a user is one that it has.
      if (!index.at(key).includes(place)) index.add(key, place);
    };
    for (const id of idsOf(user)) note(this.#byId, this.ids.find(id));
    for (const { value } of addressesOf(user)) note(this.#byAddress, this.addresses.find(foldKey(value)));
  }

  /** Takes all of a list, and answers. */
  among(users: PackedList<AdUser>): AdHolders {
    let place = 0;
    for (const user of users) {
      const at = place++;
      this.take(user, () => at);
    }
    return this.answer(users);
  }

  /** The port's answer, made of those who are kept. */
  answer(users: Kept<AdUser>): AdHolders {
    return { anchors: this.#usersBy(this.#byId, users), addresses: this.#usersBy(this.#byAddress, users) };
  }

  #usersBy(index: KeyIndex, users: Kept<AdUser>): Map<string, readonly AdUser[]> {
    const found = new Map<string, readonly AdUser[]>();
    for (const [key, places] of index.entries()) {
      if (places.length < this.#least) continue;
      // A file may have one object on two lines.
      const distinct = new Map(places.map((place) => users.get(place)).map((user) => [user.objectGuid, user]));
      if (distinct.size >= this.#least) found.set(key, [...distinct.values()]);
    }
    return found;
  }
}
