import { type Anchored, anchorOf, customAttributeOf, type SourceAnchor, sourceAnchorText } from '../core/anchor.ts';
import { decide } from '../core/decide.ts';
import type { Evidence } from '../core/evidence.ts';
import type { PlanHeader } from '../core/plan.ts';
import type { AdRef, CloudRef, Parsed } from '../core/references.ts';
import type { Mappings, PlanRow } from '../core/row.ts';
import type { AdLookup, CloudLookup } from '../core/users.ts';
import type { Clock, Directory, Progress, TenantReader } from './ports.ts';

export type PlanTools = {
  readonly directory: Directory;
  readonly tenant: TenantReader;
  readonly clock: Clock;
  readonly progress: Progress;
};

export type PlanOptions = {
  readonly sourceAnchor: SourceAnchor;
  readonly allowRelink: boolean;
  readonly toolVersion: string;
};

/**
 * The dry run: locate, anchor, inspect, decide. Reads AD and the tenant in bulk and writes to neither; it is handed no
 * port that could. Rows come back in input order, one for each pairing.
 */
export async function makePlan(
  mappings: Mappings,
  tools: PlanTools,
  options: PlanOptions,
): Promise<{ header: PlanHeader; rows: PlanRow[] }> {
  const { directory, tenant, clock, progress } = tools;
  const createdAt = clock.now().toISOString();
  const [directoryInfo, tenantInfo] = await Promise.all([directory.describe(), tenant.describe()]);

  progress.stage('Reading Active Directory', mappings.pairings.length);
  const located = await locate(mappings, directory, options.sourceAnchor);

  progress.stage('Reading the tenant', mappings.pairings.length);
  const rows = decide(await inspect(mappings, located, tenant), { allowRelink: options.allowRelink });

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

async function inspect(mappings: Mappings, located: readonly Located[], tenant: TenantReader): Promise<Evidence[]> {
  const ids = new Set(located.flatMap(({ anchor }) => (anchor?.kind === 'anchor' ? [anchor.immutableId] : [])));
  let holders: Awaited<ReturnType<TenantReader['survey']>>['holders'] = new Map();
  const lookups = await askAll<CloudRef, CloudLookup>(
    mappings.pairings.map((pairing) => pairing.cloud),
    async (refs) => {
      const survey = await tenant.survey(refs, [...ids]);
      holders = survey.holders;
      return survey.users;
    },
  );
  return mappings.pairings.map((pairing, index) => {
    const { ad = null, anchor = null } = located[index] ?? {};
    const mine = anchor?.kind === 'anchor' ? holders.get(anchor.immutableId) : undefined;
    return { pairing, ad, anchor, cloud: lookups[index] ?? null, holders: mine ?? [] };
  });
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
