// Run records made of the cast's people: one each of what can happen, and as many rows as a size test wants.
import { readFileSync } from 'node:fs';
import { guidFromText, type Guid } from '../../src/core/guid.ts';
import { immutableIdOfGuid } from '../../src/core/immutable-id.ts';
import type { OutcomeKind } from '../../src/core/journal.ts';
import type { Finding } from '../../src/core/reasons.ts';
import type { ResultRow, RunRecord, Summary, VerdictKind, VerificationRow } from '../../src/core/result.ts';
import type { PlanRow, PlannedAd, PlannedCloud } from '../../src/core/row.ts';
import { exitCodeOf, tally } from '../../src/core/tally.ts';
import { readPeople } from '../../src/sandbox/people.ts';

const people = readPeople('fixtures/cast.json');

/** The pairings of mappings.example.csv, by their AD cell: what the plan decided about each. */
const decided: Readonly<Record<string, { reasons?: readonly Finding[]; warnings?: readonly Finding[] }>> = {
  dfrost: { warnings: [{ code: 'ad-user-disabled' }] },
  mokafor: { warnings: [differsFromGuid('da83ea3d-06f0-49ab-a9dc-b7ba54f88f1b')] },
  butf: { warnings: [differsFromGuid('59737fab-9bb3-4d08-a608-6a0686b63f83')] },
  bmark: { warnings: [differsFromGuid('85cdd173-d52c-4c6f-a396-47af29d4f5bc')] },
  wsync: held('cloud-user-synced', { current: 'nCwYW1rVgEmgMjISmGeyEQ==' }),
  ostern: held('cloud-user-synced', { current: 'kEE35EGn80ep+VTtdqMN/Q==' }),
  rholt: held('relink-not-allowed', { current: 'PPOXtmhroUujDbRFK9gjDw==' }),
  ltwin: held('immutable-id-held-by-other', {
    holder: 'ltwin1234@example.onmicrosoft.test (8702de56-f754-4fe8-aeba-b0c60782e7ce)',
  }),
  gbin: held('immutable-id-held-by-deleted', {
    holder: '672c888bd0fd4ddaa38bc7fe8874141agbin5678@example.onmicrosoft.test (672c888b-d0fd-4dda-a38b-c7fe8874141a)',
  }),
  rgone: held('cloud-user-deleted', { deleted: '2026-11-10T16:40:00Z' }),
  pguest: held('cloud-user-guest'),
  'twice@example.test': held('ad-user-ambiguous', {
    value: 'twice@example.test',
    candidates: 'CN=Twice Named A,OU=People,DC=example,DC=test; CN=Twice Named B,OU=People,DC=example,DC=test',
  }),
  nobody: held('ad-user-not-found', { value: 'nobody' }),
  'all-staff': held('ad-not-a-user', {
    value: 'all-staff',
    objectClass: 'group',
    dn: 'CN=All Staff,OU=People,DC=example,DC=test',
  }),
  klost: held('cloud-user-not-found', { value: 'ken.lost@example.test' }),
  mformed: held('anchor-malformed', { attribute: 'mS-DS-ConsistencyGuid', why: 'it has 5 bytes' }),
  copy1: held('two-rows-one-anchor', { lines: '24 and 25' }),
  copy2: held('two-rows-one-anchor', { lines: '24 and 25' }),
  ddup: held('duplicate-ad-user', { lines: '26 and 27' }),
  'ddup@example.test': held('duplicate-ad-user', { lines: '26 and 27' }),
  eshare: held('duplicate-cloud-user', { lines: '28 and 29' }),
  fshare: held('duplicate-cloud-user', { lines: '28 and 29' }),
  ecell: held('missing-value', { column: 'cloud_user' }),
  '4ecec2f4081f5843abdcfe3f035af4cd': held('bad-reference', {
    value: '4ecec2f4081f5843abdcfe3f035af4cd',
    column: 'ad_user',
    why: '32 hex digits without dashes may be a GUID or its raw bytes; write the GUID with dashes',
  }),
};

function held(code: Finding['code'], facts: Record<string, string> = {}): { reasons: Finding[] } {
  return { reasons: [{ code, facts }] };
}

function differsFromGuid(objectGuid: string): Finding {
  return { code: 'anchor-differs-from-guid', facts: { objectGuid } };
}

