import { anchorOf, type SourceAnchor, sourceAnchorText } from '../ids/anchor.ts';
import { immutableIdOfGuid } from '../ids/immutable-id.ts';
import type { AnchorEvidence } from '../preflight.ts';
import type { Finding } from '../reasons.ts';
import type { AdAnswer, AdUser, SyncedUser } from '../users.ts';

/** A synced user with the AD object of its SID. */
export type Witness = { readonly user: SyncedUser; readonly ad: AdAnswer };

export type Weighed = {
  readonly evidence: AnchorEvidence;
  /** Set when sync evidently uses another anchor than the one set; a run must not continue with it unconfirmed. */
  readonly contradiction: Finding | null;
};

type Verdict = Exclude<keyof AnchorEvidence, 'users'>;

/**
 * What the users whom sync already carries say about the source anchor. Only users can tell whose candidates differ: with
 * an empty ConsistencyGuid, or one that equals the objectGUID, every setting gives the same ID. The setting is
 * contradicted when more of those who can tell have another anchor than have its.
 */
export function weighAnchors(witnesses: readonly Witness[], source: SourceAnchor): Weighed {
  const counts: Record<Verdict, number> = {
    consistencyGuid: 0,
    objectGuid: 0,
    either: 0,
    custom: 0,
    neither: 0,
    notInAd: 0,
  };
  let agree = 0;
  let against = 0;
  for (const { user, ad } of witnesses) {
    const verdict = verdictOn(user, ad, source);
    counts[verdict]++;
    if (ad.kind !== 'found' || verdict === 'either' || verdict === 'notInAd') continue;
    const anchor = anchorOf(ad.user, source);
    if (anchor.kind === 'anchor' && anchor.immutableId === user.immutableId) agree++;
    else against++;
  }
  const evidence = { users: witnesses.length, ...counts };
  if (against <= agree) return { evidence, contradiction: null };
  const facts = {
    setting: sourceAnchorText(source),
    telling: String(agree + against),
    against: String(against),
    found: foundAnchors(counts),
  };
  return { evidence, contradiction: { code: 'anchor-evidence-contradicts', facts } };
}

function verdictOn(user: SyncedUser, ad: AdAnswer, source: SourceAnchor): Verdict {
  if (ad.kind !== 'found') return 'notInAd';
  const byObject = immutableIdOfGuid(ad.user.objectGuid);
  const byConsistency = consistencyIdOf(ad.user);
  const isObject = user.immutableId === byObject;
  if (source.kind === 'attribute') {
    const custom = anchorOf(ad.user, source);
    if (custom.kind === 'anchor' && custom.immutableId === user.immutableId) return 'custom';
  } else if (isObject && (byConsistency === null || byConsistency === byObject)) {
    return 'either';
  }
  if (byConsistency !== null && user.immutableId === byConsistency) return 'consistencyGuid';
  return isObject ? 'objectGuid' : 'neither';
}

function consistencyIdOf(user: AdUser): string | null {
  return user.consistencyGuid?.kind === 'guid' ? immutableIdOfGuid(user.consistencyGuid.guid) : null;
}

function foundAnchors(counts: Record<Verdict, number>): string {
  return [
    [counts.consistencyGuid, 'mS-DS-ConsistencyGuid'],
    [counts.objectGuid, 'objectGUID'],
    [counts.neither, 'neither'],
  ]
    .filter(([n]) => n !== 0)
    .map(([n, name]) => `${name} ${n}`)
    .join(', ');
}
