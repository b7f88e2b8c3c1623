import type { SyncFacts, SyncFeatures, TenantFacts } from '../core/preflight.ts';
import type { Get } from './bulk/batch.ts';
import type { BulkTools } from './bulk/read-mode.ts';
import { toDomain, toSyncFacts, toSyncFeatures } from './bulk/convert-tenant.ts';
import { select } from './bulk/odata.ts';
import { readList, settleAll } from './bulk/pages.ts';
import { type Checked, unlessRefused } from './bulk/refusals.ts';
import { readRoles } from './roles.ts';

const featureCheck = { name: 'sync-features', needs: 'OnPremDirectorySynchronization.Read.All' } as const;
/** For `unlessRefused`: which domains the tenant has. */
export const domainCheck = { name: 'domains', needs: 'Domain.Read.All' } as const;

/**
 * What holds for the whole tenant, a handful of questions asked at the same time, and so in one request. Only the organization has to be readable; every
 * other check that Graph refuses is told in `unchecked`. Throws a Failure.
 */
export async function preflight(tools: BulkTools): Promise<TenantFacts> {
  const [sync, features, domains, { roles, unchecked }] = await settleAll([
    readSync(tools),
    readFeatures(tools),
    unlessRefused(domainCheck, tools.log, () =>
      readList({ path: '/domains', needs: domainCheck.needs }, tools, toDomain),
    ),
    readRoles(tools),
  ]);
  return {
    sync,
    features: features.value,
    domains: domains.value,
    roles,
    unchecked: [...features.unchecked, ...domains.unchecked, ...unchecked],
  };
}

/** The switches that decide whether sync may join users; a refusal is told in `unchecked`. Throws a Failure. */
export function readFeatures(tools: BulkTools): Promise<Checked<SyncFeatures>> {
  return unlessRefused(featureCheck, tools.log, async () => toSyncFeatures(await tools.gather(features)));
}

const features: Get = { path: '/directory/onPremisesSynchronization', needs: featureCheck.needs };

async function readSync(tools: BulkTools): Promise<SyncFacts> {
  const path = `/organization?${select(['id', 'onPremisesSyncEnabled', 'onPremisesLastSyncDateTime'])}`;
  return toSyncFacts(await tools.gather({ path, needs: 'Organization.Read.All' }));
}
