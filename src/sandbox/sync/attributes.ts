// What AD writes on the cloud user it takes over, carries or makes, and what the tenant will not have twice. After
// "UserPrincipalName population", "How the proxyAddresses attribute is populated" and "duplicate attribute resiliency"
// (Microsoft Entra); docs/sandbox-sync.md says what is left out.
import { createHash } from 'node:crypto';
import type { PracticeAdUser, PracticeCloudUser } from '../people/people.ts';
import { type SyncTenant, addressesOf, domainOf } from './tenant.ts';

/** A value of AD the cloud user could not get, because another object has it. */
export type Quarantine = {
  readonly attribute: 'userPrincipalName' | 'proxyAddresses';
  /** The UPN, or the address without `smtp:`. */
  readonly value: string;
  readonly holderId: string;
};

/** A quarantined value as it was sent: an address with its `SMTP:` or `smtp:`. */
type Conflict = { readonly sent: string; readonly holderId: string };

/** The AD user and where it comes from. */
export type Source = {
  readonly ad: PracticeAdUser;
  readonly userPrincipalName: string;
  readonly immutableId: string;
  readonly dn: string;
  readonly sid: string;
  /** DNS name of the AD domain. */
  readonly domain: string;
  /** ISO time of the cycle. */
  readonly at: string;
};

/** The cloud user's values after the cycle, and what was put in quarantine on the way. */
export type SyncedAttributes = {
  readonly values: Omit<PracticeCloudUser, 'id' | 'userType' | 'assignedLicenses'>;
  readonly quarantined: readonly Quarantine[];
};

/** What the cloud user `id` becomes. `before` is the user as it is; undefined for a new one. */
export function attributesFor(
  tenant: SyncTenant,
  source: Source,
  target: { readonly id: string; readonly before: PracticeCloudUser | undefined },
): SyncedAttributes {
  const { ad } = source;
  const upn = upnFor(tenant, source, target.id);
  const addresses = proxiesFor(tenant, ad, target);
  const quarantined: Quarantine[] = [
    ...upn.conflicts.map(({ sent, holderId }) => ({ attribute: 'userPrincipalName' as const, value: sent, holderId })),
    ...addresses.conflicts.map(({ sent, holderId }) => ({
      attribute: 'proxyAddresses' as const,
      value: sent.slice(5),
      holderId,
    })),
  ];
  const proxyAddresses = addresses.kept ?? target.before?.proxyAddresses ?? [];
  return {
    quarantined,
    values: {
      displayName: ad.cn,
      userPrincipalName: upn.value,
      mail: mailFor(proxyAddresses, target.before),
      proxyAddresses,
      accountEnabled: ad.disabled !== true,
      deletedDateTime: null,
      onPremisesImmutableId: source.immutableId,
      onPremisesSyncEnabled: true,
      onPremisesObjectIdentifier: ad.objectGUID,
      onPremisesSecurityIdentifier: source.sid,
      onPremisesDistinguishedName: source.dn,
      onPremisesDomainName: source.domain,
      onPremisesSamAccountName: ad.sAMAccountName,
      onPremisesUserPrincipalName: source.userPrincipalName,
      onPremisesLastSyncDateTime: source.at,
      onPremisesProvisioningErrors: errorsOf(
        { upn: upn.conflicts, addresses: addresses.conflicts },
        target.before,
        source.at,
      ),
    },
  };
}

/** The UPN sync sends: AD's, or sAMAccountName and the AD domain where it has none. */
export function sentUpn({ userPrincipalName, sAMAccountName }: PracticeAdUser, domain: string): string {
  return userPrincipalName ?? `${sAMAccountName}@${domain}`;
}

/** AD's UPN when its domain is verified, else one in the initial domain; a placeholder when somebody else has it. */
function upnFor(
  tenant: SyncTenant,
  { ad, userPrincipalName }: Source,
  id: string,
): { readonly value: string; readonly conflicts: readonly Conflict[] } {
  const isFit = /^[^\s@]+@[^\s@]+$/.test(userPrincipalName) && tenant.isVerified(domainOf(userPrincipalName));
  const wanted = isFit ? userPrincipalName : `${nicknameOf(ad, userPrincipalName)}@${tenant.initialDomain}`;
  const holder = otherUser(tenant, wanted, id);
  if (!holder) return { value: wanted, conflicts: [] };
  return { value: placeholder(tenant, wanted, id), conflicts: [{ sent: wanted, holderId: holder }] };
}

function otherUser(tenant: SyncTenant, upn: string, id: string): string | undefined {
  return tenant.withUpn(upn).find((user) => user.id !== id)?.id;
}

