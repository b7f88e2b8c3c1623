// A random world behind the real adapters: practice directory and practice tenant on loopback, read as a user would.
import { openLdapDirectory } from '../../../src/ad/ldap/directory.ts';
import { openTenant } from '../../../src/graph/tenant.ts';
import type { Clock, Directory, TenantReader } from '../../../src/run/ports.ts';
import { makeRetry } from '../../../src/run/retry.ts';
import { startDirectory } from '../../../src/sandbox/directory/directory.ts';
import { makeCertificates } from '../../../src/sandbox/http/certificates.ts';
import type { People } from '../../../src/sandbox/people/people.ts';
import { type PracticeTenant, startTenant } from '../../../src/sandbox/tenant/tenant.ts';
import { silentLog } from '../in-memory.ts';

const secret = 'practice-secret';
const password = 'practice-Passw0rd';

const clock: Clock = {
  now: () => new Date(),
  sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
  random: () => 0.5,
};

// One set of keys for all worlds: making them takes longer than a small world.
let certificates: ReturnType<typeof makeCertificates> | undefined;

export type ServedWorld = {
  readonly practice: PracticeTenant;
  readonly directory: Directory;
  readonly tenant: TenantReader;
  readonly clock: Clock;
};

/** A tenant of these people for a cycle of its own; nothing is left open after it. */
export async function withTenant<Result>(people: People, work: (practice: PracticeTenant) => Result): Promise<Result> {
  const { certPem, keyPem } = await (certificates ??= makeCertificates());
  const practice = await startTenant(people, { tls: { certPem, keyPem }, clientSecret: secret });
  try {
    return work(practice);
  } finally {
    await practice.close();
  }
}

/** Serves the people while the work lasts; nothing is left open after it. */
export async function withServed<Result>(
  people: People,
  work: (served: ServedWorld) => Promise<Result>,
): Promise<Result> {
  const { caPem, certPem, keyPem } = await (certificates ??= makeCertificates());
  const tls = { certPem, keyPem };
  const endings: (() => Promise<void>)[] = [];
  try {
    const ldap = await startDirectory(people, { password, tls });
    endings.unshift(() => ldap.close());
    const practice = await startTenant(people, { tls, clientSecret: secret, callerRole: 'privileged' });
    endings.unshift(() => practice.close());
    const tools = { clock, log: silentLog, retry: makeRetry(clock) };
    const directory = await openLdapDirectory(
      { urls: [ldap.ldapsUrl], user: ldap.bindUser, password, caPem, startTls: false, allowPlaintext: false },
      { ...tools, signal: undefined },
    );
    endings.unshift(() => directory.close());
    const tenant = await openTenant(
      {
        tenantId: practice.tenantId,
        clientId: practice.clientId,
        credential: { kind: 'secret', secret },
        cloud: 'public',
        graphUrl: practice.graphUrl,
        authorityHost: practice.authorityHost,
      },
      { ...tools, http: { caPem } },
    );
    endings.unshift(() => tenant.close());
    return await work({ practice, directory, tenant: tenant.reader, clock });
  } finally {
    for (const end of endings) await end();
  }
}
