// The sandbox as a whole: both practice servers, one CA, one set of credentials made at start, and the sync between them.
//   directory/   LDAP (docs/sandbox-directory.md)        tenant/    Graph (docs/sandbox-tenant.md)
//   sign-in/     tokens                                  odata/     filters, query options, properties, users
//   sync/        the cycle (docs/sandbox-sync.md)        faults/    what is to go wrong (docs/sandbox-faults.md)
//   http/        requests, refusals, certificates, quota
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CertificateFlaw } from './http/certificate-flaws.ts';
import { issueWith, makeAuthority } from './http/certificates.ts';
import { type PracticeDirectory, type PracticeDirectoryOptions, startDirectory } from './directory/directory.ts';
import { answerFaultControl } from './faults/control.ts';
import { type Faults, createFaults } from './faults/engine.ts';
import type { FaultScript } from './faults/script.ts';
import type { People } from './people/people.ts';
import { answerControl } from './sync/control.ts';
import { practiceSync, type SyncOptions, type SyncReport } from './sync/cycle.ts';
import { type PracticeTenant, startTenant, type TenantOptions } from './tenant/tenant.ts';

export type SandboxOptions = {
  readonly directory?: Partial<Omit<PracticeDirectoryOptions, 'tls' | 'password' | 'faults'>>;
  readonly tenant?: Partial<Omit<TenantOptions, 'tls' | 'clientSecret' | 'furtherApplications' | 'faults'>>;
  /** Applications of the tenant, 1 to 3; 1 by default. Each has a quota of its own. */
  readonly applications?: number;
  /** What is to go wrong; nothing by default. A script that cannot be used makes startSandbox reject. */
  readonly faults?: FaultScript;
  /** What is wrong with the certificates; nothing by default. */
  readonly certificates?: {
    readonly directory?: CertificateFlaw | undefined;
    readonly tenant?: CertificateFlaw | undefined;
  };
};

export type Sandbox = {
  readonly directory: PracticeDirectory;
  readonly tenant: PracticeTenant;
  /**
   * What goes wrong, on both sides: to be replaced and counted while the sandbox runs. From outside: GET, POST and DELETE
   * /_practice/faults on the tenant's address.
   */
  readonly faults: Faults;
  /** PEM file of the CA that both servers' certificates come from; removed on close. */
  readonly caFile: string;
  /** The variables that point the real commands at the sandbox, NODE_EXTRA_CA_CERTS included. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Runs one practice sync cycle over everybody, at the tenant's time unless told otherwise; docs/sandbox-sync.md says what
   * it does. From outside: POST /_practice/sync on the tenant's address.
   */
  syncCycle(options?: SyncOptions): SyncReport;
  close(): Promise<void>;
};

const furtherIds = ['1d2f6c0a-4b0e-4f0f-9a51-7a2d3c5e8b62', '2e9b7d41-8c3a-4d6e-b7f0-5f1a9c0d4e73'];
const makeSecret = (): string => randomBytes(24).toString('base64url');

/** The variables of the applications beside the first end in their number. */
function environmentOf(further: readonly { readonly clientId: string; readonly clientSecret: string }[]) {
  const pairs = further.flatMap(({ clientId, clientSecret }, index) => [
    [`AZURE_CLIENT_ID_${index + 2}`, clientId],
    [`AZURE_CLIENT_SECRET_${index + 2}`, clientSecret],
  ]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

/** Starts a practice directory and a practice tenant on loopback, with fresh certificates, password and secret. */
export async function startSandbox(people: People, options: SandboxOptions = {}): Promise<Sandbox> {
  const faults = createFaults(options.faults);
  const authority = await makeAuthority();
  const directoryTls = await issueWith(options.certificates?.directory, authority);
  const tenantTls = await issueWith(options.certificates?.tenant, authority);
  const password = randomBytes(18).toString('base64url');
  const clientSecret = makeSecret();
  const furtherApplications = furtherIds.slice(0, (options.applications ?? 1) - 1).map((clientId) => ({
    clientId,
    clientSecret: makeSecret(),
  }));
  const folder = await mkdtemp(join(tmpdir(), 'hardmatch-sandbox-'));
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, authority.caPem, { mode: 0o600 });
  const directory = await startDirectory(people, { ...options.directory, password, tls: directoryTls, faults });
  const tenant = await startTenant(people, {
    ...options.tenant,
    clientSecret,
    furtherApplications,
    tls: tenantTls,
    faults,
  });
  const now = options.tenant?.now ?? Date.now;
  const syncCycle = (cycle?: SyncOptions): SyncReport => practiceSync({ people, tenant }, { now, ...cycle });
  tenant.hooks.onPractice = (request) => answerControl(request, syncCycle) ?? answerFaultControl(request, faults);
  return {
    directory,
    tenant,
    faults,
    caFile,
    syncCycle,
    environment: {
      HARDMATCH_AD_URL: directory.controllers.map(({ ldapsUrl }) => ldapsUrl).join(','),
      HARDMATCH_AD_USER: directory.bindUser,
      HARDMATCH_AD_PASSWORD: password,
      HARDMATCH_AD_CA_FILE: caFile,
      AZURE_TENANT_ID: tenant.tenantId,
      AZURE_CLIENT_ID: tenant.clientId,
      AZURE_CLIENT_SECRET: clientSecret,
      ...environmentOf(furtherApplications),
      HARDMATCH_GRAPH_URL: tenant.graphUrl,
      AZURE_AUTHORITY_HOST: tenant.authorityHost,
      NODE_EXTRA_CA_CERTS: caFile,
    },
    close: async () => {
      await Promise.all([directory.close(), tenant.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
