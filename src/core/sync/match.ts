import { domainOf, isJoinable, isSomebodyElses } from '../ids/addresses.ts';
import type { Guid } from '../guid.ts';
import type { Prediction } from '../forecast.ts';
import type { ReasonCode } from '../reasons.ts';
import { foldKey } from '../references.ts';
import { outOfScopeRule } from './scope.ts';
import type { Sent } from './sent.ts';
import type { AddressHolder, AdUser, CloudUser, Holder } from '../users.ts';
import type { SyncCandidate, World } from './world.ts';

/**
 * Whom sync takes for an AD user, or why nobody (Microsoft, "Install Entra Connect with an existing tenant"): hard match
 * first, then soft match by primary SMTP address and by UPN, else a new user.
 */
export function predict(candidate: SyncCandidate, sent: Sent, world: World): Prediction {
  const rule = outOfScopeRule(candidate.user);
  if (rule !== null) return { kind: 'out-of-scope', rule };
  return (
    contest(candidate, world) ??
    hardMatch(candidate, world) ??
    softMatch(candidate, sent, world) ??
    (sent.newName === null ? { kind: 'nameless' } : { kind: 'provisions' })
  );
}

/** Whether a cloud user comes to the AD user that was not its own. */
export function isTaken({ kind }: Prediction): boolean {
  return kind === 'joins' || kind === 'soft-matches' || kind === 'restores';
}

/** Whether a new cloud user is made of the AD user. */
export function isMade({ kind }: Prediction): boolean {
  return kind === 'provisions' || kind === 'soft-match-fails';
}

/** Whether sync writes AD's values on somebody, new or there already. */
export function isWritten(prediction: Prediction): boolean {
  return isTaken(prediction) || isMade(prediction) || prediction.kind === 'carried';
}

/** Of several AD users with an anchor sync goes on with the one that the tenant knows by it; null where it is this one alone. */
function contest({ user, immutableId, holders, rivals }: SyncCandidate, world: World): Prediction | null {
  const inScope = rivals.filter((rival) => outOfScopeRule(rival) === null);
  if (inScope.length === 0) return null;
  const linked = world.linked(immutableId);
  const known = new Set([...holders, ...(linked ? [linked] : [])].map(({ objectIdentifier }) => objectIdentifier));
  if (known.has(user.objectGuid)) return null;
  const rival = inScope.find(({ objectGuid }) => known.has(objectGuid));
  return rival === undefined ? { kind: 'contested' } : { kind: 'another-joins', rival: rival.dn };
}

/** What a hard match asks of its target. */
type Target = Pick<Holder, 'id' | 'isGuest' | 'isSynced' | 'objectIdentifier' | 'deleted'>;

function hardMatch(candidate: SyncCandidate, world: World): Prediction | null {
  const target = targetOf(candidate, world);
  if (target === undefined) return null;
  const { id } = target;
  if (target.isSynced && !target.deleted) {
    return isOfAnother(target, candidate.user, world)
      ? { kind: 'carry-blocked', user: id }
      : { kind: 'carried', by: id };
  }
  const why = joinBlock(target, candidate.user, world);
  if (why !== null) return { kind: 'join-blocked', user: id, why };
  // Coming back from the recycle bin is a hard match too.
  return { kind: target.deleted ? 'restores' : 'joins', user: id };
}

/** Whoever has the ID once the plan is applied: a live user before a deleted one. */
function targetOf({ immutableId, holders }: SyncCandidate, world: World): Target | undefined {
  const carried = holders.find((holder) => holder.isSynced && !holder.deleted);
  const linked = world.linked(immutableId);
  if (carried !== undefined || linked !== undefined) return carried ?? (linked && asTarget(linked));
  // A holder that the plan itself gives another ID will not have this one any more.
  const keeps = ({ id }: Holder): boolean => (world.written(id) ?? immutableId) === immutableId;
  return holders.find((holder) => !holder.deleted && keeps(holder)) ?? holders.find(({ deleted }) => deleted);
}

function asTarget(user: CloudUser): Target {
  const { id, objectIdentifier, deletedDateTime, onPremisesSyncEnabled } = user;
  const deleted = deletedDateTime !== null;
  return { id, objectIdentifier, deleted, isSynced: onPremisesSyncEnabled === true, isGuest: isSomebodyElses(user) };
}

