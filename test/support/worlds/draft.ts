// One person of a random world while it is being made: both sides, and whether the mappings name it.
import type { Guid } from '../../../src/core/guid.ts';
import { immutableIdOfGuid } from '../../../src/core/ids/immutable-id.ts';
import type { PracticeAdUser, PracticeCloudUser } from '../../../src/sandbox/people/people.ts';
import type { Dice } from '../dice.ts';
import { firstNames, lastNames } from './names.ts';

export const domain = 'example.test';
export const initialDomain = 'example.onmicrosoft.test';
export const federatedDomain = 'fed.example.test';
export const unverifiedDomain = 'claimed.test';

/** A person; what it is besides a plain one stands in `kinds`. */
export type Draft = {
  readonly number: number;
  readonly ad: PracticeAdUser;
  readonly cloud: PracticeCloudUser;
  /** Whether it is on this side. */
  hasAd: boolean;
  hasCloud: boolean;
  /** Whether the mappings have a row for it. */
  isMapped: boolean;
  /** The kinds it is of, for whoever reads about a mismatch. */
  readonly kinds: string[];
};

/** A GUID of a kind and a number: the same in every world, so that it can be told at a glance. */
export function guidOf(kind: 'ad' | 'cloud' | 'anchor' | 'other', number: number): Guid {
  const first = { ad: 'ad000000', cloud: 'c1000000', anchor: 'a9c40000', other: '07000000' }[kind];
  return `${first}-0000-4000-8000-${String(number).padStart(12, '0')}` as Guid;
}

/** A licence that brings a mailbox, of one of seven subscriptions, with the plan in it that does. */
export function mailboxLicence(number: number): { readonly skuId: Guid; readonly plan: Guid } {
  return { skuId: guidOf('other', 10 + (number % 7)), plan: guidOf('other', 1) };
}

/** The immutable ID that sync makes of a user where it goes by ConsistencyGuid; by objectGUID alone where told so. */
export function immutableIdOf(ad: PracticeAdUser, byObjectGuid: boolean): string {
  const consistency = byObjectGuid ? undefined : ad['mS-DS-ConsistencyGuid'];
  if (typeof consistency === 'object') return Buffer.from(consistency.hex, 'hex').toString('base64');
  return immutableIdOfGuid((consistency ?? ad.objectGUID) as Guid);
}

/** A plain person with a cloud user of the same name and address. */
export function plainDraft(number: number, dice: Dice): Draft {
  const first = pick(dice, firstNames);
  const last = pick(dice, lastNames);
  const local = `${ascii(first)}.${ascii(last)}.${number}`.toLowerCase();
  const address = `${local}@${domain}`;
  const sAMAccountName = `u${number}`;
  const proxyAddresses = [`SMTP:${address}`];
  return {
    number,
    hasAd: true,
    hasCloud: true,
    isMapped: true,
    kinds: [],
    ad: {
      cn: `${first} ${last} ${number}`,
      ou: 'People',
      objectGUID: guidOf('ad', number),
      sAMAccountName,
      userPrincipalName: address,
      mail: address,
      proxyAddresses,
      displayName: `${first} ${last}`,
      givenName: first,
      sn: last,
    },
    cloud: {
      id: guidOf('cloud', number),
      displayName: `${first} ${last}`,
      userPrincipalName: address,
      mail: address,
      userType: 'Member',
      accountEnabled: true,
      onPremisesImmutableId: null,
      onPremisesSyncEnabled: null,
      deletedDateTime: null,
      proxyAddresses: [...proxyAddresses],
      givenName: first,
      surname: last,
    },
  };
}

export function pick<Item>(dice: Dice, items: readonly Item[]): Item {
  const item = items[dice.whole(0, items.length - 1)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
}

/** A name as it stands in addresses. */
export function ascii(name: string): string {
  return name.normalize('NFD').replaceAll(/[^A-Za-z]/g, '');
}

/** Names the cloud user anew, address included. */
export function renameCloud(cloud: PracticeCloudUser, address: string): void {
  cloud.userPrincipalName = address;
  setMail(cloud, address);
}

/** Gives an object of either side this primary address and no other. */
export function setMail(of: PracticeAdUser | PracticeCloudUser, address: string): void {
  of.mail = address;
  of.proxyAddresses = [`SMTP:${address}`];
}
