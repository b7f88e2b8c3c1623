import type { Guid } from '../guid.ts';
import type { Clash, Prediction } from '../forecast.ts';
import { foldKey } from '../references.ts';
import { isMade, isWritten, predict } from './match.ts';
import { isSmtp, nameInTenant, type Sent, sentBy } from './sent.ts';
import type { AddressHolder, AdUser } from '../users.ts';
import type { World } from './world.ts';

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
  const smtp = sent.proxyAddresses.filter(isSmtp).map((address) => address.slice('smtp:'.length));
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
    const { name, primary, addresses } = broughtBy(other, arriving, world);
    const isBrought = name === key || (isUpn ? primary === key : addresses.has(key));
    if (isBrought && !isHeldBy(arriving, { key, asName: name === key }, world)) return `the AD user ${other.dn}`;
  }
  return null;
}

/** Whether the cloud user has the value already, and keeps it, so that nobody else gets it as its name or as an address. */
function isHeldBy(arriving: Arriving, { key, asName }: { key: string; asName: boolean }, world: World): boolean {
  const { target } = arriving;
  if (target === null || (asName && !matchedBy(arriving).includes(key))) return false;
  const holders = world.addresses.get(key) ?? [];
  return holders.some((holder) => holder.id === target && isInTheWay(holder, asName));
}

/** What the cloud user is known by afterwards: its name, and its primary address. */
function matchedBy({ name, sent: { primary } }: Arriving): string[] {
  return [name, primary].flatMap((one) => (one === null ? [] : [foldKey(one)]));
}

type Brought = { readonly name: string | null; readonly primary: string | null; readonly addresses: ReadonlySet<string> };
const nothing: Brought = { name: null, primary: null, addresses: new Set() };

/** What sync sets of another AD user's values, folded: nothing, where it writes that user nowhere. */
function broughtBy(other: AdUser, arriving: Arriving, world: World): Brought {
  const candidate = world.candidateOf(other);
  if (candidate === null) return nothing;
  const sent = sentBy(other, world.domains);
  const prediction = predict(candidate, sent, world);
  const isFreed = isLetGo(prediction, sent, arriving);
  if (!isWritten(prediction) && prediction.kind !== 'contested' && !isFreed) return nothing;
  const name = nameFor(sent, isFreed || isMade(prediction), world);
  return {
    name: name === null ? null : foldKey(name),
    primary: sent.primary === null ? null : foldKey(sent.primary),
    addresses: new Set(sent.proxyAddresses.filter(isSmtp).map((address) => foldKey(address.slice('smtp:'.length)))),
  };
}

/** It is refused a soft match for what the cloud user is known by now, and not any more afterwards: then it is made. */
function isLetGo(prediction: Prediction, { upn, primary }: Sent, arriving: Arriving): boolean {
  if (prediction.kind !== 'soft-match-blocked' || prediction.user !== arriving.target) return false;
  const known = matchedBy(arriving);
  return ![upn, primary].some((one) => one !== null && known.includes(foldKey(one)));
}
