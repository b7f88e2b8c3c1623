// graph/users/: finds users in bulk. `survey` asks for references, holders and addresses at once, of live-users,
// mail-objects (groups, contacts) and identifiers; user-matches and address-matches (pure) keep what was asked and what was met.
// reading-by-id reads users by their object ids, sync-states what sync says of them.
import { RunFault } from '../../core/failure.ts';
import { isSomebodyElses } from '../../core/ids/addresses.ts';
import { type List, listOf } from '../../core/list.ts';
import { type CloudRef, foldKey } from '../../core/references.ts';
import type { CloudUser } from '../../core/users.ts';
import type { Survey, SurveyRequest } from '../../run/ports.ts';
import { type AddressMatches, openAddressMatches } from './address-matches.ts';
import { deletedUserProperties, toDeletedUser } from '../bulk/convert.ts';
import { type BulkTools, chooseMode } from '../bulk/read-mode.ts';
import { identifierCheck, readIdentifiers } from './identifiers.ts';
import { readLiveUsers } from './live-users.ts';
import {
  addressFilterCount,
  addressFilters,
  canFilterAddresses,
  mailContacts,
  mailGroups,
  mailObjectGets,
  readMailObjects,
} from './mail-objects.ts';
import { filterIn, filterOtherMails, longestFilterValue, select, slicesOf, valuesPerFilter } from '../bulk/odata.ts';
import { eachRow, pageSize, settleAll } from '../bulk/pages.ts';
import { unlessRefused } from '../bulk/refusals.ts';
import { type UsersSought, openUserMatches, type UserMatches } from './user-matches.ts';

const needs = 'User.Read.All';
const binCheck = { name: 'recycle-bin', needs } as const;

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
 * RunFault for a key attribute that cannot be looked up; groups, contacts, object identifiers and the recycle bin, where they
 * cannot be read, are told in `unchecked`.
 */
export async function survey(request: SurveyRequest, tools: BulkTools): Promise<Survey> {
  const { immutableIds = [], addresses = [] } = request;
  const refs = withKnownKeys(request.refs);
  const matches = openUserMatches(refs, immutableIds);
  const addressMatches = openAddressMatches(addresses);
  const [filters, groupGets, contactGets] = await settleAll([
    cheaperFilters({ refs, matches, addressMatches }, tools),
    mailObjectGets(mailGroups, addressMatches, tools),
    mailObjectGets(mailContacts, addressMatches, tools),
  ]);
  const mode = filters === null ? 'listing' : 'filters';
  const asked = { references: refs.length, immutableIds: matches.sizes.immutableIds, addresses: addressMatches.size };
  tools.log.info('survey-begins', { mode, ...asked });

  const wantsIdentifiers = request.objectIdentifiers !== false && refs.length > 0;
  const live = { keys: keysOf(matches), filters, withIdentifiers: wantsIdentifiers };
  const [listed, groups, contacts] = await settleAll([
    readLiveUsers(live, tools, (met) => {
      // Whoever was not asked for (a filter that was ignored, or compared loosely) is dropped by matches and addressMatches.
      matches.meet(met);
      addressMatches.meet(addressed(met.user));
    }),
    unlessRefused(mailGroups.check, tools.log, () => readMailObjects(mailGroups, groupGets, { addressMatches, tools })),
    unlessRefused(mailContacts.check, tools.log, () =>
      readMailObjects(mailContacts, contactGets, { addressMatches, tools }),
    ),
  ]);
  // Live users first: whoever is deleted meanwhile is then met as deleted, never as nobody.
  const ids = wantsIdentifiers && mode === 'filters' ? matches.foundIds() : [];
  const [bin, identifiers] = await settleAll([
    unlessRefused(binCheck, tools.log, () => readDeletedUsers(matches, tools)),
    unlessRefused(identifierCheck, tools.log, () => readIdentifiers(ids, mode, tools)),
  ]);
  return {
    ...matches.answer(identifiers.value ?? new Map()),
    addresses: addressMatches.answer(),
    unchecked: [...groups.unchecked, ...contacts.unchecked, ...listed, ...identifiers.unchecked, ...bin.unchecked],
  };
}

