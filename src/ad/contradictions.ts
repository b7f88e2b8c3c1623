import { foldKey } from '../core/references.ts';
import type { AdUser } from '../core/users.ts';
import { dnKey, parseDn } from './dn.ts';
import type { Candidate } from './candidates.ts';

const names: Readonly<Partial<Record<keyof AdUser, string>>> = {
  dn: 'distinguishedName',
  samAccountName: 'sAMAccountName',
  sid: 'objectSid',
  enabled: 'userAccountControl',
  recipientTypeDetails: 'msExchRecipientTypeDetails',
  surname: 'sn',
  employeeId: 'employeeID',
  hasMailbox: 'msExchMailboxGuid',
  consistencyGuid: 'mS-DS-ConsistencyGuid',
  customAnchor: 'the source anchor',
};

/** Two names of one object are the same key, whatever their spelling. */
export function nameKey(dn: string): string {
  const parsed = parseDn(dn);
  return parsed === null ? foldKey(dn) : dnKey(parsed);
}

/**
 * What two candidates of one identity differ in, as a sentence part that names both; null where they say the same. The order
 * of addresses is nobody's: two controllers give them as they like.
 */
export function differenceOf(one: Candidate, other: Candidate): string | null {
  if (nameKey(one.dn) !== nameKey(other.dn)) {
    return `the objectGUID ${one.objectGuid ?? ''} is that of ${one.dn} and of ${other.dn}`;
  }
  if (one.found.kind !== 'user' || other.found.kind !== 'user') {
    const isSame = JSON.stringify(one.found) === JSON.stringify(other.found);
    return isSame ? null : `${one.dn} came twice, as a ${kindOf(one)} and as a ${kindOf(other)}`;
  }
  const [before, now] = [one.found.user, other.found.user];
  const attributes = Object.keys(before) as (keyof AdUser)[];
  const differing = attributes.find((name) => name !== 'dn' && textOf(before[name]) !== textOf(now[name]));
  if (differing === undefined) return null;
  const values = `${shown(before[differing])} and ${shown(now[differing])}`;
  return `${one.dn} came twice, with different values of ${names[differing] ?? differing}: ${values}`;
}

function kindOf({ found }: Candidate): string {
  if (found.kind === 'other') return found.objectClass;
  return found.kind === 'user' ? 'user' : 'user that cannot be read';
}

function textOf(value: AdUser[keyof AdUser]): string {
  return JSON.stringify(Array.isArray(value) ? [...(value as readonly string[])].sort() : value);
}

const longestShown = 120;

function shown(value: AdUser[keyof AdUser]): string {
  if (value === null) return 'none';
  const text = JSON.stringify(anchorText(value));
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}

function anchorText(value: AdUser[keyof AdUser]): unknown {
  if (value === null || typeof value !== 'object' || !('kind' in value)) return value;
  return value.kind === 'guid' ? value.guid : value.kind === 'bytes' ? value.base64 : value.text;
}
