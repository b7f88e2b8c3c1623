// run/plan/: reads AD and the tenant for all pairings and has core/judge decide; preflight is what holds for the whole.
import {
  type Anchored,
  anchorOf,
  customAttributeOf,
  type SourceAnchor,
  sourceAnchorText,
  immutableIdIn,
} from '../../core/ids/anchor.ts';
import type { Witness } from '../../core/judge/anchor-evidence.ts';
import { decide } from '../../core/judge/decide.ts';
import { couldBeAnchor } from '../../core/judge/existing-id.ts';
import type { Evidence } from '../../core/judge/evidence.ts';
import { guidOfImmutableId } from '../../core/ids/immutable-id.ts';
import { itemAt, type List, listOf } from '../../core/list.ts';
import type { PlanHeader } from '../../core/plan.ts';
import { ownAddresses } from '../../core/judge/pairing/compare-sides.ts';
import { type FirstLook, lookAtPairs } from '../../core/judge/pairing/judge-pairings.ts';
import { pairOf } from '../../core/judge/pair-of-row.ts';
import { recognised } from '../../core/judge/taken-over.ts';
import { preflightOf } from '../../core/judge/preflight-findings.ts';
import type { TenantFacts } from '../../core/preflight.ts';
import type { AdRef, CloudRef, Parsed } from '../../core/references.ts';
import type { Mappings, Pairing, PlanRow } from '../../core/row.ts';
import { addressesToAsk } from '../../core/sync/sent.ts';
import type { SyncCandidate, SyncKind } from '../../core/sync/world.ts';
import {
  type AdAnswer,
  type AdHolders,
  type AdUser,
  type CloudAnswer,
  foundAdUser,
  namedCloudUser,
  type SyncedUser,
} from '../../core/users.ts';
import type { Clock, Directory, Progress, Survey, TenantReader } from '../ports.ts';
import { checkDetour, tenantFindings, testAnchor, witnessesAsked } from './preflight.ts';

export type PlanTools = {
  readonly directory: Directory;
  readonly tenant: TenantReader;
  readonly clock: Clock;
  readonly progress: Progress;
};

export type PlanOptions = {
  readonly sourceAnchor: SourceAnchor;
  /** `--confirm-source-anchor`: the anchor's name, given by somebody who knows that the evidence is against it. */
  readonly confirmSourceAnchor: string | null;
  readonly allowRelink: boolean;
  /** Managed domain by whose way federated users are written; null: they are held. */
  readonly federatedDetour: string | null;
  /** Which sync the forecast is to think of. */
  readonly sync: SyncKind;
  readonly toolVersion: string;
};

/**
 * The dry run: preflight, locate, anchor, inspect, decide. Reads AD and the tenant in bulk and writes to neither; it is
 * handed no port that could. Rows come in input order, one for each pairing, once, and each is made when it is asked for.
 * Throws a RunFault when the source anchor contradicts what sync uses.
 */
export async function makePlan(
  mappings: Mappings,
  tools: PlanTools,
  options: PlanOptions,
): Promise<{ header: PlanHeader; rows: Iterable<PlanRow> }> {
  const { directory, tenant, clock, progress } = tools;
  const createdAt = clock.now().toISOString();
  progress.stage('Checking the tenant', null);
  // All at once, though the synced users are for later: what the tenant is asked in one moment is one request.
  const [tenantInfo, facts, synced] = await Promise.all([
    tenant.describe(),
    tenant.preflight(),
    tenant.syncedUsers(witnessesAsked),
  ]);
  checkDetour(options.federatedDetour, facts);

  progress.stage('Reading Active Directory', mappings.pairings.length);
  const { located, witnesses } = await locate({ mappings, synced: synced.users }, directory, options.sourceAnchor);
  const directoryInfo = await directory.describe();
  const anchorTest = testAnchor(witnesses, directoryInfo.domains, options);

  progress.stage('Reading the tenant', mappings.pairings.length);
  const { evidence, survey, shared, candidateOf } = await inspect(mappings, located, {
    ...tools,
    sourceAnchor: options.sourceAnchor,
    domains: facts.domains,
  });
  const { pairs, adOwners } = await lookAtPairings(evidence, directory, options.sourceAnchor);
  const view = { facts, addresses: survey.addresses, adAddresses: shared.addresses, candidateOf, pairs, adOwners };
  const { rows, findings } = decide(evidence, view, options);

  const unchecked = [...facts.unchecked, ...synced.unchecked, ...survey.unchecked];
  const header: PlanHeader = {
    format: 3,
    kind: 'link',
    toolVersion: options.toolVersion,
    tenant: { id: tenantInfo.id, name: tenantInfo.name },
    directory: { domain: directoryInfo.domain, source: directoryInfo.source },
    sourceAnchor: sourceAnchorText(options.sourceAnchor),
    allowRelink: options.allowRelink,
    input: { path: mappings.path, sha256: mappings.sha256 },
    extraColumns: mappings.extraColumns,
    preflight: preflightOf(facts, {
      evidence: anchorTest.evidence,
      findings: [...anchorTest.findings, ...tenantFindings(tenantInfo), ...findings],
      unchecked,
      hoursSinceSync: hoursBetween(facts.sync.lastSyncAt, createdAt),
    }),
    createdAt,
  };
  return { header, rows };
}

