import { createHash } from 'node:crypto';
import { boundFacts, type PlanHeader } from '../core/plan.ts';
import type { Finding } from '../core/reasons.ts';
import type { PlanRow } from '../core/row.ts';

/** Adds row by row to a fingerprint: give it what `rowText` makes of the row. */
export type Fingerprinting = { add(text: string): void; value(): string };

/**
 * Begins the fingerprint of a plan: `sha256:` over the bound part of the header and every row, a line of canonical JSON
 * each. The same facts in the same order give the same fingerprint, on every machine and at any time.
 */
export function beginFingerprint(header: PlanHeader): Fingerprinting {
  const hash = createHash('sha256').update(`${JSON.stringify(boundFacts(header))}\n`);
  return {
    add: (text) => void hash.update(`${text}\n`),
    value: () => `sha256:${hash.copy().digest('hex')}`,
  };
}

/** The fingerprint of a whole plan. */
export function fingerprintOf(header: PlanHeader, rows: Iterable<PlanRow>): string {
  const fingerprint = beginFingerprint(header);
  for (const row of rows) fingerprint.add(rowText(row));
  return fingerprint.value();
}

/** A row as canonical JSON: the keys in a fixed order, however the object was put together. A line of plan.ndjson. */
export function rowText(row: PlanRow): string {
  const { line, adText, cloudText, state, step, ad, cloud, after, extra } = row;
  return JSON.stringify({
    line,
    adText,
    cloudText,
    state,
    step,
    reasons: row.reasons.map(finding),
    warnings: row.warnings.map(finding),
    ad: ad && { dn: ad.dn, objectGuid: ad.objectGuid, sourceAnchor: ad.sourceAnchor, immutableId: ad.immutableId },
    cloud: cloud && {
      id: cloud.id,
      userPrincipalName: cloud.userPrincipalName,
      before: cloud.before,
      syncEnabled: cloud.syncEnabled,
    },
    after,
    extra,
    // A fact that is added to the row must be added here, or no fingerprint would cover it.
  } satisfies Record<keyof PlanRow, unknown>);
}

function finding({ code, facts }: Finding): object {
  if (facts === undefined) return { code };
  // By code unit, not by locale: the order must be the same everywhere.
  const sorted = Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1));
  return { code, facts: Object.fromEntries(sorted) };
}
