// Before the first write of a saved plan, what its decisions rested on is read again in bulk and judged by the rules that
// made them: roles and eligibility, other holders of the immutable ID, the object identifier and the domain of the cloud
// user, and, where AD can be reached, the AD user and its anchor. What one reading of the user can tell is compared once
// more just before the write (core/judge/decision-facts.ts).
import { domainOf } from '../../core/ids/addresses.ts';
import { type Anchored, anchorOf, customAttributeOf, type SourceAnchor } from '../../core/ids/anchor.ts';
import { cloudFindings, holderFindings } from '../../core/judge/cloud-findings.ts';
import type { Evidence } from '../../core/judge/evidence.ts';
import { adFindings } from '../../core/judge/input-findings.ts';
import type { ImmutableId } from '../../core/ids/immutable-id.ts';
import { type List, listFrom } from '../../core/list.ts';
import type { PlanKind } from '../../core/plan.ts';
import type { TenantFacts, Unchecked } from '../../core/preflight.ts';
import { inRepairOrder, sentenceOf, severityOf } from '../../core/reasons.ts';
import type { AdRef } from '../../core/references.ts';
import type { PlannedAd } from '../../core/row.ts';
import type { AdAnswer, AdUser, CloudAnswer, Holder } from '../../core/users.ts';
import type { ReadyRow } from './row/row-outcome.ts';
import type { Directory, Progress, TenantReader } from '../ports.ts';

export type ReviewTools = {
  readonly reader: TenantReader;
  /** Null: AD is not read again, and the plan is believed in what it says of it. */
  readonly directory: Directory | null;
  readonly progress: Progress;
};

export type ReviewOptions = {
  readonly kind: PlanKind;
  readonly sourceAnchor: SourceAnchor;
  readonly allowRelink: boolean;
};

/** What is not as it was reviewed, by line, each in a sentence; and the checks that could not be made again. */
export type Review = { readonly changed: ReadonlyMap<number, string>; readonly unchecked: readonly Unchecked[] };

/** Reads again what the decisions on these rows rested on. Throws a RunFault where AD or the tenant cannot be read. */
export async function reviewAgain(
  rows: List<ReadyRow>,
  { reader, directory, progress }: ReviewTools,
  options: ReviewOptions,
): Promise<Review> {
  progress.stage('Reading again what the plan rests on', rows.length);
  // A rollback rests on nothing but the user and who else has the former ID: roles do not keep it from being tried.
  if (options.kind === 'rollback') return reviewRollback(rows, reader);
  const [facts, ad] = await Promise.all([reader.preflight(), readAd(rows, directory, options.sourceAnchor)]);
  const survey = await reader.survey({
    refs: listFrom(rows, ({ cloud }) => ({ kind: 'object-id', id: cloud.id })),
    immutableIds: { [Symbol.iterator]: () => idsOf(rows) },
  });
  const changed = new Map<number, string>();
  let index = 0;
  let inAd = 0;
  for (const row of rows) {
    const found: Found = {
      ad: ad === null ? null : row.ad === null ? nobody : (ad.at(inAd++) ?? nobody),
      cloud: survey.users.at(index) ?? { kind: 'none' },
      holders: survey.holders.get(row.after ?? '') ?? [],
    };
    const why = whyNot(row, found, { facts, options });
    if (why !== null) changed.set(row.line, why);
    index += 1;
  }
  return { changed, unchecked: [...facts.unchecked, ...survey.unchecked] };
}

/** Roles alone, which is one request or two: for a look now and then while a long run writes. */
export function roleChange(row: ReadyRow, { roles }: Pick<TenantFacts, 'roles'>): string | null {
  const holding = roles.get(row.cloud.id)?.[0];
  return holding === undefined
    ? null
    : since(`The cloud user ${holding.how === 'assigned' ? 'holds' : 'is eligible for'} the role ${holding.role}.`);
}

type Found = {
  /** Null where AD was not asked: the plan is then believed in what it says of it. */
  readonly ad: AdAnswer | null;
  readonly cloud: CloudAnswer;
  readonly holders: readonly Holder[];
};
type Rules = { readonly facts: TenantFacts; readonly options: ReviewOptions };

