import { foldKey } from '../references.ts';
import type { AddressHolder, AdUser, CloudUser } from '../users.ts';

/** An address of an AD user that must be unique in the tenant. */
export type AdAddress = {
  /** As AD has it, without the `smtp:` prefix. */
  readonly value: string;
  readonly attribute: 'userPrincipalName' | 'proxyAddresses' | 'mail';
};

/** The addresses of an AD user, each once: its UPN, its primary SMTP address, the others. */
export function addressesOf(user: AdUser): AdAddress[] {
  const found = new Map<string, AdAddress>();
  const add = (value: string, rest: Omit<AdAddress, 'value'>): void => {
    // A UPN and an SMTP address of the same spelling are two things: each must be unique among its own kind.
    const key = `${rest.attribute === 'userPrincipalName' ? 'upn' : 'smtp'} ${foldKey(value)}`;
    if (value !== '' && !found.has(key)) found.set(key, { value, ...rest });
  };
  const smtp = user.proxyAddresses.filter(isSmtp);
  const primary = smtp.find((address) => address.startsWith('SMTP:'));
  const upn = sentUpn(user);
  if (upn !== null) add(upn, { attribute: 'userPrincipalName' });
  if (primary) add(primary.slice(5), { attribute: 'proxyAddresses' });
  if (user.mail) add(user.mail, { attribute: 'mail' });
  for (const address of smtp) add(address.slice(5), { attribute: 'proxyAddresses' });
  return [...found.values()];
}

/** Whether a proxy address is one for mail; the others are X.500, SIP and the like. */
export function isSmtp(address: string): boolean {
  return /^smtp:/i.test(address);
}

/** The SMTP addresses among proxy addresses, without their prefix. */
export function smtpAmong(proxyAddresses: readonly string[]): string[] {
  return proxyAddresses.filter(isSmtp).map((address) => address.slice('smtp:'.length));
}

/** The UPN that sync sends; where AD has none, it is made of logon name and DNS domain. */
function sentUpn(user: AdUser): string | null {
  return user.userPrincipalName ?? makeUpn(user);
}

/** The UPN that sync makes where AD has none; null where there is nothing to make it of. */
export function makeUpn({ samAccountName, dn }: AdUser): string | null {
  const labels = [...dn.matchAll(/,DC=([^,]+)/gi)].map((match) => match[1]);
  return samAccountName === null || labels.length === 0 ? null : `${samAccountName}@${labels.join('.').toLowerCase()}`;
}

/** Whether sync looks at this holder when it joins by address: a user who is no guest, by UPN or primary SMTP address. */
export function isJoinable(holder: AddressHolder): boolean {
  return holder.kind === 'user' && !holder.isGuest && holder.as !== 'other-smtp' && holder.as !== 'other-mail';
}

/** Whether a cloud user of this name is somebody else's identity, invited from elsewhere; members may be, too. */
export function isExternalUpn(userPrincipalName: string): boolean {
  return /#EXT#@/i.test(userPrincipalName);
}

/** Whether a cloud user is somebody else's identity: a guest, or an external member. */
export function isSomebodyElses(user: Pick<CloudUser, 'userType' | 'userPrincipalName'>): boolean {
  return user.userType === 'Guest' || isExternalUpn(user.userPrincipalName);
}

/** The domain part, lower case; empty where there is none. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}
