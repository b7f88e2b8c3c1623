// One page of users: filter, order, select, count and next link, over live or deleted users alike.
import { createHash } from 'node:crypto';
import { GraphRefusal, refused, unsupported } from './graph-errors.ts';
import { type StoredUser, defaultProperties, project, propertyOf, valueOf } from './graph-properties.ts';
import { foldText } from './graph-store.ts';
import { type GraphAnswer, type GraphCall, type GraphTenant, isEventual } from './graph-tenant.ts';
import { type Filter, parseFilter } from './odata-filter.ts';
import { type UserTest, compileFilter, narrow } from './odata-match.ts';
import { countOf, selectOf, topOf } from './odata-query.ts';
import { checkFilter } from './odata-rules.ts';

/** What is listed: live users or the recycle bin. */
export type Listing = { readonly isDeleted: boolean; readonly context: string };

const defaultPageSize = 100;
/** Longest URL of an advanced query. */
const longestAdvancedUrl = 2_048;

/** Answers a GET of a collection of users. */
export function listUsers(tenant: GraphTenant, call: GraphCall, listing: Listing): GraphAnswer {
  const names = selectOf(call.query, (name) => propertyOf(name, call.version) !== undefined);
  const wanted = Math.min(topOf(call.query) ?? defaultPageSize, tenant.pageSizeCap);
  const isAdvanced = isEventual(call) && countOf(call.query);
  const filter = filterOf(call, isAdvanced);
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
  const filter = filterOf(call, true);
  const test = testFor(filter, listing);
  const slots = filter === undefined ? undefined : narrow(filter, tenant.store);
  return { status: 200, text: String(countUsers(tenant, test, slots)) };
}

/** The `@odata.context` of an answer. */
export function contextOf(
  tenant: GraphTenant,
  call: GraphCall,
  of: { readonly collection: string; readonly names?: readonly string[] | undefined; readonly isEntity?: boolean },
): string {
  const names = of.names === undefined ? '' : `(${of.names.join(',')})`;
  return `${tenant.origin()}/${call.version}/$metadata#${of.collection}${names}${of.isEntity === true ? '/$entity' : ''}`;
}

function filterOf(call: GraphCall, isAdvanced: boolean): Filter | undefined {
  const text = call.query.options.get('$filter');
  if (text === undefined) return undefined;
  if (isAdvanced && !call.isBatchItem && call.rawPath.length > longestAdvancedUrl) {
    throw unsupported(`The request URI has ${call.rawPath.length} characters. Max allowed: ${longestAdvancedUrl}.`);
  }
  const filter = parseFilter(text);
  checkFilter(filter, { isAdvanced, version: call.version });
  return filter;
}

function testFor(filter: Filter | undefined, listing: Listing): UserTest {
  const fits = filter === undefined ? () => true : compileFilter(filter);
  return (user) => (user.deletedDateTime !== null) === listing.isDeleted && fits(user);
}

type Found = { readonly isAdvanced: boolean; readonly filter: Filter | undefined; readonly test: UserTest };

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

/** The call's own URL with the place to go on from. Follow it unchanged: the token belongs to these query options. */
function nextLink(tenant: GraphTenant, call: GraphCall, place: number): string {
  const path = call.rawPath.split('?')[0] ?? '';
  const kept = call.query.raw.filter((option) => option.name !== '$skiptoken').map((option) => option.text);
  const token = Buffer.from(`${place}.${sealOf(call)}`).toString('base64url');
  return `${tenant.origin()}/${call.version}${path}?${[...kept, `$skiptoken=${token}`].join('&')}`;
}

function startOf(call: GraphCall): number | undefined {
  const token = call.query.options.get('$skiptoken');
  if (token === undefined) return undefined;
  const [place, seal] = Buffer.from(token, 'base64url').toString('latin1').split('.');
  if (place === undefined || !/^\d{1,9}$/.test(place) || seal !== sealOf(call)) {
    throw new GraphRefusal(400, 'Directory_ExpiredPageToken', {
      message: 'The specified page token value has expired and can no longer be included in your request.',
    });
  }
  return Number(place);
}

/** A mark of the query a skip token was made for. */
function sealOf(call: GraphCall): string {
  const options = [...call.query.options].filter(([name]) => name !== '$skiptoken');
  return createHash('sha256').update(JSON.stringify(options)).digest('base64url').slice(0, 10);
}
