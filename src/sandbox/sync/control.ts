// Running a practice sync cycle from outside: POST /_practice/sync on the tenant's own address. It needs no token, as the
// sandbox listens on loopback and nothing in it is real.
import { type SyncOptions, type SyncReport, isPossible } from './cycle.ts';
import type { HookAnswer, TenantRequest } from '../http/request-log.ts';

const path = '/_practice/sync';

/**
 * Answers a request to run a cycle with its report; undefined for any other request. Options are asked for in the query:
 * `?deletes=true&sourceAnchor=objectGUID&sync=connect`.
 */
export function answerControl(request: TenantRequest, run: (options: SyncOptions) => SyncReport): HookAnswer {
  const url = new URL(request.path, 'https://sandbox');
  if (url.pathname !== path) return undefined;
  if (request.method !== 'POST') return { status: 405, headers: { Allow: 'POST' } };
  const options = optionsOf(url.searchParams);
  return options === undefined
    ? { status: 400, body: { error: `unknown options: ${url.search}` } }
    : { status: 200, body: run(options) };
}

const anchorForm = /^(auto|objectGUID|mS-DS-ConsistencyGuid|attribute:.+)$/;

function optionsOf(query: URLSearchParams): SyncOptions | undefined {
  const { sourceAnchor = 'auto', deletes = 'false', sync = 'connect', ...others } = Object.fromEntries(query);
  if (Object.keys(others).length > 0 || !isAnchor(sourceAnchor) || !/^(true|false)$/.test(deletes)) return undefined;
  if (!isKind(sync) || !isPossible({ sourceAnchor, sync })) return undefined;
  return { sourceAnchor, sync, deletes: deletes === 'true' };
}

function isKind(value: string): value is NonNullable<SyncOptions['sync']> {
  return value === 'connect' || value === 'cloud';
}

function isAnchor(value: string): value is NonNullable<SyncOptions['sourceAnchor']> {
  return anchorForm.test(value);
}
