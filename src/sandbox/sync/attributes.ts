// What AD writes on the cloud user it takes over, carries or makes, and what the tenant will not have twice. After
// "How the proxyAddresses attribute is populated" and "duplicate attribute resiliency" (Microsoft Entra);
// docs/sandbox-sync.md says what is left out.
import { createHash } from 'node:crypto';
import type { PracticeAdUser, PracticeCloudUser } from '../people/people.ts';
import { type Sent, verifiedUpn } from './sent.ts';
import { type SyncTenant, isSmtp } from './tenant.ts';
import type { RefusedValue } from './values.ts';

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
  readonly sent: Sent;
  readonly immutableId: string;
  readonly dn: string;
  readonly sid: string;
  /** DNS name of the AD domain. */
  readonly domain: string;
  /** ISO time of the cycle. */
  readonly at: string;
  /** Nicknames and forwarding addresses of the AD users that were written before. */
  readonly taken: Taken;
};

/** What only AD has, and has to be unique all the same: a key such as `mailNickname ada`, and whose it is (objectGUID). */
export type Taken = Map<string, string>;

/** Who it is written on: the user as it is, or undefined for a new one, who then has a name. */
export type Target =
  | { readonly id: string; readonly before: PracticeCloudUser }
  | { readonly id: string; readonly before: undefined; readonly name: string };

/** The cloud user's values after the cycle, and what it could not get. */
export type SyncedAttributes = {
  readonly values: Omit<PracticeCloudUser, 'id' | 'userType' | 'assignedLicenses'>;
  readonly quarantined: readonly Quarantine[];
  readonly refused: readonly RefusedValue[];
};

/** What the cloud user becomes. */
export function attributesFor(tenant: SyncTenant, source: Source, target: Target): SyncedAttributes {
  const { ad, sent, at } = source;
  const { before } = target;
  const upn = upnFor(tenant, sent, target);
  const twice = takenTwice(tenant, source, target.id);
  const addresses = proxiesFor(tenant, source, target);
  const proxyAddresses = addresses.kept ?? before?.proxyAddresses ?? [];
  const conflicts = { upn: upn.conflicts, addresses: addresses.conflicts };
  return {
    quarantined: quarantinesOf(conflicts),
    refused: [...sent.refused, ...twice, ...addresses.refused],
    values: {
      displayName: sent.displayName ?? before?.displayName ?? ad.cn,
      ...(sent.givenName !== undefined && { givenName: sent.givenName }),
      ...(sent.surname !== undefined && { surname: sent.surname }),
      ...(ad.employeeID !== undefined && { employeeId: ad.employeeID }),
      ...nickname(sent, twice),
      userPrincipalName: upn.value,
      mail: mailFor(proxyAddresses, before),
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
      ...(sent.userPrincipalName !== null && { onPremisesUserPrincipalName: sent.userPrincipalName }),
      onPremisesLastSyncDateTime: at,
      onPremisesProvisioningErrors: errorsOf(conflicts, before, at),
    },
  };
}

function nickname({ mailNickname }: Sent, twice: readonly RefusedValue[]): { readonly mailNickname?: string } {
  const isFree = !twice.some(({ attribute }) => attribute === 'mailNickname');
  return mailNickname !== undefined && isFree ? { mailNickname } : {};
}

type Named = { readonly value: string; readonly conflicts: readonly Conflict[] };

/** AD's UPN in a verified domain; a placeholder when somebody else has it, and what is there when AD's is refused. */
function upnFor(tenant: SyncTenant, { userPrincipalName }: Sent, target: Target): Named {
  const { id, before } = target;
  if (before !== undefined && before.deletedDateTime === null && userPrincipalName === null) {
    return { value: before.userPrincipalName, conflicts: [] };
  }
  const wanted = before === undefined ? target.name : (userPrincipalName ?? nameBeforeBin(before));
  return freeName(tenant, verifiedUpn(tenant, wanted), id);
}

/** The recycle bin puts the object id in front of a name, and takes it off when the user comes back. */
function nameBeforeBin({ id, userPrincipalName }: PracticeCloudUser): string {
  const prefix = id.replaceAll('-', '');
  return userPrincipalName.startsWith(prefix) ? userPrincipalName.slice(prefix.length) : userPrincipalName;
}

function freeName(tenant: SyncTenant, wanted: string, id: string): Named {
  const holder = holderOfUpn(tenant, wanted, id);
  if (holder === undefined) return { value: wanted, conflicts: [] };
  return { value: placeholder(tenant, wanted, id), conflicts: [{ sent: wanted, holderId: holder }] };
}

/** Somebody else whose UPN it is, or whose mail. */
function holderOfUpn(tenant: SyncTenant, upn: string, id: string): string | undefined {
  return [...tenant.withUpn(upn), ...tenant.withMail(upn)].find((user) => user.id !== id)?.id;
}

