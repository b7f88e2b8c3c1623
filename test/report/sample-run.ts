// Run records around the sample rows: one each of what can happen, and as many rows as a size test wants.
import type { List } from '../../src/core/list.ts';
import type { OutcomeKind, RowOutcome } from '../../src/core/outcome.ts';
import type { Preflight } from '../../src/core/preflight.ts';
import type { ResultRow, RunRecord, Summary, VerdictKind, VerificationRow } from '../../src/core/result.ts';
import type { PlanRow } from '../../src/core/row.ts';
import { exitCodeOf, countRows } from '../../src/core/count-rows.ts';
import { exampleRows, people } from './sample-rows.ts';

export { exampleRows } from './sample-rows.ts';

/** A tenant that syncs and does not let everything be checked. */
const preflight: Preflight = {
  sync: { isEnabled: true, lastSyncAt: '2026-11-23T09:48:12Z' },
  features: { hardMatchBlocked: false, softMatchBlocked: false },
  evidence: { users: 120, consistencyGuid: 80, objectGuid: 2, either: 30, custom: 0, neither: 1, notInAd: 7 },
  findings: [
    {
      code: 'check-not-permitted',
      facts: {
        check: 'who is eligible for a directory role',
        needs: 'RoleEligibilitySchedule.Read.Directory',
        why: 'PermissionScopeNotGranted',
      },
    },
    {
      code: 'check-not-permitted',
      facts: { check: 'addresses of contacts', needs: 'OrgContact.Read.All', why: 'Authorization_RequestDenied' },
    },
  ],
};

/** A record whose rows are there, to be looked at. */
export type SampleRun = RunRecord & { readonly rows: readonly PlanRow[] };

type Parts = {
  readonly rows: readonly PlanRow[];
  readonly results?: List<ResultRow> | null;
  readonly verifications?: List<VerificationRow> | null;
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
}: Parts): SampleRun {
  const facts = summary?.preflight ?? preflight;
  const { counts, reasons } = countRows({ rows, header: { preflight: facts } }, results, verifications);
  return {
    summary: {
      tool: { name: 'hardmatch', version: '0.1.0' },
      command: results ? 'apply' : verifications ? 'verify' : 'plan',
      tenant: { id: people.tenant.id, name: people.tenant.displayName },
      directory: { domain: people.directory.domain, source: 'ldaps://dc1.example.test:636' },
      sourceAnchor: 'auto',
      preflight,
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
      exitCode: exitCodeOf({ counts, reasons }),
      run: 'runs/20261123T101500Z-mappings.example',
      ...summary,
    },
    kind: rows.some((row) => row.step === 'unlink') ? 'rollback' : 'link',
    planCreatedAt: '2026-11-23T10:15:02.118Z',
    extraColumns,
    rows,
    results,
    verifications,
    applications: 1,
    limits: [],
  };
}

/** A dry run over the example. */
export function plannedRun(): SampleRun {
  return recordOf({ rows: exampleRows() });
}

/** The same in a tenant that blocks hard match, and has been asked for nothing else. */
export function blockedRun(): SampleRun {
  const rows = exampleRows().map((row): PlanRow => {
    const prediction = row.forecast?.prediction;
    if (!row.forecast || prediction?.kind !== 'joins') return row;
    const blocked = { kind: 'join-blocked', user: prediction.user, why: 'hard-match-blocked-in-tenant' } as const;
    return { ...row, forecast: { prediction: blocked, clashes: [], overwrites: [] } };
  });
  const blocks: Preflight = {
    ...preflight,
    features: { hardMatchBlocked: true, softMatchBlocked: false },
    findings: [{ code: 'hard-match-blocked-in-tenant' }],
  };
  return recordOf({ rows, summary: { preflight: blocks } });
}

type Ending = Pick<RowOutcome, 'outcome'> & Partial<RowOutcome>;

/** How the example's ready rows ended where it is not `applied`: one of each kind of trouble. */
const endings: Readonly<Record<string, Ending>> = {
  apires: {
    outcome: 'rejected',
    code: 'forbidden',
    detail: 'Insufficient privileges to complete the operation.',
  },
  mokafor: {
    outcome: 'stale',
    detail: 'The cloud user has the immutable ID hpCFGoZO1EKb6sVt3bE7Vw== now; it had none.',
  },
  butf: { outcome: 'uncertain', code: 'timed-out', detail: 'No answer within 30 s.', attempts: 3 },
  bmark: { outcome: 'already', attempts: 0 },
  dfrost: { outcome: 'not-reached', attempts: 0 },
};

