import type { AdUser } from '../users.ts';

// msExchRecipientTypeDetails: of linked mailboxes, and of mailboxes that are not people's (arbitration, discovery, and the like), as a mask.
const linkedMailbox = '2';
const systemRecipients = 0x21c0_7000n;

/** How the names begin that Exchange and AD give to what they make for themselves (IdFix leaves these alone, too). */
const systemNames = /^(SystemMailbox\{|HealthMailbox|DiscoverySearchMailbox|FederatedEmail\.)/i;

/**
 * The default rule of sync that leaves this AD user out, as a phrase, or null when none does (Microsoft, "Entra Connect
 * Sync: default configuration"; the one about adminDescription is told by third parties). OU, group and custom filters of
 * an installation cannot be seen from here.
 */
export function outOfScopeRule(user: AdUser): string | null {
  const { dn, samAccountName: sam, mailNickname, adminDescription } = user;
  if (/\\0ADEL:/i.test(dn)) return 'it is deleted in AD';
  if (user.isCriticalSystemObject) return 'it is a critical system object';
  if (/\\0ACNF:/i.test(dn)) return 'it is the victim of a replication conflict';
  if (/^User_/i.test(adminDescription ?? '')) return `its adminDescription is ${adminDescription}`;
  if (sam === null) return 'it has no sAMAccountName';
  return accountRule(sam) ?? systemRule({ sam, nickname: mailNickname ?? '', dn }) ?? recipientRule(user);
}

function accountRule(sam: string): string | null {
  return /^(AAD_|MSOL_)/i.test(sam) || /^(SUPPORT_388945a0|krbtgt)$/i.test(sam) ? `its sAMAccountName is ${sam}` : null;
}

function systemRule({ sam, nickname, dn }: Readonly<Record<'sam' | 'nickname' | 'dn', string>>): string | null {
  const cn = /^CN=/i.test(dn) ? dn.slice('CN='.length) : '';
  const system = [nickname, sam, cn].find((name) => systemNames.test(name));
  if (system !== undefined) return 'it is a mailbox that Exchange has made for itself';
  return [nickname, sam].some((name) => /^CAS_.*\}/i.test(name)) ? 'it is a client access mailbox' : null;
}

function recipientRule({ recipientTypeDetails: details }: AdUser): string | null {
  if (details === linkedMailbox) return 'it is a linked mailbox, which has no source anchor of its own';
  return isSystemRecipient(details) ? `its msExchRecipientTypeDetails is ${details}` : null;
}

function isSystemRecipient(details: string | null): boolean {
  if (details === null || !/^-?\d+$/.test(details)) return false;
  return (BigInt(details) & systemRecipients) !== 0n;
}
