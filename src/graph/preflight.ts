import type { Guid } from '../core/guid.ts';
import type { SyncFacts, TenantFacts, TenantFeatures } from '../core/preflight.ts';
import type { Get } from './bulk/batch.ts';
import type { BulkTools } from './bulk/read-mode.ts';
import { toMailboxPlans } from './bulk/convert-licences.ts';
import { toDomain, toObjectId, toSyncFacts, toSyncFeatures } from './bulk/convert-tenant.ts';
import { select } from './bulk/odata.ts';
import { pageSize, readList, settleAll } from './bulk/pages.ts';
import { type Checked, unlessRefused } from './bulk/refusals.ts';
import { readRoles } from './roles.ts';

const featureCheck = { name: 'sync-features', needs: 'OnPremDirectorySynchronization.Read.All' } as const;
/** For `unlessRefused`: which domains the tenant has. */
export const domainCheck = { name: 'domains', needs: 'Domain.Read.All' } as const;

const licenceCheck = { name: 'licences', needs: 'Organization.Read.All' } as const;
const cloudManagedCheck = {
  name: 'cloud-managed',
  // Which right the filter takes is not documented; the one that the property itself takes may write it as well.
  needs:
    'what Microsoft does not say; User-OnPremisesSyncBehavior.ReadWrite.All would do, and would allow writing as well',
} as const;

/**
 * What holds for the whole tenant, a handful of questions asked at the same time, and so in one request. Only the organization has to be readable; every
 * other check that Graph refuses is told in `unchecked`. What the licences bring is kept for the surveys after it. Throws a
 * Failure.
 */
export async function preflight(tools: BulkTools): Promise<TenantFacts> {
  const [sync, features, domains, cloudManaged, licences, { roles, limits, unchecked }] = await settleAll([
    readSync(tools),
    readFeatures(tools),
    unlessRefused(domainCheck, tools.log, () =>
      readList({ path: '/domains', needs: domainCheck.needs }, tools, toDomain),
    ),
    unlessRefused(cloudManagedCheck, tools.log, () => readCloudManaged(tools)),
    unlessRefused(licenceCheck, tools.log, () => readLicences(tools)),
    readRoles(tools),
  ]);
  return {
    sync,
    features: features.value,
    domains: domains.value,
    roles,
    cloudManaged: cloudManaged.value,
    limits,
    unchecked: [features, domains, cloudManaged, licences].flatMap((check) => check.unchecked).concat(unchecked),
  };
}

/** The switches that decide whether sync may join users; a refusal is told in `unchecked`. Throws a Failure. */
export function readFeatures(tools: BulkTools): Promise<Checked<TenantFeatures>> {
  return unlessRefused(featureCheck, tools.log, async () => toSyncFeatures(await tools.gather(features)));
}

const features: Get = { path: '/directory/onPremisesSynchronization', needs: featureCheck.needs };

async function readSync(tools: BulkTools): Promise<SyncFacts> {
  const path = `/organization?${select(['id', 'onPremisesSyncEnabled', 'onPremisesLastSyncDateTime'])}`;
  return toSyncFacts(await tools.gather({ path, needs: 'Organization.Read.All' }));
}

/** Everybody at once; the filter is answered as an advanced query alone (graph/api/resources/user, onPremisesSyncBehavior). */
async function readCloudManaged(tools: BulkTools): Promise<ReadonlySet<Guid>> {
  const filter = '$filter=onPremisesSyncBehavior/isCloudManaged%20eq%20true&$count=true';
  const path = `/users?${filter}&$top=${pageSize}&${select(['id'])}`;
  const ask = { path, headers: { ConsistencyLevel: 'eventual' }, needs: 'User.Read.All' };
  return new Set(await readList(ask, tools, toObjectId));
}

async function readLicences(tools: BulkTools): Promise<void> {
  // $select is all that this listing takes (graph/api/subscribedsku-list).
  const path = `/subscribedSkus?${select(['skuId', 'servicePlans'])}`;
  tools.licences.mailboxPlans = new Map(await readList({ path, needs: licenceCheck.needs }, tools, toMailboxPlans));
}
