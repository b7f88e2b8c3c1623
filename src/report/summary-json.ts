import { type ReasonCode, inRepairOrder } from '../core/reasons.ts';
import type { Counts, Summary } from '../core/result.ts';

/**
 * The text of summary.json, which is also what `--json` prints: two spaces, one order of keys whatever the order in
 * which the object was built, reasons in the order of repair, a final line break.
 */
export function summaryJson(summary: Summary): string {
  const { tool, tenant, directory, input, requests } = summary;
  // Written out field by field: the compiler notices when the type gains one that is missing here.
  const ordered: Summary = {
    tool: { name: tool.name, version: tool.version },
    command: summary.command,
    tenant: { id: tenant.id, name: tenant.name },
    directory: { domain: directory.domain, source: directory.source },
    sourceAnchor: summary.sourceAnchor,
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
  return `${JSON.stringify(ordered, null, 2)}\n`;
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
  };
}

function orderedReasons(reasons: Summary['reasons']): Summary['reasons'] {
  const codes = Object.keys(reasons) as ReasonCode[];
  const sorted = inRepairOrder(codes.map((code) => ({ code })));
  return Object.fromEntries(sorted.map(({ code }) => [code, reasons[code]]));
}
