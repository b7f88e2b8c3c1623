// Groups, their people, and contacts.
import { notFound, unsupported } from '../http/graph-errors.ts';
import { isAdvancedQuery } from './paging.ts';
import { type ResourceType, type StoredUser, userType } from '../odata/properties.ts';
import { countRecords, listRecords } from './records.ts';
import { contactType, groupType } from './resources.ts';
import { membersOf, nestedGroupsOf } from './state.ts';
import type { GraphAnswer, GraphCall, GraphTenant } from './practice-tenant.ts';
import { visibleUsers } from './users.ts';
import type { PracticeGroup } from '../people/people.ts';

/** GET /groups. */
export function listGroups(tenant: GraphTenant, call: GraphCall): GraphAnswer {
  return listRecords(tenant, call, { records: tenant.state.groups, type: groupType, collection: 'groups' });
}

/** GET /groups/$count. */
export function countGroups(tenant: GraphTenant, call: GraphCall): GraphAnswer {
  return countRecords(call, tenant.state.groups, groupType);
}

/** GET /contacts/$count. */
export function countContacts(tenant: GraphTenant, call: GraphCall): GraphAnswer {
  return countRecords(call, tenant.state.contacts, contactType);
}

/** GET /contacts. */
export function listContacts(tenant: GraphTenant, call: GraphCall): GraphAnswer {
  return listRecords(tenant, call, { records: tenant.state.contacts, type: contactType, collection: 'contacts' });
}

/** Users and groups in one collection, each with the properties of its own type. */
const memberType: ResourceType<StoredUser | PracticeGroup> = {
  name: 'DirectoryObject',
  odataType: 'microsoft.graph.directoryObject',
  propertyOf: (name, version) => userType.propertyOf(name, version) ?? groupType.propertyOf(name, version),
  valueOf: (record, name) => (isGroup(record) ? groupType.valueOf(record, name) : userType.valueOf(record, name)),
  defaults: userType.defaults,
};

function isGroup(record: StoredUser | PracticeGroup): record is PracticeGroup {
  return 'members' in record;
}

/** GET /groups/{id}/transitiveMembers: users and nested groups. */
export function listTransitiveMembers(tenant: GraphTenant, call: GraphCall): GraphAnswer {
  const { id, visibility } = groupOf(tenant, call);
  const users = membersOf(tenant.state, id).flatMap((member) => visibleUsers(tenant, member));
  // Left out without an error (Microsoft Graph: Member.Read.Hidden).
  const isHidden = visibility === 'HiddenMembership' && !call.caller.permissions.has('Member.Read.Hidden');
  return listRecords(tenant, call, {
    records: isHidden ? [] : [...nestedGroupsOf(tenant.state, id), ...users],
    type: memberType,
    collection: 'directoryObjects',
    kindOf: (record) => (isGroup(record) ? groupType : userType).odataType,
  });
}

/**
 * GET /groups/{id}/transitiveMembers/microsoft.graph.user: the users among the members, nested groups entered. The cast in
 * the path makes it an advanced query (List group transitive members: "you must use the advanced query parameters").
 */
export function listTransitiveUsers(tenant: GraphTenant, call: GraphCall): GraphAnswer {
  const group = groupOf(tenant, call);
  if (!isAdvancedQuery(call)) {
    throw unsupported('The specified OData cast needs ConsistencyLevel eventual and $count=true.');
  }
  const records = membersOf(tenant.state, group.id).flatMap((id) => visibleUsers(tenant, id));
  return listRecords(tenant, call, { records, type: userType, collection: 'users' });
}

/** GET /groups/{id}/owners, bare: for all but `$expand` its page asks for advanced query parameters. */
export function listOwners(tenant: GraphTenant, call: GraphCall): GraphAnswer {
  const asked = [...call.query.options.keys()].filter((name) => name !== '$skiptoken');
  if (asked.length > 0 && !isAdvancedQuery(call)) {
    throw unsupported(`Query option '${asked[0]}' needs ConsistencyLevel eventual and $count=true here.`);
  }
  const records = groupOf(tenant, call).owners.flatMap((id) => visibleUsers(tenant, id));
  return listRecords(tenant, call, {
    records,
    type: userType,
    collection: 'directoryObjects',
    kindOf: () => userType.odataType,
  });
}

function groupOf(tenant: GraphTenant, call: GraphCall): PracticeGroup {
  const key = (call.params[0] ?? '').toLowerCase();
  const group = tenant.state.groups.find((one) => one.id === key);
  if (group === undefined) throw notFound(key);
  return group;
}
