import { type SourceAnchor, sourceAnchorText } from '../../core/ids/anchor.ts';
import { weighAnchors, type Witness } from '../../core/judge/anchor-evidence.ts';
import { RunFault } from '../../core/failure.ts';
import type { AnchorEvidence, TenantFacts } from '../../core/preflight.ts';
import { type Finding, remedyOf, sentenceOf } from '../../core/reasons.ts';
import type { TenantInfo } from '../ports.ts';

/** One page. An anchor is one setting for the whole tenant: a thousand users show it as well as all of them. */
export const witnessesAsked = 999;

/** What the synced users say about the source anchor; `evidence` is null when they could not be read. */
export type AnchorTest = {
  readonly evidence: AnchorEvidence | null;
  /** A contradiction that was confirmed all the same: whoever approves the plan must see it. */
  readonly findings: readonly Finding[];
};

/**
 * Compares the immutable IDs of users whom sync already carries (null: they could not be read) with their AD objects, as far
 * as they are of the domains that were read. Throws a RunFault (exit code 3) when sync evidently uses another anchor than
 * the one set, unless the set one is confirmed by its name.
 */
export function testAnchor(
  witnesses: readonly Witness[] | null,
  domains: readonly string[],
  options: { readonly sourceAnchor: SourceAnchor; readonly confirmSourceAnchor: string | null },
): AnchorTest {
  const { sourceAnchor, confirmSourceAnchor } = options;
  if (witnesses === null) return { evidence: null, findings: [] };
  // Users of other domains of the forest are not in the directory that is read, and say nothing here.
  const here = witnesses.filter(({ user }) => user.domain === null || domains.includes(user.domain));
  const { evidence, contradiction } = weighAnchors(here, sourceAnchor);
  const isConfirmed = confirmSourceAnchor?.toLowerCase() === sourceAnchorText(sourceAnchor).toLowerCase();
  if (contradiction === null) return { evidence, findings: [] };
  if (isConfirmed) {
    const confirmed: Finding = { ...contradiction, code: 'anchor-confirmed-against-evidence' };
    return { evidence, findings: [confirmed] };
  }
  throw new RunFault('anchor-evidence-contradicts', sentenceOf(contradiction), {
    hint: remedyOf(contradiction.code),
    exitCode: 3,
  });
}

/** The domain of `--federated-detour` must be one of the tenant's own that is managed; otherwise nobody could be moved there. */
export function checkDetour(domain: string | null, { domains }: TenantFacts): void {
  if (domain === null) return;
  const hint = 'Give a verified, managed domain of the tenant, e.g. its onmicrosoft.com one.';
  if (domains === null) {
    throw new RunFault('detour-unknown', 'The domains of the tenant may not be read, so no detour can be planned.', {
      hint: 'Grant Domain.Read.All, or leave --federated-detour out.',
    });
  }
  const found = domains.find((one) => one.name === domain.toLowerCase());
  if (!found) throw new RunFault('detour-unknown', `${domain} is no domain of the tenant.`, { hint });
  if (found.isFederated) throw new RunFault('detour-federated', `${domain} is federated itself.`, { hint });
  if (!found.isVerified) throw new RunFault('detour-unverified', `${domain} is not verified.`, { hint });
}

/** What whoever approves the plan must see of a tenant that is another one than asked for, and was confirmed. */
export function tenantFindings({ id, name, asked }: TenantInfo): Finding[] {
  return asked === undefined ? [] : [{ code: 'tenant-differs', facts: { asked, id, name } }];
}
