import type { AdUser } from '../users.ts';

// msExchRecipientTypeDetails: of linked mailboxes, and of mailboxes that are not people's (arbitration, discovery, and the like), as a mask.
const linkedMailbox = '2';
const systemRecipients = 0x21c0_7000n;

/**
 * The default rule of sync that leaves this AD user out, as a phrase, or null when none does (Microsoft, "Entra Connect
 * Sync: default configuration"; the one about adminDescription is told by third parties). OU, group and custom filters of
 * an installation cannot be seen from here.
 */
export function outOfScopeRule(user: AdUser): string | null {
  if (user.isCriticalSystemObject) return 'it is a critical system object';
  if (/\\0ACNF:/i.test(user.dn)) return 'it is the victim of a replication conflict';
  if (/^User_/i.test(user.adminDescription ?? '')) return `its adminDescription is ${user.adminDescription}`;
  return nameRule(user.samAccountName, user.mailNickname ?? '') ?? recipientRule(user.recipientTypeDetails);
}

function nameRule(sam: string | null, nickname: string): string | null {
  if (sam === null) return 'it has no sAMAccountName';
  if (/^(AAD_|MSOL_)/i.test(sam) || /^SUPPORT_388945a0$/i.test(sam)) return `its sAMAccountName is ${sam}`;
  if (/^SystemMailbox\{/i.test(nickname)) return `its mailNickname is ${nickname}`;
  return [nickname, sam].some((name) => /^CAS_.*\}/i.test(name)) ? 'it is a client access mailbox' : null;
}

function recipientRule(details: string | null): string | null {
  if (details === linkedMailbox) return 'it is a linked mailbox, which has no source anchor of its own';
  return isSystemRecipient(details) ? `its msExchRecipientTypeDetails is ${details}` : null;
}

function isSystemRecipient(details: string | null): boolean {
  if (details === null || !/^-?\d+$/.test(details)) return false;
  return (BigInt(details) & systemRecipients) !== 0n;
}
