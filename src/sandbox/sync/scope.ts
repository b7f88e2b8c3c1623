// Which AD users sync looks at, and what it takes for their anchor. docs/sandbox-sync.md names the source of each rule.
import { type Guid, guidToBytes } from '../../core/guid.ts';
import { isDeleted } from '../directory/entries.ts';
import type { PracticeAdUser } from '../people/people.ts';

/** The attribute sync takes anchors from. `mS-DS-ConsistencyGuid` falls back to objectGUID where it is empty, as `auto`. */
export type SyncAnchorSetting = 'auto' | 'objectGUID' | 'mS-DS-ConsistencyGuid' | `attribute:${string}`;

/** Mailbox plans, system and discovery mailboxes, public folders: what would not work in Exchange Online. */
const unfitRecipients = 0x21c07000n;
/** A linked mailbox: its anchor comes from the account it is linked to, in another forest. */
const linkedMailbox = 2n;

type Rule = { readonly name: string; readonly leavesOut: (user: PracticeAdUser) => boolean };

/** What Exchange and AD make for themselves is known by the beginning of its name. */
const systemNames = ['SystemMailbox{', 'HealthMailbox', 'DiscoverySearchMailbox', 'FederatedEmail.'];

/** The out-of-box rules of Microsoft Entra Connect for users, in the order they are told. */
const rules: readonly Rule[] = [
  { name: 'deleted in AD', leavesOut: (user) => isDeleted(user) || user.cn.includes('\nDEL:') },
  { name: 'isCriticalSystemObject is set', leavesOut: (user) => user.isCriticalSystemObject !== undefined },
  { name: 'no sAMAccountName', leavesOut: (user) => user.sAMAccountName === '' },
  { name: 'sAMAccountName starts with AAD_', leavesOut: (user) => starts(user.sAMAccountName, 'AAD_') },
  { name: 'sAMAccountName starts with MSOL_', leavesOut: (user) => starts(user.sAMAccountName, 'MSOL_') },
  {
    name: 'sAMAccountName is SUPPORT_388945a0',
    leavesOut: (user) => user.sAMAccountName.toLowerCase() === 'support_388945a0',
  },
  { name: 'sAMAccountName is krbtgt', leavesOut: (user) => user.sAMAccountName.toLowerCase() === 'krbtgt' },
  ...systemNames.flatMap((beginning): Rule[] => [
    { name: `mailNickname starts with ${beginning}`, leavesOut: (user) => starts(user.mailNickname, beginning) },
    { name: `sAMAccountName starts with ${beginning}`, leavesOut: (user) => starts(user.sAMAccountName, beginning) },
    { name: `cn starts with ${beginning}`, leavesOut: (user) => starts(user.cn, beginning) },
  ]),
  { name: 'mailNickname is a CAS_{…} mailbox', leavesOut: (user) => isCasMailbox(user.mailNickname) },
  { name: 'sAMAccountName is a CAS_{…} mailbox', leavesOut: (user) => isCasMailbox(user.sAMAccountName) },
  {
    name: 'msExchRecipientTypeDetails has a bit of 0x21C07000',
    leavesOut: (user) => (recipientType(user) & unfitRecipients) !== 0n,
  },
  {
    name: 'msExchRecipientTypeDetails is 2, a linked mailbox',
    leavesOut: (user) => recipientType(user) === linkedMailbox,
  },
  // The DN of a replication victim shows the line feed as `\0A`.
  { name: 'a replication victim (CNF:)', leavesOut: (user) => user.cn.includes('\nCNF:') },
  { name: 'adminDescription starts with User_', leavesOut: (user) => starts(user.adminDescription, 'User_') },
];

/** The first rule that leaves this user out of sync, in words; undefined when sync takes it. */
export function outOfScope(user: PracticeAdUser): string | undefined {
  return rules.find(({ leavesOut }) => leavesOut(user))?.name;
}

function starts(text: string | undefined, beginning: string): boolean {
  return text?.toLowerCase().startsWith(beginning.toLowerCase()) ?? false;
}

function isCasMailbox(name: string | undefined): boolean {
  return starts(name, 'CAS_') && name?.includes('}') === true;
}

function recipientType({ msExchRecipientTypeDetails }: PracticeAdUser): bigint {
  return BigInt(msExchRecipientTypeDetails ?? 0);
}

/** The immutable ID sync makes of a user's anchor; `absent`: no value to make it of, which leaves the user out. */
export type SyncAnchor =
  | { readonly kind: 'anchor'; readonly immutableId: string }
  | { readonly kind: 'absent'; readonly attribute: string }
  | { readonly kind: 'malformed'; readonly attribute: string };

/** Characters a text anchor may not have, and the length from which on it is refused; those that are encoded count thrice. */
const forbidden = /[\\!#$%&*+/=?^`{}|~<>()';:,[\]"@_\s]/;
const tooLong = 60;

/** The anchor of a user, by the attribute sync is set to. */
export function anchorOf(user: PracticeAdUser, setting: SyncAnchorSetting): SyncAnchor {
  if (setting.startsWith('attribute:')) return textAnchor(user, setting.slice('attribute:'.length));
  const consistencyGuid = setting === 'objectGUID' ? undefined : user['mS-DS-ConsistencyGuid'];
  if (consistencyGuid === undefined) return anchor(guidToBytes(user.objectGUID as Guid).toString('base64'));
  const bytes =
    typeof consistencyGuid === 'string'
      ? guidToBytes(consistencyGuid as Guid)
      : Buffer.from(consistencyGuid.hex, 'hex');
  return bytes.length === 16
    ? anchor(bytes.toString('base64'))
    : { kind: 'malformed', attribute: 'mS-DS-ConsistencyGuid' };
}

function textAnchor(user: PracticeAdUser, attribute: string): SyncAnchor {
  const value = Object.entries(user).find(([name]) => name.toLowerCase() === attribute.toLowerCase())?.[1];
  if (typeof value !== 'string' || value === '') return { kind: 'absent', attribute };
  return encodedLength(value) >= tooLong || forbidden.test(value) ? { kind: 'malformed', attribute } : anchor(value);
}

function encodedLength(value: string): number {
  return value.length + 2 * value.replaceAll(/[A-Za-z0-9]/g, '').length;
}

function anchor(immutableId: string): SyncAnchor {
  return { kind: 'anchor', immutableId };
}
