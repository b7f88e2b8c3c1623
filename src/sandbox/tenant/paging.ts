// What the listings of all kinds of objects have in common: context, filter, page size, skip tokens.
import { createHash } from 'node:crypto';
import { GraphRefusal, unsupported } from '../http/graph-errors.ts';
import type { ResourceType } from '../odata/properties.ts';
import { type GraphCall, type GraphTenant, isEventual } from './practice-tenant.ts';
import { type ODataFilter, parseFilter } from '../odata/filter.ts';
import { countOf, topOf } from '../odata/query.ts';
import { checkFilter } from '../odata/rules.ts';

const defaultPageSize = 100;
/** Longest URL of an advanced query. */
const longestAdvancedUrl = 2_048;

/** Whether the call is an advanced query: ConsistencyLevel eventual together with `$count`. */
export function isAdvancedQuery(call: GraphCall): boolean {
  return isEventual(call) && countOf(call.query);
}

/** How many entries the page has at most. */
export function pageSizeOf(tenant: GraphTenant, call: GraphCall): number {
  return Math.min(topOf(call.query) ?? defaultPageSize, tenant.pageSizeCap);
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

/** The call's `$filter`, read and allowed for this kind of object; undefined when there is none. */
export function filterOf<R>(call: GraphCall, isAdvanced: boolean, type: ResourceType<R>): ODataFilter | undefined {
  const text = call.query.options.get('$filter');
  if (text === undefined) return undefined;
  if (isAdvanced && !call.isBatchItem && call.rawPath.length > longestAdvancedUrl) {
    throw unsupported(`The request URI has ${call.rawPath.length} characters. Max allowed: ${longestAdvancedUrl}.`);
  }
  const filter = parseFilter(text);
  checkFilter(filter, { isAdvanced, version: call.version, type });
  return filter;
}

/** The call's own URL with the place to go on from. Follow it unchanged: the token belongs to these query options. */
export function nextLink(tenant: GraphTenant, call: GraphCall, place: number): string {
  const path = call.rawPath.split('?')[0] ?? '';
  const kept = call.query.raw.filter((option) => option.name !== '$skiptoken').map((option) => option.text);
  const token = Buffer.from(`${place}.${sealOf(call)}`).toString('base64url');
  return `${tenant.origin()}/${call.version}${path}?${[...kept, `$skiptoken=${token}`].join('&')}`;
}

/** The place a skip token names; undefined on a first page. Refuses one that was made for another query. */
export function startOf(call: GraphCall): number | undefined {
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
