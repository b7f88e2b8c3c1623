import { guidFromText } from '../guid.ts';
import { encodingErrorOf } from '../ids/base64-mistakes.ts';
import { type Anchored, guidsOf, immutableIdIn } from '../ids/anchor.ts';
import { guidOfImmutableId, immutableIdOfGuid } from '../ids/immutable-id.ts';
import type { Finding } from '../reasons.ts';
import type { AdAnswer, AdUser } from '../users.ts';

/**
 * What a wrong immutable ID that is there already tells: the right GUID wrongly written, the other anchor of the same AD
 * user, or the anchor of somebody else. `owner` is who has the present ID as anchor in AD, where that was asked.
 */
export function existingIdFindings(
  current: string | null,
  user: AdUser,
  known: { readonly anchor: Anchored & { kind: 'anchor' }; readonly owner: AdAnswer | null },
): Finding[] {
  const { anchor, owner } = known;
  if (!current || current === anchor.immutableId) return [];
  const candidates = guidsOf(user);
  const other = candidates.find(({ guid }) => immutableIdOfGuid(guid) === current);
  if (other) {
    const facts = { current, attribute: other.attribute, anchor: anchor.attribute };
    return [{ code: 'existing-id-is-other-anchor', facts }];
  }
  for (const { guid } of candidates) {
    const why = encodingErrorOf(current, guid);
    if (why !== undefined) return [{ code: 'existing-id-is-encoding-error', facts: { current, why } }];
  }
  const owners = ownedBy(owner, user);
  if (owners.length > 0)
    return owners.map((dn) => ({ code: 'existing-id-is-other-user', facts: { current, owner: dn } }));
  if (owner?.kind === 'none') return [{ code: 'existing-id-unknown-in-ad', facts: { current } }];
  return isSignInName(current, anchor) ? [{ code: 'existing-id-signs-in', facts: { current } }] : [];
}

function ownedBy(owner: AdAnswer | null, user: AdUser): string[] {
  if (owner?.kind === 'found') return owner.user.objectGuid === user.objectGuid ? [] : [owner.user.dn];
  return owner?.kind === 'several' ? [owner.dns.join('; ')] : [];
}

/**
 * Other identity providers sign a federated user in by this very value, which is then an address, a number or a name. Where
 * sync's anchor is such a text itself, only an address is for certain none.
 */
function isSignInName(current: string, { attribute }: Anchored & { kind: 'anchor' }): boolean {
  if (current.includes('@')) return true;
  const isGuidAnchor = attribute === 'objectGUID' || attribute === 'mS-DS-ConsistencyGuid';
  return isGuidAnchor && guidOfImmutableId(current) === undefined && guidFromText(current) === undefined;
}

/** Whether it is worth asking AD who has this ID as anchor: only a GUID can be one there. */
export function couldBeAnchor(current: string | null, anchor: Anchored | null): boolean {
  if (!current || current === immutableIdIn(anchor)) return false;
  return guidOfImmutableId(current) !== undefined;
}
