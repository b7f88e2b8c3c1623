// A plan and journal entries by hand. Imports nothing but types: processes that tests start use it too.
import type { Guid } from '../../src/core/guid.ts';
import type { JournalEntry, JournalHeader } from '../../src/core/journal.ts';
import type { PlanHeader } from '../../src/core/plan.ts';
import type { PlanRow } from '../../src/core/row.ts';

export const tenantId = '5a3d1c0e-7b42-4c8e-9f16-d20b6a94e7c1' as Guid;
export const at = '2026-11-23T11:53:08.000Z';

export const header: PlanHeader = {
  format: 3,
  kind: 'link',
  toolVersion: '0.1.0',
  tenant: { id: tenantId, name: 'Example Practice Tenant' },
  directory: { domain: 'example.test', source: 'ldaps://dc1.example.test' },
  sourceAnchor: 'auto',
  allowRelink: false,
  input: { path: 'mappings.csv', sha256: 'ab'.repeat(32) },
  extraColumns: ['note'],
  preflight: {
    sync: { isEnabled: true, lastSyncAt: '2026-11-23T11:30:00Z' },
    features: { hardMatchBlocked: false, softMatchBlocked: true },
    evidence: { users: 12, consistencyGuid: 5, objectGuid: 1, either: 4, custom: 0, neither: 0, notInAd: 2 },
    findings: [
      { code: 'check-not-permitted', facts: { check: 'directory roles', needs: 'RoleManagement.Read.Directory' } },
    ],
  },
  createdAt: at,
};

const nora: PlanRow = {
  line: 2,
  adText: 'nquill',
  cloudText: 'nora.quill@example.test',
  state: 'ready',
  step: 'link',
  reasons: [],
  warnings: [{ code: 'ad-user-disabled' }],
  ad: {
    dn: 'CN=Nora Quill,OU=People,DC=example,DC=test',
    objectGuid: '68ba1d52-423e-41f9-a9e6-e97cf3ef9ed5' as Guid,
    sourceAnchor: 'objectGUID',
    immutableId: 'Uh26aD5C+UGp5ul88++e1Q==',
    name: 'Nora Quill',
    sid: 'S-1-5-21-1004336348-1177238915-682003330-1105',
  },
  cloud: {
    id: '46c82861-23b9-470b-ab37-a08402a70c67' as Guid,
    userPrincipalName: 'nora.quill@example.test',
    name: 'Nora Quill',
    before: null,
    syncEnabled: null,
    userType: 'Member',
    accountEnabled: true,
  },
  after: 'Uh26aD5C+UGp5ul88++e1Q==',
  detour: { home: 'nora.quill@example.test', away: 'nora.quill@example.onmicrosoft.test' },
  forecast: {
    prediction: {
      kind: 'join-blocked',
      user: '46c82861-23b9-470b-ab37-a08402a70c67' as Guid,
      why: 'hard-match-blocked-in-tenant',
    },
    clashes: [{ attribute: 'mail', value: 'nquill@example.test', holder: 'the group Quills' }],
    overwrites: [{ attribute: 'proxyAddresses', cloud: null, ad: 'SMTP:nquill@example.test' }],
  },
  extra: ['by logon name'],
};

export const rows: readonly PlanRow[] = [
  nora,
  { ...nora, line: 3, state: 'kept', step: 'keep', warnings: [], detour: null, forecast: null },
  {
    ...nora,
    line: 7,
    state: 'held',
    step: null,
    reasons: [{ code: 'cloud-user-not-found', facts: { value: 'nora', note: '"\u2028\r\n' } }],
    cloud: null,
    after: null,
    detour: null,
    forecast: {
      prediction: { kind: 'out-of-scope', rule: 'its adminDescription is User_x' },
      clashes: [],
      overwrites: [],
    },
  },
];

export const journalHeader: JournalHeader = {
  kind: 'header',
  format: 2,
  fingerprint: `sha256:${'0'.repeat(64)}`,
  tenantId,
  at,
};

/** The two entries of one row. */
export function entriesOf(line: number): [JournalEntry, JournalEntry] {
  const userId = '46c82861-23b9-470b-ab37-a08402a70c67' as Guid;
  return [
    { kind: 'intent', line, userId, userPrincipalName: `user${line}@example.test`, before: null, after: 'x', at },
    { kind: 'outcome', line, userId, outcome: 'applied', code: null, attempts: 1, requestId: 'r', detail: '', at },
  ];
}
