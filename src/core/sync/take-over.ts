import { encodingErrorOf } from '../ids/base64-mistakes.ts';
import { assertNever, type Failure } from '../failure.ts';
import { guidOfImmutableId, immutableIdOfGuid } from '../ids/immutable-id.ts';
import { foldKey } from '../references.ts';
import type { VerdictKind } from '../result.ts';
import type { PlanRow } from '../row.ts';
import type { Holder, ProvisioningError, SyncState } from '../users.ts';
import { type Expecting, whyNotSynced } from './why-not-synced.ts';

/** What a row's cloud user looked like after sync. `missing`: not among the live users; `isInBin` says where it went. */
export type TakeOverReading =
  | { readonly kind: 'state'; readonly state: SyncState }
  | { readonly kind: 'missing'; readonly isInBin: boolean }
  | { readonly kind: 'unreadable'; readonly failure: Failure };

/** All that the verdict on one row rests on. */
export type TakeOverCase = Expecting & {
  readonly expected: string;
  readonly reading: TakeOverReading;
  /** Who has the ID that the AD user's objectGUID gives, where that is another one than the expected. */
  readonly guidHolders: readonly Holder[];
};

/** `detail`: sentences for the engineer, remedies among them; empty when nothing needs saying. */
export type TakeOver = { readonly verdict: VerdictKind; readonly actual: string | null; readonly detail: string };

/**
 * Whether sync has made the row's cloud user the AD user's. The immutable ID together with the sync flag decides; SID and
 * object identifier must not contradict, where both sides are known; the DN may lag behind and only earns a remark.
 * Nothing is concluded from what could not be read.
 */
export function judgeTakeOver(one: TakeOverCase): TakeOver {
  const { reading } = one;
  switch (reading.kind) {
    case 'state':
      return judgeState(one, reading.state);
    case 'missing': {
      const where = reading.isInBin ? 'It is in the recycle bin.' : 'No cloud user has this object id any more.';
      return verdict('missing', null, [where, ...takenByOther(one)]);
    }
    case 'unreadable':
      return verdict('unreadable', null, [`${reading.failure.message} (${reading.failure.facts.code})`]);
    default:
      return assertNever(reading);
  }
}

function verdict(kind: VerdictKind, actual: string | null, sentences: readonly string[]): TakeOver {
  return { verdict: kind, actual, detail: sentences.join(' ') };
}

function judgeState(one: TakeOverCase, state: SyncState): TakeOver {
  // Graph sends null for an empty value; should an empty string come, it means the same.
  const actual = state.immutableId || null;
  // Immutable IDs are case-sensitive; nothing but equality is a match.
  const hasId = actual === one.expected;
  const faults = state.errors.map((error) => faultSentence(error, one.row));
  if (hasId && state.isSynced) {
    const wrong = contradictions(one, state);
    if (wrong.length > 0) return verdict('sync-error', actual, [...wrong, ...faults]);
    if (faults.length > 0) return verdict('sync-error', actual, ['Taken over, but not whole.', ...faults]);
    return verdict('taken-over', actual, movedRemark(one, state));
  }
  const problems = [...takenByOther(one), ...(state.isSynced ? [syncedOtherwise(one, actual)] : [])];
  if (problems.length > 0) return verdict('sync-error', actual, [...problems, ...faults]);
  if (!hasId) return verdict('differs', actual, [...whatIsThere(one, actual), ...faults]);
  if (faults.length > 0) return verdict('sync-error', actual, [...faults, ...whyNotSynced(one, state)]);
  return verdict('waiting', actual, whyNotSynced(one, state));
}

const settle = 'Look it up (hardmatch lookup) and settle which of the two AD objects is the person.';

/** Synced with the right ID, and yet joined to some other AD object. */
function contradictions({ row: { ad } }: TakeOverCase, { sid, objectIdentifier }: SyncState): string[] {
  if (!ad) return [];
  const sentences: string[] = [];
  if (ad.sid && sid && foldKey(ad.sid) !== foldKey(sid)) {
    sentences.push(`Sync joined it to another AD object: its SID is ${sid}, the AD user's is ${ad.sid}. ${settle}`);
  }
  // onPremisesObjectIdentifier is the objectGUID of the AD object (Microsoft, "Install Entra Connect with an existing tenant").
  if (objectIdentifier && foldKey(objectIdentifier) !== ad.objectGuid) {
    const whose = `its onPremisesObjectIdentifier is ${objectIdentifier}, the AD user's objectGUID is ${ad.objectGuid}`;
    sentences.push(`Sync joined it to another AD object: ${whose}. ${settle}`);
  }
  return sentences;
}

