// Graph requests as they arrive: who calls is read from the token once, a batch is taken apart, each part is exchanged
// (hook, log) and dispatched.
import { readBatch, runBatch, type BatchItem } from './batch.ts';
import { type GraphRequest, dispatch, readJson, refusalAnswer } from './dispatch.ts';
import { type CallIds, GraphRefusal } from '../http/graph-errors.ts';
import type { Caller } from '../sign-in/tokens.ts';
import type { GraphTenant, GraphVersion } from './practice-tenant.ts';
import type { Meter } from '../http/quota.ts';
import type { Tokens } from '../sign-in/tokens.ts';
import type { Exchange, TenantAnswer, TenantRequest } from '../http/request-log.ts';

/** What serving needs besides the tenant itself. */
export type GraphServices = { readonly meter: Meter; readonly tokens: Tokens; readonly exchange: Exchange };

type Arrived = { readonly version: GraphVersion; readonly rawPath: string; readonly ids: CallIds };

/** The version and the rest of a Graph path; undefined for any other path. */
export function splitVersion(path: string): { version: GraphVersion; rawPath: string } | undefined {
  const [, version, rawPath] = /^\/(v1\.0|beta)(\/.*)$/.exec(path) ?? [];
  return version === undefined || rawPath === undefined ? undefined : { version: version as GraphVersion, rawPath };
}

/** Serves one Graph request, hook and log included. Throws NoAnswer when there is to be none. */
export function createGraphServer(
  tenant: GraphTenant,
  services: GraphServices,
): (request: TenantRequest, arrived: Arrived) => Promise<TenantAnswer> {
  return async (request, arrived) => {
    const { ids } = arrived;
    const answer = await services.exchange.answer(request, ids.requestId, () => {
      try {
        const caller = services.tokens.read(request.headers['authorization']);
        const whole = asGraphRequest(request, arrived, caller);
        if (arrived.rawPath.toLowerCase() !== '/$batch') return dispatch(tenant, services.meter, whole);
        if (request.method !== 'POST') return dispatch(tenant, services.meter, whole);
        const serve = (item: BatchItem): Promise<TenantAnswer> => serveItem(tenant, services, { item, whole });
        const items = readBatch(readJson(whole));
        return runBatch(items, { serve, random: tenant.random });
      } catch (error) {
        if (!(error instanceof GraphRefusal)) throw error;
        return refusalAnswer(error, { ids, at: tenant.now(), headers: challenge(tenant, error) });
      }
    });
    return {
      ...answer,
      headers: { ...answer.headers, 'request-id': ids.requestId, 'client-request-id': ids.clientRequestId },
    };
  };
}

function asGraphRequest(request: TenantRequest, arrived: Arrived, caller: Caller): GraphRequest {
  return {
    ...arrived,
    method: request.method,
    headers: request.headers,
    body: request.body === '' ? undefined : { text: request.body },
    isBatchItem: false,
    caller,
  };
}

/** An item goes the way of a request of its own; it shares the batch's token and request id. */
async function serveItem(
  tenant: GraphTenant,
  services: GraphServices,
  of: { readonly item: BatchItem; readonly whole: GraphRequest },
): Promise<TenantAnswer> {
  const { item, whole } = of;
  const body = item.body === undefined ? undefined : { json: item.body };
  const request: TenantRequest = {
    kind: 'graph',
    method: item.method,
    path: item.url,
    headers: item.headers,
    body: body === undefined ? '' : JSON.stringify(body.json),
    batchItem: true,
  };
  const { version, caller } = whole;
  const ids = { ...whole.ids, clientRequestId: item.headers['client-request-id'] ?? whole.ids.clientRequestId };
  const part = { version, caller, ids, method: item.method, rawPath: item.url, headers: item.headers, body };
  return services.exchange.answer(request, ids.requestId, () =>
    dispatch(tenant, services.meter, { ...part, isBatchItem: true }),
  );
}

function challenge(tenant: GraphTenant, refusal: GraphRefusal): Record<string, string> {
  if (refusal.status !== 401) return {};
  return { 'WWW-Authenticate': `Bearer realm="", authorization_uri="${tenant.origin()}/common/oauth2/authorize"` };
}
