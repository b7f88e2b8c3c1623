// The query part of a Graph URL, read as the service reads it.
import { unreadable, unsupported } from '../http/graph-errors.ts';
import type { ResourceType } from './properties.ts';

/** The system query options of one request, decoded; `raw` keeps every option as it was written, for next links. */
export type QueryOptions = {
  readonly options: ReadonlyMap<string, string>;
  readonly raw: readonly { readonly name: string; readonly text: string }[];
};

/** The options that every listing serves; another `$` option is refused, as ignoring it would answer another question. */
const servedByAll = ['$select', '$filter', '$top', '$count', '$orderby', '$skiptoken', '$format'];

/**
 * Reads a raw query (without `?`). A raw `+` is a space here, as in every HTML form: an immutable ID with a `+` that was
 * not percent-encoded therefore asks for another value. Options without `$` are ignored. `servesExpand`: of this route.
 */
export function readQuery(query: string, servesExpand = false): QueryOptions {
  const served = new Set(servesExpand ? [...servedByAll, '$expand'] : servedByAll);
  const options = new Map<string, string>();
  const raw: { name: string; text: string }[] = [];
  if (query === '') return { options, raw };
  for (const text of query.split('&')) {
    if (text === '') continue;
    const equals = text.indexOf('=');
    const name = decode(equals < 0 ? text : text.slice(0, equals)).toLowerCase();
    raw.push({ name, text });
    if (!name.startsWith('$')) continue;
    if (!served.has(name)) throw unsupported(`Query option '${name}' is not supported by the practice tenant.`);
    if (options.has(name))
      throw unreadable(`Query option '${name}' was specified more than once, but it must be unique.`);
    options.set(name, equals < 0 ? '' : decode(text.slice(equals + 1)));
  }
  return { options, raw };
}

function decode(text: string): string {
  return decodeUrl(text.replaceAll('+', ' '));
}

/** Percent-decoding that refuses broken escapes with 400 in place of throwing a URIError. */
export function decodeUrl(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unreadable('The request URI is not valid: malformed percent-encoding.');
  }
}

/** `$top`, between 1 and 999; undefined when not given. */
export function topOf(query: QueryOptions): number | undefined {
  const text = query.options.get('$top');
  if (text === undefined) return undefined;
  const top = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (top < 1 || top > 999) {
    throw unsupported(`Invalid page size specified: '${text}'. Must be between 1 and 999 inclusive.`);
  }
  return top;
}

/** The names in `$select`, each a property of the type; undefined when not given. `*` is not served. */
export function selectOf(
  call: { readonly query: QueryOptions; readonly version: 'v1.0' | 'beta' },
  type: Pick<ResourceType<never>, 'odataType' | 'propertyOf'>,
): readonly string[] | undefined {
  const text = call.query.options.get('$select');
  if (text === undefined) return undefined;
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    const property = type.propertyOf(name, call.version);
    if (property === undefined || property.isPath === true) {
      throw unreadable(
        `Parsing OData Select and Expand failed: Could not find a property named '${name}' on type '${type.odataType}'.`,
      );
    }
  }
  return [...new Set(names)];
}

/** `$count=true`; anything but true and false is refused. */
export function countOf(query: QueryOptions): boolean {
  const text = query.options.get('$count');
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw unreadable(`Invalid value '${text}' for $count query option found.`);
}
