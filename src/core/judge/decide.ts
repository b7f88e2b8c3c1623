// core/judge/: evidence becomes findings, findings a plan row. Start here.
//   evidence                              all that is known of a row
//   input-, cloud-, sync-findings         the rules over one row (existing-id, same-person)
//   collisions                            the rules over all rows
//   preflight-findings, anchor-evidence   what holds for the tenant, and which attribute is the anchor
//   decision-facts, undo, journal-check   what a decision rests on, how it is taken back, and whether a journal fits it
import { cloudFindings, holderFindings, isFederated, type Policy } from './cloud-findings.ts';
import { Collisions } from './collisions.ts';
import { plannedCloudOf } from './decision-facts.ts';
import type { Evidence } from './evidence.ts';
import type { Guid } from '../guid.ts';
import { immutableIdIn } from '../ids/anchor.ts';
import { itemAt, keepingLast, type List } from '../list.ts';
import { adFindings, inputFindings } from './input-findings.ts';
import { type SyncCandidate, makeForecast, predict, type World } from '../sync/make-forecast.ts';
import type { Forecast } from '../forecast.ts';
import type { TenantFacts } from '../preflight.ts';
import { type Finding, inRepairOrder, severityOf } from '../reasons.ts';
import type { Detour, PlannedAd, PlannedCloud, PlanRow } from '../row.ts';
import { syncFindings } from './sync-findings.ts';
import { type AddressHolder, foundAdUser, namedCloudUser } from '../users.ts';

/** What is known of the tenant beyond the rows' own users. */
export type TenantView = {
  readonly facts: TenantFacts;
  readonly addresses: ReadonlyMap<string, readonly AddressHolder[]>;
};

/**
 * Judges every row, alone and against the others. Pure: the same evidence gives the same plan. Rows come in order, one for
 * each given, each made when it is asked for: a million of them need not be there at once. First what is written is
 * decided, for all; then, row by row and with all of it done, what sync will make of its AD user.
 */
export function* decide(rows: List<Evidence>, tenant: TenantView, policy: Policy): Generator<PlanRow> {
  const atHand = keepingLast(rows);
  const { collisions, written } = compare(atHand, tenant, policy);
  const world: World = {
    features: tenant.facts.features,
    domains: tenant.facts.domains,
    roles: tenant.facts.roles,
    addresses: tenant.addresses,
    written,
  };
  const before: World = { ...world, written: nothing };
  let index = 0;
  for (const row of atHand) {
    const one = judge(row, [...findingsOf(row, tenant, policy), ...(collisions.get(index++) ?? [])]);
    const candidate = candidateOf(one);
    const forecast = candidate === null ? unknown : makeForecast(candidate, world);
    const untilThen = candidate === null ? unknown.prediction : predict(candidate, before);
    const warnings = inRepairOrder([
      ...one.findings.filter((finding) => severityOf(finding.code) === 'warning'),
      ...syncFindings(one.row, untilThen, tenant),
    ]);
    yield planned(one, { forecast, warnings, detour: detourOf(one, tenant.facts, policy) });
  }
}

type Compared = {
  /** By row index. */
  readonly collisions: ReadonlyMap<number, readonly Finding[]>;
  readonly written: World['written'];
};

/** What has to be known of all rows before one of them can be planned. */
function compare(rows: List<Evidence>, tenant: TenantView, policy: Policy): Compared {
  const rules = new Collisions(rows);
  const isReady = new Uint8Array(rows.length);
  let index = 0;
  for (const row of rows) {
    rules.add(index, row);
    isReady[index++] = judge(row, findingsOf(row, tenant, policy)).state === 'ready' ? 1 : 0;
  }
  const collisions = rules.findings();
  for (const held of collisions.keys()) isReady[held] = 0;
  const written = (id: Guid): string | undefined => {
    // A cloud user with a second row is no ready row's.
    const at = rules.rowOfCloudUser(id);
    if (at === undefined || isReady[at] === 0) return undefined;
    return immutableIdIn(itemAt(rows, at).anchor) ?? undefined;
  };
  return { collisions, written: { get: written } };
}

function findingsOf(row: Evidence, { facts }: TenantView, policy: Policy): Finding[] {
  return [...inputFindings(row), ...adFindings(row), ...cloudFindings(row, facts, policy), ...holderFindings(row)];
}

/** A row with all that decides whether it is written. */
type Judged = {
  readonly row: Evidence;
  readonly findings: readonly Finding[];
  readonly reasons: readonly Finding[];
  readonly state: PlanRow['state'];
  readonly cloud: PlannedCloud | null;
  readonly immutableId: string | null;
};

function judge(row: Evidence, findings: readonly Finding[]): Judged {
  const reasons = inRepairOrder(findings.filter((finding) => severityOf(finding.code) === 'hold'));
  const user = namedCloudUser(row.cloud);
  const cloud = user === null ? null : plannedCloudOf(user);
  const immutableId = immutableIdIn(row.anchor);
  const isRight = cloud?.before === immutableId;
  const state = reasons.length > 0 ? 'held' : isRight ? 'kept' : 'ready';
  return { row, findings, reasons, state, cloud, immutableId };
}

const nothing: World['written'] = new Map();
const unknown: Forecast = { prediction: { kind: 'unknown' }, clashes: [], overwrites: [] };

/** The row's AD user as sync will meet it; null where AD did not say enough. */
function candidateOf({ row, reasons }: Judged): SyncCandidate | null {
  const { ad, anchor, cloud, holders } = row;
  if (ad?.kind !== 'found' || anchor?.kind !== 'anchor') return null;
  const user = cloud?.kind === 'found' ? cloud.user : null;
  const isShared = reasons.some((reason) => reason.code === 'two-rows-one-anchor');
  return { user: ad.user, immutableId: anchor.immutableId, cloud: user, holders, isShared };
}

/** A federated user goes by way of a managed domain; its object id makes the name there one that nobody has. */
function detourOf({ state, cloud }: Judged, facts: TenantFacts, { federatedDetour }: Policy): Detour | null {
  if (state !== 'ready' || cloud === null || federatedDetour === null || !isFederated(cloud, facts)) return null;
  return { home: cloud.userPrincipalName, away: `hardmatch-${cloud.id}@${federatedDetour}` };
}

function planned(one: Judged, more: Pick<PlanRow, 'forecast' | 'warnings' | 'detour'>): PlanRow {
  const { row, reasons, state, cloud, immutableId } = one;
  const { line, adText, cloudText, extra } = row.pairing;
  const common = { line, adText, cloudText, reasons, ad: plannedAd(row), cloud, after: immutableId, extra, ...more };
  if (state === 'held') return { ...common, state, step: null, after: null };
  if (state === 'kept') return { ...common, state, step: 'keep' };
  return { ...common, state, step: cloud?.before ? 'relink' : 'link' };
}

function plannedAd({ ad, anchor }: Evidence): PlannedAd | null {
  const user = foundAdUser(ad);
  if (user === null) return null;
  const { dn, objectGuid, sid } = user;
  const sourceAnchor = anchor?.kind === 'anchor' ? anchor.attribute : null;
  return { dn, objectGuid, sourceAnchor, immutableId: immutableIdIn(anchor), sid };
}
