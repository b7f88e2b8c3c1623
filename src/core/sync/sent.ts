import { addressesOf, domainOf, isSmtp, makeUpn } from '../ids/addresses.ts';
import type { TenantDomain } from '../preflight.ts';
import { foldKey } from '../references.ts';
import type { AdUser } from '../users.ts';
import * as values from './values.ts';

/** A value of AD that sync leaves out; its attribute stays in error. */
export type RefusedValue = {
  readonly attribute: string;
  readonly value: string;
  readonly fault: values.ValueFault;
};

/** What sync brings of an AD user, before anybody is asked who has what. */
export type Sent = {
  /** The UPN as soft match compares it; null where AD's is refused, or none can be made. */
  readonly upn: string | null;
  /** The name of a user whom sync makes: the UPN or, where that is refused, one of the logon name; null where there is none. */
  readonly newName: string | null;
  /** With their prefixes; `SMTP:` marks the primary one, which may have come from mail. */
  readonly proxyAddresses: readonly string[];
  /** Without prefix; what soft match compares first. */
  readonly primary: string | null;
  readonly refused: readonly RefusedValue[];
};

/** What sync makes of an AD user's values. `domains` null: not known, and then every domain is taken for verified. */
export function sentBy(user: AdUser, domains: readonly TenantDomain[] | null): Sent {
  const refused: RefusedValue[] = [];
  /** The value, unless sync refuses it, which is noted. */
  const take = (attribute: string, value: string | null, faultOf: (value: string) => values.ValueFault | null) => {
    const fault = value === null ? null : faultOf(value);
    if (value !== null && fault !== null) refused.push({ attribute, value, fault });
    return fault === null ? value : null;
  };
  const names = namesSent(user, take);
  const mail = take('mail', user.mail, values.faultOfMail);
  const proxies = [...new Set(user.proxyAddresses)].filter(
    (value) => take('proxyAddresses', value, values.faultOfProxyAddress) !== null,
  );
  take('targetAddress', user.targetAddress, values.faultOfTargetAddress);
  take('mailNickname', user.mailNickname, values.faultOfMailNickname);
  take('displayName', user.displayName, values.faultOfDisplayName);
  take('givenName', user.givenName, values.faultOfGivenName);
  take('sn', user.surname, values.faultOfSurname);
  const proxyAddresses = addressesSent(proxies, mail, domains);
  const primary = proxyAddresses.find(isPrimary)?.slice('SMTP:'.length) ?? null;
  return { ...names, proxyAddresses, primary, refused };
}

type Take = (
  attribute: string,
  value: string | null,
  faultOf: (value: string) => values.ValueFault | null,
) => string | null;

function namesSent(user: AdUser, take: Take): Pick<Sent, 'upn' | 'newName'> {
  const own = take('userPrincipalName', user.userPrincipalName, values.faultOfUpn);
  if (own !== null) return { upn: own, newName: own };
  const isMissing = user.userPrincipalName === null;
  const isFit = take('sAMAccountName', user.samAccountName, values.faultOfSamAccountName) !== null;
  const made = isFit ? makeUpn(user) : null;
  // Where AD has a bad one, that is the value at fault, and told already.
  const fit = isMissing ? take('userPrincipalName', made, values.faultOfUpn) : made;
  const newName = fit !== null && values.faultOfUpn(fit) === null ? fit : null;
  return { upn: isMissing ? newName : null, newName };
}

/** Every address by which the user may meet somebody, in the tenant or in AD, as `foldKey` makes them. */
export function addressesToAsk(user: AdUser, domains: readonly TenantDomain[] | null): Set<string> {
  const { userPrincipalName: upn } = user;
  const made = upn === null || values.faultOfUpn(upn) !== null ? makeUpn(user) : null;
  const names = [upn, made].flatMap((name) => (name === null ? [] : [name, nameInTenant(name, domains)]));
  return new Set([...names, ...addressesOf(user).map(({ value }) => value)].map(foldKey));
}

/** The name as the tenant has it: in its initial domain where the name's own is not verified. */
export function nameInTenant(upn: string, domains: readonly TenantDomain[] | null): string {
  const initial = domains?.find(({ isInitial }) => isInitial);
  return initial === undefined || isVerified(domainOf(upn), domains)
    ? upn
    : `${upn.slice(0, upn.lastIndexOf('@'))}@${initial.name}`;
}

/** Whether the tenant has proved that the domain is its own. */
export function isVerified(domain: string, domains: readonly TenantDomain[] | null): boolean {
  return domains === null || domains.some((one) => one.isVerified && one.name === domain);
}

function isPrimary(address: string): boolean {
  return address.startsWith('SMTP:');
}

/** Other kinds of address (X400, notes, …) are dropped. */
const knownKinds = /^(smtp|sip|x500|eum):/i;
const ofMicrosoft = /\.(onmicrosoft|microsoftonline)\.[^.]+$/i;

/** `mail` becomes the primary one where no other is (KB 3190357, "How the proxyAddresses attribute is populated"). */
function addressesSent(
  proxies: readonly string[],
  mail: string | null,
  domains: readonly TenantDomain[] | null,
): string[] {
  const isDropped = (address: string): boolean => ofMicrosoft.test(address) || !isVerified(domainOf(address), domains);
  const kept = proxies.filter(
    (value) => knownKinds.test(value) && !(isSmtp(value) && isDropped(value.slice('smtp:'.length))),
  );
  if (mail === null || kept.some(isPrimary) || isDropped(mail)) return kept;
  const primary = `SMTP:${mail}`;
  if (values.faultOfProxyAddress(primary) !== null) return kept;
  return [...kept.filter((value) => value.toLowerCase() !== primary.toLowerCase()), primary];
}
