import { addressesOf, smtpAmong } from '../ids/addresses.ts';
import { foldKey } from '../references.ts';
import type { AdUser, CloudUser, Holder } from '../users.ts';

/**
 * Whether the holder of an immutable ID looks like another account of the same person: it shares an address, the part of
 * its UPN before the @ (a number that sync has put behind it left out), or the display name with the AD user or with the
 * cloud user of the row. A hint for people; nothing is decided by it.
 */
export function isSamePerson(holder: Holder, ad: AdUser | null, cloud: CloudUser | null): boolean {
  const own = new Set([...(ad ? addressesOf(ad).map(({ value }) => foldKey(value)) : []), ...cloudAddresses(cloud)]);
  if (cloudAddresses(holder).some((address) => own.has(address))) return true;
  const names = new Set([...own].map(localPart));
  if (ad?.samAccountName) names.add(foldKey(ad.samAccountName));
  const theirName = localPart(foldKey(holder.userPrincipalName));
  // Sync puts four digits behind a name that was taken.
  if (names.has(theirName) || names.has(theirName.replace(/\d{4}$/, ''))) return true;
  return holder.displayName !== null && holder.displayName === (cloud?.displayName ?? null);
}

function cloudAddresses(user: Pick<CloudUser, 'userPrincipalName' | 'mail' | 'proxyAddresses'> | null): string[] {
  if (user === null) return [];
  return [user.userPrincipalName, ...(user.mail ? [user.mail] : []), ...smtpAmong(user.proxyAddresses)].map(foldKey);
}

function localPart(address: string): string {
  return address.slice(0, Math.max(address.lastIndexOf('@'), 0)) || address;
}
