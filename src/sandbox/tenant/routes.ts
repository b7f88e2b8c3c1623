// Which requests the practice tenant answers. A new one is a line in this table and a handler.
import { listDomains, listOrganization, listSubscribedSkus, listSyncSettings } from './directory.ts';
import { GraphRefusal, unreadable } from '../http/graph-errors.ts';
import {
  countContacts,
  countGroups,
  listContacts,
  listGroups,
  listOwners,
  listTransitiveMembers,
  listTransitiveUsers,
} from './groups.ts';
import { answerCount, listUsers } from './listing.ts';
import { listRoleAssignments, listRoleDefinitions, listRoleEligibilities } from './roles.ts';
import type { Route } from './practice-tenant.ts';
import { deleteUser, patchUser, purgeUser, restoreUser } from './user-write.ts';
import { getByIds, getDeletedUser, getUser } from './users.ts';
import { decodeUrl } from '../odata/query.ts';
import { permissionsFor } from './permissions.ts';

const live = { isDeleted: false, context: 'users' };
const deleted = { isDeleted: true, context: 'users' };

const oneUnit = { units: 1, writes: 0 } as const;
const listingUnits = { units: 2, writes: 0 } as const;
const oneWrite = { units: 1, writes: 1 } as const;

const roleManagement = '/roleManagement/directory';

/** What Graph says of the tenant beside its users. */
const directoryRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/subscribedSkus',
    permissions: permissionsFor.readLicences,
    charge: oneUnit,
    handle: listSubscribedSkus,
  },
  {
    method: 'GET',
    path: '/directory/onPremisesSynchronization',
    permissions: permissionsFor.readSyncSettings,
    charge: oneUnit,
    handle: listSyncSettings,
  },
  {
    method: 'GET',
    path: `${roleManagement}/roleDefinitions`,
    permissions: permissionsFor.readRoles,
    charge: oneUnit,
    expands: true,
    handle: listRoleDefinitions,
  },
  {
    method: 'GET',
    path: `${roleManagement}/roleAssignments`,
    permissions: permissionsFor.readRoles,
    charge: oneUnit,
    expands: true,
    handle: listRoleAssignments,
  },
  {
    method: 'GET',
    path: `${roleManagement}/roleEligibilityScheduleInstances`,
    permissions: permissionsFor.readEligibility,
    charge: oneUnit,
    expands: true,
    handle: listRoleEligibilities,
  },
  { method: 'GET', path: '/groups', permissions: permissionsFor.readGroups, charge: oneUnit, handle: listGroups },
  {
    method: 'GET',
    path: '/groups/$count',
    permissions: permissionsFor.readGroups,
    charge: oneUnit,
    handle: countGroups,
  },
  {
    method: 'GET',
    path: '/groups/{id}/transitiveMembers',
    permissions: permissionsFor.readGroups,
    charge: { units: 5, writes: 0 },
    handle: listTransitiveMembers,
  },
  {
    method: 'GET',
    path: '/groups/{id}/transitiveMembers/microsoft.graph.user',
    permissions: permissionsFor.readGroups,
    charge: { units: 5, writes: 0 },
    handle: listTransitiveUsers,
  },
  {
    method: 'GET',
    path: '/groups/{id}/owners',
    permissions: permissionsFor.readGroups,
    charge: oneUnit,
    handle: listOwners,
  },
  { method: 'GET', path: '/contacts', permissions: permissionsFor.readContacts, charge: oneUnit, handle: listContacts },
  {
    method: 'GET',
    path: '/contacts/$count',
    permissions: permissionsFor.readContacts,
    charge: oneUnit,
    handle: countContacts,
  },
];

