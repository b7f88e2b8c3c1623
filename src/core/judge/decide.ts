// core/judge/: evidence becomes findings, findings a plan row. Start here.
//   evidence                              all that is known of a row
//   input-, cloud-, sync-findings         the rules over one row (existing-id, same-person)
//   collisions, pairing/                  the rules over all rows: twice the same user, two who are not one person
//   preflight-findings, anchor-evidence   what holds for the tenant, and which attribute is the anchor
//   decision-facts, undo, journal-check   what a decision rests on, how it is taken back, and whether a journal fits it
import { addressBookOf } from './address-book.ts';
import { cloudFindings, holderFindings, isFederated, type Policy } from './cloud-findings.ts';
import { Collisions } from './collisions.ts';
import { plannedCloudOf } from './decision-facts.ts';
import type { Evidence } from './evidence.ts';
import type { Guid } from '../guid.ts';
import { immutableIdIn } from '../ids/anchor.ts';
import { itemAt, keepingLast, type List, listOf } from '../list.ts';
import { adFindings, inputFindings } from './input-findings.ts';
import { makeForecast } from '../sync/make-forecast.ts';
import { predict } from '../sync/match.ts';
import { sentBy } from '../sync/sent.ts';
import type { SyncCandidate, SyncKind, World } from '../sync/world.ts';
import type { Forecast, Prediction } from '../forecast.ts';
import type { TenantFacts } from '../preflight.ts';
import { type Finding, inRepairOrder, severityOf } from '../reasons.ts';
import type { Detour, PlannedAd, PlannedCloud, PlanRow } from '../row.ts';
import { judgePairings, type FirstLook, type PairingJudgment } from './pairing/judge-pairings.ts';
import { findingOf, shiftFinding } from './pairing/pairing-findings.ts';
import { pairOf } from './pair-of-row.ts';
import { renameFindings } from './taken-over.ts';
import { syncFindings } from './sync-findings.ts';
import {
  type AddressHolder,
  type AdHolders,
  type AdUser,
  type CloudUser,
  foundAdUser,
  namedCloudUser,
} from '../users.ts';

/** What is known of the tenant beyond the rows' own users. */
export type TenantView = {
  readonly facts: TenantFacts;
  readonly addresses: ReadonlyMap<string, readonly AddressHolder[]>;
  /** The addresses of the rows' AD users that several AD users have, in the file or not. */
  readonly adAddresses: AdHolders['addresses'];
  /** The pairings at first look, and which AD users have the addresses of the cloud users whom that leaves open. */
  readonly pairs: FirstLook;
  readonly adOwners: AdHolders['addresses'];
  /** An AD user who may stand in no row, as sync meets it; null where it has no anchor. */
  readonly candidateOf: (user: AdUser) => SyncCandidate | null;
};

/** What was decided; `rows` may be gone through once. */
export type Decided = {
  readonly rows: Iterable<PlanRow>;
  /** What holds for the file as a whole. */
  readonly findings: readonly Finding[];
};

/** What the engineer allowed, and which sync is to be thought of. */
export type DecideOptions = Policy & { readonly sync: SyncKind };

/**
 * Judges every row, alone and against the others. Pure: the same evidence gives the same plan. Rows come in order, one for
 * each given, each made when it is asked for: a million of them need not be there at once. First what is written is
 * decided, for all; then, row by row and with all of it done, what sync will make of its AD user.
 */
export function decide(rows: List<Evidence>, tenant: TenantView, options: DecideOptions): Decided {
  const atHand = keepingLast(rows);
  const compared = compare(atHand, tenant, options);
  const { file } = compared.pairings;
  return {
    rows: rowsOf(atHand, compared, { tenant, options }),
    findings: file === null ? [] : [shiftFinding(file)],
  };
}

type Rules = { readonly tenant: TenantView; readonly options: DecideOptions };

