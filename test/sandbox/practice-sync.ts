// What the tests of the practice sync cycle share: small worlds of people, on a real practice tenant.
import { onTestFinished } from 'vitest';
import { type Guid, guidToBytes } from '../../src/core/guid.ts';
import type { People, PracticeAdUser, PracticeCloudUser } from '../../src/sandbox/people/people.ts';
import { type SyncLine, type SyncOptions, type SyncReport, practiceSync } from '../../src/sandbox/sync/cycle.ts';
import { type PracticeTenant, startTenant } from '../../src/sandbox/tenant/tenant.ts';
import { testCertificates } from '../support/certificates.ts';

export const guids = {
  ada: 'ada00000-0000-4000-8000-000000000001',
  bob: 'b0b00000-0000-4000-8000-000000000002',
  consistency: 'c0000000-1111-4222-8333-444444444444',
  other: '0e000000-1111-4222-8333-444444444444',
} as const;

/** The immutable ID of a GUID written as text. */
export function idOf(guid: string): string {
  return guidToBytes(guid as Guid).toString('base64');
}

/** An AD user named ada unless told otherwise. */
export function adUser(changes: Partial<PracticeAdUser> = {}): PracticeAdUser {
  return {
    cn: 'Ada North',
    ou: 'People',
    objectGUID: guids.ada,
    sAMAccountName: 'ada',
    userPrincipalName: 'ada@example.test',
    mail: null,
    proxyAddresses: [],
    ...changes,
  };
}

/** A second one, who shares nothing with the first. */
export function bob(changes: Partial<PracticeAdUser> = {}): PracticeAdUser {
  return adUser({
    cn: 'Bob South',
    objectGUID: guids.bob,
    sAMAccountName: 'bob',
    userPrincipalName: 'bob@example.test',
    ...changes,
  });
}

let clouds = 0;

/** A live cloud-only member that shares nothing with anybody. */
export function cloudUser(changes: Partial<PracticeCloudUser> = {}): PracticeCloudUser {
  clouds++;
  return {
    id: `cccccccc-0000-4000-8000-${String(clouds).padStart(12, '0')}`,
    displayName: `Cloud ${clouds}`,
    userPrincipalName: `cloud${clouds}@example.test`,
    mail: null,
    userType: 'Member',
    accountEnabled: true,
    onPremisesImmutableId: null,
    onPremisesSyncEnabled: null,
    deletedDateTime: null,
    proxyAddresses: [],
    ...changes,
  };
}

const domain = (id: string, changes: Partial<People['tenant']['domains'][number]> = {}) => ({
  id,
  isDefault: false,
  isInitial: false,
  isVerified: true,
  authenticationType: 'Managed' as const,
  ...changes,
});

export const roleId = '62e90394-69f5-4237-9190-012177145e10';
export const features = (of: People['tenant']['features']): Partial<People['tenant']> => ({ features: of });
export const grant = (principalId: string) => ({ principalId, roleDefinitionId: roleId, directoryScopeId: '/' });

export type Parts = Partial<Pick<People, 'adUsers' | 'cloudUsers' | 'groups' | 'contacts'>> & {
  readonly tenant?: Partial<People['tenant']>;
  readonly roles?: Partial<NonNullable<People['roles']>>;
};

export function peopleOf({ tenant, roles, ...parts }: Parts): People {
  return {
    directory: { domain: 'example.test', netbiosName: 'EXAMPLE', bindUser: 'svc@example.test' },
    tenant: {
      id: '5a3d1c0e-7b42-4c8e-9f16-d20b6a94e7c1',
      displayName: 'Example',
      clientId: '0b6f6a3e-55f0-4f0c-8a3b-7c1d9e2f4a60',
      domains: [
        domain('example.test', { isDefault: true }),
        domain('example.onmicrosoft.test', { isInitial: true }),
        domain('federated.test', { authenticationType: 'Federated' }),
        domain('claimed.test', { isVerified: false }),
      ],
      ...tenant,
    },
    adUsers: [],
    adOthers: [],
    cloudUsers: [],
    ...parts,
    roles: {
      definitions: [{ id: roleId, displayName: 'Global Administrator' }],
      assignments: [],
      eligibilities: [],
      ...roles,
    },
  };
}

export type SyncedWorld = {
  readonly people: People;
  readonly tenant: PracticeTenant;
  /** Runs a cycle; an hour later than the one before. */
  readonly sync: (options?: SyncOptions) => SyncReport;
};

/** A tenant of these people, closed when the test is over. */
export async function world(people: People): Promise<SyncedWorld> {
  const { certPem, keyPem } = await testCertificates();
  const tenant = await startTenant(people, { tls: { certPem, keyPem }, clientSecret: 'not used here' });
  onTestFinished(() => tenant.close());
  let hour = 0;
  return {
    people,
    tenant,
    sync: (options) => practiceSync({ people, tenant }, { now: () => Date.UTC(2026, 10, 23, hour++), ...options }),
  };
}

export type Single = SyncedWorld & { readonly report: SyncReport; readonly line: SyncLine };

/** A world after one cycle, and its first AD user's line. */
export async function synced(parts: Parts, options: SyncOptions = {}): Promise<Single> {
  const made = await world(peopleOf(parts));
  const report = made.sync(options);
  const [line] = report.lines;
  if (!line) throw new Error('the world has no AD user');
  return { ...made, report, line };
}
