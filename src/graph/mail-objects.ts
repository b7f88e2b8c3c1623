// Groups and contacts: they have addresses, and a user who is to get one of them clashes.
import type { AddressHolder } from '../core/users.ts';
import type { AddressBook } from './address-book.ts';
import { type BulkTools, chooseMode } from './cost.ts';
import { objectProperties, toListedObject } from './convert.ts';
import {
  addressesPerFilter,
  filterIn,
  filterSmtp,
  longestFilterAddress,
  select,
  slicesOf,
  valuesPerFilter,
} from './odata.ts';
import { eachRow, eachRowOf, pageSize } from './pages.ts';
import type { Check } from './refusals.ts';

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

/** Finds who of them has one of the addresses the book asks for; nothing asked for costs nothing. Throws a Failure. */
export async function readMailObjects(objects: MailObjects, book: AddressBook, tools: BulkTools): Promise<void> {
  if (book.ask.length === 0) return;
  const { needs } = objects.check;
  const tail = `$top=${pageSize}&${select(objectProperties)}`;
  const take = (row: unknown): void => {
    // What only users have. That sync carries a group matters to nobody here: sync joins users by address, not groups.
    const notOfUsers = { userPrincipalName: null, immutableId: null, isGuest: false, isSynced: false };
    book.meet({ kind: objects.kind, ...toListedObject(row), ...notOfUsers });
  };
  const filters = canFilterAddresses(book.ask) ? addressFilters(book.ask) : null;
  const countPath = `${objects.path}/$count${objects.narrowing === '' ? '' : `?${objects.narrowing}`}`;
  const mode = filters === null ? 'listing' : await chooseMode({ filters: filters.length, countPath, needs }, tools);
  if (mode === 'filters') {
    const paths = (filters ?? []).map((filter) => `${objects.path}?${filter}&${tail}`);
    await eachRowOf(paths, { ask: { needs }, tools }, take);
  } else {
    const query = [objects.narrowing, tail].filter((part) => part !== '').join('&');
    await eachRow({ path: `${objects.path}?${query}`, needs }, tools, take);
  }
}

/** Whether Graph compares values as long as these; a longer one is found by listing alone. */
export function canFilterAddresses(addresses: readonly string[]): boolean {
  return addresses.every((address) => address.length <= longestFilterAddress);
}

/** Filters for who has one of these addresses as mail or proxy address. */
export function addressFilters(addresses: readonly string[]): string[] {
  return [
    ...slicesOf(addresses, valuesPerFilter).map((slice) => filterIn('mail', slice)),
    ...slicesOf(addresses, addressesPerFilter).map((slice) => filterSmtp(slice)),
  ];
}