/** Attribute names in Graph's own spelling; Graph does not care about their case, our look-ups by name do. */
function withKnownKeys(refs: List<CloudRef>): List<CloudRef> {
  return listOf(refs.length, (index) => {
    const ref = refs.at(index);
    if (ref === undefined) throw new RangeError(`no reference ${index}`);
    if (ref.kind !== 'key') return ref;
    const attribute = [...keyAttributes.keys()].find((name) => name.toLowerCase() === ref.attribute.toLowerCase());
    if (attribute !== undefined) return { ...ref, attribute };
    throw new RunFault('cloud-key-unknown', `Cloud users cannot be looked up by ${ref.attribute}.`, {
      hint: `Use one of: ${[...keyAttributes.keys()].join(', ')}.`,
    });
  });
}

/** The attributes for `--cloud-key` that are looked for. */
function keysOf({ sizes }: UserMatches): string[] {
  return [...sizes.values.keys()].filter((attribute) => attribute !== 'id' && attribute !== 'userPrincipalName');
}

/** All that a survey looks for. */
type Sought = { readonly refs: List<CloudRef>; readonly matches: UserMatches; readonly addressMatches: AddressMatches };

/** Filters for all that is asked for; null where listing everybody is the only way, or the cheaper one. */
async function cheaperFilters(sought: Sought, tools: BulkTools): Promise<readonly string[] | null> {
  if (!canFilter(sought)) return null;
  const mode = await chooseMode({ filters: filterCount(sought), countPath: '/users/$count', needs }, tools);
  return mode === 'filters' ? filtersOf(sought.matches.sought, sought.addressMatches.ask) : null;
}

function canFilter({ refs, matches, addressMatches }: Sought): boolean {
  if (!keysOf(matches).every((attribute) => keyAttributes.get(attribute) === 'filter')) return false;
  for (const ref of refs) {
    const value = ref.kind === 'upn' ? ref.upn : ref.kind === 'key' ? ref.value : '';
    if (value.length > longestFilterValue) return false;
  }
  return matches.sizes.longestId <= longestFilterValue && canFilterAddresses(addressMatches);
}

/** How many filters `filtersOf` makes; of a large plan they are many megabytes, and mostly not wanted. */
function filterCount({ matches, addressMatches }: Sought): number {
  const { values, immutableIds, hasUpn } = matches.sizes;
  let shared = 0;
  for (const address of addressMatches.asked()) if (hasUpn(address)) shared += 1;
  const { size } = addressMatches;
  const counts = [...values].map(([attribute, n]) => (attribute === 'userPrincipalName' ? 0 : n));
  counts.push((values.get('userPrincipalName') ?? 0) + size - shared, immutableIds);
  return (
    addressFilterCount(size) +
    Math.ceil(size / valuesPerFilter) +
    counts.reduce((sum, n) => sum + Math.ceil(n / valuesPerFilter), 0)
  );
}

function filtersOf(ask: UsersSought, addresses: readonly string[]): string[] {
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
  const byOtherMail = slicesOf(addresses, valuesPerFilter).map((slice) => filterOtherMails(slice));
  return [...byValue, ...addressFilters(addresses), ...byOtherMail];
}

function addressed(user: CloudUser): Parameters<AddressMatches['meet']>[0] {
  const { id, displayName, userPrincipalName, mail, proxyAddresses, otherMails } = user;
  const isSynced = user.onPremisesSyncEnabled === true;
  const isGuest = isSomebodyElses(user);
  const names = { name: userPrincipalName, userPrincipalName, displayName };
  const facts = { immutableId: user.onPremisesImmutableId, isSynced, isGuest };
  return { kind: 'user', id, ...names, mail, proxyAddresses, otherMails, ...facts };
}

async function readDeletedUsers(matches: UserMatches, tools: BulkTools): Promise<void> {
  if (matches.sizes.values.size + matches.sizes.immutableIds === 0) return;
  const keys = keysOf(matches);
  const selected = [...new Set([...deletedUserProperties, ...keys])];
  const reading = { keys, mailboxPlans: tools.licences.mailboxPlans };
  // All of them: the bin is small, and the names in it, with the object id in front, can be filtered by in no other way
  // than by their ends. The cast is required: without it its groups and applications come along, or an error.
  const path = `/directory/deletedItems/microsoft.graph.user?$top=${pageSize}&${select(selected)}`;
  await eachRow({ path, needs }, tools, (row) => matches.meet(toDeletedUser(row, reading)));
}