function hoursBetween(from: string | null, to: string): number | null {
  return from === null ? null : (Date.parse(to) - Date.parse(from)) / 3_600_000;
}

/** What AD said of each row; null where the row gives nothing to ask for. */
type Located = List<AdAnswer | null>;

type Wanted = { readonly mappings: Mappings; readonly synced: readonly SyncedUser[] | null };

/** The AD users of the rows and those of the users whom sync carries, all in one reading. */
async function locate(
  { mappings, synced }: Wanted,
  directory: Directory,
  sourceAnchor: SourceAnchor,
): Promise<{ located: Located; witnesses: readonly Witness[] | null }> {
  const refs: AdRef[] = [];
  for (const { ad } of mappings.pairings) if (ad?.kind === 'ref') refs.push(ad.ref);
  const rows = refs.length;
  const carried = synced?.flatMap((user) => (user.sid === null ? [] : [{ user, sid: user.sid }])) ?? null;
  for (const { sid } of carried ?? []) refs.push({ kind: 'sid', sid });
  const answers = await directory.locate(refs, customAttributeOf(sourceAnchor), { everybody: true });
  const witnesses = carried?.map(({ user }, index) => ({ user, ad: answers.at(rows + index) ?? nobody })) ?? null;
  const ofRows = listOf(rows, (index) => itemAt(answers, index));
  return { located: besides(mappings, ofRows, ({ ad }) => ad), witnesses };
}

const nobody: AdAnswer = { kind: 'none' };

type InspectTools = Pick<PlanTools, 'tenant' | 'directory'> & {
  readonly sourceAnchor: SourceAnchor;
  readonly domains: TenantFacts['domains'];
};

type Inspected = {
  readonly evidence: List<Evidence>;
  readonly survey: Omit<Survey, 'users'>;
  readonly shared: AdHolders;
  readonly candidateOf: (user: AdUser) => SyncCandidate | null;
};

async function inspect(
  mappings: Mappings,
  located: Located,
  { tenant, directory, sourceAnchor, domains }: InspectTools,
): Promise<Inspected> {
  const { pairings } = mappings;
  const addressesIn = (of: Iterable<AdUser>): Iterable<string> => addressesOfAll(of, domains);
  const asked = {
    immutableIds: immutableIdsIn(usersIn(located), sourceAnchor),
    addresses: addressesIn(usersIn(located)),
    least: 2,
  };
  const shared = await directory.whoHas(asked, customAttributeOf(sourceAnchor));
  // Who shares something with a row may be in none, and what becomes of it decides what is left for the row.
  const sharing = new Set([...shared.anchors.values(), ...shared.addresses.values()].flat());
  const everybody = (): Iterable<AdUser> => inTurn(usersIn(located), sharing);
  const { users, ...survey } = await tenant.survey({
    refs: cloudRefsOf(mappings),
    immutableIds: { [Symbol.iterator]: () => immutableIdsIn(everybody(), sourceAnchor) },
    addresses: { [Symbol.iterator]: () => addressesIn(everybody())[Symbol.iterator]() },
  });
  const lookups = besides(mappings, users, ({ cloud }) => cloud);
  const owners = await ownersOf({ located, lookups, sourceAnchor }, directory);
  // Made anew each time it is asked for: everybody at once would be more than all the rest of a plan.
  const evidence = listOf(pairings.length, (index): Evidence => {
    const ad = itemAt(located, index);
    const anchor = anchorIn(ad, sourceAnchor);
    const own = anchor?.kind === 'anchor' ? anchor.immutableId : null;
    const holders = (own === null ? undefined : survey.holders.get(own)) ?? [];
    const cloud = recognised(itemAt(lookups, index), foundAdUser(ad), { holders, immutableId: own });
    const current = currentOf(cloud);
    return {
      pairing: itemAt(pairings, index),
      ad,
      anchor,
      cloud,
      holders,
      owner: (current === null ? undefined : owners.get(current)) ?? null,
      rivals: own === null ? [] : rivalsOf(shared.anchors.get(own) ?? [], foundAdUser(ad), sourceAnchor),
    };
  });
  const candidateOf = (user: AdUser): SyncCandidate | null => {
    const immutableId = immutableIdIn(anchorOf(user, sourceAnchor));
    if (immutableId === null) return null;
    const rivals = rivalsOf(shared.anchors.get(immutableId) ?? [], user, sourceAnchor);
    return { user, immutableId, holders: survey.holders.get(immutableId) ?? [], rivals };
  };
  return { evidence, survey, shared, candidateOf };
}

