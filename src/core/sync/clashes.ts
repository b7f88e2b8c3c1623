import type { Guid } from '../guid.ts';
import type { Clash, Prediction } from '../forecast.ts';
import { smtpAmong } from '../ids/addresses.ts';
import { foldKey } from '../references.ts';
import { cloudUserOf, isMade, isTaken, isWritten, matchesByUpn, predict } from './match.ts';
import { nameInTenant, type Sent, sentBy } from './sent.ts';
import type { AddressHolder, AdUser } from '../users.ts';
import type { SyncCandidate, World } from './world.ts';

/** An AD user's values on their way to a cloud user: `name` is the UPN that is to be set, null where none is. */
export type Arriving = {
  readonly user: AdUser;
  readonly sent: Sent;
  readonly name: string | null;
  /** Null for a cloud user who is made. */
  readonly target: Guid | null;
};

/** The UPN that a cloud user gets; null where sync sets none. */
export function nameFor(sent: Sent, isNew: boolean, { domains }: Pick<World, 'domains'>): string | null {
  const upn = isNew ? sent.newName : sent.upn;
  return upn === null ? null : nameInTenant(upn, domains);
}

/** The values that the cloud user cannot get: somebody else in the tenant has them, or another AD user may be first. */
export function clashesOf(arriving: Arriving, world: World): Clash[] {
  return valuesOf(arriving).flatMap((one): Clash[] => {
    const holder = cloudHolder(one, arriving.target, world) ?? adRival(one, arriving, world);
    return holder === null ? [] : [{ attribute: one.attribute, value: one.value, holder }];
  });
}

/** The same of those in the tenant alone. */
export function clashesInTenant(arriving: Arriving, world: Pick<World, 'addresses'>): Clash[] {
  return valuesOf(arriving).flatMap((one): Clash[] => {
    const holder = cloudHolder(one, arriving.target, world);
    return holder === null ? [] : [{ attribute: one.attribute, value: one.value, holder }];
  });
}

type Value = Pick<Clash, 'attribute' | 'value'>;

function valuesOf({ name, sent, user }: Arriving): Value[] {
  const smtp = smtpAmong(sent.proxyAddresses);
  // What came from mail is told as mail.
  const isListed = (value: string): boolean =>
    user.proxyAddresses.some((address) => foldKey(address) === `smtp:${foldKey(value)}`);
  return [
    ...(name === null ? [] : [{ attribute: 'userPrincipalName' as const, value: name }]),
    ...smtp.map((value) => ({ attribute: isListed(value) ? ('proxyAddresses' as const) : ('mail' as const), value })),
  ];
}

function cloudHolder({ attribute, value }: Value, target: Guid | null, { addresses }: Pick<World, 'addresses'>) {
  const isUpn = attribute === 'userPrincipalName';
  const other = addresses.get(foldKey(value))?.find((holder) => holder.id !== target && isInTheWay(holder, isUpn));
  if (other === undefined) return null;
  const kind = other.kind === 'user' ? '' : `the ${other.kind} `;
  return `${kind}${other.name} (${other.id})`;
}

/**
 * A UPN must be nobody else's UPN or mail; an address must be nobody else's at all. What merely stands in otherMails keeps
 * nobody from anything, unless it is all that a guest has of an address.
 */
function isInTheWay({ as, kind, isGuest }: AddressHolder, isUpn: boolean): boolean {
  if (as === 'other-mail') return isGuest && !isUpn;
  return !isUpn || (kind === 'user' && as !== 'other-smtp');
}

