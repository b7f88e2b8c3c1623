// Reading users: one, live or deleted, and several by id.
import { notFound, refused, unreadable } from '../http/graph-errors.ts';
import { contextOf } from './paging.ts';
import { type StoredUser, defaultProperties, project, userType } from '../odata/properties.ts';
import type { IndexName } from '../odata/user-store.ts';
import type { GraphAnswer, GraphCall, GraphTenant } from './practice-tenant.ts';
import { selectOf } from '../odata/query.ts';

const guidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const mostIds = 1_000;

/** GET /users/{id or UPN}. A deleted user is not found. */
export function getUser(tenant: GraphTenant, call: GraphCall): GraphAnswer {
  const key = call.params[0] ?? '';
  const user = seenUser(tenant, key, (one) => one.deletedDateTime === null);
  return answerUser(tenant, call, { user, collection: 'users' });
}

/** GET /directory/deletedItems/{id}. */
export function getDeletedUser(tenant: GraphTenant, call: GraphCall): GraphAnswer {
  const key = call.params[0] ?? '';
  const user = seenUser(tenant, key, (one) => one.deletedDateTime !== null);
  return answerUser(tenant, call, { user, collection: 'directoryObjects' });
}

/** One user as an answer: the selected properties, or the default ones. */
export function answerUser(
  tenant: GraphTenant,
  call: GraphCall,
  of: { readonly user: StoredUser; readonly collection: 'users' | 'directoryObjects' },
): GraphAnswer {
  const names = selectOf(call, userType);
  const context = contextOf(tenant, call, { collection: of.collection, names, isEntity: true });
  const type = of.collection === 'users' ? {} : { '@odata.type': '#microsoft.graph.user' };
  return {
    status: 200,
    json: { '@odata.context': context, ...type, ...project(of.user, names ?? defaultProperties) },
  };
}

/** The true record of a live user a write is addressed to, by id or UPN. */
export function liveUser(tenant: GraphTenant, key: string): StoredUser {
  const user = tenant.store.holders(indexFor(key), key).find((one) => one.deletedDateTime === null);
  if (user === undefined) throw notFound(key);
  return user;
}

/** The true record of a deleted user, by id. */
export function deletedUser(tenant: GraphTenant, key: string): StoredUser {
  const user = guidForm.test(key) ? tenant.store.current(key) : undefined;
  if (user === undefined || user.deletedDateTime === null) throw notFound(key);
  return user;
}

/** POST /directoryObjects/getByIds: the live users among at most 1,000 ids, in the order asked; others are left out. */
export function getByIds(tenant: GraphTenant, call: GraphCall): GraphAnswer {
  const { ids, types } = (call.readBody() ?? {}) as { ids?: unknown; types?: unknown };
  const names = selectOf(call, userType) ?? defaultProperties;
  if (types !== undefined && !Array.isArray(types)) throw unreadable('Invalid value specified for property types.');
  const wantsUsers = types === undefined || types.includes('user');
  const users = idsOf(ids).flatMap((id) => (wantsUsers ? visibleUsers(tenant, id) : []));
  const value = users.map((user) => ({ '@odata.type': '#microsoft.graph.user', ...project(user, names) }));
  return {
    status: 200,
    json: { '@odata.context': contextOf(tenant, call, { collection: 'directoryObjects' }), value },
  };
}

/** The ids in lower case, each once. */
function idsOf(ids: unknown): string[] {
  if (!Array.isArray(ids) || ids.length === 0) throw refused('Invalid value specified for property ids.');
  if (ids.length > mostIds) throw refused(`Too many ids: ${ids.length}. Max allowed: ${mostIds}.`);
  const unique = new Set<string>();
  for (const id of ids) {
    if (typeof id !== 'string' || !guidForm.test(id)) throw refused(`Invalid object identifier '${String(id)}'.`);
    unique.add(id.toLowerCase());
  }
  return [...unique];
}

/** The live user with this id as reads may see it; empty when there is none. */
export function visibleUsers(tenant: GraphTenant, id: string): StoredUser[] {
  return tenant.store
    .candidates('id', id)
    .flatMap((slot) => tenant.store.seen(slot) ?? [])
    .filter((user) => user.id === id && user.deletedDateTime === null);
}

function indexFor(key: string): IndexName & keyof StoredUser {
  return guidForm.test(key) ? 'id' : 'userPrincipalName';
}

function seenUser(tenant: GraphTenant, key: string, fits: (user: StoredUser) => boolean): StoredUser {
  const index = indexFor(key);
  const wanted = key.toLowerCase();
  for (const slot of tenant.store.candidates(index, key)) {
    const user = tenant.store.seen(slot);
    if (user !== undefined && String(user[index]).toLowerCase() === wanted && fits(user)) return user;
  }
  throw notFound(key);
}