/** A DN that differs is no contradiction: the user was moved since the plan, or since the last cycle. */
function movedRemark({ row: { ad } }: TakeOverCase, { dn }: SyncState): string[] {
  if (!ad || !dn || foldKey(dn) === foldKey(ad.dn)) return [];
  return [`Sync knows it as ${dn}, the plan as ${ad.dn}: it was moved, or sync lags behind.`];
}

const freeTheAnchor =
  'Take the AD user out of sync scope, let sync delete that user and purge it; then apply again and bring the AD user back into scope.';

/** Another live user whom sync carries in place of the row's: made anew, or joined by address. */
function takenByOther({ cloud, row, holders, guidHolders }: TakeOverCase): string[] {
  const carried = (holder: Holder): boolean => holder.id !== cloud.id && holder.isSynced && !holder.deleted;
  const byAnchor = holders.find(carried);
  if (byAnchor) {
    return [`Sync carries the AD user on another cloud user, ${nameOf(byAnchor)}, which has the ID. ${freeTheAnchor}`];
  }
  const byGuid = guidHolders.find(carried);
  if (!byGuid) return [];
  const wrongAnchor = `under its objectGUID, not under ${row.ad?.sourceAnchor ?? 'the planned source anchor'}`;
  return [
    `Sync carries the AD user on another cloud user, ${nameOf(byGuid)}, ${wrongAnchor}. Find out which source anchor sync uses before anything else.`,
  ];
}

/** The row's own user is synced, under an ID that is not the expected one. */
function syncedOtherwise(one: TakeOverCase, actual: string | null): string {
  const id = actual === null ? 'with no immutable ID' : `under the immutable ID ${actual}`;
  const guid = one.row.ad?.objectGuid;
  if (guid !== undefined && actual === immutableIdOfGuid(guid)) {
    return `Sync carries it ${id}, which is the AD user's objectGUID: sync uses another source anchor than the plan. Plan again with --source-anchor objectGUID.`;
  }
  const remedy = actual === null ? 'Verify again after the next cycle.' : `See whose it is: hardmatch lookup ${actual}`;
  return [`Sync carries it ${id}.`, ...encodingRemark(one, actual), remedy].join(' ');
}

/** Not synced, and not the expected ID: what stands there, and who has the expected one. */
function whatIsThere(one: TakeOverCase, actual: string | null): string[] {
  const there = actual === null ? 'The immutable ID is empty.' : `The immutable ID is ${actual}.`;
  const other = one.holders.find((holder) => holder.id !== one.cloud.id);
  const where = other?.deleted ? ' in the recycle bin' : '';
  return [there, ...encodingRemark(one, actual), ...(other ? [`${nameOf(other)}${where} has the expected one.`] : [])];
}

function encodingRemark({ expected }: TakeOverCase, actual: string | null): string[] {
  const guid = guidOfImmutableId(expected);
  const why = guid && actual ? encodingErrorOf(actual, guid) : undefined;
  return why === undefined ? [] : [`It is ${why} of the right GUID.`];
}

function faultSentence({ category, property, value, occurredAt }: ProvisioningError, row: PlanRow): string {
  const what = `${property}${value === '' ? '' : ` "${value}"`}`;
  const since = occurredAt === null ? '' : ` since ${occurredAt}`;
  // Graph does not say who has the value; the plan may have seen it.
  const bare = (address: string): string => foldKey(address).replace(/^smtp:/, '');
  const holder = row.forecast?.clashes.find((clash) => bare(clash.value) === bare(value))?.holder ?? 'another object';
  return `Sync cannot set ${what} (${category}${since}): ${holder} has the value. Free it there or change it in AD; sync tries again by itself.`;
}

function nameOf(holder: Holder): string {
  return `${holder.userPrincipalName} (${holder.id})`;
}
