import { type Anchored, anchorOf, customAttributeOf, type SourceAnchor, sourceAnchorText } from '../core/anchor.ts';
import { addressesOf } from '../core/addresses.ts';
import { decide } from '../core/decide.ts';
import { couldBeAnchor } from '../core/existing-id.ts';
import type { Evidence } from '../core/evidence.ts';
import { guidOfImmutableId } from '../core/immutable-id.ts';
import type { PlanHeader } from '../core/plan.ts';
import { preflightOf } from '../core/preflight-findings.ts';
import { type AdRef, type CloudRef, foldKey, type Parsed } from '../core/references.ts';
import type { Mappings, PlanRow } from '../core/row.ts';
import type { AdLookup, CloudLookup } from '../core/users.ts';
import type { Clock, Directory, Progress, Survey, TenantReader } from './ports.ts';
import { checkDetour, testAnchor, witnessesAsked } from './preflight.ts';

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
  readonly toolVersion: string;
};

/**
 * The dry run: preflight, locate, anchor, inspect, decide. Reads AD and the tenant in bulk and writes to neither; it is
 * handed no port that could. Rows come back in input order, one for each pairing. Throws a RunFault when the source anchor
 * contradicts what sync uses.
 */
export async function makePlan(
  mappings: Mappings,
  tools: PlanTools,
  options: PlanOptions,
): Promise<{ header: PlanHeader; rows: PlanRow[] }> {
  const { directory, tenant, clock, progress } = tools;
  const createdAt = clock.now().toISOString();
  progress.stage('Checking the tenant', null);
  // All at once, though the synced users are for later: what the tenant is asked in one moment is one request.
  const [directoryInfo, tenantInfo, facts, synced] = await Promise.all([
    directory.describe(),
    tenant.describe(),
    tenant.preflight(),
    tenant.syncedUsers(witnessesAsked),
  ]);
  checkDetour(options.federatedDetour, facts);
  const anchorTest = await testAnchor({ directory, synced }, directoryInfo.domain, options);

  progress.stage('Reading Active Directory', mappings.pairings.length);
  const located = await locate(mappings, directory, options.sourceAnchor);

  progress.stage('Reading the tenant', mappings.pairings.length);
  const { evidence, survey } = await inspect(mappings, located, tools);
  const rows = decide(evidence, { facts, addresses: survey.addresses }, options);

  const unchecked = [...facts.unchecked, ...anchorTest.unchecked, ...survey.unchecked];
  const header: PlanHeader = {
    format: 1,
    kind: 'link',
    toolVersion: options.toolVersion,
    tenant: tenantInfo,
    directory: { domain: directoryInfo.domain, source: directoryInfo.source },
    sourceAnchor: sourceAnchorText(options.sourceAnchor),
    allowRelink: options.allowRelink,
    input: { path: mappings.path, sha256: mappings.sha256 },
    extraColumns: mappings.extraColumns,
    preflight: preflightOf(facts, anchorTest, unchecked),
    createdAt,
  };
  return { header, rows };
}

type Located = { readonly ad: AdLookup | null; readonly anchor: Anchored | null };

async function locate(mappings: Mappings, directory: Directory, source: SourceAnchor): Promise<Located[]> {
  const lookups = await askAll<AdRef, AdLookup>(
    mappings.pairings.map((pairing) => pairing.ad),
    (refs) => directory.locate(refs, customAttributeOf(source)),
  );
  return lookups.map((ad) => ({ ad, anchor: ad?.kind === 'found' ? anchorOf(ad.user, source) : null }));
}

async function inspect(
  mappings: Mappings,
  located: readonly Located[],
  { tenant, directory }: PlanTools,
): Promise<{ evidence: Evidence[]; survey: Omit<Survey, 'users'> }> {
  const immutableIds = new Set(
    located.flatMap(({ anchor }) => (anchor?.kind === 'anchor' ? [anchor.immutableId] : [])),
  );
  let survey: Omit<Survey, 'users'> = { holders: new Map(), addresses: new Map(), unchecked: [] };
  const lookups = await askAll<CloudRef, CloudLookup>(
    mappings.pairings.map((pairing) => pairing.cloud),
    async (refs) => {
      const { users, ...others } = await tenant.survey({
        refs,
        immutableIds: [...immutableIds],
        addresses: addressesIn(located),
      });
      survey = others;
      return users;
    },
  );
  const owners = await ownersOf(located, lookups, directory);
  const evidence = mappings.pairings.map((pairing, index): Evidence => {
    const { ad = null, anchor = null } = located[index] ?? {};
    const cloud = lookups[index] ?? null;
    const current = currentOf(cloud);
    return {
      pairing,
      ad,
      anchor,
      cloud,
      holders: (anchor?.kind === 'anchor' ? survey.holders.get(anchor.immutableId) : undefined) ?? [],
      owner: (current === null ? undefined : owners.get(current)) ?? null,
    };
  });
  return { evidence, survey };
}

/** Every address that the AD users would bring into the tenant. */
function addressesIn(located: readonly Located[]): Set<string> {
  const addresses = new Set<string>();
  for (const { ad } of located) {
    if (ad?.kind === 'found') for (const { value } of addressesOf(ad.user)) addresses.add(foldKey(value));
  }
  return addresses;
}

/** Who in AD has the immutable IDs that the rows' cloud users have now, where those are not the right ones. */
async function ownersOf(
  located: readonly Located[],
  lookups: readonly (CloudLookup | null)[],
  directory: Directory,
): Promise<ReadonlyMap<string, AdLookup>> {
  const strange = new Set<string>();
  lookups.forEach((lookup, index) => {
    const current = currentOf(lookup);
    if (current !== null && couldBeAnchor(current, located[index]?.anchor ?? null)) strange.add(current);
  });
  const asked = [...strange].flatMap((current) => {
    const guid = guidOfImmutableId(current);
    return guid === undefined ? [] : [{ current, ref: { kind: 'anchor', guid } as const }];
  });
  if (asked.length === 0) return new Map();
  const answers = await directory.locate(
    asked.map(({ ref }) => ref),
    null,
  );
  return new Map(asked.map(({ current }, index) => [current, answers[index] ?? { kind: 'none' }]));
}

function currentOf(lookup: CloudLookup | null): string | null {
  return lookup?.kind === 'found' ? lookup.user.onPremisesImmutableId || null : null;
}

/** Asks for all usable references in one go and lays the answers beside the rows; a row without a reference gets null. */
async function askAll<Ref, Answer>(
  parsed: readonly (Parsed<Ref> | null)[],
  ask: (refs: readonly Ref[]) => Promise<readonly Answer[]>,
): Promise<(Answer | null)[]> {
  const answers = await ask(parsed.flatMap((one) => (one?.kind === 'ref' ? [one.ref] : [])));
  let next = 0;
  return parsed.map((one) => (one?.kind === 'ref' ? (answers[next++] ?? null) : null));
}
