// Groups, contacts and directory roles as queries see them (Microsoft Graph: group, orgContact, unifiedRoleAssignment,
// unifiedRoleDefinition, unifiedRoleEligibilityScheduleInstance resource types; Advanced query capabilities).
import { type Property, type ResourceType, propertyKinds } from '../odata/properties.ts';
import type { PracticeContact, PracticeGroup, PracticeRoles } from '../people/people.ts';

/** A grant with the id that Graph gives it. */
export type PracticeRoleGrant = PracticeRoles['assignments'][number] & { readonly id: string };
export type RoleDefinition = PracticeRoles['definitions'][number];

const { shown, readOnly, flag, list } = propertyKinds;
const shownList = { ...list, isDefault: true, equals: 'plain', startsWith: 'plain' } as const;
const identifier = { ...shown, startsWith: 'no' } as const;
const unasked: Property = { ...readOnly, isDefault: true, equals: 'no', equalsNull: 'no', startsWith: 'no' };

/** A table of properties and what reads them; a property without a reader is the record's own field of that name. */
function typeOf<R extends object>(
  names: Pick<ResourceType<R>, 'name' | 'odataType'>,
  properties: Readonly<Record<string, Property>>,
  readers: Readonly<Record<string, (record: R) => unknown>> = {},
): ResourceType<R> {
  const known = new Map(Object.entries(properties));
  return {
    ...names,
    propertyOf: (name) => known.get(name),
    valueOf: (record, name) => {
      const value = name in readers ? readers[name]?.(record) : (record as Readonly<Record<string, unknown>>)[name];
      return value ?? (known.get(name)?.type === 'list' ? [] : null);
    },
    defaults: [...known].filter(([, property]) => property.isDefault).map(([name]) => name),
  };
}

/** `isAssignableToRole` is null for a group that was not made for roles. */
export const groupType = typeOf<PracticeGroup>(
  { name: 'Group', odataType: 'microsoft.graph.group' },
  {
    id: identifier,
    displayName: shown,
    isAssignableToRole: flag,
    mail: shown,
    mailEnabled: flag,
    proxyAddresses: shownList,
    securityEnabled: flag,
    visibility: unasked,
  },
  { mailEnabled: (group) => group.mail !== null, securityEnabled: () => true },
);

export const contactType = typeOf<PracticeContact>(
  { name: 'OrgContact', odataType: 'microsoft.graph.orgContact' },
  { id: identifier, displayName: shown, mail: shown, proxyAddresses: shownList },
);

export const roleAssignmentType = typeOf<PracticeRoleGrant>(
  { name: 'UnifiedRoleAssignment', odataType: 'microsoft.graph.unifiedRoleAssignment' },
  { id: identifier, principalId: identifier, directoryScopeId: identifier, roleDefinitionId: identifier },
);

/** The schedule an instance comes from is its own id here; nothing ends. */
export const roleEligibilityType = typeOf<PracticeRoleGrant>(
  {
    name: 'UnifiedRoleEligibilityScheduleInstance',
    odataType: 'microsoft.graph.unifiedRoleEligibilityScheduleInstance',
  },
  {
    id: identifier,
    principalId: identifier,
    roleDefinitionId: identifier,
    directoryScopeId: identifier,
    memberType: unasked,
    roleEligibilityScheduleId: unasked,
    startDateTime: unasked,
    endDateTime: unasked,
  },
  { memberType: () => 'Direct', roleEligibilityScheduleId: (grant) => grant.id },
);

export const roleDefinitionType = typeOf<RoleDefinition>(
  { name: 'UnifiedRoleDefinition', odataType: 'microsoft.graph.unifiedRoleDefinition' },
  { id: identifier, displayName: shown, isBuiltIn: flag, isEnabled: flag, templateId: identifier },
  { isBuiltIn: () => true, isEnabled: () => true, templateId: (role) => role.id },
);
