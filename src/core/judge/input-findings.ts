import type { Evidence } from './evidence.ts';
import { assertNever } from '../failure.ts';
import { immutableIdOfGuid } from '../ids/immutable-id.ts';
import type { Finding } from '../reasons.ts';
import type { Pairing } from '../row.ts';
import { outOfScopeRule } from '../sync/scope.ts';
import { type AdFlaw, type AdUser, namedCloudUser } from '../users.ts';

/** What is wrong with the record itself, and with what it claims. */
export function inputFindings({ pairing, anchor }: Evidence): Finding[] {
  const findings = [
    ...cellFindings('ad_user', pairing.adText, pairing.ad),
    ...cellFindings('cloud_user', pairing.cloudText, pairing.cloud),
  ];
  const claimed = pairing.claimedId;
  if (claimed !== null && anchor?.kind === 'anchor' && claimed !== anchor.immutableId) {
    findings.push({ code: 'claimed-id-differs', facts: { claimed, computed: anchor.immutableId } });
  }
  return findings;
}

function cellFindings(column: string, value: string, parsed: Pairing['ad'] | Pairing['cloud']): Finding[] {
  if (parsed === null) return [{ code: 'missing-value', facts: { column } }];
  return parsed.kind === 'bad' ? [{ code: 'bad-reference', facts: { column, value, why: parsed.why } }] : [];
}

/** What AD said of the row's AD user and its anchor. */
export function adFindings(row: Evidence): Finding[] {
  const { pairing, ad } = row;
  const value = pairing.adText;
  if (ad === null) return [];
  switch (ad.kind) {
    case 'none':
      return [{ code: 'ad-user-not-found', facts: { value, note: ad.note ? ` ${ad.note}` : '' } }];
    case 'several':
      return [{ code: 'ad-user-ambiguous', facts: { value, candidates: ad.dns.join('; ') } }];
    case 'not-a-user':
      return [{ code: 'ad-not-a-user', facts: { value, dn: ad.dn, objectClass: ad.objectClass } }];
    case 'unusable':
      return unusableFindings(value, ad.flaws);
    case 'found':
      return foundAdFindings(ad.user, row);
    default:
      return assertNever(ad);
  }
}

/** A flaw of an anchor has a reason of its own; the others are one. */
function unusableFindings(value: string, flaws: readonly AdFlaw[]): Finding[] {
  const findings = flaws.flatMap(({ anchor, why }): Finding[] =>
    anchor === null ? [] : [{ code: 'anchor-malformed', facts: { attribute: anchor, why } }],
  );
  const others = flaws.flatMap(({ anchor, why }) => (anchor === null ? [why] : []));
  if (others.length === 0) return findings;
  return [{ code: 'ad-answer-unusable', facts: { value, why: others.join('; ') } }, ...findings];
}

function foundAdFindings(user: AdUser, { anchor, cloud, rivals }: Evidence): Finding[] {
  const findings: Finding[] = [];
  if (anchor?.kind === 'none') findings.push(anchor.finding);
  // Where it is known whether the cloud user may sign in, a change of that is told, and nothing else.
  if (!user.enabled && typeof namedCloudUser(cloud)?.accountEnabled !== 'boolean') {
    findings.push({ code: 'ad-user-disabled' });
  }
  if (anchor?.kind !== 'anchor') return findings;
  const { attribute, immutableId } = anchor;
  if (attribute === 'mS-DS-ConsistencyGuid' && immutableId !== immutableIdOfGuid(user.objectGuid)) {
    findings.push({ code: 'anchor-differs-from-guid', facts: { objectGuid: user.objectGuid } });
  }
  const others = rivals.filter((rival) => outOfScopeRule(rival) === null).map(({ dn }) => dn);
  if (others.length > 0) {
    const facts = { own: user.dn, attribute, immutableId, others: others.join('; ') };
    findings.push({ code: 'anchor-shared-in-ad', facts });
  }
  return findings;
}
