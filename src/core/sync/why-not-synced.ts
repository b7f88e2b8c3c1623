import type { Guid } from '../guid.ts';
import type { Prediction } from '../forecast.ts';
import { type Finding, type ReasonCode, reasonCatalogue, remedyOf, sentenceOf } from '../reasons.ts';
import type { PlannedCloud, PlanRow } from '../row.ts';
import type { RoleHolding, SyncFacts, SyncFeatures } from '../preflight.ts';
import type { Holder, SyncState } from '../users.ts';

/** What holds in the tenant while the take-over is judged; null: not known. */
export type Circumstances = {
  readonly sync: SyncFacts | null;
  readonly features: SyncFeatures | null;
  /** The roles of the row's cloud user now; null where roles could not all be read. */
  readonly roles: readonly RoleHolding[] | null;
  /** When the row's ID was written, ISO 8601, UTC. */
  readonly writtenAt: string | null;
};

/** A row with what bears on whether sync will still come for it. */
export type Expecting = {
  readonly row: PlanRow;
  readonly cloud: PlannedCloud;
  /** Who has the expected ID, the row's own user among them where it has it. */
  readonly holders: readonly Holder[];
  readonly circumstances: Circumstances;
};

/**
 * Why a user with the right immutable ID is not synced yet, and whether waiting will help: what the tenant says now goes
 * before what the plan predicted. Sync's own refusals (InvalidHardMatch) are not to be had from Graph, only on its server.
 */
export function whyNotSynced(one: Expecting, state: SyncState): string[] {
  const { sync } = one.circumstances;
  if (sync && sync.isEnabled !== true) return ['Directory synchronization is off in this tenant.'];
  const explained = blockNow(one, state) ?? predicted(one, state);
  return [...(explained.length > 0 ? explained : cycleSentence(one.circumstances)), ...rivalInBin(one)];
}

/** A cycle that ran after the write and left the user is a hint that the next one will, too. */
function cycleSentence({ sync, writtenAt }: Circumstances): string[] {
  if (!sync?.lastSyncAt) return ['Not taken over yet.'];
  if (writtenAt === null) return [`Not taken over yet; the last sync cycle was at ${sync.lastSyncAt}.`];
  return secondOf(sync.lastSyncAt) > secondOf(writtenAt)
    ? [
        `Not taken over, although a sync cycle at ${sync.lastSyncAt} came after the write at ${writtenAt}: see the export errors on the sync server if it stays so.`,
      ]
    : [`No sync cycle since the write; the last was at ${sync.lastSyncAt}.`];
}

// Both are UTC in ISO 8601, with or without a fraction: down to the second the text sorts like the time.
const secondOf = (time: string): string => time.slice(0, 19);

/** What blocks the join as the tenant is now; null when nothing is seen that does. */
function blockNow({ row, circumstances }: Expecting, { objectIdentifier }: SyncState): string[] | null {
  const { features, roles } = circumstances;
  if (features?.hardMatchBlocked === true) return blocked({ code: 'hard-match-blocked-in-tenant' });
  const assigned = (roles ?? []).filter((role) => role.how === 'assigned');
  const held = assigned.length > 0 ? assigned : (roles ?? []);
  if (held.length > 0) {
    const code = assigned.length > 0 ? 'cloud-user-holds-role' : 'cloud-user-eligible-for-role';
    const names = held.map(({ role, through }) => (through === null ? role : `${role} (through ${through})`));
    return blocked({ code, facts: { roles: names.join(', ') } });
  }
  if (row.ad && objectIdentifier && objectIdentifier.toLowerCase() !== row.ad.objectGuid) {
    const facts = { current: objectIdentifier, expected: row.ad.objectGuid };
    return blocked({ code: 'cloud-object-identifier-set', facts });
  }
  return null;
}

function blocked(finding: Finding): string[] {
  return [`Waiting will not help: ${sentenceOf(finding)}`, remedyOf(finding.code)];
}

function predicted({ row, circumstances }: Expecting, state: SyncState): string[] {
  const prediction = row.forecast?.prediction;
  if (!prediction) return [];
  if (prediction.kind === 'join-blocked') {
    // What the plan saw has been put right since: then it is no reason any more.
    if (isGone(prediction.why, circumstances, state)) return [];
    return [`The plan predicted that sync refuses: ${planSentence(prediction.why, row)}`, remedyOf(prediction.why)];
  }
  if (prediction.kind === 'out-of-scope') {
    return [
      `Waiting will not help: sync leaves the AD user out, ${prediction.rule}.`,
      remedyOf('ad-user-out-of-scope'),
    ];
  }
  const what = otherEnd(prediction, row.cloud?.id);
  return what === null ? [] : [`The plan predicted that sync ${what}.`];
}

/** Whether a block was looked for now, and is not there; `blockNow` has told those that are. */
function isGone(why: ReasonCode, { features, roles }: Circumstances, { objectIdentifier }: SyncState): boolean {
  if (why === 'hard-match-blocked-in-tenant') return features !== null;
  if (why === 'cloud-object-identifier-set') return objectIdentifier !== undefined;
  return (why === 'cloud-user-holds-role' || why === 'cloud-user-eligible-for-role') && roles !== null;
}

/** What the plan saw coming other than the row's own user being taken over; null when it saw nothing else. */
function otherEnd(prediction: Prediction, own: Guid | undefined): string | null {
  const other = 'user' in prediction && prediction.user !== own ? prediction.user : null;
  if (prediction.kind === 'provisions') return 'makes a new cloud user';
  if (prediction.kind === 'carried' && prediction.by !== own)
    return `keeps the AD user on the cloud user ${prediction.by}`;
  if (other === null) return null;
  if (prediction.kind === 'restores') return `brings back the deleted user ${other}`;
  if (prediction.kind === 'soft-matches') return `takes the cloud user ${other}, by address`;
  return prediction.kind === 'soft-match-blocked'
    ? `tries to join the cloud user ${other} by address, and fails`
    : null;
}

/** The reason as the plan had it; without its facts a sentence with gaps says less than its code. */
function planSentence(code: ReasonCode, { reasons, warnings }: PlanRow): string {
  const finding = [...reasons, ...warnings].find((each) => each.code === code);
  if (finding) return sentenceOf(finding);
  const { sentence } = reasonCatalogue[code];
  return sentence.includes('{') ? `${code}.` : sentence;
}

/** A deleted holder of the same ID: sync brings it back rather than take the live user (or may). */
function rivalInBin({ holders, cloud }: Expecting): string[] {
  const rival = holders.find((holder) => holder.deleted && holder.id !== cloud.id);
  if (!rival) return [];
  return [
    `${rival.userPrincipalName} (${rival.id}) in the recycle bin has the same ID: sync may bring it back instead.`,
  ];
}
