// Groups and contacts: they have addresses, and a user who is to get one of them clashes.
import type { AddressHolder } from '../../core/users.ts';
import type { AddressMatches } from './address-matches.ts';
import type { Get } from '../bulk/batch.ts';
import { type BulkTools, chooseMode } from '../bulk/read-mode.ts';
import { objectProperties, toListedObject } from '../bulk/convert.ts';
import {
  addressesPerFilter,
  filterIn,
  filterSmtp,
  longestFilterAddress,
  select,
  slicesOf,
  valuesPerFilter,
} from '../bulk/odata.ts';
import { eachRowOf, pageSize } from '../bulk/pages.ts';
import type { Check } from '../bulk/refusals.ts';

/** A kind of object other than users. */
export type MailObjects = {
  readonly kind: Exclude<AddressHolder['kind'], 'user'>;
  readonly path: string;
  /** What narrows a listing to those that can have an address; empty: all. */
  readonly narrowing: string;
  readonly check: Check & { readonly needs: string };
};

/** Groups without mail have no addresses; the filter works by default (graph/aad-advanced-queries). */
export const mailGroups: MailObjects = {
  kind: 'group',
  path: '/groups',
  narrowing: '$filter=mailEnabled%20eq%20true',
  check: { name: 'address-groups', needs: 'GroupMember.Read.All' },
};

export const mailContacts: MailObjects = {
  kind: 'contact',
  path: '/contacts',
  narrowing: '',
  check: { name: 'address-contacts', needs: 'OrgContact.Read.All' },
};

/**
 * What to read to find who of them has one of these addresses: the filters, or the one listing. Nothing for nothing; may
 * ask for their number, but does not need to be told it.
 */
export async function mailObjectGets(
  objects: MailObjects,
  addressMatches: AddressMatches,
  tools: BulkTools,
): Promise<readonly Get[]> {
  if (addressMatches.size === 0) return [];
  const { needs } = objects.check;
  const tail = `$top=${pageSize}&${select(objectProperties)}`;
  const countPath = `${objects.path}/$count${objects.narrowing === '' ? '' : `?${objects.narrowing}`}`;
  const filters = addressFilterCount(addressMatches.size);
  const mode = canFilterAddresses(addressMatches) ? await chooseMode({ filters, countPath, needs }, tools) : 'listing';
  const queries = mode === 'filters' ? addressFilters(addressMatches.ask) : [objects.narrowing];
  return queries.map((query) => ({ path: `${objects.path}?${query === '' ? '' : `${query}&`}${tail}`, needs }));
}

/** Reads these, and shows each to the addresses that are looked for. Throws a Failure. */
export async function readMailObjects(
  { kind }: MailObjects,
  gets: readonly Get[],
  { addressMatches, tools }: { readonly addressMatches: AddressMatches; readonly tools: BulkTools },
): Promise<void> {
  await eachRowOf(gets, tools, (row) => {
    // What only users have. That sync carries a group matters to nobody here: sync joins users by address, not groups.
    const notOfUsers = { userPrincipalName: null, otherMails: [], immutableId: null, isGuest: false, isSynced: false };
    const object = toListedObject(row);
    addressMatches.meet({ kind, ...object, displayName: object.name, ...notOfUsers });
  });
}

/** Whether Graph compares values as long as these; a longer one is found by listing alone. */
export function canFilterAddresses(addressMatches: AddressMatches): boolean {
  for (const address of addressMatches.asked()) if (address.length > longestFilterAddress) return false;
  return true;
}

/** How many filters `addressFilters` makes of so many addresses. */
export function addressFilterCount(addresses: number): number {
  return Math.ceil(addresses / valuesPerFilter) + Math.ceil(addresses / addressesPerFilter);
}

/** Filters for who has one of these addresses as mail or proxy address. */
export function addressFilters(addresses: readonly string[]): string[] {
  return [
    ...slicesOf(addresses, valuesPerFilter).map((slice) => filterIn('mail', slice)),
    ...slicesOf(addresses, addressesPerFilter).map((slice) => filterSmtp(slice)),
  ];
}
