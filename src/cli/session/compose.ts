// The one place where adapters are built and handed to use cases.
import type { openLdapDirectory } from '../../ad/ldap/directory.ts';
import type { DirectorySettings } from '../../config/directory.ts';
import type { Settings } from '../../config/settings.ts';
import type { SignIn, TenantSettings } from '../../config/tenant.ts';
import type { Credential } from '../../graph/sign-in/sign-in.ts';
import { openTenant, type Tenant } from '../../graph/tenant.ts';
import type { Clock, Directory, Log, Retry, RunFolder } from '../../run/ports.ts';
import { openJournal, readJournal } from '../../storage/journal.ts';
import { lockRunFolder } from '../../storage/lock.ts';
import { removeVerification, writeVerification } from '../../storage/verification-file.ts';
import type { Host } from '../host/host.ts';
import { refusingOthers } from './tenant-check.ts';

export type AdapterTools = {
  readonly clock: Clock;
  readonly log: Log;
  readonly retry: Retry;
  /** Aborted when the run is over: whatever is under way is given up. */
  readonly signal: AbortSignal;
  /** The way out to the network: proxies, and whom to trust. */
  readonly host: Pick<Host, 'env' | 'caPem'>;
};

/** The directory that the settings name; closed by whoever opened it. */
export async function composeDirectory(settings: Settings, tools: AdapterTools): Promise<Directory> {
  const chosen = needed(settings.directory, 'directory');
  const isGuidAlone = settings.run.sourceAnchor.kind === 'objectGUID';
  // Loaded when needed: a reviewed plan is applied without AD, and one of the two is never needed.
  if (chosen.kind === 'export') {
    const { openAdExport } = await import('../../ad/export/directory.ts');
    const { log, signal } = tools;
    return openAdExport(chosen.path, { consistencyGuidNeeded: !isGuidAlone, log, signal });
  }
  const ldap = await import('../../ad/ldap/directory.ts');
  return ldap.openLdapDirectory(ldapSettings(chosen), tools);
}

function ldapSettings(chosen: DirectorySettings & { kind: 'ldap' }): Parameters<typeof openLdapDirectory>[0] {
  const { kind: _kind, password, ...others } = chosen;
  return { ...others, password: password.reveal() };
}

/** The tenant that the settings name, signed in. */
export async function composeTenant(settings: Settings, tools: AdapterTools): Promise<Tenant> {
  const { answerTimeout, confirmTenant, ...chosen } = needed(settings.tenant, 'tenant');
  const { env, caPem } = tools.host;
  const http = { answerTimeoutMs: answerTimeout, env, ...(caPem === undefined ? {} : { caPem }) };
  const tenant = await openTenant(tenantSettings(chosen), { ...tools, http });
  return { ...tenant, reader: refusingOthers(tenant.reader, confirmTenant) };
}

/** The run folder at this path. */
export function composeRunFolder(path: string): RunFolder {
  return {
    path,
    lock: () => lockRunFolder(path),
    readJournal: () => readJournal(path),
    openJournal: (header) => openJournal(path, header),
    removeVerification: () => removeVerification(path),
    writeVerification: (fingerprint, verifications) => writeVerification(path, fingerprint, verifications),
  };
}

function tenantSettings(
  chosen: Omit<TenantSettings, 'answerTimeout' | 'confirmTenant'>,
): Parameters<typeof openTenant>[0] {
  const { signIn, others, ...settings } = chosen;
  return {
    ...settings,
    credential: credentialOf(signIn),
    others: others.map(({ number, clientId, signIn: own }) => ({ number, clientId, credential: credentialOf(own) })),
  };
}

function credentialOf(signIn: SignIn): Credential {
  if (signIn.kind === 'secret') return { kind: 'secret', secret: signIn.secret.reveal() };
  const { pem, password } = signIn;
  return { kind: 'certificate', pem: pem.reveal(), ...(password ? { passphrase: password.reveal() } : {}) };
}

function needed<Part>(part: Part | null, name: string): Part {
  // Settings are loaded with what the command needs; a missing part is a command that forgot to say so.
  if (part === null) throw new Error(`the command did not ask for ${name} settings`);
  return part;
}
