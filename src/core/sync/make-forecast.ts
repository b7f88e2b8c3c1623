// core/sync/: what the next sync cycle will do, what it has done with a user (take-over), and why it has not (why-not-synced).
//   make-forecast   what comes of an AD user        match    whom sync takes for it, or why nobody
//   sent, values    what it brings, what is refused  clashes  what somebody else has
//   scope           whom sync leaves out             world    what all of it rests on
import type { Clash, Forecast, Overwrite } from '../forecast.ts';
import { domainOf, isSmtp } from '../ids/addresses.ts';
import { foldKey } from '../references.ts';
import { clashesOf, nameFor } from './clashes.ts';
import { cloudUserOf, isMade, isTaken, isWritten, predict } from './match.ts';
import { type Sent, sentBy } from './sent.ts';
import type { CloudUser } from '../users.ts';
import type { SyncCandidate, World } from './world.ts';

/**
 * What sync will do with an AD user: whom it takes, and what the take-over cannot set or will replace. `own`: the row's
 * cloud user, of which the replacing is told; null where none was found.
 */
export function makeForecast(candidate: SyncCandidate, own: CloudUser | null, world: World): Forecast {
  const sent = sentBy(candidate.user, world.domains);
  const prediction = predict(candidate, sent, world);
  if (!isWritten(prediction)) return { prediction, clashes: [], overwrites: [] };
  const isNew = isMade(prediction);
  const target = isNew ? null : cloudUserOf(prediction);
  const name = nameFor(sent, isNew, world);
  const clashes = clashesOf({ user: candidate.user, sent, name, target }, world);
  const isOwn = isTaken(prediction) && own !== null && own.id === target;
  return { prediction, clashes, overwrites: isOwn ? overwritesOf(own, { sent, name, clashes }, world) : [] };
}

type Arrived = { readonly sent: Sent; readonly name: string | null; readonly clashes: readonly Clash[] };

/** What is otherwise afterwards; letter case aside, by which directories tell nothing apart. */
function overwritesOf(cloud: CloudUser, { sent, name, clashes }: Arrived, world: World): Overwrite[] {
  const found: Overwrite[] = [];
  const add = (attribute: Overwrite['attribute'], before: string | null, after: string | null): void => {
    if (after !== null && foldKey(before ?? '') !== foldKey(after)) found.push({ attribute, cloud: before, ad: after });
  };
  add('userPrincipalName', cloud.userPrincipalName, name === null ? null : nameAfter(name, clashes, world));
  const addresses = addressesAfter(cloud, { sent, clashes }, world);
  const primary = addresses.find((address) => address.startsWith('SMTP:'))?.slice('SMTP:'.length) ?? null;
  add('mail', cloud.mail, primary);
  const [before, after] = [listed(cloud.proxyAddresses), listed(addresses)];
  // The prefix's case says which is primary.
  if (sent.proxyAddresses.length > 0 && before !== after) {
    found.push({ attribute: 'proxyAddresses', cloud: before === '' ? null : before, ad: after });
  }
  return found;
}

/** A name that somebody else has sync replaces by one of its own. */
function nameAfter(name: string, clashes: readonly Clash[], { domains }: World): string {
  if (!clashes.some(({ attribute }) => attribute === 'userPrincipalName')) return name;
  const initial = domains?.find(({ isInitial }) => isInitial)?.name ?? domainOf(name);
  return `${name.slice(0, name.lastIndexOf('@'))}<4 digits>@${initial}`;
}

/** AD's that are not somebody else's, and those of the tenant's initial domain, which stay; none: it keeps what it has. */
function addressesAfter(cloud: CloudUser, { sent, clashes }: Omit<Arrived, 'name'>, { domains }: World): string[] {
  if (sent.proxyAddresses.length === 0) return [];
  const taken = new Set(clashes.filter(({ attribute }) => attribute !== 'userPrincipalName').map(({ value }) => value));
  const kept = sent.proxyAddresses.filter((address) => !isSmtp(address) || !taken.has(address.slice('smtp:'.length)));
  const keys = new Set(kept.map(foldKey));
  const initial = domains?.find(({ isInitial }) => isInitial)?.name;
  const routing = cloud.proxyAddresses.filter(
    (address) => initial !== undefined && foldKey(address).endsWith(`@${initial}`) && !keys.has(foldKey(address)),
  );
  return [...kept, ...routing.map((address) => `smtp:${address.slice('smtp:'.length)}`)];
}

/** In an order of their own, for comparing and showing. */
function listed(addresses: readonly string[]): string {
  return [...addresses].sort().join(' ');
}
