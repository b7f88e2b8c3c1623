import type { AnchorEvidence, Preflight } from '../core/preflight.ts';
import { type Finding, type ReasonCode, inRepairOrder, remedyOf, sentenceOf } from '../core/reasons.ts';
import type { RunRecord } from '../core/result.ts';
import { counted, isRollback, moment, number, stageOf } from './phrases.ts';

/** Whether the plan's preflight belongs on top: a verification looks at later facts, a rollback asks nothing of sync. */
export function showsPreflight(record: RunRecord): boolean {
  return stageOf(record) !== 'verified' && !isRollback(record);
}

/** Whether the tenant syncs, and when it last did. */
export function syncText({ sync }: Preflight): string {
  const last = sync.lastSyncAt === null ? 'no cycle yet' : `last cycle ${moment(sync.lastSyncAt)}`;
  if (sync.isEnabled === null) return sync.lastSyncAt === null ? 'never on' : `off, ${last}`;
  return `${sync.isEnabled ? 'on' : 'off'}, ${last}`;
}

/** One of the two switches; what could not be read is not taken for allowed. */
export function switchText({ features }: Preflight, which: keyof NonNullable<Preflight['features']>): string {
  if (!features) return 'could not be read';
  return features[which] ? 'blocked' : 'allowed';
}

/**
 * What the synced users say about the source anchor, in one line: how many were looked at, how many can tell, and what
 * those have. Null when they were not looked at; that is told as a check that was not made.
 */
export function evidenceText({ evidence }: Preflight): string | null {
  if (!evidence) return null;
  const { users, consistencyGuid, objectGuid, custom, neither } = evidence;
  if (users === 0) return 'No user is synced yet, so nothing tells which anchor sync uses.';
  const telling = tellingOf(evidence);
  const looked = `Of ${counted(users, 'synced user')} looked at`;
  if (telling === 0) return `${looked}, none can tell which anchor sync uses.`;
  const found: [number, string][] = [
    [consistencyGuid, 'mS-DS-ConsistencyGuid'],
    [objectGuid, 'objectGUID'],
    [neither, 'neither'],
  ];
  if (custom > 0) found.unshift([custom, 'the attribute you named']);
  const [first = '', ...rest] = found.map(([n, name], at) => {
    const verb = n === 1 ? 'matches ' : 'match ';
    return `${number(n)} ${at === 0 ? verb : ''}${name}`;
  });
  return `${looked}, ${number(telling)} can tell: ${[first, ...rest].join(', ')}.`;
}

/** Why the others cannot tell; empty when all can. */
export function silenceText({ evidence }: Preflight): string {
  if (!evidence) return '';
  const { either, notInAd } = evidence;
  const parts = [
    either > 0 &&
      `${number(either)} ${either === 1 ? 'has' : 'have'} the same value in both attributes, or in one alone`,
    notInAd > 0 && `${number(notInAd)} ${notInAd === 1 ? 'is' : 'are'} not in this directory`,
  ].filter((part) => part !== false);
  return parts.length > 0 ? `The others cannot: ${parts.join(', ')}.` : '';
}

function tellingOf({ consistencyGuid, objectGuid, custom, neither }: AnchorEvidence): number {
  return consistencyGuid + objectGuid + custom + neither;
}

/** Findings of the whole run with the same code: each one's sentence, and the remedy they share. */
export type RunFinding = { readonly code: ReasonCode; readonly sentences: readonly string[]; readonly remedy: string };

/** What holds for the whole run, by code, in the order of repair. */
export function runFindings({ findings }: Preflight): RunFinding[] {
  const byCode = new Map<ReasonCode, Finding[]>();
  for (const finding of inRepairOrder(findings)) {
    byCode.set(finding.code, [...(byCode.get(finding.code) ?? []), finding]);
  }
  return [...byCode].map(([code, same]) => ({
    code,
    sentences: [...new Set(same.map((finding) => sentenceOf(finding)))],
    remedy: remedyOf(code),
  }));
}
