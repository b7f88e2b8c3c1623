import type { Failure } from '../core/failure.ts';
import type { Guid } from '../core/guid.ts';
import type { RoleHolding, Unchecked } from '../core/preflight.ts';
import { type Named, type RoleGrant, toGroupUser, toNamed, toRoleGrant } from './bulk/convert-tenant.ts';
import type { BulkTools } from './bulk/read-mode.ts';
import { segment, select } from './bulk/odata.ts';
import { eachRow, readList, pageSize, settleAll } from './bulk/pages.ts';
import { type Check, unlessRefused } from './bulk/refusals.ts';
import { type GroupPerson, holdingsOf } from './role-holdings.ts';

const assignedCheck = { name: 'roles-assigned', needs: 'RoleManagement.Read.Directory' } as const;
const eligibleCheck: Check = { name: 'roles-eligible', needs: eligibleNeeds };
const groupCheck = { name: 'role-groups', needs: 'GroupMember.Read.All' } as const;

// Without the licence Graph answers 400 AadPremiumLicenseRequired (seen, e.g. maester365/maester#1421).
function eligibleNeeds({ message, facts }: Failure): string {
  const isLicence = /licen[cs]e/i.test(`${facts.serviceCode ?? ''} ${message}`);
  return isLicence ? 'a Microsoft Entra ID P2 licence' : 'RoleEligibilitySchedule.Read.Directory';
}

const management = '/roleManagement/directory';

/**
 * Who holds a directory role or is eligible for one, in bulk: the lists of assignments and eligibilities, and the members
 * and owners of the groups among them. What Graph refuses is told in `unchecked`; names of roles are done without. Throws
 * a Failure for anything else.
 */
export async function readRoles(
  tools: BulkTools,
): Promise<{ roles: ReadonlyMap<Guid, readonly RoleHolding[]>; unchecked: readonly Unchecked[] }> {
  const list = <Item>(path: string, needs: string, convert: (json: unknown) => Item): Promise<readonly Item[]> =>
    readList({ path, needs }, tools, convert);
  const [assigned, eligible, names, groups] = await settleAll([
    unlessRefused(assignedCheck, tools.log, () =>
      list(`${management}/roleAssignments`, assignedCheck.needs, toRoleGrant),
    ),
    unlessRefused(eligibleCheck, tools.log, () =>
      list(`${management}/roleEligibilityScheduleInstances`, 'RoleEligibilitySchedule.Read.Directory', toRoleGrant),
    ),
    unlessRefused(assignedCheck, tools.log, () =>
      list(`${management}/roleDefinitions?${select(['id', 'displayName'])}`, assignedCheck.needs, toNamed),
    ),
    unlessRefused(groupCheck, tools.log, () => list(roleGroupsPath, groupCheck.needs, toNamed)),
  ]);
  const grants = { assigned: assigned.value ?? [], eligible: eligible.value ?? [] };
  const people = await peopleOf(involved(groups.value ?? [], grants), tools);
  // One refusal for all groups, however many it met; and none where no role is known that could come through a group.
  const isAnyGranted = grants.assigned.length + grants.eligible.length > 0;
  const ofGroups = isAnyGranted ? [...groups.unchecked, ...people.unchecked].slice(0, 1) : [];
  return {
    roles: holdingsOf(grants, { names: names.value ?? [], people: people.people }),
    unchecked: [...assigned.unchecked, ...eligible.unchecked, ...ofGroups],
  };
}

// Roles can be given to these groups alone; the filter works by default (graph/aad-advanced-queries).
const roleGroupsPath = `/groups?$filter=isAssignableToRole%20eq%20true&$top=${pageSize}&${select(['id', 'displayName'])}`;

function involved(
  groups: readonly Named[],
  grants: { readonly assigned: readonly RoleGrant[]; readonly eligible: readonly RoleGrant[] },
): Named[] {
  const principals = new Set([...grants.assigned, ...grants.eligible].map((grant) => grant.principal));
  return groups.filter((group) => principals.has(group.id));
}

type People = { readonly people: readonly GroupPerson[]; readonly unchecked: readonly Unchecked[] };

/** Members, nested ones too, and owners, who may make themselves members. Groups that may not be read are told. */
async function peopleOf(groups: readonly Named[], tools: BulkTools): Promise<People> {
  const people: GroupPerson[] = [];
  const asks = groups.flatMap((group) => [
    { group, list: 'transitiveMembers', isOwner: false },
    { group, list: 'owners', isOwner: true },
  ]);
  // No cast to users: it would make this an advanced query, answered from an index that may lag behind a role just given
  // (graph/api/group-list-transitivemembers).
  const tail = `$top=${pageSize}&${select(['id'])}`;
  const read = async ({ group, list, isOwner }: (typeof asks)[number]): Promise<void> => {
    const path = `/groups/${segment(group.id)}/${list}?${tail}`;
    await eachRow({ path, needs: groupCheck.needs }, tools, (row) => {
      const id = toGroupUser(row);
      if (id !== undefined) people.push({ id, group, isOwner });
    });
  };
  const ends = await settleAll(asks.map((ask) => unlessRefused(groupCheck, tools.log, () => read(ask))));
  return { people, unchecked: ends.flatMap(({ unchecked }) => unchecked) };
}
