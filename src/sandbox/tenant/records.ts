// One page of anything but users: filter, select, count and next link over a list of records.
import { refused, unsupported } from '../http/graph-errors.ts';
import { contextOf, filterOf, isAdvancedQuery, nextLink, pageSizeOf, startOf } from './paging.ts';
import type { ResourceType } from '../odata/properties.ts';
import { type GraphAnswer, type GraphCall, type GraphTenant, isEventual } from './practice-tenant.ts';
import { compileFilter } from '../odata/match.ts';
import { selectOf } from '../odata/query.ts';

/** What is listed, and how. */
export type RecordListing<R> = {
  readonly records: readonly R[];
  readonly type: ResourceType<R>;
  /** In the context: `groups`. */
  readonly collection: string;
  /** The page's size where `$top` does not decide it. */
  readonly fixedPageSize?: number;
  /** The type each entry is marked with, in collections of several kinds. */
  readonly kindOf?: (record: R) => string;
  /** More of each entry, for `$expand`. */
  readonly expand?: (record: R) => Readonly<Record<string, unknown>>;
};

/** Answers a GET of a collection. Unlike users, records that come and go may shift a page. */
export function listRecords<R>(tenant: GraphTenant, call: GraphCall, listing: RecordListing<R>): GraphAnswer {
  const { type } = listing;
  const names = selectOf(call, type);
  if (call.query.options.has('$orderby')) throw unsupported('Sorting not supported for current query.');
  const isAdvanced = isAdvancedQuery(call);
  const filter = filterOf(call, isAdvanced, type);
  const fitting = filter === undefined ? listing.records : listing.records.filter(compileFilter(filter, type));
  const wanted = listing.fixedPageSize ?? pageSizeOf(tenant, call);
  const start = startOf(call) ?? 0;
  const page = fitting.slice(start, start + Math.min(wanted, tenant.pageSizeCap));
  const end = start + page.length;
  const selected = names ?? type.defaults;
  const json: Record<string, unknown> = {
    '@odata.context': contextOf(tenant, call, { collection: listing.collection, names }),
  };
  if (isAdvanced && start === 0) json['@odata.count'] = fitting.length;
  if (end < fitting.length) json['@odata.nextLink'] = nextLink(tenant, call, end);
  json['value'] = page.map((record) => ({
    ...(listing.kindOf && { '@odata.type': `#${listing.kindOf(record)}` }),
    ...Object.fromEntries(selected.map((name) => [name, type.valueOf(record, name)])),
    ...listing.expand?.(record),
  }));
  return { status: 200, json };
}

/** Answers GET …/$count of records: plain text; only with ConsistencyLevel eventual. */
export function countRecords<R>(call: GraphCall, records: readonly R[], type: ResourceType<R>): GraphAnswer {
  if (!isEventual(call)) throw refused('$count is not currently supported.');
  const filter = filterOf(call, true, type);
  const count = filter === undefined ? records.length : records.filter(compileFilter(filter, type)).length;
  return { status: 200, text: String(count) };
}