/** Another AD user who brings the value, where it can come before this one does. */
function adRival({ attribute, value }: Value, arriving: Arriving, world: World): string | null {
  const { user } = arriving;
  const isUpn = attribute === 'userPrincipalName';
  const key = foldKey(value);
  const texts = isUpn && user.userPrincipalName !== null ? [key, foldKey(user.userPrincipalName)] : [key];
  const others = new Set(texts.flatMap((text) => world.adAddresses.get(text) ?? []));
  for (const other of others) {
    if (other.objectGuid === user.objectGuid) continue;
    const rival = rivalOf(other, arriving, world);
    const isLookedFor = arriving.target === null || rival?.isForTheSame === true;
    if (rival === null || (isLookedFor && isMatchedInstead(arriving, rival, world))) continue;
    if (mayBeFirst(rival, { key, isUpn }, { arriving, world })) return `the AD user ${other.dn}`;
  }
  return null;
}

/** Another AD user on its way. `isForTheSame`: to the very cloud user that the first one is to get. */
type Rival = Arriving & { readonly isForTheSame: boolean };

/** Null where sync writes that AD user nowhere. */
function rivalOf(other: AdUser, arriving: Arriving, world: World): Rival | null {
  const candidate = world.candidateOf(other);
  if (candidate === null) return null;
  const sent = sentBy(other, world.domains);
  const prediction = predictAlone(candidate, sent, world);
  const isNew = isMade(prediction) || isLetGo(prediction, sent, arriving);
  if (!isNew && !isWritten(prediction)) return null;
  const target = isNew ? null : cloudUserOf(prediction);
  const isForTheSame = isTaken(prediction) && target === arriving.target;
  return { user: other, sent, name: nameFor(sent, isNew, world), target, isForTheSame };
}

/** Of several with an anchor, as if it were the one that comes through: it may be. */
function predictAlone(candidate: SyncCandidate, sent: Sent, world: World): Prediction {
  const prediction = predict(candidate, sent, world);
  return prediction.kind === 'contested' ? predict({ ...candidate, rivals: [] }, sent, world) : prediction;
}

/** It is refused a soft match for what the cloud user is known by now, and not any more afterwards: then it is made. */
function isLetGo(prediction: Prediction, { upn, primary }: Sent, arriving: Arriving): boolean {
  if (prediction.kind !== 'soft-match-blocked' || prediction.user !== arriving.target) return false;
  const known = knownBy(arriving);
  return ![upn, primary].some((one) => one !== null && known.includes(foldKey(one)));
}

/** What a cloud user is known by afterwards: its name, and its primary address; folded. */
function knownBy({ name, sent: { primary } }: Arriving): string[] {
  return [name, primary].flatMap((one) => (one === null ? [] : [foldKey(one)]));
}

/** Whether the AD user finds the rival's cloud user by address where that comes first: then nobody is made or taken. */
function isMatchedInstead({ sent }: Arriving, rival: Rival, world: World): boolean {
  const primary = rival.sent.primary;
  if (sent.primary !== null && primary !== null && foldKey(primary) === foldKey(sent.primary)) return true;
  return matchesByUpn(world) && sent.upn !== null && rival.name !== null && foldKey(rival.name) === foldKey(sent.upn);
}

type Claimed = { readonly key: string; readonly isUpn: boolean };
type Arrival = { readonly arriving: Arriving; readonly world: World };

/** Whether the rival claims the value in a way that shuts the other out, and nobody keeps the rival from it. */
function mayBeFirst(rival: Rival, { key, isUpn }: Claimed, { arriving, world }: Arrival): boolean {
  const asName = rival.name !== null && foldKey(rival.name) === key;
  const isClaimed = isUpn
    ? knownBy(rival).includes(key)
    : asName || rival.sent.proxyAddresses.some((address) => foldKey(address) === `smtp:${key}`);
  if (!isClaimed) return false;
  const { target } = arriving;
  const holders = (world.addresses.get(key) ?? []).filter((holder) => isInTheWay(holder, asName));
  if (holders.some(({ id }) => id !== target && id !== rival.target)) return false;
  // Whoever has it already keeps it, unless it moves to another name.
  const isKept = holders.some(({ id }) => id === target) && (!asName || knownBy(arriving).includes(key));
  return rival.isForTheSame || !isKept;
}