/** Literal paths stand before those with parameters. Charges: Microsoft Graph throttling limits, identity and access. */
const routes: readonly Route[] = [
  {
    method: 'GET',
    path: '/organization',
    permissions: permissionsFor.readOrganization,
    charge: oneUnit,
    handle: listOrganization,
  },
  { method: 'GET', path: '/domains', permissions: permissionsFor.readDomains, charge: oneUnit, handle: listDomains },
  {
    method: 'GET',
    path: '/users',
    permissions: permissionsFor.readUsers,
    charge: listingUnits,
    handle: (tenant, call) => listUsers(tenant, call, live),
  },
  {
    method: 'GET',
    path: '/users/$count',
    permissions: permissionsFor.readUsers,
    charge: oneUnit,
    handle: (tenant, call) => answerCount(tenant, call, live),
  },
  { method: 'GET', path: '/users/{id}', permissions: permissionsFor.readUsers, charge: oneUnit, handle: getUser },
  {
    method: 'PATCH',
    path: '/users/{id}',
    // Which of them is needed depends on what is written: refuseUnpermitted.
    permissions: [...permissionsFor.updateUser, ...permissionsFor.clearObjectIdentifier],
    charge: oneWrite,
    handle: patchUser,
  },
  {
    method: 'DELETE',
    path: '/users/{id}',
    permissions: permissionsFor.deleteUser,
    charge: oneWrite,
    handle: deleteUser,
  },
  {
    method: 'GET',
    path: '/directory/deletedItems/microsoft.graph.user',
    permissions: permissionsFor.readDeleted,
    charge: oneUnit,
    handle: (tenant, call) => listUsers(tenant, call, deleted),
  },
  {
    method: 'GET',
    path: '/directory/deletedItems/microsoft.graph.user/$count',
    permissions: permissionsFor.readDeleted,
    charge: oneUnit,
    handle: (tenant, call) => answerCount(tenant, call, deleted),
  },
  {
    method: 'GET',
    path: '/directory/deletedItems/{id}',
    permissions: permissionsFor.readDeleted,
    charge: oneUnit,
    handle: getDeletedUser,
  },
  {
    method: 'DELETE',
    path: '/directory/deletedItems/{id}',
    permissions: permissionsFor.purgeOrRestore,
    charge: oneWrite,
    handle: purgeUser,
  },
  {
    method: 'POST',
    path: '/directory/deletedItems/{id}/restore',
    permissions: permissionsFor.purgeOrRestore,
    charge: oneWrite,
    handle: restoreUser,
  },
  {
    method: 'POST',
    path: '/directoryObjects/getByIds',
    permissions: permissionsFor.readObjects,
    // Five units, and no write although it is a POST.
    charge: { units: 5, writes: 0 },
    handle: getByIds,
  },
  ...directoryRoutes,
];

const split = routes.map((route) => ({ route, segments: route.path.toLowerCase().slice(1).split('/') }));

/** A route and the decoded values of its parameters. */
export type Match = { readonly route: Route; readonly params: readonly string[] };

/** Finds the route of a raw path below the version. Throws the refusal of an unknown path or method. */
export function matchRoute(method: string, rawPath: string): Match {
  const segments = segmentsOf(rawPath);
  const lower = segments.map((segment) => segment.toLowerCase());
  const fitting = split.filter(
    (one) =>
      one.segments.length === segments.length &&
      one.segments.every((segment, place) => segment.startsWith('{') || segment === lower[place]),
  );
  const first = fitting[0];
  if (first === undefined) throw unreadable(`Resource not found for the segment '${segments[0] ?? ''}'.`);
  // The first fitting path decides: a literal path is not another path's parameter.
  const match = fitting.find((one) => one.route.path === first.route.path && one.route.method === method);
  if (match === undefined) {
    throw new GraphRefusal(405, 'Request_BadRequest', {
      message: 'Specified HTTP method is not allowed for the request target.',
    });
  }
  return { route: match.route, params: segments.filter((_one, place) => match.segments[place]?.startsWith('{')) };
}

/** Decoded segments; `users('x')` is another way to write `users/x`. Decoding comes after splitting, so %2F stays. */
function segmentsOf(rawPath: string): string[] {
  return rawPath
    .split('/')
    .filter((segment) => segment !== '')
    .flatMap((raw) => {
      const segment = decodeUrl(raw);
      const [, name, key] = /^(\w+)\('((?:[^']|'')*)'\)$/.exec(segment) ?? [];
      return name === undefined || key === undefined ? [segment] : [name, key.replaceAll("''", "'")];
    });
}