const nobody: AdAnswer = { kind: 'none' };

function* idsOf(rows: Iterable<ReadyRow>): Generator<string> {
  for (const { after } of rows) if (after !== null) yield after;
}

/** The answers to the rows that name an AD user, in order; null where AD is not asked. */
async function readAd(
  rows: List<ReadyRow>,
  directory: Directory | null,
  sourceAnchor: SourceAnchor,
): Promise<List<AdAnswer> | null> {
  if (directory === null) return null;
  const asked: AdRef[] = [];
  for (const { ad } of rows) if (ad !== null) asked.push({ kind: 'guid', guid: ad.objectGuid });
  return directory.locate(asked, customAttributeOf(sourceAnchor));
}

/** The AD user as the plan has it. */
function asReviewed(ad: PlannedAd | null): AdAnswer {
  if (ad === null) return nobody;
  const user: AdUser = {
    dn: ad.dn,
    objectGuid: ad.objectGuid,
    sid: ad.sid,
    samAccountName: null,
    userPrincipalName: null,
    mail: null,
    proxyAddresses: [],
    enabled: true,
    adminDescription: null,
    isCriticalSystemObject: false,
    mailNickname: null,
    recipientTypeDetails: null,
    displayName: ad.name,
    givenName: null,
    surname: null,
    employeeId: null,
    targetAddress: null,
    hasMailbox: false,
    consistencyGuid: null,
    customAnchor: null,
  };
  return { kind: 'found', user };
}

/** What speaks against the row by now, in a sentence; null: nothing. */
function whyNot(row: ReadyRow, found: Found, { facts, options }: Rules): string | null {
  const { cloud, holders } = found;
  const ad = found.ad ?? asReviewed(row.ad);
  if (ad.kind === 'none') return since(`The AD user ${row.ad?.dn ?? row.adText} is not found in AD.`);
  const anchor = found.ad === null ? plannedAnchor(row) : anchorIn(found.ad, options.sourceAnchor);
  if (anchor?.kind === 'anchor' && anchor.immutableId !== row.after) {
    return since(`AD gives the AD user the immutable ID ${anchor.immutableId}, by its ${anchor.attribute}.`);
  }
  const policy = {
    allowRelink: options.allowRelink,
    federatedDetour: row.detour && domainOf(row.detour.away),
  };
  const evidence: Evidence = {
    pairing: {
      line: row.line,
      adText: row.adText,
      cloudText: row.cloudText,
      ad: null,
      cloud: null,
      claimedId: null,
      extra: [],
    },
    ad,
    anchor,
    cloud,
    holders,
    owner: null,
    rivals: [],
  };
  const findings = [...adFindings(evidence), ...cloudFindings(evidence, facts, policy), ...holderFindings(evidence)];
  const [first] = inRepairOrder(findings.filter(({ code }) => severityOf(code) === 'hold'));
  return first === undefined ? null : since(sentenceOf(first));
}

function plannedAnchor({ ad, after }: ReadyRow): Anchored {
  return { kind: 'anchor', attribute: ad?.sourceAnchor ?? '', immutableId: after as ImmutableId };
}

function anchorIn(ad: AdAnswer, sourceAnchor: SourceAnchor): Anchored | null {
  return ad.kind === 'found' ? anchorOf(ad.user, sourceAnchor) : null;
}

async function reviewRollback(rows: List<ReadyRow>, reader: TenantReader): Promise<Review> {
  const { holders, unchecked } = await reader.survey({
    refs: [],
    immutableIds: { [Symbol.iterator]: () => idsOf(rows) },
    objectIdentifiers: false,
  });
  const changed = new Map<number, string>();
  for (const { line, after, cloud } of rows) {
    const other = (holders.get(after ?? '') ?? []).find(({ id }) => id !== cloud.id);
    if (other) changed.set(line, since(`${other.userPrincipalName} (${other.id}) has the former immutable ID.`));
  }
  return { changed, unchecked };
}

function since(sentence: string): string {
  return `${sentence} It was not so when the plan was reviewed.`;
}
