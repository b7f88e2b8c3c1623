import { RunFault } from '../core/failure.ts';
import { type CloudRef, foldKey } from '../core/references.ts';
import type { CloudUser } from '../core/users.ts';
import type { Survey, SurveyRequest } from '../run/ports.ts';
import { type AddressBook, openAddressBook } from './address-book.ts';
import { deletedUserProperties, type ListedUser, toDeletedUser, toListedUser, userProperties } from './convert.ts';
import { type BulkTools, cheaperMode, chooseMode, type ReadMode } from './cost.ts';
import { identifierCheck, readIdentifiers } from './identifiers.ts';
import { addressFilters, canFilterAddresses, mailContacts, mailGroups, readMailObjects } from './mail-objects.ts';
import { filterIn, longestFilterValue, select, slicesOf, valuesPerFilter } from './odata.ts';
import { eachRow, eachRowOf, pageSize, together } from './pages.ts';
import { unlessRefused } from './refusals.ts';
import { type Ask, openRoster, type Roster } from './roster.ts';

const needs = 'User.Read.All';

// `--cloud-key`, and whether Graph filters by it without being asked for eventual consistency (graph/aad-advanced-queries).
const keyAttributes: ReadonlyMap<string, 'filter' | 'list'> = new Map([
  ['userPrincipalName', 'filter'],
  ['mail', 'filter'],
  ['mailNickname', 'filter'],
  ['employeeId', 'filter'],
  ['onPremisesSamAccountName', 'list'],
  ['onPremisesUserPrincipalName', 'list'],
]);

/**
 * Finds users and holders of immutable IDs, live and in the recycle bin, and who has which address. Throws a Failure, or a
 * RunFault for a key attribute that cannot be looked up; groups, contacts and object identifiers that may not be read are
 * told in `unchecked`.
 */
export async function survey(request: SurveyRequest, tools: BulkTools): Promise<Survey> {
  const { refs, immutableIds = [], addresses = new Set<string>() } = request;
  const roster = openRoster(refs.map(withKnownKey), immutableIds);
  const book = openAddressBook(addresses);
  const filters = canFilter(roster.ask, book.ask) ? filtersOf(roster.ask, book.ask) : null;
  const choice = { filters: filters?.length ?? 0, countPath: '/users/$count', needs };
  const mode = filters === null ? 'listing' : await chooseMode(choice, tools);
  const asked = { references: refs.length, immutableIds: immutableIds.length, addresses: addresses.size };
  tools.log.info('survey-begins', { mode, ...asked });

  // Live users first: whoever is deleted meanwhile is then met as deleted, never as nobody.
  const met = await readLiveUsers(roster, book, { filters: mode === 'filters' ? filters : null, tools });
  const found = roster.foundIds();
  const again = mode === 'filters' ? mode : (tools.mode ?? modeForIds(found.length, met, tools));
  const [, groups, contacts, identifiers] = await together([
    readDeletedUsers(roster, tools),
    unlessRefused(mailGroups.check, tools.log, () => readMailObjects(mailGroups, book, tools)),
    unlessRefused(mailContacts.check, tools.log, () => readMailObjects(mailContacts, book, tools)),
    unlessRefused(identifierCheck, tools.log, () => readIdentifiers(found, again, tools)),
  ]);
  return {
    ...roster.answer(identifiers.value ?? new Map()),
    addresses: book.answer(),
    unchecked: [groups, contacts, identifiers].flatMap((one) => one.unchecked),
  };
}

/** Attribute names in Graph's own spelling; Graph does not care about their case, our look-ups by name do. */
function withKnownKey(ref: CloudRef): CloudRef {
  if (ref.kind !== 'key') return ref;
  const attribute = [...keyAttributes.keys()].find((name) => name.toLowerCase() === ref.attribute.toLowerCase());
  if (attribute !== undefined) return { ...ref, attribute };
  throw new RunFault('cloud-key-unknown', `Cloud users cannot be looked up by ${ref.attribute}.`, {
    hint: `Use one of: ${[...keyAttributes.keys()].join(', ')}.`,
  });
}

function canFilter(ask: Ask, addresses: readonly string[]): boolean {
  const values = [ask.upns, ask.immutableIds, ...ask.keys.values()].flat();
  const isFilterable = [...ask.keys.keys()].every((attribute) => keyAttributes.get(attribute) === 'filter');
  return isFilterable && values.every((value) => value.length <= longestFilterValue) && canFilterAddresses(addresses);
}

function filtersOf(ask: Ask, addresses: readonly string[]): string[] {
  const names = new Map([...ask.upns, ...addresses].map((name) => [foldKey(name), name]));
  const lists: (readonly [string, readonly string[]])[] = [
    ['userPrincipalName', [...names.values()]],
    ['id', ask.ids],
    ['onPremisesImmutableId', ask.immutableIds],
    ...ask.keys,
  ];
  const byValue = lists.flatMap(([property, values]) =>
    slicesOf(values, valuesPerFilter).map((slice) => filterIn(property, slice)),
  );
  return [...byValue, ...addressFilters(addresses)];
}

/** Having listed so many users once: whether to list them again, or to ask for so many of them by id. */
function modeForIds(ids: number, users: number, { inFlight }: BulkTools): ReadMode {
  return cheaperMode({ filters: Math.ceil(ids / valuesPerFilter), objects: users, inFlight });
}

/** Without filters everybody is listed. */
type Way = { readonly filters: readonly string[] | null; readonly tools: BulkTools };

/** Gives the number of users met: in a listing, that of the tenant. */
async function readLiveUsers(roster: Roster, book: AddressBook, { filters, tools }: Way): Promise<number> {
  const keys = [...roster.ask.keys.keys()];
  const tail = `$top=${pageSize}&${select(selected(userProperties, keys))}`;
  let met = 0;
  // Whoever was not asked for (a filter that was ignored, or compared loosely) is dropped by roster and book.
  const take = (row: unknown): void => {
    const listed: ListedUser = toListedUser(row, keys);
    met += 1;
    roster.meet(listed);
    book.meet(addressed(listed.user));
  };
  if (filters === null) await eachRow({ path: `/users?${tail}`, needs }, tools, take);
  else {
    const paths = filters.map((filter) => `/users?${filter}&${tail}`);
    await eachRowOf(paths, { ask: { needs }, tools }, take);
  }
  return met;
}

function addressed(user: CloudUser): Parameters<AddressBook['meet']>[0] {
  const { id, userPrincipalName, mail, proxyAddresses } = user;
  const isSynced = user.onPremisesSyncEnabled === true;
  const facts = { immutableId: user.onPremisesImmutableId, isSynced, isGuest: user.userType === 'Guest' };
  return { kind: 'user', id, name: userPrincipalName, userPrincipalName, mail, proxyAddresses, ...facts };
}

async function readDeletedUsers(roster: Roster, tools: BulkTools): Promise<void> {
  const { keys: values, upns, ids, immutableIds } = roster.ask;
  if (upns.length + ids.length + immutableIds.length + values.size === 0) return;
  const keys = [...values.keys()];
  // The cast is required: without it the recycle bin's groups and applications come along, or an error.
  const path = `/directory/deletedItems/microsoft.graph.user?$top=${pageSize}&${select(selected(deletedUserProperties, keys))}`;
  await eachRow({ path, needs }, tools, (row) => roster.meet(toDeletedUser(row, keys)));
}

function selected(properties: readonly string[], keys: readonly string[]): string[] {
  return [...new Set([...properties, ...keys])];
}