/** Whether sync would hard-match this cloud user to the AD user, had it the anchor for its ID. */
export function mayJoin(cloud: CloudUser, user: AdUser, world: World): boolean {
  return outOfScopeRule(user) === null && joinBlock(asTarget(cloud), user, world) === null;
}

/** Why sync will refuse to hard-match this cloud user, or leave it alone, the tenant's switch before what is its own; null when it will not. */
function joinBlock(target: Target, user: AdUser, world: World): ReasonCode | null {
  if (world.cloudManaged?.has(target.id) === true) return 'cloud-user-cloud-managed';
  if (world.features?.hardMatchBlocked === true) return 'hard-match-blocked-in-tenant';
  const roles = world.roles.get(target.id) ?? [];
  if (roles.some(({ how }) => how === 'assigned')) return 'cloud-user-holds-role';
  if (roles.length > 0) return 'cloud-user-eligible-for-role';
  if (isOfAnother(target, user, world)) return 'cloud-object-identifier-set';
  return target.isGuest ? 'cloud-user-guest' : null;
}

/** Once a cloud user belongs to an AD object no other one gets it, unless the tenant allows that for the time being. */
function isOfAnother({ objectIdentifier: of }: Target, { objectGuid }: AdUser, { features }: World): boolean {
  return Boolean(of) && of !== objectGuid && features?.objectIdentifierMayChange !== true;
}

function softMatch({ immutableId }: SyncCandidate, sent: Sent, world: World): Prediction | null {
  const [first] = softTargets(sent, world);
  if (first === undefined) return null;
  const { id: user, immutableId: own } = first.holder;
  const has = world.written(user) ?? own;
  if (has && has !== immutableId) return { kind: 'soft-match-blocked', user };
  const why = softBlock(user, world);
  if (why === null) return { kind: 'soft-matches', user };
  return sent.newName === null ? { kind: 'soft-match-blocked', user } : { kind: 'soft-match-fails', user, why };
}

/** Why sync refuses to soft-match this cloud user, whoever comes, and makes a new one; null when it does not. */
export function softBlock(target: Guid, { features, roles }: World): 'role' | 'blocked-in-tenant' | null {
  if (features?.softMatchBlocked === true) return 'blocked-in-tenant';
  // A soft match minds roles that are held; the hardening that minds eligibility is about hard match.
  return roles.get(target)?.some(({ how }) => how === 'assigned') === true ? 'role' : null;
}

/** Whom a soft match looks at, with the value that they have: the first is the one that counts. */
export function softTargets({ primary, upn }: Sent, world: World): { value: string; holder: AddressHolder }[] {
  return [
    // By UPN only where the primary SMTP address finds nobody.
    ...withAddress(primary, ['primary-smtp', 'mail'], world),
    ...withAddress(matchesByUpn(world) ? upn : null, ['upn'], world),
  ];
}

/** Whether a soft match goes by UPN where it finds nobody by address. */
export function matchesByUpn({ sync, features }: World): boolean {
  return sync === 'connect' && features?.softMatchOnUpn !== false;
}

function withAddress(
  value: string | null,
  as: readonly AddressHolder['as'][],
  { addresses, cloudManaged, domains }: World,
): { value: string; holder: AddressHolder }[] {
  if (value === null) return [];
  const holders = addresses.get(foldKey(value)) ?? [];
  return holders
    .filter((holder) => isJoinable(holder) && as.includes(holder.as) && cloudManaged?.has(holder.id) !== true)
    .filter(({ name }) => !isFederated(name, domains))
    .map((holder) => ({ value, holder }));
}

/** Soft match leaves users of a federated domain alone. */
function isFederated(upn: string, domains: World['domains']): boolean {
  return domains?.some((domain) => domain.isFederated && domain.name === domainOf(upn)) ?? false;
}

/** The cloud user whom a prediction names: taken, carried, or refused. */
export function cloudUserOf(prediction: Prediction): Guid | null {
  if (prediction.kind === 'carried') return prediction.by;
  return 'user' in prediction ? prediction.user : null;
}
