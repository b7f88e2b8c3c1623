import type { Preflight } from '../core/preflight.ts';
import { type ReasonCode, inRepairOrder } from '../core/reasons.ts';
import type { Counts, Summary } from '../core/result.ts';
import { escapedInJson } from './visible.ts';

/**
 * The text of summary.json, which is also what `--json` prints: two spaces, one order of keys whatever the order in
 * which the object was built, reasons in the order of repair, hidden characters escaped, a final line break.
 */
export function summaryJson(summary: Summary): string {
  const { tool, tenant, directory, input, requests } = summary;
  // Written out field by field: the compiler notices when the type gains one that is missing here.
  const whole: Summary = {
    tool: { name: tool.name, version: tool.version },
    command: summary.command,
    tenant: { id: tenant.id, name: tenant.name },
    directory: { domain: directory.domain, source: directory.source },
    sourceAnchor: summary.sourceAnchor,
    preflight: orderedPreflight(summary.preflight),
    input: { path: input.path, sha256: input.sha256 },
    fingerprint: summary.fingerprint,
    counts: orderedCounts(summary.counts),
    reasons: orderedReasons(summary.reasons),
    requests: {
      graph: requests.graph,
      graphWrites: requests.graphWrites,
      graphThrottled: requests.graphThrottled,
      ldapSearches: requests.ldapSearches,
    },
    startedAt: summary.startedAt,
    finishedAt: summary.finishedAt,
    exitCode: summary.exitCode,
    run: summary.run,
  };
  return `${escapedInJson(JSON.stringify(whole, null, 2))}\n`;
}

function orderedCounts(counts: Counts): Counts {
  return {
    rows: counts.rows,
    ready: counts.ready,
    kept: counts.kept,
    held: counts.held,
    applied: counts.applied,
    already: counts.already,
    stale: counts.stale,
    rejected: counts.rejected,
    uncertain: counts.uncertain,
    notReached: counts.notReached,
    matches: counts.matches,
    differs: counts.differs,
    missing: counts.missing,
    unreadable: counts.unreadable,
    takenOver: counts.takenOver,
    waiting: counts.waiting,
    syncError: counts.syncError,
  };
}

function orderedPreflight({ sync, features, evidence, findings }: Preflight): Preflight {
  return {
    sync: { isEnabled: sync.isEnabled, lastSyncAt: sync.lastSyncAt },
    features: features && { hardMatchBlocked: features.hardMatchBlocked, softMatchBlocked: features.softMatchBlocked },
    evidence: evidence && {
      users: evidence.users,
      consistencyGuid: evidence.consistencyGuid,
      objectGuid: evidence.objectGuid,
      either: evidence.either,
      custom: evidence.custom,
      neither: evidence.neither,
      notInAd: evidence.notInAd,
    },
    findings: findings.map(({ code, facts }) => (facts === undefined ? { code } : { code, facts: ordered(facts) })),
  };
}

function ordered(facts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function orderedReasons(reasons: Summary['reasons']): Summary['reasons'] {
  const codes = Object.keys(reasons) as ReasonCode[];
  const sorted = inRepairOrder(codes.map((code) => ({ code })));
  return Object.fromEntries(sorted.map(({ code }) => [code, reasons[code]]));
}
