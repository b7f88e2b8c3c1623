// Builders for people and rows; numbers make distinct, stable GUIDs.
import { guidFromText, type Guid } from '../../src/core/guid.ts';
import { immutableIdOfGuid } from '../../src/core/ids/immutable-id.ts';
import { parseAdRef, parseCloudRef } from '../../src/core/ids/parse-reference.ts';
import type { Mappings, Pairing, PlanRow } from '../../src/core/row.ts';
import type { AdUser, CloudUser } from '../../src/core/users.ts';

export function guid(kind: 'ad' | 'cloud' | 'other', n: number): Guid {
  const prefix = { ad: 'aaaaaaaa', cloud: 'cccccccc', other: '0ddba11d' }[kind];
  const made = guidFromText(`${prefix}-0000-4000-8000-${String(n).padStart(12, '0')}`);
  if (!made) throw new Error('not a GUID');
  return made;
}

/** The objectSid of AD user n. */
export const sid = (n: number): string => `S-1-5-21-1004336348-1177238915-682003330-${1_000 + n}`;

export function adUser(n: number, more: Partial<AdUser> = {}): AdUser {
  return {
    dn: `CN=User ${n},OU=People,DC=example,DC=test`,
    objectGuid: guid('ad', n),
    samAccountName: `u${n}`,
    userPrincipalName: `u${n}@example.test`,
    mail: `u${n}@example.test`,
    proxyAddresses: [],
    enabled: true,
    adminDescription: null,
    sid: sid(n),
    isCriticalSystemObject: false,
    mailNickname: null,
    recipientTypeDetails: null,
    displayName: null,
    givenName: null,
    surname: null,
    employeeId: null,
    targetAddress: null,
    hasMailbox: false,
    consistencyGuid: null,
    customAnchor: null,
    ...more,
  };
}

export function cloudUser(n: number, more: Partial<CloudUser> = {}): CloudUser {
  return {
    id: guid('cloud', n),
    userPrincipalName: `u${n}@example.test`,
    displayName: `User ${n}`,
    givenName: null,
    surname: null,
    employeeId: null,
    mail: `u${n}@example.test`,
    userType: 'Member',
    accountEnabled: true,
    onPremisesImmutableId: null,
    onPremisesSyncEnabled: null,
    proxyAddresses: [],
    otherMails: [],
    licences: 0,
    hasMailbox: false,
    isAgent: false,
    sid: null,
    dn: null,
    lastSyncAt: null,
    objectIdentifier: null,
    deletedDateTime: null,
    ...more,
  };
}

/** The immutable ID of AD user n when nothing but objectGUID is set. */
export const idOf = (n: number): string => immutableIdOfGuid(guid('ad', n));

export function pairing(
  line: number,
  [ad, cloud]: readonly [ad: string, cloud: string],
  more: Partial<Pairing> = {},
): Pairing {
  return {
    line,
    adText: ad,
    cloudText: cloud,
    ad: ad === '' ? null : parseAdRef(ad),
    cloud: cloud === '' ? null : parseCloudRef(cloud),
    claimedId: null,
    extra: [],
    ...more,
  };
}

export function mappings(pairings: readonly Pairing[]): Mappings {
  return { path: 'mappings.csv', sha256: 'ab'.repeat(32), extraColumns: [], pairings };
}

/** A ready row that links AD user n with cloud user n by objectGUID. */
export function planRow(n: number, more: Partial<PlanRow> = {}): PlanRow {
  const { dn, objectGuid } = adUser(n);
  const { id, userPrincipalName } = cloudUser(n);
  return {
    line: n,
    adText: `u${n}`,
    cloudText: userPrincipalName,
    state: 'ready',
    step: 'link',
    reasons: [],
    warnings: [],
    ad: { dn, objectGuid, sourceAnchor: 'objectGUID', immutableId: idOf(n), name: `User ${n}`, sid: sid(n) },
    cloud: {
      id,
      userPrincipalName,
      name: `User ${n}`,
      before: null,
      syncEnabled: null,
      userType: 'Member',
      accountEnabled: true,
    },
    after: idOf(n),
    detour: null,
    forecast: null,
    extra: [],
    ...more,
  };
}
