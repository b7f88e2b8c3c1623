// Makes of drafts what a directory and a tenant can be: Entra has no address, name or immutable ID twice.
import type { People, PracticeAdUser, PracticeCloudUser } from '../../../src/sandbox/people/people.ts';
import { dnOf, forestOf } from '../../../src/sandbox/directory/entries.ts';
import { sidOfAdUser } from '../../../src/sandbox/people/people.ts';
import type { Making } from './making.ts';

/** The cloud users of the world, live ones without anything twice. */
export function settledCloud(making: Making): PracticeCloudUser[] {
  const { drafts, moreCloud, groups, contacts } = making;
  // Those who were made for a clash come first: what they are there for is theirs.
  const users = [...moreCloud, ...drafts.filter(({ hasCloud }) => hasCloud).map(({ cloud }) => cloud)];
  const live = users.filter(({ deletedDateTime }) => deletedDateTime === null);
  const names = new Set<string>();
  for (const user of live) user.userPrincipalName = freeName(names, user);
  const addresses = new Map<string, string>(live.map(({ id, userPrincipalName }) => [fold(userPrincipalName), id]));
  for (const { id, proxyAddresses } of [...groups, ...contacts]) {
    for (const value of proxyAddresses) addresses.set(fold(value.slice(5)), id);
  }
  for (const user of live) takeAddresses(addresses, user);
  const ids = new Set<string>();
  // A live user's ID is not a deleted one's as well.
  for (const user of [...live, ...users.filter((one) => one.deletedDateTime !== null)]) takeId(ids, user);
  return users;
}

const fold = (text: string): string => text.toLowerCase();

function freeName(names: Set<string>, { id, userPrincipalName }: PracticeCloudUser): string {
  const isTaken = names.has(fold(userPrincipalName));
  const upn = isTaken ? userPrincipalName.replace('@', `.${id.slice(-6)}@`) : userPrincipalName;
  names.add(fold(upn));
  return upn;
}

function takeAddresses(owners: Map<string, string>, user: PracticeCloudUser): void {
  const isFree = (address: string): boolean => (owners.get(fold(address)) ?? user.id) === user.id;
  const kept = user.proxyAddresses.filter((value) => isFree(value.slice(5)));
  for (const value of kept) owners.set(fold(value.slice(5)), user.id);
  user.proxyAddresses = kept;
  if (user.mail === null) return;
  if (isFree(user.mail)) owners.set(fold(user.mail), user.id);
  else user.mail = null;
}

function takeId(ids: Set<string>, user: PracticeCloudUser): void {
  const { onPremisesImmutableId: id } = user;
  if (id === null) return;
  if (ids.has(id)) {
    user.onPremisesImmutableId = null;
    user.onPremisesSyncEnabled = null;
    user.onPremisesObjectIdentifier = null;
  }
  ids.add(id);
}

/** The AD users of the world, in an order that says nothing; a copy may come before what it was copied from. */
export function settledAd({ dice, drafts, moreAd }: Making): PracticeAdUser[] {
  const users = [...drafts.filter(({ hasAd }) => hasAd).map(({ ad }) => ad), ...moreAd];
  for (let place = users.length - 1; place > 0; place--) {
    const other = dice.whole(0, place);
    const [one, another] = [users[place], users[other]];
    if (one && another) [users[place], users[other]] = [another, one];
  }
  return users;
}

/** Puts on users that sync carries, or carried, what it has written there besides: SID and DN. */
export function markCarried({ directory, adUsers, cloudUsers }: People): void {
  const forest = forestOf({ directory });
  const places = new Map(adUsers.map(({ objectGUID }, place) => [objectGUID, place]));
  for (const user of cloudUsers) {
    if (user.onPremisesDomainName !== directory.domain) continue;
    const place = places.get(user.onPremisesObjectIdentifier ?? '');
    const ad = adUsers[place ?? -1];
    if (place === undefined || !ad) continue;
    user.onPremisesSecurityIdentifier = sidOfAdUser({ directory, adUsers }, place);
    user.onPremisesDistinguishedName = dnOf(ad, forest);
    user.onPremisesUserPrincipalName = ad.userPrincipalName;
  }
}
