// The practice tenant with the whole cast, and the adapter signed in to it as a user would: real TLS, real sign-in.
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Guid } from '../../src/core/guid.ts';
import { openTenant, type Tenant, type TenantSettings, type TenantTools } from '../../src/graph/tenant.ts';
import { makeRetry } from '../../src/run/retry.ts';
import { type People, readPeople } from '../../src/sandbox/people/people.ts';
import { type PracticeTenant, startTenant, type TenantOptions } from '../../src/sandbox/tenant/tenant.ts';
import { testCertificates } from '../support/certificates.ts';
import { silent, type TestClock, testClock } from './graph-server.ts';

export const cast = readPeople(join(import.meta.dirname, '../../fixtures/cast.json'));
export const secret = 'practice-secret~with.odd_characters';

export type Practice = {
  readonly tenant: PracticeTenant;
  readonly clock: TestClock;
  /** Signs in; closed when the test ends. */
  readonly open: (more?: {
    readonly settings?: Partial<TenantSettings>;
    readonly tools?: Partial<TenantTools>;
    /** Leaves the sign-in host to the cloud's own. */
    readonly atMicrosoft?: boolean;
  }) => Promise<Tenant>;
};

/** Starts a tenant that ends with the test. */
export async function practice(options: Partial<TenantOptions> = {}, people: People = cast): Promise<Practice> {
  const { caPem, certPem, keyPem } = await testCertificates();
  const tenant = await startTenant(people, { tls: { certPem, keyPem }, clientSecret: secret, ...options });
  onTestFinished(() => tenant.close());
  const clock = testClock();
  return {
    tenant,
    clock,
    open: async ({ settings = {}, tools = {}, atMicrosoft = false } = {}) => {
      const opened = await openTenant(
        {
          tenantId: tenant.tenantId,
          clientId: tenant.clientId,
          credential: { kind: 'secret', secret },
          cloud: 'public',
          graphUrl: tenant.graphUrl,
          ...(atMicrosoft ? {} : { authorityHost: tenant.authorityHost }),
          ...settings,
        },
        {
          clock,
          log: silent,
          retry: makeRetry(clock),
          http: { caPem, answerTimeoutMs: 5_000, env: process.env },
          ...tools,
        },
      );
      onTestFinished(() => opened.close());
      return opened;
    },
  };
}

/** The id of somebody in the cast, by the part of the UPN before the `@`. */
export function idOf(name: string): Guid {
  const user = cast.cloudUsers.find((one) => one.userPrincipalName.startsWith(`${name}@`));
  if (user === undefined) throw new Error(`nobody in the cast is called ${name}`);
  return user.id as Guid;
}
