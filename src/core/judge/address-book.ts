import type { AddressHolder, AdHolders } from '../users.ts';
import type { Collisions } from './collisions.ts';
import type { AddressBook } from './pairing/judge-pair.ts';
import { sideOfAdUser, sideOfHolder } from './pairing/sides-of.ts';

type Known = {
  readonly addresses: ReadonlyMap<string, readonly AddressHolder[]>;
  readonly adOwners: AdHolders['addresses'];
};

/** Who else has an address, and whether a row is about them. */
export function addressBookOf({ addresses, adOwners }: Known, rows: Collisions): AddressBook {
  return {
    adUsersWith: (address) =>
      (adOwners.get(address) ?? []).map((user) => ({
        side: sideOfAdUser(user),
        isInFile: rows.rowOfAdUser(user.objectGuid) !== undefined,
      })),
    cloudUsersWith: (address) =>
      (addresses.get(address) ?? [])
        .filter((holder) => holder.kind === 'user' && !holder.isGuest && holder.as !== 'other-mail')
        .map((holder) => ({ side: sideOfHolder(holder), isInFile: rows.rowOfCloudUser(holder.id) !== undefined })),
  };
}
