import { customAttributeOf, type SourceAnchor } from '../core/ids/anchor.ts';
import type { Guid } from '../core/guid.ts';
import { guidBehind, type LookupQuestion, questionOf } from '../core/lookup/question.ts';
import {
  type AdFound,
  addressKeysOf,
  type AdFindings,
  adFindingsOf,
  idsOf,
  ownerOf,
} from '../core/lookup/ad-findings.ts';
import { answerOf, type LookupAnswer } from '../core/lookup/answer.ts';
import type { OwnerSearch, TenantFindings } from '../core/lookup/cloud-findings.ts';
import type { Unchecked } from '../core/preflight.ts';
import type { AdRef } from '../core/references.ts';
import { partOf } from '../core/list.ts';
import type { AdAnswer, CloudUser, Holder } from '../core/users.ts';
import type { Directory, Progress, Survey, TenantReader } from './ports.ts';

export type LookupTools = {
  /** Null: the tenant alone is asked. */
  readonly directory: Directory | null;
  readonly reader: TenantReader;
  readonly progress: Progress;
};

export type LookupEnd = {
  /** One for each value, in order. */
  readonly answers: readonly LookupAnswer[];
  readonly unchecked: readonly Unchecked[];
};

/**
 * Who each value is: in AD, among live cloud users, in the recycle bin. All values at once: one locate, one survey, and
 * one more locate for immutable IDs that turned up and are nobody's so far.
 */
export async function lookUp(
  values: readonly string[],
  tools: LookupTools,
  options: { readonly sourceAnchor: SourceAnchor },
): Promise<LookupEnd> {
  const { sourceAnchor } = options;
  const questions = values.map((value) => questionOf(value, customAttributeOf(sourceAnchor)));
  const ask = tools.directory ? askerOf(tools.directory, sourceAnchor) : null;
  if (ask) tools.progress.stage('Reading Active Directory', questions.length);
  const ad = ask ? await adSide(questions, ask, sourceAnchor) : questions.map(() => null);
  tools.progress.stage('Reading the tenant', questions.length);
  const { tenant, unchecked } = await tenantSide(questions, ad, tools.reader);
  const owners = ask ? await ownersOf(tenant, ask, { ad, sourceAnchor }) : new Map<string, AdFindings>();
  const answers = questions.map((question, index) => {
    const mine = ad[index] ?? null;
    const owner: OwnerSearch = (id) => ownerOf(id, mine?.hits ?? []) ?? ownerOf(id, owners.get(id)?.hits ?? []);
    return answerOf(question, mine, { tenant: tenant[index] ?? nobody, owner });
  });
  return { answers, unchecked };
}

const nobody: TenantFindings = { users: [], holders: new Map(), addresses: [], adAddresses: [], details: new Map() };

/** Answers to references, in order; the same reference twice is asked once. */
type Ask = (refs: readonly AdRef[]) => Promise<readonly AdFound[]>;

function askerOf(directory: Directory, sourceAnchor: SourceAnchor): Ask {
  const custom = customAttributeOf(sourceAnchor);
  const askOnce = async (refs: readonly AdRef[]): Promise<(ref: AdRef) => AdAnswer> => {
    const distinct = new Map(refs.map((ref) => [JSON.stringify(ref), ref]));
    const lookups = distinct.size === 0 ? [] : await directory.locate([...distinct.values()], custom);
    const byKey = new Map([...distinct.keys()].map((key, index) => [key, lookups.at(index)]));
    return (ref) => byKey.get(JSON.stringify(ref)) ?? { kind: 'none' };
  };
  return async (refs) => {
    const lookupOf = await askOnce(refs);
    // Several are told by their DNs alone; who looks somebody up wants to see them all.
    const dns = refs.map(lookupOf).flatMap((lookup) => (lookup.kind === 'several' ? lookup.dns : []));
    const userAt = await askOnce(dns.map((dn) => ({ kind: 'dn', dn })));
    const found = (lookup: AdAnswer): AdFound['users'] => {
      if (lookup.kind === 'found') return [lookup.user];
      if (lookup.kind !== 'several') return [];
      const each = lookup.dns.map((dn) => userAt({ kind: 'dn', dn }));
      return each.flatMap((one) => (one.kind === 'found' ? [one.user] : []));
    };
    return refs.map((ref) => ({ ref, lookup: lookupOf(ref), users: found(lookupOf(ref)) }));
  };
}