function guid(text: string): Guid {
  const read = guidFromText(text);
  if (!read) throw new Error(`not a GUID: ${text}`);
  return read;
}

function adOf(text: string): PlannedAd | null {
  const name = text.replace(/^EXAMPLE\\/, '').toLowerCase();
  const found = people.adUsers.filter((user) =>
    [
      user.sAMAccountName,
      user.userPrincipalName,
      user.objectGUID,
      `cn=${user.cn},ou=${user.ou},dc=example,dc=test`,
    ].some((known) => known?.toLowerCase() === name),
  );
  const [user] = found;
  if (!user || found.length > 1) return null;
  const consistency = user['mS-DS-ConsistencyGuid'];
  const base = {
    dn: `CN=${user.cn.replace(',', '\\,')},OU=${user.ou},DC=example,DC=test`,
    objectGuid: guid(user.objectGUID),
  };
  if (consistency === undefined) {
    return { ...base, sourceAnchor: 'objectGUID', immutableId: immutableIdOfGuid(guid(user.objectGUID)) };
  }
  const immutableId =
    typeof consistency === 'string'
      ? immutableIdOfGuid(guid(consistency))
      : Buffer.from(consistency.hex, 'hex').toString('base64');
  return {
    ...base,
    sourceAnchor: 'mS-DS-ConsistencyGuid',
    immutableId: immutableId.length === 24 ? immutableId : null,
  };
}

function cloudOf(text: string): PlannedCloud | null {
  const user = people.cloudUsers.find((each) => each.userPrincipalName === text || each.id === text);
  if (!user) return null;
  return {
    id: guid(user.id),
    userPrincipalName: user.userPrincipalName,
    before: user.onPremisesImmutableId,
    syncEnabled: user.onPremisesSyncEnabled,
  };
}

function exampleRow(line: number, cells: readonly string[]): PlanRow {
  const [adText = '', cloudText = '', note = ''] = cells;
  const { reasons = [], warnings = [] } = decided[adText] ?? {};
  const ad = adOf(adText);
  const cloud = cloudOf(cloudText);
  const isKept = reasons.length === 0 && cloud?.before !== null && cloud?.before === ad?.immutableId;
  return {
    line,
    adText,
    cloudText,
    state: reasons.length > 0 ? 'held' : isKept ? 'kept' : 'ready',
    step: reasons.length > 0 ? null : isKept ? 'keep' : 'link',
    reasons,
    warnings,
    ad,
    cloud,
    after: reasons.length > 0 ? null : (ad?.immutableId ?? null),
    extra: [note],
  };
}

/** The rows of mappings.example.csv as the plan has them. */
export function exampleRows(): PlanRow[] {
  const records = readFileSync('mappings.example.csv', 'utf8').trimEnd().split('\n').slice(1);
  // Enough of a reader for this one file: quotes around whole cells, none inside.
  return records.map((record, at) => {
    const cells = [...record.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g)].map((cell) => cell[1] ?? cell[2] ?? '');
    return exampleRow(at + 2, cells);
  });
}

type Parts = {
  readonly rows: readonly PlanRow[];
  readonly results?: readonly ResultRow[] | null;
  readonly verifications?: readonly VerificationRow[] | null;
  readonly extraColumns?: readonly string[];
  readonly summary?: Partial<Summary>;
};

/** A record around the given rows, with counts that fit them. */
export function recordOf({
  rows,
  results = null,
  verifications = null,
  extraColumns = ['note'],
  summary,
}: Parts): RunRecord {
  const { counts, reasons } = tally(rows, results, verifications);
  return {
    summary: {
      tool: { name: 'hardmatch', version: '0.1.0' },
      command: results ? 'apply' : verifications ? 'verify' : 'plan',
      tenant: { id: people.tenant.id, name: people.tenant.displayName },
      directory: { domain: people.directory.domain, source: 'ldaps://dc1.example.test:636' },
      sourceAnchor: 'auto',
      input: {
        path: 'mappings.example.csv',
        sha256: '6f1d3a0c5be2497d8a10c4f7e2b9356d0a8c1f7be4d25963807fa1c2d3e4b5a6',
      },
      fingerprint: 'sha256:b0d94f1c6a7e38254c1b9f0e7d6a5c4b3f2e1d0c9b8a79685746352413029f8e',
      counts,
      reasons,
      requests: { graph: 14, graphWrites: results ? 11 : 0, graphThrottled: 0, ldapSearches: 3 },
      startedAt: '2026-11-23T10:15:00.000Z',
      finishedAt: '2026-11-23T10:15:03.412Z',
      exitCode: exitCodeOf(counts),
      run: 'runs/20261123T101500Z-mappings.example',
      ...summary,
    },
    planCreatedAt: '2026-11-23T10:15:02.118Z',
    extraColumns,
    rows,
    results,
    verifications,
  };
}

