// What the tenant has besides users: sync's settings, groups, contacts, and who holds which directory role.
import type { People, PracticeContact, PracticeFeatures, PracticeGroup, PracticeRoles } from '../people/people.ts';

/**
 * The tenant's settings and other objects as they are now. Tests and the practice sync cycle put a new value in place of a
 * part; that is seen at once. Parts are never changed in place.
 */
export type TenantState = {
  /** Undefined: true while some user is synced, else null. */
  onPremisesSyncEnabled: boolean | null | undefined;
  onPremisesLastSyncDateTime: string | null;
  features: PracticeFeatures;
  subscribedSkus: NonNullable<People['tenant']['subscribedSkus']>;
  groups: readonly PracticeGroup[];
  contacts: readonly PracticeContact[];
  roles: PracticeRoles;
};

/** A role of one user. */
export type RoleHeld = {
  readonly roleDefinitionId: string;
  /** The definition's display name; its id where the file has no such definition. */
  readonly role: string;
  readonly how: 'assigned' | 'eligible';
  /** The group it comes through; null when given to the user itself. */
  readonly through: PracticeGroup | null;
};

const usualFeatures: PracticeFeatures = {
  allowOnPremUpdateOfOnPremisesObjectIdentifierEnabled: false,
  blockCloudObjectTakeoverThroughHardMatchEnabled: false,
  blockSoftMatchEnabled: false,
  bypassDirSyncOverridesEnabled: false,
  passwordSyncEnabled: false,
  quarantineUponProxyAddressesConflictEnabled: true,
  quarantineUponUpnConflictEnabled: true,
  softMatchOnUpnEnabled: true,
  synchronizeUpnForManagedUsersEnabled: true,
};

/** The state a tenant of these people starts with. */
export function stateOf(people: People): TenantState {
  const { tenant } = people;
  return {
    onPremisesSyncEnabled: tenant.onPremisesSyncEnabled,
    onPremisesLastSyncDateTime: tenant.onPremisesLastSyncDateTime ?? null,
    features: { ...usualFeatures, ...withoutGaps(tenant.features ?? {}) },
    subscribedSkus: tenant.subscribedSkus ?? [],
    groups: people.groups ?? [],
    contacts: people.contacts ?? [],
    roles: people.roles ?? { definitions: [], assignments: [], eligibilities: [] },
  };
}

/** The roles a user holds or is eligible for: its own, and those of groups it is a member of, nested ones too. */
export function rolesOf(state: TenantState, userId: string): readonly RoleHeld[] {
  return indexOf(state).held.get(userId) ?? [];
}

/**
 * Whether only a caller with a high role may touch this user: it holds a role, or is a member or an owner of a group that
 * can be given roles, whether it has one or not. Being eligible is not enough.
 */
export function isProtected(state: TenantState, userId: string): boolean {
  const { held, guarded } = indexOf(state);
  return guarded.has(userId) || (held.get(userId) ?? []).some((role) => role.how === 'assigned');
}

/** The ids of everybody in a group: users, and nested groups' users, each once, in the order of the file. */
export function membersOf(state: TenantState, groupId: string): readonly string[] {
  return flatten(indexOf(state).groups, groupId).users;
}

/** The groups within a group, whatever lies between, without itself. */
export function nestedGroupsOf(state: TenantState, groupId: string): readonly PracticeGroup[] {
  const { groups } = indexOf(state);
  return flatten(groups, groupId).nested.flatMap((id) => groups.get(id) ?? []);
}

type RoleIndex = {
  /** What the index was made of: it is made anew when one of them has been replaced. */
  readonly from: readonly [TenantState['groups'], TenantState['roles']];
  readonly groups: ReadonlyMap<string, PracticeGroup>;
  readonly held: ReadonlyMap<string, readonly RoleHeld[]>;
  readonly guarded: ReadonlySet<string>;
};

const indexes = new WeakMap<TenantState, RoleIndex>();

function indexOf(state: TenantState): RoleIndex {
  const there = indexes.get(state);
  if (there !== undefined && there.from[0] === state.groups && there.from[1] === state.roles) return there;
  const groups = new Map(state.groups.map((group) => [group.id, group]));
  const made: RoleIndex = {
    from: [state.groups, state.roles],
    groups,
    held: heldRoles(state.roles, groups),
    guarded: guardedUsers(groups),
  };
  indexes.set(state, made);
  return made;
}

function heldRoles(roles: PracticeRoles, groups: ReadonlyMap<string, PracticeGroup>): Map<string, RoleHeld[]> {
  const names = new Map(roles.definitions.map((role) => [role.id, role.displayName]));
  const held = new Map<string, RoleHeld[]>();
  const grants = [
    ...roles.assignments.map((grant) => ({ grant, how: 'assigned' as const })),
    ...roles.eligibilities.map((grant) => ({ grant, how: 'eligible' as const })),
  ];
  for (const { grant, how } of grants) {
    const { principalId, roleDefinitionId } = grant;
    const through = groups.get(principalId) ?? null;
    const role = names.get(roleDefinitionId) ?? roleDefinitionId;
    for (const userId of through === null ? [principalId] : flatten(groups, principalId).users) {
      const there = held.get(userId);
      const one: RoleHeld = { roleDefinitionId, role, how, through };
      if (there === undefined) held.set(userId, [one]);
      else there.push(one);
    }
  }
  return held;
}

function guardedUsers(groups: ReadonlyMap<string, PracticeGroup>): Set<string> {
  const guarded = new Set<string>();
  for (const group of groups.values()) {
    if (group.isAssignableToRole !== true) continue;
    for (const userId of [...flatten(groups, group.id).users, ...group.owners]) guarded.add(userId);
  }
  return guarded;
}

/** Groups may contain each other; each is entered once. */
function flatten(groups: ReadonlyMap<string, PracticeGroup>, groupId: string): { users: string[]; nested: string[] } {
  const entered = new Set<string>();
  const users = new Set<string>();
  const enter = (id: string): void => {
    if (entered.has(id)) return;
    entered.add(id);
    for (const member of groups.get(id)?.members ?? []) {
      if (groups.has(member)) enter(member);
      else users.add(member);
    }
  };
  enter(groupId);
  entered.delete(groupId);
  return { users: [...users], nested: [...entered] };
}

function withoutGaps<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [K in keyof T]: Exclude<T[K], undefined> };
}
