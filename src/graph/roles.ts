import type { Failure } from '../core/failure.ts';
import type { Guid } from '../core/guid.ts';
import type { CheckLimit, RoleHolding, Unchecked } from '../core/preflight.ts';
import {
  type RoleGrant,
  type RoleGroup,
  toGroupUser,
  toNamed,
  toRoleGrant,
  toRoleGroup,
} from './bulk/convert-tenant.ts';
import type { BulkTools } from './bulk/read-mode.ts';
import { segment, select } from './bulk/odata.ts';
import { eachRow, readList, pageSize, settleAll } from './bulk/pages.ts';
import { type Check, namesLicence, unlessRefused } from './bulk/refusals.ts';
import { type GroupPerson, holdingsOf } from './role-holdings.ts';

const assignedCheck = { name: 'roles-assigned', needs: 'RoleManagement.Read.Directory' } as const;
const eligibleCheck: Check = { name: 'roles-eligible', needs: eligibleNeeds };
const groupCheck = { name: 'role-groups', needs: 'GroupMember.Read.All' } as const;

function eligibleNeeds(refusal: Failure): string {
  return namesLicence(refusal) ? 'a Microsoft Entra ID P2 licence' : 'RoleEligibilitySchedule.Read.Directory';
}

const management = '/roleManagement/directory';

/** What is known of roles, and what is not. */
export type RolesRead = {
  readonly roles: ReadonlyMap<Guid, readonly RoleHolding[]>;
  readonly limits: readonly CheckLimit[];
  readonly unchecked: readonly Unchecked[];
};

/**
 * Who holds a directory role or is eligible for one, in bulk: the lists of assignments and eligibilities, and the members
 * and owners of the groups among them. What Graph refuses is told in `unchecked`, what it does not tell in `limits`; names
 * of roles are done without. Throws a Failure for anything else.
 */
export async function readRoles(tools: BulkTools): Promise<RolesRead> {
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
    unlessRefused(groupCheck, tools.log, () => list(roleGroupsPath, groupCheck.needs, toRoleGroup)),
  ]);
  const grants = { assigned: assigned.value ?? [], eligible: eligible.value ?? [] };
  const granted = involved(groups.value ?? [], grants);
  const people = await peopleOf(granted, tools);
  // One refusal for all groups, however many it met; and none where no role is known that could come through a group.
  const isAnyGranted = grants.assigned.length + grants.eligible.length > 0;
  const ofGroups = isAnyGranted ? [...groups.unchecked, ...people.unchecked].slice(0, 1) : [];
  return {
    roles: holdingsOf(grants, { names: names.value ?? [], people: people.people }),
    limits: limitsOf(granted, people.shown),
    unchecked: [...assigned.unchecked, ...eligible.unchecked, ...ofGroups],
  };
}

// Roles can be given to these groups alone; the filter works by default (graph/aad-advanced-queries).
const roleGroupsPath = `/groups?$filter=isAssignableToRole%20eq%20true&$top=${pageSize}&${select(['id', 'displayName', 'visibility'])}`;

function involved(
  groups: readonly RoleGroup[],
  grants: { readonly assigned: readonly RoleGrant[]; readonly eligible: readonly RoleGrant[] },
): RoleGroup[] {
  const principals = new Set([...grants.assigned, ...grants.eligible].map((grant) => grant.principal));
  return groups.filter((group) => principals.has(group.id));
}

function limitsOf(granted: readonly RoleGroup[], shown: ReadonlySet<string>): CheckLimit[] {
  const hidden = granted.filter(({ id, hidesMembers }) => hidesMembers && !shown.has(id));
  const limits = [
    { what: 'group-eligibility', groups: granted },
    { what: 'hidden-members', groups: hidden },
  ] as const;
  return limits
    .filter(({ groups }) => groups.length > 0)
    .map(({ what, groups }) => ({ check: groupCheck.name, what, groups: groups.map(({ name }) => name) }));
}

type People = {
  readonly people: readonly GroupPerson[];
  /** Ids of the groups of which some member was told. */
  readonly shown: ReadonlySet<string>;
  readonly unchecked: readonly Unchecked[];
};

/** Members, nested ones too, and owners, who may make themselves members. Groups that may not be read are told. */
async function peopleOf(groups: readonly RoleGroup[], tools: BulkTools): Promise<People> {
  const people: GroupPerson[] = [];
  const shown = new Set<string>();
  // No cast to users, and of owners nothing selected: either would make this an advanced query, answered from an index that
  // may lag behind a role just given (graph/api/group-list-transitivemembers, group-list-owners).
  const asks = groups.flatMap((group) => [
    { group, list: `transitiveMembers?$top=${pageSize}&${select(['id'])}`, isOwner: false },
    { group, list: 'owners', isOwner: true },
  ]);
  const read = async ({ group, list, isOwner }: (typeof asks)[number]): Promise<void> => {
    const path = `/groups/${segment(group.id)}/${list}`;
    await eachRow({ path, needs: groupCheck.needs }, tools, (row) => {
      const id = toGroupUser(row);
      if (!isOwner) shown.add(group.id);
      if (id !== undefined) people.push({ id, group, isOwner });
    });
  };
  const ends = await settleAll(asks.map((ask) => unlessRefused(groupCheck, tools.log, () => read(ask))));
  return { people, shown, unchecked: ends.flatMap(({ unchecked }) => unchecked) };
}