/** Prefix, four digits, initial domain. The digits follow from user and name, so that the next cycle finds the same. */
function placeholder(tenant: SyncTenant, wanted: string, id: string): string {
  const prefix = wanted.slice(0, wanted.lastIndexOf('@'));
  const first = createHash('sha256').update(`${id} ${wanted.toLowerCase()}`).digest().readUInt32BE(0);
  for (let step = 0; step < 10_000; step++) {
    const digits = String((first + step) % 10_000).padStart(4, '0');
    const upn = `${prefix}${digits}@${tenant.initialDomain}`;
    if (holderOfUpn(tenant, upn, id) === undefined) return upn;
  }
  throw new Error(`every placeholder for ${wanted} is taken`);
}

type Addresses = {
  /** Undefined when AD has none, which overwrites nothing. */
  readonly kept: string[] | undefined;
  readonly conflicts: readonly Conflict[];
  readonly refused: readonly RefusedValue[];
};

/** AD's addresses without those another object has. */
function proxiesFor(tenant: SyncTenant, { ad, sent, taken }: Source, { id, before }: Target): Addresses {
  if (sent.proxyAddresses.length === 0) return { kept: undefined, conflicts: [], refused: [] };
  const conflicts: Conflict[] = [];
  const refused: RefusedValue[] = [];
  const kept = sent.proxyAddresses.filter((value) => {
    if (!isSmtp(value)) return true;
    const holder = holderOfAddress(tenant, value.slice(5), id);
    if (holder !== undefined) conflicts.push({ sent: value, holderId: holder });
    else if (isTaken(taken, `targetAddress ${value.slice(5)}`, ad)) {
      refused.push({ attribute: 'proxyAddresses', value, why: 'duplicate' });
    } else return true;
    return false;
  });
  const suffix = `@${tenant.initialDomain}`.toLowerCase();
  const routing = (before?.proxyAddresses ?? []).filter(
    (value) => value.toLowerCase().endsWith(suffix) && !kept.some((one) => one.toLowerCase() === value.toLowerCase()),
  );
  return { kept: [...kept, ...routing.map((value) => `smtp:${value.slice(5)}`)], conflicts, refused };
}

/** Another user, group or contact that has the address, or another user whose UPN it is. */
function holderOfAddress(tenant: SyncTenant, address: string, id: string): string | undefined {
  return [...tenant.withAddress(address), ...tenant.withUpn(address)].find((object) => object.id !== id)?.id;
}

/** Notes the user's nickname and forwarding address, and tells which of them somebody else has already. */
function takenTwice(tenant: SyncTenant, { ad, sent, taken }: Source, id: string): RefusedValue[] {
  const only = [
    { attribute: 'mailNickname', value: ad.mailNickname, key: sent.mailNickname },
    { attribute: 'targetAddress', value: ad.targetAddress, key: sent.targetAddress },
  ] as const;
  return only.flatMap(({ attribute, value, key }) => {
    if (value === undefined || key === undefined) return [];
    const isHeld = attribute === 'targetAddress' && holderOfAddress(tenant, key, id) !== undefined;
    if (isHeld || isTaken(taken, `${attribute} ${key}`, ad)) return [{ attribute, value, why: 'duplicate' as const }];
    taken.set(`${attribute} ${key}`.toLowerCase(), ad.objectGUID);
    return [];
  });
}

function isTaken(taken: Taken, key: string, { objectGUID }: PracticeAdUser): boolean {
  return (taken.get(key.toLowerCase()) ?? objectGUID) !== objectGUID;
}

/** `mail` follows the primary address; where that is in quarantine it stays as it was. */
function mailFor(proxyAddresses: readonly string[], before: PracticeCloudUser | undefined): string | null {
  const primary = proxyAddresses.find((value) => value.startsWith('SMTP:'));
  if (primary !== undefined) return primary.slice(5);
  return before?.mail ?? null;
}

type Conflicts = { readonly upn: readonly Conflict[]; readonly addresses: readonly Conflict[] };

function quarantinesOf({ upn, addresses }: Conflicts): Quarantine[] {
  return [
    ...upn.map(({ sent, holderId }) => ({ attribute: 'userPrincipalName' as const, value: sent, holderId })),
    ...addresses.map(({ sent, holderId }) => ({
      attribute: 'proxyAddresses' as const,
      value: sent.slice(5),
      holderId,
    })),
  ];
}

type Errors = NonNullable<PracticeCloudUser['onPremisesProvisioningErrors']>;

/** What stands in onPremisesProvisioningErrors; a conflict that was there before keeps its time. */
function errorsOf(conflicts: Conflicts, before: PracticeCloudUser | undefined, at: string): Errors {
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
