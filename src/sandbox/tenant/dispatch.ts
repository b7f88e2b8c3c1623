// From a request to an answer: token, route, quota, permission, handler, and the refusals in Graph's shapes.
import { type CallIds, GraphRefusal, errorBody, notAllowed, unreadable } from '../http/graph-errors.ts';
import { matchRoute } from './routes.ts';
import type { Caller } from '../sign-in/tokens.ts';
import type { GraphCall, GraphTenant, GraphVersion } from './practice-tenant.ts';
import { type QueryOptions, readQuery } from '../odata/query.ts';
import type { Charge, Meter } from '../http/quota.ts';
import type { TenantAnswer } from '../http/request-log.ts';

/** A Graph request, of its own or inside a batch. */
export type GraphRequest = {
  readonly version: GraphVersion;
  readonly method: string;
  /** Path below the version, and query, as written. */
  readonly rawPath: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The JSON value of a batch item; the text of a request of its own; undefined when there is no body. */
  readonly body: { readonly json: unknown } | { readonly text: string } | undefined;
  readonly isBatchItem: boolean;
  readonly caller: Caller;
  readonly ids: CallIds;
};

const jsonType = 'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';

/** Answers one request; never throws a GraphRefusal. */
export function dispatch(tenant: GraphTenant, meter: Meter, request: GraphRequest): TenantAnswer {
  const headers: Record<string, string> = {};
  try {
    return withType(handle(tenant, { meter, request, headers }), headers);
  } catch (error) {
    if (!(error instanceof GraphRefusal)) throw error;
    return refusalAnswer(error, { ids: request.ids, at: tenant.now(), headers });
  }
}

/** A refusal as an answer. `headers` are those already known, such as the charge. */
export function refusalAnswer(
  refusal: GraphRefusal,
  of: { readonly ids: CallIds; readonly at: number; readonly headers?: Readonly<Record<string, string>> },
): TenantAnswer {
  return withType(
    { status: refusal.status, json: errorBody(refusal, of.ids, of.at), headers: refusal.headers },
    of.headers ?? {},
  );
}

/** Reads a JSON body, or refuses. */
export function readJson(request: Pick<GraphRequest, 'body' | 'headers'>): unknown {
  const { body } = request;
  if (body === undefined) throw unreadable('Empty Payload. JSON content expected.');
  if ('json' in body) return body.json;
  const type = request.headers['content-type'] ?? '';
  try {
    if (/^application\/json\b/i.test(type)) return JSON.parse(body.text);
  } catch {
    // Falls through to the one refusal for a body that cannot be read.
  }
  throw unreadable(
    'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
  );
}

type Handling = { readonly meter: Meter; readonly request: GraphRequest; readonly headers: Record<string, string> };

function handle(tenant: GraphTenant, { meter, request, headers }: Handling): TenantAnswer {
  const [path, queryText] = splitOnce(request.rawPath);
  const { route, params } = matchRoute(request.method, path);
  const query = readQuery(queryText, route.expands === true);
  const charge = { ...route.charge, units: unitsOf(route.charge, query) };
  headers['x-ms-resource-unit'] = String(charge.units);
  // Charged before anything is judged: a refused request has cost its units all the same.
  const charged = meter(request.caller.appId, charge);
  if (charged.use > 0.8) headers['x-ms-throttle-limit-percentage'] = charged.use.toFixed(2);
  if (charged.refusal) throw charged.refusal;
  const { permissions } = request.caller;
  if (route.permissions.length > 0 && !route.permissions.some((name) => permissions.has(name))) throw notAllowed();
  return route.handle(tenant, { ...callOf(request), params, query });
}

function callOf(request: GraphRequest): Omit<GraphCall, 'params' | 'query'> {
  const { version, method, rawPath, headers, isBatchItem, caller, ids } = request;
  const hasBody = request.body !== undefined;
  return { version, method, rawPath, headers, isBatchItem, caller, ids, hasBody, readBody: () => readJson(request) };
}

/** `$select` saves a unit, a small `$top` another; nothing costs less than one. */
function unitsOf(charge: Charge, query: QueryOptions): number {
  const saved = (query.options.has('$select') ? 1 : 0) + (Number(query.options.get('$top') ?? 20) < 20 ? 1 : 0);
  return Math.max(1, charge.units - saved);
}

function splitOnce(rawPath: string): [string, string] {
  const mark = rawPath.indexOf('?');
  return mark < 0 ? [rawPath, ''] : [rawPath.slice(0, mark), rawPath.slice(mark + 1)];
}

function withType(answer: TenantAnswer, headers: Readonly<Record<string, string>>): TenantAnswer {
  const type =
    answer.json !== undefined
      ? { 'Content-Type': jsonType, 'OData-Version': '4.0' }
      : answer.text !== undefined
        ? { 'Content-Type': 'text/plain' }
        : {};
  return { ...answer, headers: { ...type, 'Cache-Control': 'no-cache', ...headers, ...answer.headers } };
}
