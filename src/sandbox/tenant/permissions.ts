// Application permissions: which exist here, and which stand in for which (Microsoft Graph permissions reference).

/** What the practice application has been granted unless told otherwise: enough for everything the tenant can do. */
export const practicePermissions: readonly string[] = [
  'Directory.Read.All',
  'Domain.Read.All',
  'GroupMember.Read.All',
  'OnPremDirectorySynchronization.Read.All',
  'OrgContact.Read.All',
  'Organization.Read.All',
  'RoleEligibilitySchedule.Read.Directory',
  'RoleManagement.Read.Directory',
  'User-OnPremisesSyncBehavior.ReadWrite.All',
  'User.DeleteRestore.All',
  'User.Read.All',
  'User.ReadWrite.All',
];

const directory = ['Directory.Read.All', 'Directory.ReadWrite.All'] as const;
const groups = ['GroupMember.Read.All', 'Group.Read.All', 'GroupMember.ReadWrite.All', 'Group.ReadWrite.All'] as const;
const roles = [
  'RoleManagement.Read.Directory',
  'RoleManagement.Read.All',
  'RoleManagement.ReadWrite.Directory',
] as const;

/** For each task, the permissions of which one suffices; the first is the least. */
export const permissionsFor = {
  readUsers: ['User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  // User.ReadUpdate.All is documented as the least for an update; whether it covers this property is not confirmed.
  updateUser: ['User.ReadUpdate.All', 'User.ReadWrite.All', 'Directory.ReadWrite.All'],
  deleteUser: ['User.DeleteRestore.All', 'User.ReadWrite.All', 'Directory.ReadWrite.All'],
  readDeleted: [
    'User.Read.All',
    'User.DeleteRestore.All',
    'User.ReadWrite.All',
    'Directory.Read.All',
    'Directory.ReadWrite.All',
  ],
  purgeOrRestore: ['User.DeleteRestore.All'],
  readOrganization: ['Organization.Read.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  readLicences: ['LicenseAssignment.Read.All', 'Organization.Read.All', ...directory],
  readDomains: ['Domain.Read.All', 'Domain.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  readObjects: directory,
  readGroups: [...groups, ...directory],
  readContacts: ['OrgContact.Read.All', ...directory],
  readSyncSettings: ['OnPremDirectorySynchronization.Read.All', 'OnPremDirectorySynchronization.ReadWrite.All'],
  readRoles: [...roles, ...directory],
  // No Directory permission stands in for this one (List roleEligibilityScheduleInstances).
  readEligibility: ['RoleEligibilitySchedule.Read.Directory', 'RoleEligibilitySchedule.ReadWrite.Directory', ...roles],
  clearObjectIdentifier: ['User-OnPremisesSyncBehavior.ReadWrite.All'],
} as const satisfies Record<string, readonly string[]>;

/** What stands in for a permission: taking one away means taking these away too. */
const stronger: Readonly<Record<string, readonly string[]>> = {
  'User.Read.All': ['User.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  'User.ReadUpdate.All': ['User.ReadWrite.All', 'Directory.ReadWrite.All'],
  'User.ReadWrite.All': ['User.ReadUpdate.All', 'Directory.ReadWrite.All'],
  'Organization.Read.All': ['Directory.Read.All', 'Directory.ReadWrite.All'],
  'Domain.Read.All': ['Domain.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  'Directory.Read.All': ['Directory.ReadWrite.All'],
  'GroupMember.Read.All': [...groups, ...directory],
  'Group.Read.All': [...groups, ...directory],
  'OnPremDirectorySynchronization.Read.All': ['OnPremDirectorySynchronization.ReadWrite.All'],
  'OrgContact.Read.All': directory,
  'RoleManagement.Read.Directory': [...roles, ...directory],
  'RoleEligibilitySchedule.Read.Directory': ['RoleEligibilitySchedule.ReadWrite.Directory', ...roles],
};

/** `granted` without `denied` and whatever would stand in for it, so that the task it is for is really refused. */
export function withoutPermissions(granted: readonly string[], denied: readonly string[]): readonly string[] {
  const gone = new Set(denied.flatMap((name) => [name, ...(stronger[name] ?? [])]));
  return granted.filter((name) => !gone.has(name));
}
