import { foldKey } from '../references.ts';
import type { Finding } from '../reasons.ts';
import type { AdUser, CloudAnswer, CloudUser, Holder } from '../users.ts';
import type { Evidence } from './evidence.ts';

/**
 * The row's cloud user under its new name. Sync gives whom it takes over the AD user's UPN, so that the name in the file
 * leads to nobody afterwards; but whom sync carries by the AD user's anchor, and for that very AD user by its SID (else its
 * DN), is the one that is meant. Any other answer stays as it is.
 */
export function recognised(
  cloud: CloudAnswer | null,
  ad: AdUser | null,
  { holders, immutableId }: { readonly holders: readonly Holder[]; readonly immutableId: string | null },
): CloudAnswer | null {
  if (cloud?.kind !== 'none' || ad === null || immutableId === null) return cloud;
  const own = holders.filter((holder) => holder.isSynced && !holder.deleted && isCarriedFor(holder, ad));
  const [only] = own;
  return only === undefined || own.length > 1 ? cloud : { kind: 'found', user: asUser(only, immutableId) };
}

function isCarriedFor({ sid, dn }: Holder, ad: AdUser): boolean {
  const [known, own] = sid !== null && ad.sid !== null ? [sid, ad.sid] : [dn, ad.dn];
  return known !== null && foldKey(known) === foldKey(own);
}

/** What is known of a holder, as a user; the row is not written, so that what is not known matters to nothing. */
function asUser(holder: Holder, immutableId: string): CloudUser {
  const { id, userPrincipalName, displayName, mail, proxyAddresses, licences } = holder;
  const { sid, dn, lastSyncAt, objectIdentifier } = holder;
  return {
    id,
    userPrincipalName,
    displayName,
    mail,
    proxyAddresses,
    licences,
    sid,
    dn,
    lastSyncAt,
    objectIdentifier,
    givenName: null,
    surname: null,
    employeeId: null,
    otherMails: [],
    hasMailbox: null,
    isAgent: false,
    userType: null,
    accountEnabled: null,
    onPremisesImmutableId: immutableId,
    onPremisesSyncEnabled: true,
    deletedDateTime: null,
  };
}

/** Says so where the name in the file is not the name of the user any more. */
export function renameFindings({ pairing, cloud }: Evidence): Finding[] {
  const ref = pairing.cloud?.kind === 'ref' ? pairing.cloud.ref : null;
  if (ref?.kind !== 'upn' || cloud?.kind !== 'found' || cloud.user.onPremisesSyncEnabled !== true) return [];
  const { userPrincipalName: upn } = cloud.user;
  return foldKey(ref.upn) === foldKey(upn) ? [] : [{ code: 'cloud-user-renamed', facts: { was: ref.upn, upn } }];
}
