import { domainOf } from '../ids/addresses.ts';
import type { TenantDomain } from '../preflight.ts';
import type { Finding } from '../reasons.ts';
import { nameInTenant, type Sent } from '../sync/sent.ts';
import type { AdUser, CloudUser } from '../users.ts';

type Arriving = { readonly sent: Sent; readonly domains: readonly TenantDomain[] | null };

/** What the take-over does to the cloud user beyond names and addresses: its sign-in and its mailbox. */
export function takeOverFindings(user: AdUser, cloud: CloudUser, arriving: Arriving): Finding[] {
  return [
    ...signInChanges(user, cloud, arriving).map((how): Finding => ({ code: 'sign-in-will-change', facts: { how } })),
    ...(hasMailboxInAd(user) && cloud.hasMailbox === true ? [{ code: 'mailbox-on-both-sides' as const }] : []),
  ];
}

function signInChanges({ enabled }: AdUser, cloud: CloudUser, { sent, domains }: Arriving): string[] {
  const changes: string[] = [];
  if (enabled && cloud.accountEnabled === false) {
    changes.push('it is blocked today, and will be allowed, for the AD user is enabled');
  }
  if (!enabled && cloud.accountEnabled === true) {
    changes.push('it is allowed today, and will be blocked, for the AD user is disabled');
  }
  const federation = federationOf(cloud.userPrincipalName, domains);
  const next = sent.upn === null ? federation : federationOf(nameInTenant(sent.upn, domains), domains);
  if (next !== null && federation === null) changes.push(`it moves to the federation service of ${next}`);
  if (next === null && federation !== null) {
    changes.push(`it moves from the federation service of ${federation} to Office 365 itself`);
  }
  return changes;
}

/** The federated domain of a name; null where it is none, or not known. */
function federationOf(upn: string, domains: readonly TenantDomain[] | null): string | null {
  const own = domainOf(upn);
  return domains?.some(({ name, isFederated }) => isFederated && name === own) === true ? own : null;
}

/** Of msExchRecipientTypeDetails: a mailbox of a user in the Exchange beside this AD. */
const userMailbox = '1';

function hasMailboxInAd({ hasMailbox, recipientTypeDetails }: AdUser): boolean {
  return hasMailbox || recipientTypeDetails === userMailbox;
}
