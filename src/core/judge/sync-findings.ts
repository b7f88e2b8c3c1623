import { adValueFindings } from './ad-value-findings.ts';
import type { Evidence } from './evidence.ts';
import type { Guid } from '../guid.ts';
import { addressesOf } from '../ids/addresses.ts';
import { clashesInTenant, nameFor } from '../sync/clashes.ts';
import { mayJoin, predict, softBlock, softTargets } from '../sync/match.ts';
import type { Prediction } from '../forecast.ts';
import type { TenantFacts } from '../preflight.ts';
import type { Finding } from '../reasons.ts';
import { foldKey } from '../references.ts';
import { outOfScopeRule } from '../sync/scope.ts';
import { type Sent, sentBy } from '../sync/sent.ts';
import type { World } from '../sync/world.ts';
import { takeOverFindings } from './take-over-findings.ts';
import { type AdUser, foundAdUser, namedCloudUser } from '../users.ts';

/** What sync does in a cycle before the write, and in one after it. */
export type BothPredictions = { readonly untilThen: Prediction; readonly afterwards: Prediction };

type Around = { readonly facts: TenantFacts; readonly world: World };

/** What sync's next cycle would stumble over, change, or do unasked. Warnings all: the write itself is not in danger. */
export function syncFindings(row: Evidence, predicted: BothPredictions, around: Around): Finding[] {
  const taken = takenByIdFindings(row, around.world);
  const { ad, cloud, holders } = row;
  if (ad?.kind !== 'found') return taken;
  const { user } = ad;
  const { world } = around;
  const sent = sentBy(user, world.domains);
  const isCarried = holders.some((holder) => holder.isSynced && !holder.deleted);
  const own = cloud?.kind === 'found' ? cloud.user.id : null;
  const named = namedCloudUser(cloud);
  return [
    ...(isCarried ? [] : softMatchFindings(sent, own, world)),
    ...(isCarried ? [] : failingMatchFindings(sent, predicted, around)),
    ...(own === null ? [] : conflictFindings(user, { sent, own }, world)),
    ...(own === null ? [] : takenFindings(user, own, world)),
    ...taken,
    ...adValueFindings(user, sent, world),
    ...(named === null ? [] : takeOverFindings(user, named, { sent, domains: world.domains })),
    ...(isCarried ? [] : scopeFindings(user, predicted.untilThen, around.facts)),
  ];
}

/** Cloud users other than the row's own whom sync would join by address, before the write or for want of it. */
function softMatchFindings(sent: Sent, own: Guid | null, world: World): Finding[] {
  const found = new Map<string, Finding>();
  for (const { value, holder } of softTargets(sent, world)) {
    const isFree = !holder.isSynced && !holder.immutableId && softBlock(holder.id, world) === null;
    if (!isFree || holder.id === own || found.has(holder.id)) continue;
    const facts = { holder: `${holder.name} (${holder.id})`, value };
    found.set(holder.id, { code: 'soft-match-would-hit-other', facts });
  }
  return [...found.values()];
}

const failing: Readonly<Record<(Prediction & { kind: 'soft-match-fails' })['why'], string>> = {
  role: 'that user holds a directory role',
  'blocked-in-tenant': 'the tenant blocks soft match (blockSoftMatchEnabled)',
};

/** A soft match that fails, and by which a new user comes to be: now, where sync runs, or after a plan that leaves the row out. */
function failingMatchFindings(
  sent: Sent,
  { untilThen, afterwards }: BothPredictions,
  { facts, world }: Around,
): Finding[] {
  const isSoon = facts.sync.isEnabled === true && untilThen.kind === 'soft-match-fails';
  const fails = isSoon ? untilThen : afterwards;
  if (fails.kind !== 'soft-match-fails') return [];
  const target = softTargets(sent, world).find(({ holder }) => holder.id === fails.user);
  const holder = `${target?.holder.name ?? 'a cloud user'} (${fails.user})`;
  return [{ code: 'soft-match-will-fail', facts: { holder, value: target?.value ?? '', why: failing[fails.why] } }];
}

/** For the pairing as it is meant, whatever stands in its way now: both have to be fixed. */
function conflictFindings(user: AdUser, { sent, own }: { sent: Sent; own: Guid }, world: World): Finding[] {
  const arriving = { user, sent, name: nameFor(sent, false, world), target: own };
  return clashesInTenant(arriving, world).map((clash) => ({
    code: 'attribute-conflict-after-sync',
    facts: { ...clash },
  }));
}

/** Other AD users to whom sync joins the row's cloud user, by address. */
function takenFindings(user: AdUser, own: Guid, world: World): Finding[] {
  if (world.adAddresses.size === 0 || world.written(own) !== undefined) return [];
  const others = new Set(addressesOf(user).flatMap(({ value }) => world.adAddresses.get(foldKey(value)) ?? []));
  return [...others].flatMap((other): Finding[] => {
    const candidate = other.objectGuid === user.objectGuid ? null : world.candidateOf(other);
    if (candidate === null) return [];
    const { kind, user: target } = { user: null, ...predict(candidate, sentBy(other, world.domains), world) };
    return kind === 'soft-matches' && target === own
      ? [{ code: 'another-joins', facts: { how: 'address', other: other.dn } }]
      : [];
  });
}

/** The other AD user whose anchor the row's cloud user has now: sync joins it to that one, where the row does not replace it. */
function takenByIdFindings({ ad, cloud, owner: answer }: Evidence, world: World): Finding[] {
  const owner = foundAdUser(answer);
  if (cloud?.kind !== 'found' || owner === null || owner.objectGuid === foundAdUser(ad)?.objectGuid) return [];
  const { user } = cloud;
  const isLeft = user.onPremisesSyncEnabled === true || world.written(user.id) !== undefined;
  if (isLeft || !mayJoin(user, owner, world)) return [];
  return [{ code: 'another-joins', facts: { how: 'its immutable ID', other: owner.dn } }];
}

function scopeFindings(user: AdUser, untilThen: Prediction, { sync }: TenantFacts): Finding[] {
  const rule = outOfScopeRule(user);
  if (rule !== null) return [{ code: 'ad-user-out-of-scope', facts: { rule } }];
  // Where sync would join somebody by what is there now, it makes nobody new; other warnings tell who.
  return sync.isEnabled === true && untilThen.kind === 'provisions' ? [{ code: 'ad-in-sync-scope' }] : [];
}