async function adSide(
  questions: readonly LookupQuestion[],
  ask: Ask,
  sourceAnchor: SourceAnchor,
): Promise<AdFindings[]> {
  const answers = await ask(questions.flatMap((question) => question.ad));
  let next = 0;
  return questions.map(({ ad }) => adFindingsOf(answers.slice(next, (next += ad.length)), sourceAnchor));
}

async function tenantSide(
  questions: readonly LookupQuestion[],
  ad: readonly (AdFindings | null)[],
  reader: TenantReader,
): Promise<{ tenant: TenantFindings[]; unchecked: readonly Unchecked[] }> {
  const ids = questions.map(({ immutableIds }, index) => [...immutableIds, ...idsOf(ad[index]?.hits ?? [])]);
  const adKeys = questions.map(({ addresses }, index) => {
    const own = new Set(addresses);
    return addressKeysOf(ad[index]?.hits ?? []).filter((key) => !own.has(key));
  });
  const survey = await reader.survey({
    refs: questions.flatMap(({ cloud }) => cloud),
    immutableIds: [...new Set(ids.flat())],
    addresses: new Set([...questions.flatMap(({ addresses }) => addresses), ...adKeys.flat()]),
  });
  const details = await detailsOf(survey, reader);
  let next = 0;
  const tenant = questions.map(({ cloud, addresses }, index): TenantFindings => {
    const held = (ids[index] ?? []).flatMap((id): [string, readonly Holder[]][] => {
      const holders = survey.holders.get(id);
      return holders ? [[id, holders]] : [];
    });
    return {
      users: partOf(survey.users, next, (next += cloud.length)),
      holders: new Map(held),
      addresses: addresses.flatMap((address) => survey.addresses.get(address) ?? []),
      adAddresses: (adKeys[index] ?? []).flatMap((address) => survey.addresses.get(address) ?? []),
      details,
    };
  });
  return { tenant, unchecked: survey.unchecked };
}

/** Users of whom an address alone is known, e.g. by a second SMTP address. */
async function detailsOf(survey: Survey, reader: TenantReader): Promise<ReadonlyMap<Guid, CloudUser>> {
  const known = new Set([...survey.users].flatMap((lookup) => (lookup.kind === 'found' ? [lookup.user.id] : [])));
  const wanted = [...survey.addresses.values()].flat().filter(({ kind, id }) => kind === 'user' && !known.has(id));
  if (wanted.length === 0) return new Map();
  const readings = await reader.readUsers([...new Set(wanted.map(({ id }) => id))]);
  return new Map(
    [...readings].flatMap(([id, reading]) => (reading.kind === 'user' ? [[id, reading.user] as const] : [])),
  );
}

/** AD users behind the immutable IDs in the tenant's answers that no user found so far explains, by immutable ID. */
async function ownersOf(
  tenant: readonly TenantFindings[],
  ask: Ask,
  { ad, sourceAnchor }: { ad: readonly (AdFindings | null)[]; sourceAnchor: SourceAnchor },
): Promise<Map<string, AdFindings>> {
  const open = tenant.flatMap((findings, index) => {
    const hits = ad[index]?.hits ?? [];
    return idsIn(findings).filter((id) => ownerOf(id, hits) === null);
  });
  const refs = [...new Set(open)].flatMap((id): { id: string; ref: AdRef }[] => {
    const guid = guidBehind(id);
    if (guid !== undefined) return [{ id, ref: { kind: 'anchor', guid } }];
    const attribute = customAttributeOf(sourceAnchor);
    return attribute === null ? [] : [{ id, ref: { kind: 'key', attribute, value: id } }];
  });
  const answers = await ask(refs.map(({ ref }) => ref));
  return new Map(refs.map(({ id }, index) => [id, adFindingsOf(answers.slice(index, index + 1), sourceAnchor)]));
}

function idsIn({ users, holders, addresses, adAddresses, details }: TenantFindings): string[] {
  const fromUsers = users.flatMap((lookup) => {
    if (lookup.kind === 'several') return lookup.users;
    return lookup.kind === 'none' ? [] : [lookup.user];
  });
  const fromAddresses = [...addresses, ...adAddresses].flatMap(({ id }) => details.get(id) ?? []);
  const ids = [...fromUsers, ...fromAddresses].flatMap((user) => user.onPremisesImmutableId || []);
  return [...ids, ...holders.keys()];
}
