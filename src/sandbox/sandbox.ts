// The sandbox as a whole: both practice servers, one CA, one set of credentials made at start, and the sync between them.
// docs/sandbox-directory.md, docs/sandbox-tenant.md and docs/sandbox-sync.md say how each behaves.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates } from './certificates.ts';
import { type PracticeDirectory, type PracticeDirectoryOptions, startDirectory } from './directory.ts';
import type { People } from './people.ts';
import { answerControl } from './sync-control.ts';
import { practiceSync, type SyncOptions, type SyncReport } from './sync-cycle.ts';
import { type PracticeTenant, startTenant, type TenantOptions } from './tenant.ts';

export type SandboxOptions = {
  readonly directory?: Partial<Omit<PracticeDirectoryOptions, 'tls' | 'password'>>;
  readonly tenant?: Partial<Omit<TenantOptions, 'tls' | 'clientSecret'>>;
};

export type Sandbox = {
  readonly directory: PracticeDirectory;
  readonly tenant: PracticeTenant;
  /** PEM file of the CA that both servers' certificates come from; removed on close. */
  readonly caFile: string;
  /** The variables that point the real commands at the sandbox, NODE_EXTRA_CA_CERTS included. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Runs one practice sync cycle over everybody, at the tenant's time unless told otherwise; docs/sandbox-sync.md says what
   * it does. From outside: POST /_practice/sync on the tenant's address, as long as no test has put a hook of its own.
   */
  syncCycle(options?: SyncOptions): SyncReport;
  close(): Promise<void>;
};

/** Starts a practice directory and a practice tenant on loopback, with fresh certificates, password and secret. */
export async function startSandbox(people: People, options: SandboxOptions = {}): Promise<Sandbox> {
  const { caPem, certPem, keyPem } = await makeCertificates();
  const tls = { certPem, keyPem };
  const password = randomBytes(18).toString('base64url');
  const clientSecret = randomBytes(24).toString('base64url');
  const folder = await mkdtemp(join(tmpdir(), 'hardmatch-sandbox-'));
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, caPem, { mode: 0o600 });
  const directory = await startDirectory(people, { ...options.directory, password, tls });
  const tenant = await startTenant(people, { ...options.tenant, clientSecret, tls });
  const now = options.tenant?.now ?? Date.now;
  const syncCycle = (cycle?: SyncOptions): SyncReport => practiceSync({ people, tenant }, { now, ...cycle });
  tenant.hooks.onRequest = (request) => answerControl(request, syncCycle);
  return {
    directory,
    tenant,
    caFile,
    syncCycle,
    environment: {
      HARDMATCH_AD_URL: directory.ldapsUrl,
      HARDMATCH_AD_USER: directory.bindUser,
      HARDMATCH_AD_PASSWORD: password,
      HARDMATCH_AD_CA_FILE: caFile,
      AZURE_TENANT_ID: tenant.tenantId,
      AZURE_CLIENT_ID: tenant.clientId,
      AZURE_CLIENT_SECRET: clientSecret,
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