/** Whoever else has the anchor as sync reads it: an objectGUID counts for nothing where the user has another anchor. */
function rivalsOf(users: readonly AdUser[], own: AdUser | null, sourceAnchor: SourceAnchor): AdUser[] {
  const id = own === null ? null : immutableIdIn(anchorOf(own, sourceAnchor));
  return users.filter(
    (user) => user.objectGuid !== own?.objectGuid && immutableIdIn(anchorOf(user, sourceAnchor)) === id,
  );
}

/** Which pairings are in question, and who in AD has the addresses of their cloud users. */
async function lookAtPairings(
  evidence: List<Evidence>,
  directory: Directory,
  sourceAnchor: SourceAnchor,
): Promise<{ pairs: FirstLook; adOwners: AdHolders['addresses'] }> {
  const pairs = lookAtPairs(listOf(evidence.length, (index) => pairOf(itemAt(evidence, index))));
  if (pairs.untied.length === 0) return { pairs, adOwners: new Map() };
  const addresses = addressesOfCloud(evidence, pairs.untied);
  const asked = { immutableIds: [], addresses, least: 1 };
  const owners = await directory.whoHas(asked, customAttributeOf(sourceAnchor));
  return { pairs, adOwners: owners.addresses };
}

function* addressesOfCloud(evidence: List<Evidence>, rows: readonly number[]): Generator<string> {
  for (const row of rows) {
    const { pair } = pairOf(itemAt(evidence, row));
    if (pair !== null) yield* ownAddresses(pair.cloud);
  }
}

function anchorIn(ad: AdAnswer | null, source: SourceAnchor): Anchored | null {
  return ad?.kind === 'found' ? anchorOf(ad.user, source) : null;
}

function cloudRefsOf({ pairings }: Mappings): List<CloudRef> {
  const places: number[] = [];
  let place = 0;
  for (const { cloud } of pairings) {
    if (cloud?.kind === 'ref') places.push(place);
    place += 1;
  }
  return listOf(places.length, (index) => {
    const cloud = pairings.at(places[index] ?? -1)?.cloud;
    if (cloud?.kind !== 'ref') throw new RangeError(`no reference ${index}`);
    return cloud.ref;
  });
}

function* usersIn(located: Located): Generator<AdUser> {
  for (const ad of located) if (ad?.kind === 'found') yield ad.user;
}

function* inTurn<Item>(first: Iterable<Item>, then: Iterable<Item>): Generator<Item> {
  yield* first;
  yield* then;
}

function* immutableIdsIn(users: Iterable<AdUser>, source: SourceAnchor): Generator<string> {
  for (const user of users) {
    const id = immutableIdIn(anchorOf(user, source));
    if (id !== null) yield id;
  }
}

/** Every address that the AD users would bring into the tenant, each as often as it occurs. */
function* addressesOfAll(users: Iterable<AdUser>, domains: TenantFacts['domains']): Generator<string> {
  for (const user of users) yield* addressesToAsk(user, domains);
}

type Both = {
  readonly located: Located;
  readonly lookups: List<CloudAnswer | null>;
  readonly sourceAnchor: SourceAnchor;
};

/** Who in AD has the immutable IDs that the rows' cloud users have now, where those are not the right ones. */
async function ownersOf(
  { located, lookups, sourceAnchor }: Both,
  directory: Directory,
): Promise<ReadonlyMap<string, AdAnswer>> {
  const strange = new Set<string>();
  let row = 0;
  for (const lookup of lookups) {
    const current = currentOf(lookup);
    const ad = current === null ? null : itemAt(located, row);
    if (current !== null && couldBeAnchor(current, anchorIn(ad, sourceAnchor))) strange.add(current);
    row += 1;
  }
  const asked = [...strange].flatMap((current) => {
    const guid = guidOfImmutableId(current);
    return guid === undefined ? [] : [{ current, ref: { kind: 'anchor', guid } as const }];
  });
  if (asked.length === 0) return new Map();
  const answers = await directory.locate(
    asked.map(({ ref }) => ref),
    null,
  );
  return new Map(asked.map(({ current }, index) => [current, answers.at(index) ?? nobody]));
}

function currentOf(lookup: CloudAnswer | null): string | null {
  return namedCloudUser(lookup)?.onPremisesImmutableId || null;
}

/** The answers laid beside the rows; a row without a reference gets null. */
function besides<Answer>(
  { pairings }: Mappings,
  answers: List<Answer>,
  refOf: (pairing: Pairing) => Parsed<unknown> | null,
): List<Answer | null> {
  if (answers.length === pairings.length) return answers;
  /** By row: the number of its answer, or -1. */
  const numbers = new Int32Array(pairings.length).fill(-1);
  let row = 0;
  let next = 0;
  for (const pairing of pairings) {
    if (refOf(pairing)?.kind === 'ref') numbers[row] = next++;
    row += 1;
  }
  return listOf(pairings.length, (index) => {
    const number = numbers[index] ?? -1;
    return number < 0 ? null : itemAt(answers, number);
  });
}
