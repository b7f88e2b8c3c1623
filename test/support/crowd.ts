// Many people, made by number: for scale, not for cases.
import { createHash } from 'node:crypto';
import { guidFromBytes } from '../../src/core/guid.ts';
import type { People } from '../../src/sandbox/people.ts';

/** `count` AD users `u0000001`… with a cloud user each, a third of them with a ConsistencyGuid of their own. */
export function crowd(count: number): People {
  const guid = (kind: string, n: number): string =>
    guidFromBytes(createHash('sha256').update(`${kind}:${n}`).digest().subarray(0, 16));
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const name = (n: number): string => `u${String(n).padStart(7, '0')}`;
  return {
    directory: { domain: 'example.test', netbiosName: 'EXAMPLE', bindUser: 'svc-hardmatch@example.test' },
    tenant: {
      id: '5a3d1c0e-7b42-4c8e-9f16-d20b6a94e7c1',
      displayName: 'Example Practice Tenant',
      clientId: '0b6f6a3e-55f0-4f0c-8a3b-7c1d9e2f4a60',
      domains: [
        { id: 'example.test', isDefault: true, isInitial: false, isVerified: true, authenticationType: 'Managed' },
      ],
    },
    adUsers: numbers.map((n) => ({
      cn: `User ${n}`,
      ou: 'People',
      objectGUID: guid('ad', n),
      sAMAccountName: name(n),
      userPrincipalName: `${name(n)}@example.test`,
      mail: `${name(n)}@example.test`,
      proxyAddresses: [],
      ...(n % 3 === 0 ? { 'mS-DS-ConsistencyGuid': guid('consistency', n) } : {}),
    })),
    adOthers: [],
    cloudUsers: numbers.map((n) => ({
      id: guid('cloud', n),
      displayName: `User ${n}`,
      userPrincipalName: `${name(n)}@example.test`,
      mail: `${name(n)}@example.test`,
      userType: 'Member',
      accountEnabled: true,
      onPremisesImmutableId: null,
      onPremisesSyncEnabled: null,
      deletedDateTime: null,
      proxyAddresses: [],
    })),
  };
}

/** The mappings file of a crowd's first `rows`. */
export function crowdMappings(rows: number): string {
  const name = (n: number): string => `u${String(n).padStart(7, '0')}`;
  const lines = Array.from({ length: rows }, (_, index) => `${name(index + 1)},${name(index + 1)}@example.test`);
  return `ad_user,cloud_user\n${lines.join('\n')}\n`;
}
