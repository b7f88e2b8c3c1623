// A plan and journal entries by hand. Imports nothing but types: processes that tests start use it too.
import type { Guid } from '../../src/core/guid.ts';
import type { JournalEntry, JournalHeader } from '../../src/core/journal.ts';
import type { PlanHeader } from '../../src/core/plan.ts';
import type { PlanRow } from '../../src/core/row.ts';

export const tenantId = '5a3d1c0e-7b42-4c8e-9f16-d20b6a94e7c1' as Guid;
export const at = '2026-11-23T11:53:08.000Z';

export const header: PlanHeader = {
  format: 1,
  kind: 'link',
  toolVersion: '0.1.0',
  tenant: { id: tenantId, name: 'Example Practice Tenant' },
  directory: { domain: 'example.test', source: 'ldaps://dc1.example.test' },
  sourceAnchor: 'auto',
  allowRelink: false,
  input: { path: 'mappings.csv', sha256: 'ab'.repeat(32) },
  extraColumns: ['note'],
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
  },
  cloud: {
    id: '46c82861-23b9-470b-ab37-a08402a70c67' as Guid,
    userPrincipalName: 'nora.quill@example.test',
    before: null,
    syncEnabled: null,
  },
  after: 'Uh26aD5C+UGp5ul88++e1Q==',
  extra: ['by logon name'],
};

export const rows: readonly PlanRow[] = [
  nora,
  { ...nora, line: 3, state: 'kept', step: 'keep', warnings: [] },
  {
    ...nora,
    line: 7,
    state: 'held',
    step: null,
    reasons: [{ code: 'cloud-user-not-found', facts: { value: 'nora', note: '"\u2028\r\n' } }],
    cloud: null,
    after: null,
  },
];

export const journalHeader: JournalHeader = {
  kind: 'header',
  format: 1,
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