function resultOf(row: PlanRow, at: number): ResultRow {
  const idle = { code: null, attempts: 0, requestId: null, finishedAt: null, detail: '' };
  if (row.state !== 'ready') return { row, outcome: row.state, ...idle };
  const ending = endings[row.adText.replace('EXAMPLE\\', '')] ?? { outcome: 'applied' };
  if (ending.outcome === 'not-reached') return { row, outcome: 'not-reached', ...idle };
  return {
    row,
    outcome: ending.outcome,
    code: ending.code ?? null,
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
export function appliedRun(): SampleRun {
  const rows = exampleRows();
  const results = rows.map((row, at) => resultOf(row, at));
  const verifications = results.map((result) => verificationOf(result));
  return recordOf({ rows, results, verifications, summary: { finishedAt: '2026-11-23T10:23:11.000Z' } });
}

/** The example applied without any trouble, then read by the verify command. */
export function verifiedRun(): SampleRun {
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

const takeOvers: Readonly<Record<string, readonly [VerdictKind, string]>> = {
  dfrost: ['waiting', 'Not synced yet; the last cycle was at 2026-11-24T06:48:02Z.'],
  oscope: ['waiting', 'Not synced yet; the last cycle was at 2026-11-24T06:48:02Z.'],
  cclash: ['sync-error', 'PropertyConflict: proxyAddresses sales@example.test, since 2026-11-24T06:49:11Z.'],
  bmark: ['missing', ''],
};

/** The example applied, and looked at after a sync cycle. */
export function afterSyncRun(): SampleRun {
  const rows = exampleRows();
  const verifications = rows.map((row): VerificationRow => {
    const [verdict, detail] =
      row.state === 'held'
        ? ['not-checked' as const, 'The row is held.']
        : (takeOvers[row.adText] ?? ['taken-over' as const, '']);
    const isRead = verdict !== 'not-checked';
    return {
      row,
      verdict,
      expected: isRead ? row.after : null,
      actual: isRead && verdict !== 'missing' ? row.after : null,
      checkedAt: isRead ? '2026-11-24T07:00:00.000Z' : null,
      detail,
    };
  });
  return recordOf({ rows, verifications });
}

/** The example's applied rows, taken back. */
export function rollbackRun(): SampleRun {
  const rows = exampleRows()
    .filter((row) => row.state === 'ready')
    .map((row): PlanRow => ({
      ...row,
      step: 'unlink',
      warnings: [],
      cloud: row.cloud && { ...row.cloud, before: row.after },
      after: null,
      forecast: null,
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
export function hostileRun(): SampleRun {
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
    forecast: {
      prediction: { kind: 'out-of-scope', rule: cell },
      clashes: [{ attribute: 'mail', value: cell, holder: cell }],
      overwrites: [
        { attribute: 'userPrincipalName', cloud: cell, ad: `${cell}x` },
        { attribute: 'proxyAddresses', cloud: null, ad: cell },
      ],
    },
    extra: [cell],
  }));
  const results = rows.map((row): ResultRow => ({
    row,
    outcome: 'held',
    code: null,
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
      preflight: {
        ...preflight,
        sync: { isEnabled: true, lastSyncAt: all },
        findings: [{ code: 'check-not-permitted', facts: { check: all, needs: all } }],
      },
      run: all,
      startedAt: all,
    },
  });
}

/** `n` rows with names as long as real ones: one in fifty held, the rest ready (or applied). */
export function largeRun(n: number, isApplied = false): SampleRun {
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
      forecast: isHeld
        ? { prediction: { kind: 'provisions' }, clashes: [], overwrites: [] }
        : {
            prediction: { kind: 'joins', user: source.cloud.id },
            clashes: [],
            overwrites: [
              {
                attribute: 'proxyAddresses',
                cloud: `SMTP:first.lastname${at}@example.test smtp:user${at}@example.onmicrosoft.test`,
                ad: `SMTP:first.lastname${at}@corp.example.test smtp:user${at}@example.onmicrosoft.test`,
              },
            ],
          },
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