/** A dry run over mappings.example.csv. */
export function plannedRun(): RunRecord {
  return recordOf({ rows: exampleRows() });
}

type Ending = { outcome: OutcomeKind; reasons?: readonly Finding[]; detail?: string; attempts?: number };

/** How the example's ready rows ended where it is not `applied`: one of each kind of trouble. */
const endings: Readonly<Record<string, Ending>> = {
  apires: {
    outcome: 'rejected',
    reasons: [{ code: 'forbidden' }],
    detail: 'Insufficient privileges to complete the operation.',
  },
  mokafor: {
    outcome: 'stale',
    detail: 'The cloud user has the immutable ID hpCFGoZO1EKb6sVt3bE7Vw== now; it had none.',
  },
  butf: { outcome: 'uncertain', reasons: [{ code: 'timed-out' }], detail: 'No answer within 30 s.', attempts: 3 },
  bmark: { outcome: 'already', attempts: 0 },
  dfrost: { outcome: 'not-reached', attempts: 0 },
};

function resultOf(row: PlanRow, at: number): ResultRow {
  const idle = { attempts: 0, requestId: null, finishedAt: null, detail: '' };
  if (row.state !== 'ready') return { row, outcome: row.state, reasons: row.reasons, ...idle };
  const ending = endings[row.adText.replace('EXAMPLE\\', '')] ?? { outcome: 'applied' };
  if (ending.outcome === 'not-reached') return { row, outcome: 'not-reached', reasons: [], ...idle };
  return {
    row,
    outcome: ending.outcome,
    reasons: ending.reasons ?? [],
    attempts: ending.attempts ?? 1,
    requestId: `7c2f0a1e-0000-4000-8000-${String(at).padStart(12, '0')}`,
    finishedAt: `2026-11-23T10:22:${String(at % 60).padStart(2, '0')}.000Z`,
    detail: ending.detail ?? '',
  };
}

const verdicts: Readonly<Partial<Record<OutcomeKind, VerdictKind>>> = {
  applied: 'matches',
  already: 'matches',
  kept: 'matches',
  rejected: 'differs',
  stale: 'differs',
  uncertain: 'unreadable',
};

function verificationOf({ row, outcome }: ResultRow): VerificationRow {
  let verdict = verdicts[outcome] ?? 'not-checked';
  if (row.adText === 'nquill') verdict = 'differs';
  if (row.adText.startsWith("sean.o'")) verdict = 'missing';
  const isRead = verdict !== 'not-checked';
  return {
    row,
    verdict,
    expected: isRead ? (row.after ?? row.cloud?.before ?? null) : null,
    actual: verdict === 'matches' ? row.after : row.adText === 'nquill' ? 'AAECAwQFBgcICQoLDA0ODw==' : null,
    checkedAt: isRead ? '2026-11-23T10:23:10.000Z' : null,
    detail: '',
  };
}

/** The example applied, with one of each kind of trouble, and read back. */
export function appliedRun(): RunRecord {
  const rows = exampleRows();
  const results = rows.map((row, at) => resultOf(row, at));
  const verifications = results.map((result) => verificationOf(result));
  return recordOf({ rows, results, verifications, summary: { finishedAt: '2026-11-23T10:23:11.000Z' } });
}

/** The example applied without any trouble, then read by the verify command. */
export function verifiedRun(): RunRecord {
  const rows = exampleRows().filter((row) => row.state !== 'held');
  const verifications = rows.map((row): VerificationRow => ({
    row,
    verdict: 'matches',
    expected: row.after,
    actual: row.after,
    checkedAt: '2026-11-24T07:00:00.000Z',
    detail: '',
  }));
  return recordOf({ rows, verifications });
}

/** The example's applied rows, taken back. */
export function rollbackRun(): RunRecord {
  const rows = exampleRows()
    .filter((row) => row.state === 'ready')
    .map((row): PlanRow => ({
      ...row,
      step: 'unlink',
      warnings: [],
      cloud: row.cloud && { ...row.cloud, before: row.after },
      after: null,
    }));
  return recordOf({ rows, summary: { command: 'rollback' } });
}

