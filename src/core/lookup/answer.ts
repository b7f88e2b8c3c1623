import type { LookupQuestion, ValueKind } from './question.ts';
import type { AdFindings, AdHit, AdOther } from './ad-findings.ts';
import { type CloudHit, cloudHits, type OwnerSearch, type TenantFindings } from './cloud-findings.ts';
import type { AddressHolder } from '../users.ts';

/** What was found about one value; plain data, fit for JSON. */
export type LookupAnswer = {
  readonly value: string;
  readonly kind: ValueKind;
  readonly notes: readonly string[];
  /** Null: no directory was asked. */
  readonly ad: readonly AdHit[] | null;
  readonly adOthers: readonly AdOther[];
  readonly live: readonly CloudHit[];
  readonly deleted: readonly CloudHit[];
  /** Groups and contacts that have the address, or one of the AD users'. */
  readonly objects: readonly AddressHolder[];
  readonly isFound: boolean;
};

/** Puts an answer together. `ad` is null where no directory was asked. */
export function answerOf(
  question: LookupQuestion,
  ad: AdFindings | null,
  { tenant, owner }: { readonly tenant: TenantFindings; readonly owner: OwnerSearch },
): LookupAnswer {
  const hits = cloudHits(question, tenant, owner);
  const all = [...tenant.addresses, ...tenant.adAddresses].filter(({ kind }) => kind !== 'user');
  const objects = [...new Map(all.map((object) => [object.id, object])).values()];
  const inAd = (ad?.hits.length ?? 0) + (ad?.others.length ?? 0);
  return {
    value: question.value,
    kind: question.kind,
    notes: [...question.notes, ...(ad?.notes ?? [])],
    ad: ad?.hits ?? null,
    adOthers: ad?.others ?? [],
    live: hits.filter((hit) => hit.deletedDateTime === null),
    deleted: hits.filter((hit) => hit.deletedDateTime !== null),
    objects,
    isFound: inAd + hits.length + objects.length > 0,
  };
}
