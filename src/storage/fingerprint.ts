import { createHash } from 'node:crypto';
import { boundFacts, type PlanHeader } from '../core/plan.ts';
import type { Forecast } from '../core/forecast.ts';
import type { Finding } from '../core/reasons.ts';
import type { PlanRow } from '../core/row.ts';

/** Adds row by row to a fingerprint: give it what `boundText` makes of the row. */
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
  for (const row of rows) fingerprint.add(boundText(row));
  return fingerprint.value();
}

/**
 * What the fingerprint covers of a row, as canonical JSON: the keys in a fixed order, however the object was put together.
 * All of it but the forecast, which says what sync will do and decides no write; so the same rows keep the fingerprint
 * that was reviewed when, say, the tenant's switch for hard match is turned. The plan file's digest covers the forecast too.
 */
export function boundText(row: PlanRow): string {
  return JSON.stringify(boundRow(row));
}

/** A row as a line of plan.ndjson: what the fingerprint covers, which is `bound`, then the forecast, under the name that it has in plan.ndjson; canonical JSON too. */
export function rowText(row: PlanRow, bound: string = boundText(row)): string {
  const more = JSON.stringify(row.forecast && forecast(row.forecast));
  return `${bound.slice(0, -1)},"outlook":${more}}`;
}

function boundRow(row: PlanRow): Record<Exclude<keyof PlanRow, 'forecast'>, unknown> {
  const { line, adText, cloudText, state, step, ad, cloud, after, detour, extra } = row;
  return {
    line,
    adText,
    cloudText,
    state,
    step,
    reasons: row.reasons.map(finding),
    warnings: row.warnings.map(finding),
    ad: ad && {
      dn: ad.dn,
      objectGuid: ad.objectGuid,
      sourceAnchor: ad.sourceAnchor,
      immutableId: ad.immutableId,
      name: ad.name,
      sid: ad.sid,
    },
    cloud: cloud && {
      id: cloud.id,
      userPrincipalName: cloud.userPrincipalName,
      name: cloud.name,
      before: cloud.before,
      syncEnabled: cloud.syncEnabled,
      userType: cloud.userType,
      accountEnabled: cloud.accountEnabled,
    },
    after,
    detour: detour && { home: detour.home, away: detour.away },
    extra,
    // A fact that is added to the row must be added here, or no fingerprint would cover it: the return type insists.
  };
}

function forecast({ prediction, clashes, overwrites }: Forecast): object {
  // `kind` first, then whatever else this kind of prediction has.
  const { kind, ...rest } = prediction;
  return {
    prediction: { kind, ...sorted(rest) },
    clashes: clashes.map(({ attribute, value, holder }) => ({ attribute, value, holder })),
    overwrites: overwrites.map(({ attribute, cloud, ad }) => ({ attribute, cloud, ad })),
  };
}

function finding({ code, facts }: Finding): object {
  if (facts === undefined) return { code };
  return { code, facts: sorted(facts) };
}

function sorted(record: Readonly<Record<string, string>>): object {
  // By code unit, not by locale: the order must be the same everywhere.
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