function* rowsOf(rows: List<Evidence>, compared: Compared, { tenant, options }: Rules): Generator<PlanRow> {
  const { facts, addresses, adAddresses, candidateOf: strangerOf } = tenant;
  const { features, domains, roles, cloudManaged } = facts;
  const there = { sync: options.sync, features, domains, roles, cloudManaged, addresses, adAddresses };
  const { written, linked } = compared;
  const world: World = { ...there, written, linked, candidateOf: strangerOf };
  const before: World = { ...world, written: () => undefined, linked: () => undefined };
  let index = 0;
  for (const row of rows) {
    const one = judge(row, [...findingsOf(row, tenant, options), ...comparedFindings(index++, row, compared)]);
    const candidate = candidateOf(row);
    const forecast = candidate === null ? unknown : makeForecast(candidate, namedCloudUser(row.cloud), world);
    const untilThen = candidate === null ? unknown.prediction : untilWritten(candidate, before);
    const warnings = inRepairOrder([
      ...one.findings.filter((finding) => severityOf(finding.code) === 'warning'),
      ...syncFindings(one.row, { untilThen, afterwards: forecast.prediction }, { facts, world }),
    ]);
    yield planned(one, { forecast, warnings, detour: detourOf(one, facts, options) });
  }
}

/** What the row has to do with the others, and what speaks against its pairing. */
function comparedFindings(index: number, row: Evidence, { collisions, pairings }: Compared): Finding[] {
  const verdict = pairings.verdictAt(index);
  const pair = verdict && pairOf(row).pair;
  return [...(collisions.get(index) ?? []), ...(pair === null || verdict === null ? [] : [findingOf(verdict, pair)])];
}

/** What sync would do in a cycle before the write. */
function untilWritten(candidate: SyncCandidate, before: World): Prediction {
  return predict(candidate, sentBy(candidate.user, before.domains), before);
}

type Compared = {
  /** By row index. */
  readonly collisions: ReadonlyMap<number, readonly Finding[]>;
  readonly pairings: PairingJudgment;
} & Pick<World, 'written' | 'linked'>;

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
  const pairings = judgePairings(
    listOf(rows.length, (at) => pairOf(itemAt(rows, at))),
    tenant.pairs,
    addressBookOf(tenant, rules),
  );
  for (const at of pairings.doubted) {
    if (pairings.verdictAt(at)?.code === 'pairing-contradicted') isReady[at] = 0;
  }
  const written = (id: Guid): string | undefined => {
    // A cloud user with a second row is no ready row's.
    const at = rules.rowOfCloudUser(id);
    if (at === undefined || isReady[at] === 0) return undefined;
    return immutableIdIn(itemAt(rows, at).anchor) ?? undefined;
  };
  const linked = (immutableId: string): CloudUser | undefined => {
    const at = rules.rowOfAnchor(immutableId);
    return at === undefined || isReady[at] === 0 ? undefined : (namedCloudUser(itemAt(rows, at).cloud) ?? undefined);
  };
  return { collisions, pairings, written, linked };
}

function findingsOf(row: Evidence, { facts }: TenantView, policy: Policy): Finding[] {
  return [
    ...inputFindings(row),
    ...adFindings(row),
    ...cloudFindings(row, facts, policy),
    ...holderFindings(row),
    ...renameFindings(row),
  ];
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

const unknown: Forecast = { prediction: { kind: 'unknown' }, clashes: [], overwrites: [] };

/** The row's AD user as sync will meet it; null where AD did not say enough. */
function candidateOf({ ad, anchor, holders, rivals }: Evidence): SyncCandidate | null {
  if (ad?.kind !== 'found' || anchor?.kind !== 'anchor') return null;
  return { user: ad.user, immutableId: anchor.immutableId, holders, rivals };
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
  const { dn, objectGuid, displayName: name, sid } = user;
  const sourceAnchor = anchor?.kind === 'anchor' ? anchor.attribute : null;
  return { dn, objectGuid, sourceAnchor, immutableId: immutableIdIn(anchor), name, sid };
}
