// One page of users: filter, order, select, count and next link, over live or deleted users alike.
import { refused, unsupported } from '../http/graph-errors.ts';
import { contextOf, filterOf, isAdvancedQuery, nextLink, pageSizeOf, startOf } from './paging.ts';
import { type StoredUser, defaultProperties, project, userType, valueOf } from '../odata/properties.ts';
import { foldText } from '../odata/user-store.ts';
import { type GraphAnswer, type GraphCall, type GraphTenant, isEventual } from './practice-tenant.ts';
import type { ODataFilter } from '../odata/filter.ts';
import { type UserTest, compileFilter, narrow } from '../odata/match.ts';
import { selectOf } from '../odata/query.ts';

/** What is listed: live users or the recycle bin. */
export type Listing = { readonly isDeleted: boolean; readonly context: string };

/** Answers a GET of a collection of users. */
export function listUsers(tenant: GraphTenant, call: GraphCall, listing: Listing): GraphAnswer {
  const names = selectOf(call, userType);
  const wanted = pageSizeOf(tenant, call);
  const isAdvanced = isAdvancedQuery(call);
  const filter = filterOf(call, isAdvanced, userType);
  const test = testFor(filter, listing);
  const slots = orderOf(tenant, call, { isAdvanced, filter, test });
  const start = startOf(call);
  const page = walk(tenant, test, { slots, start: start ?? 0, wanted });
  const answer: Record<string, unknown> = {
    '@odata.context': contextOf(tenant, call, { collection: listing.context, names }),
  };
  // The count comes with the first page only.
  if (isAdvanced && start === undefined) answer['@odata.count'] = countUsers(tenant, test, slots);
  if (page.next !== undefined) answer['@odata.nextLink'] = nextLink(tenant, call, page.next);
  const selected = names ?? defaultProperties;
  answer['value'] = page.users.map((user) => project(user, selected));
  return { status: 200, json: answer };
}

/** Answers GET …/$count: plain text; only with ConsistencyLevel eventual. */
export function answerCount(tenant: GraphTenant, call: GraphCall, listing: Listing): GraphAnswer {
  if (!isEventual(call)) throw refused('$count is not currently supported.');
  const filter = filterOf(call, true, userType);
  const test = testFor(filter, listing);
  const slots = filter === undefined ? undefined : narrow(filter, tenant.store);
  return { status: 200, text: String(countUsers(tenant, test, slots)) };
}

function testFor(filter: ODataFilter | undefined, listing: Listing): UserTest {
  const fits = filter === undefined ? () => true : compileFilter(filter, userType);
  return (user) => (user.deletedDateTime !== null) === listing.isDeleted && fits(user);
}

type Found = { readonly isAdvanced: boolean; readonly filter: ODataFilter | undefined; readonly test: UserTest };

/** The slots to walk; undefined: all of them, as they stand. */
function orderOf(tenant: GraphTenant, call: GraphCall, found: Found): number[] | undefined {
  const slots = found.filter === undefined ? undefined : narrow(found.filter, tenant.store);
  const order = call.query.options.get('$orderby');
  if (order === undefined) return slots;
  const [, property, direction] = /^(userPrincipalName|displayName)(?: (asc|desc))?$/.exec(order) ?? [];
  if (property === undefined || (found.filter !== undefined && !found.isAdvanced)) {
    throw unsupported('Sorting not supported for current query.');
  }
  const key = (slot: number): string => foldText(String(valueOf(tenant.store.seen(slot) as StoredUser, property)));
  const all = slots ?? Array.from({ length: tenant.store.slots() }, (_unused, slot) => slot);
  const present = all.filter((slot) => tenant.store.seen(slot) !== undefined).map((slot) => ({ slot, key: key(slot) }));
  const sign = direction === 'desc' ? -1 : 1;
  return present.toSorted((a, b) => (a.key < b.key ? -sign : a.key > b.key ? sign : 0)).map((one) => one.slot);
}

/** `start` is a place in `slots`, or a slot where everybody is walked; so is `next`, absent on the last page. */
function walk(
  tenant: GraphTenant,
  test: UserTest,
  of: { readonly slots: number[] | undefined; readonly start: number; readonly wanted: number },
): { users: StoredUser[]; next?: number } {
  const users: StoredUser[] = [];
  const end = of.slots?.length ?? tenant.store.slots();
  for (let place = of.start; place < end; place++) {
    const user = tenant.store.seen(of.slots === undefined ? place : (of.slots[place] ?? -1));
    if (user === undefined || !test(user)) continue;
    // One more was looked for, so that a last page that is exactly full has no next link.
    if (users.length === of.wanted) return { users, next: place };
    users.push(user);
  }
  return { users };
}

function countUsers(tenant: GraphTenant, test: UserTest, slots: number[] | undefined): number {
  let count = 0;
  const end = slots?.length ?? tenant.store.slots();
  for (let place = 0; place < end; place++) {
    const user = tenant.store.seen(slots === undefined ? place : (slots[place] ?? -1));
    if (user !== undefined && test(user)) count++;
  }
  return count;
}