/** mailNickname as the service makes it for a user it meets the first time; first of these that is there. */
function nicknameOf(ad: PracticeAdUser, upn: string): string {
  const prefix = (address: string | undefined): string | undefined => address?.split('@')[0];
  const proxies = addressesOf({ mail: null, proxyAddresses: ad.proxyAddresses });
  const primary = proxies.find(({ isPrimary }) => isPrimary);
  return (
    ad.mailNickname ?? prefix(primary?.address) ?? prefix(ad.mail ?? undefined) ?? prefix(upn) ?? ad.sAMAccountName
  );
}

/** Prefix, four digits, initial domain. The digits follow from user and name, so that the next cycle finds the same. */
function placeholder(tenant: SyncTenant, wanted: string, id: string): string {
  const prefix = wanted.slice(0, wanted.lastIndexOf('@'));
  const first = createHash('sha256').update(`${id} ${wanted.toLowerCase()}`).digest().readUInt32BE(0);
  for (let step = 0; step < 10_000; step++) {
    const digits = String((first + step) % 10_000).padStart(4, '0');
    const upn = `${prefix}${digits}@${tenant.initialDomain}`;
    if (!otherUser(tenant, upn, id)) return upn;
  }
  throw new Error(`every placeholder for ${wanted} is taken`);
}

/** Protocols the service takes from AD; X400 and the like are dropped. */
const knownProtocol = /^(smtp|sip|x500|eum):[^\s]+$/i;
const reservedDomain = /\.(onmicrosoft|microsoftonline)\.[^.]+$/i;

/** AD's addresses without those another object has; `kept` is undefined when AD has none, which overwrites nothing. */
function proxiesFor(
  tenant: SyncTenant,
  ad: PracticeAdUser,
  { id, before }: { readonly id: string; readonly before: PracticeCloudUser | undefined },
): { readonly kept: string[] | undefined; readonly conflicts: readonly Conflict[] } {
  const sent = sentProxies(ad);
  if (sent.length === 0) return { kept: undefined, conflicts: [] };
  const conflicts: Conflict[] = [];
  const kept = sent.filter((value) => {
    const holder = isSmtp(value) ? tenant.withAddress(value.slice(5)).find((object) => object.id !== id) : undefined;
    if (holder) conflicts.push({ sent: value, holderId: holder.id });
    return !holder;
  });
  const suffix = `@${tenant.initialDomain}`.toLowerCase();
  const routing = (before?.proxyAddresses ?? []).filter((value) => value.toLowerCase().endsWith(suffix));
  return { kept: [...kept, ...routing.map((value) => `smtp:${value.slice(5)}`)], conflicts };
}

/** AD's addresses as the service reads them: `mail` is the primary one where no other is, reserved domains are dropped. */
function sentProxies({ mail, proxyAddresses }: PracticeAdUser): string[] {
  const fit = [...new Set(proxyAddresses)].filter(
    (value) => knownProtocol.test(value) && !(isSmtp(value) && reservedDomain.test(value)),
  );
  if (mail === null || reservedDomain.test(mail) || fit.some((value) => value.startsWith('SMTP:'))) return fit;
  const others = fit.filter((value) => !(isSmtp(value) && value.slice(5).toLowerCase() === mail.toLowerCase()));
  return [...others, `SMTP:${mail}`];
}

function isSmtp(value: string): boolean {
  return /^smtp:/i.test(value);
}

/** `mail` follows the primary address; where that is in quarantine it stays as it was. */
function mailFor(proxyAddresses: readonly string[], before: PracticeCloudUser | undefined): string | null {
  const primary = proxyAddresses.find((value) => value.startsWith('SMTP:'));
  if (primary !== undefined) return primary.slice(5);
  return before?.mail ?? null;
}

type Errors = NonNullable<PracticeCloudUser['onPremisesProvisioningErrors']>;

/** What stands in onPremisesProvisioningErrors; a conflict that was there before keeps its time. */
function errorsOf(
  conflicts: { readonly upn: readonly Conflict[]; readonly addresses: readonly Conflict[] },
  before: PracticeCloudUser | undefined,
  at: string,
): Errors {
  const error = (propertyCausingError: string, { sent }: Conflict): Errors[number] => {
    const known = before?.onPremisesProvisioningErrors?.find(
      (one) => one.propertyCausingError === propertyCausingError && one.value === sent,
    );
    return known ?? { category: 'PropertyConflict', propertyCausingError, value: sent, occurredDateTime: at };
  };
  return [
    ...conflicts.upn.map((conflict) => error('UserPrincipalName', conflict)),
    ...conflicts.addresses.map((conflict) => error('ProxyAddresses', conflict)),
  ];
}
