// What sync sends for an AD user before it asks who has what: the UPN that it makes, the addresses that are left, and the
// values that it refuses. docs/sandbox-sync.md has the sources.
import type { PracticeAdUser } from '../people/people.ts';
import { type SyncTenant, domainOf, isSmtp, primaryOf } from './tenant.ts';
import {
  type RefusedValue,
  faultOfMail,
  faultOfName,
  faultOfProxy,
  faultOfSam,
  faultOfTarget,
  faultOfUpn,
  nicknameOf,
} from './values.ts';

/** An AD user's values, as the service will take them or not. */
export type Sent = {
  /** As AD has it, or made where AD has none; null where it is refused. Soft match goes by it. */
  readonly userPrincipalName: string | null;
  /** The name for somebody who has none in the cloud yet; null where none can be made. */
  readonly nameForNew: string | null;
  readonly proxyAddresses: readonly string[];
  /** What soft match goes by; undefined where there is none. */
  readonly primaryAddress: string | undefined;
  readonly displayName: string | undefined;
  readonly givenName: string | undefined;
  readonly surname: string | undefined;
  readonly mailNickname: string | undefined;
  /** Where its mail is forwarded; without `smtp:`. */
  readonly targetAddress: string | undefined;
  readonly refused: readonly RefusedValue[];
};

/** Reads an AD user as sync does; `domain` is the DNS name of the AD domain. */
export function sentFor(tenant: SyncTenant, ad: PracticeAdUser, domain: string): Sent {
  const refused: RefusedValue[] = [];
  const take = (
    attribute: RefusedValue['attribute'],
    value: string | null | undefined,
    faultOf: (value: string) => RefusedValue['why'] | undefined,
  ): string | undefined => {
    if (value === null || value === undefined) return undefined;
    const why = faultOf(value);
    if (why !== undefined) refused.push({ attribute, value, why });
    return why === undefined ? value : undefined;
  };
  const own = take('userPrincipalName', ad.userPrincipalName, faultOfUpn);
  // The logon name matters only where the UPN is missing or bad.
  const made = own === undefined ? madeUpn(ad, domain, take) : undefined;
  const mail = take('mail', ad.mail, faultOfMail);
  const proxies = [...new Set(ad.proxyAddresses)].filter(
    (value) => take('proxyAddresses', value, faultOfProxy) !== undefined,
  );
  const proxyAddresses = addressesSent(tenant, proxies, mail);
  const target = take('targetAddress', ad.targetAddress, faultOfTarget);
  return {
    userPrincipalName: own ?? (ad.userPrincipalName === null ? (made ?? null) : null),
    nameForNew: own ?? made ?? null,
    proxyAddresses,
    primaryAddress: primaryOf({ mail: null, proxyAddresses }),
    displayName: take('displayName', ad.displayName === undefined ? ad.cn : ad.displayName, faultOfName.displayName),
    givenName: take('givenName', ad.givenName, faultOfName.givenName),
    surname: take('sn', ad.sn, faultOfName.sn),
    mailNickname: nicknameSent(ad.mailNickname, refused),
    targetAddress: target?.replace(/^smtp:/i, ''),
    refused,
  };
}

type Take = (
  attribute: RefusedValue['attribute'],
  value: string,
  faultOf: (value: string) => RefusedValue['why'] | undefined,
) => string | undefined;

/** Connect's default rule: sAMAccountName and the domain's DNS name. What it makes has to be a UPN, too. */
function madeUpn(
  { sAMAccountName, userPrincipalName }: PracticeAdUser,
  domain: string,
  take: Take,
): string | undefined {
  if (take('sAMAccountName', sAMAccountName, faultOfSam) === undefined) return undefined;
  const upn = `${sAMAccountName}@${domain}`;
  // Where AD has a bad one that is the value at fault, told already.
  if (userPrincipalName !== null) return faultOfUpn(upn) === undefined ? upn : undefined;
  return take('userPrincipalName', upn, faultOfUpn);
}

function nicknameSent(value: string | undefined, refused: RefusedValue[]): string | undefined {
  if (value === undefined) return undefined;
  const read = nicknameOf(value);
  if ('nickname' in read) return read.nickname;
  refused.push({ attribute: 'mailNickname', value, why: read.fault });
  return undefined;
}

/** A UPN as the tenant has it: in the initial domain where its own is not verified. */
export function verifiedUpn(tenant: SyncTenant, upn: string): string {
  return tenant.isVerified(domainOf(upn)) ? upn : `${upn.slice(0, upn.lastIndexOf('@'))}@${tenant.initialDomain}`;
}

/** Protocols the service takes from AD; X400 and the like are dropped. */
const knownProtocol = /^(smtp|sip|x500|eum):/i;
const reservedDomain = /\.(onmicrosoft|microsoftonline)\.[^.]+$/i;

/** Reserved domains, and those the tenant has not verified, among them what the internet does not route, are dropped. */
function isDropped(tenant: SyncTenant, address: string): boolean {
  return reservedDomain.test(address) || !tenant.isVerified(domainOf(address));
}

/** `mail` is the primary one where no other is, as far as it is an address. */
function addressesSent(tenant: SyncTenant, proxies: readonly string[], mail: string | undefined): string[] {
  const fit = proxies.filter(
    (value) => knownProtocol.test(value) && !(isSmtp(value) && isDropped(tenant, value.slice(5))),
  );
  const isNeeded = mail !== undefined && !fit.some((value) => value.startsWith('SMTP:'));
  if (!isNeeded || isDropped(tenant, mail) || faultOfProxy(`SMTP:${mail}`) !== undefined) return fit;
  const others = fit.filter((value) => !(isSmtp(value) && value.slice(5).toLowerCase() === mail.toLowerCase()));
  return [...others, `SMTP:${mail}`];
}