/** Cells that try to become something else in HTML, in a spreadsheet, at a terminal or to the reader's eye. */
export const hostileCells: readonly string[] = [
  '<img src=x onerror="window.pwned=1">',
  '</script><script>window.pwned=1</script>',
  '</style><style>*{display:none}</style>',
  '<!--',
  ']]>',
  '" onmouseover="window.pwned=1',
  "' autofocus onfocus='window.pwned=1",
  '&lt;b&gt; &amp;amp;',
  "$& $1 $` $'",
  'line\u2028separator\u2029here',
  'invoice\u202egpj.exe',
  'zero\u200bwidth and\u00a0no-break',
  '\u001b[2J\u001b[31mred',
  'null\u0000byte',
  '\ud800lone surrogate',
  '=HYPERLINK("http://evil.test","click")',
  '+f+bH/Mb+ZUq4IS9AopLRhQ==',
  '-2+3',
  '@SUM(A1)',
  '\t=1+1',
  '\n=1+1',
  'שלום עולם',
  'javascript:window.pwned=1',
];

/** A run whose every text is one of the hostile cells: input, names, details, tenant, paths. */
export function hostileRun(): RunRecord {
  const template = exampleRows()[0];
  if (!template?.ad || !template.cloud) throw new Error('the example has no first row');
  const { ad, cloud } = template;
  const rows = hostileCells.map((cell, at): PlanRow => ({
    ...template,
    line: at + 2,
    adText: cell,
    cloudText: cell,
    state: 'held',
    step: null,
    reasons: [{ code: 'ad-user-not-found', facts: { value: cell, note: cell } }],
    warnings: [{ code: 'anchor-differs-from-guid', facts: { objectGuid: cell } }],
    ad: { ...ad, dn: cell, immutableId: cell, sourceAnchor: cell },
    cloud: { ...cloud, userPrincipalName: cell, before: cell },
    after: null,
    extra: [cell],
  }));
  const results = rows.map((row): ResultRow => ({
    row,
    outcome: 'rejected',
    reasons: row.reasons,
    attempts: 1,
    requestId: row.adText,
    finishedAt: row.adText,
    detail: row.adText,
  }));
  const verifications = rows.map((row): VerificationRow => ({
    row,
    verdict: 'differs',
    expected: row.adText,
    actual: row.adText,
    checkedAt: row.adText,
    detail: row.adText,
  }));
  const all = hostileCells.join(' ');
  return recordOf({
    rows,
    results,
    verifications,
    extraColumns: [hostileCells[0] ?? ''],
    summary: {
      tenant: { id: all, name: all },
      directory: { domain: all, source: all },
      input: { path: all, sha256: all },
      fingerprint: all,
      sourceAnchor: all,
      run: all,
      startedAt: all,
    },
  });
}

/** `n` rows with names as long as real ones: one in fifty held, the rest ready (or applied). */
export function largeRun(n: number, isApplied = false): RunRecord {
  const people50 = exampleRows();
  const rows = Array.from({ length: n }, (_none, at): PlanRow => {
    const source = people50[at % 5];
    if (!source?.ad || !source.cloud) throw new Error('the example begins with ready rows');
    const isHeld = at % 50 === 49;
    return {
      ...source,
      line: at + 2,
      adText: `user${at}`,
      cloudText: `first.lastname${at}@example.test`,
      state: isHeld ? 'held' : 'ready',
      step: isHeld ? null : 'link',
      reasons: isHeld ? [{ code: 'cloud-user-not-found', facts: { value: `first.lastname${at}@example.test` } }] : [],
      ad: {
        ...source.ad,
        dn: `CN=Firstname Lastname ${at},OU=Employees,OU=Site ${at % 40},OU=Europe,DC=corp,DC=example,DC=test`,
      },
      cloud: isHeld ? null : { ...source.cloud, userPrincipalName: `first.lastname${at}@example.test` },
      after: isHeld ? null : source.after,
    };
  });
  const results = isApplied
    ? rows.map((row, at) => ({
        ...resultOf(row, at),
        outcome: row.state === 'ready' ? ('applied' as const) : row.state,
      }))
    : null;
  return recordOf({ rows, results });
}
