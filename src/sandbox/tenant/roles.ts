// Directory roles: definitions, who has them, who is eligible (Privileged Identity Management).
import { createHash } from 'node:crypto';
import { GraphRefusal, unreadable } from '../http/graph-errors.ts';
import { groupType, roleAssignmentType, roleDefinitionType, roleEligibilityType } from './resources.ts';
import type { PracticeRoleGrant } from './resources.ts';
import { listRecords } from './records.ts';
import { project, userType } from '../odata/properties.ts';
import type { GraphAnswer, GraphCall, GraphTenant } from './practice-tenant.ts';
import type { PracticeRoles } from '../people/people.ts';

/** `$top` is not among the options these listings document; it is ignored. */
const fixedPageSize = 100;

/** GET /roleManagement/directory/roleDefinitions. */
export function listRoleDefinitions(tenant: GraphTenant, call: GraphCall): GraphAnswer {
  expansionsOf(call, []);
  const records = tenant.state.roles.definitions;
  const collection = 'roleManagement/directory/roleDefinitions';
  return listRecords(tenant, call, { records, type: roleDefinitionType, collection, fixedPageSize });
}

/** GET /roleManagement/directory/roleAssignments. */
export function listRoleAssignments(tenant: GraphTenant, call: GraphCall): GraphAnswer {
  const records = grantsOf(tenant, tenant.state.roles.assignments);
  const collection = 'roleManagement/directory/roleAssignments';
  const expand = expanderOf(tenant, call);
  return listRecords(tenant, call, { records, type: roleAssignmentType, collection, fixedPageSize, expand });
}

/** GET /roleManagement/directory/roleEligibilityScheduleInstances. Refused without the licence that it needs. */
export function listRoleEligibilities(tenant: GraphTenant, call: GraphCall): GraphAnswer {
  if (!tenant.hasPremium) throw premiumNeeded();
  const records = grantsOf(tenant, tenant.state.roles.eligibilities);
  const collection = 'roleManagement/directory/roleEligibilityScheduleInstances';
  const expand = expanderOf(tenant, call);
  return listRecords(tenant, call, { records, type: roleEligibilityType, collection, fixedPageSize, expand });
}

/** Entra ID P2 is missing. Seen as it is in public reports of this very request (maester365/maester#1421). */
function premiumNeeded(): GraphRefusal {
  return new GraphRefusal(400, 'AadPremiumLicenseRequired', {
    message: 'The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.',
  });
}

/** The grants with ids. Those of users in the recycle bin are not shown; they come back when the user is restored. */
function grantsOf(tenant: GraphTenant, grants: PracticeRoles['assignments']): PracticeRoleGrant[] {
  return grants
    .filter((grant) => (tenant.store.current(grant.principalId)?.deletedDateTime ?? null) === null)
    .map((grant) => ({ id: grantId(grant), ...grant }));
}

function grantId(grant: PracticeRoles['assignments'][number]): string {
  const text = [grant.roleDefinitionId, grant.principalId, grant.directoryScopeId].join(' ');
  return `${createHash('sha256').update(text).digest('base64url').slice(0, 43)}-1`;
}

/** What `$expand` adds to each entry: the principal, the role's definition, or both. */
function expanderOf(tenant: GraphTenant, call: GraphCall): (grant: PracticeRoleGrant) => Record<string, unknown> {
  const wanted = expansionsOf(call, ['principal', 'roleDefinition']);
  const definitions = new Map(tenant.state.roles.definitions.map((role) => [role.id, role]));
  return (grant) => {
    const role = definitions.get(grant.roleDefinitionId);
    const values: Record<string, unknown> = {
      principal: principalOf(tenant, grant.principalId),
      roleDefinition: role === undefined ? null : { id: role.id, displayName: role.displayName, isBuiltIn: true },
    };
    return Object.fromEntries(wanted.map((name) => [name, values[name]]));
  };
}

function expansionsOf(call: GraphCall, known: readonly string[]): readonly string[] {
  const names = call.query.options.get('$expand')?.split(',') ?? [];
  const strange = names.find((name) => !known.includes(name));
  if (strange === undefined) return names;
  throw unreadable(`Parsing OData Select and Expand failed: Could not find a property named '${strange}'.`);
}

/** A user, a group, or, as the tenant knows no other, an application's service principal. */
function principalOf(tenant: GraphTenant, id: string): Record<string, unknown> {
  const user = tenant.store.current(id);
  if (user) return { '@odata.type': `#${userType.odataType}`, ...project(user, userType.defaults) };
  const group = tenant.state.groups.find((one) => one.id === id);
  if (group === undefined) return { '@odata.type': '#microsoft.graph.servicePrincipal', id };
  return { '@odata.type': `#${groupType.odataType}`, id, displayName: group.displayName };
}
