// The tenant about itself: organization, domains, and what sync may do. `$filter` and `$top` are ignored here, as documented for domains.
import { contextOf } from './paging.ts';
import type { GraphAnswer, GraphCall, GraphTenant } from './practice-tenant.ts';

/** GET /organization: one entry. `onPremisesSyncEnabled`, where not set, is true when anybody is synced, else null. */
export function listOrganization(tenant: GraphTenant, call: GraphCall): GraphAnswer {
  const organization = {
    id: tenant.id,
    displayName: tenant.displayName,
    onPremisesSyncEnabled: syncEnabled(tenant),
    onPremisesLastSyncDateTime: tenant.state.onPremisesLastSyncDateTime,
    tenantType: 'AAD',
    verifiedDomains: tenant.domains
      .filter((domain) => domain.isVerified)
      .map((domain) => ({
        name: domain.id,
        type: domain.authenticationType,
        isDefault: domain.isDefault,
        isInitial: domain.isInitial,
        capabilities: 'Email, OfficeCommunicationsOnline',
      })),
  };
  return answerEntries(tenant, call, { collection: 'organization', entries: [organization] });
}

/**
 * GET /directory/onPremisesSynchronization: a collection of one, also in a tenant that never synced. The threshold is the
 * one that sync is installed with.
 */
export function listSyncSettings(tenant: GraphTenant, call: GraphCall): GraphAnswer {
  const settings = {
    id: tenant.id,
    configuration: {
      accidentalDeletionPrevention: { synchronizationPreventionType: 'enabledForCount', alertThreshold: 500 },
    },
    features: tenant.state.features,
  };
  return answerEntries(tenant, call, { collection: 'directory/onPremisesSynchronization', entries: [settings] });
}

function syncEnabled(tenant: GraphTenant): boolean | null {
  if (tenant.state.onPremisesSyncEnabled !== undefined) return tenant.state.onPremisesSyncEnabled;
  return tenant.store.all().some((user) => user.onPremisesSyncEnabled === true) ? true : null;
}

/** GET /subscribedSkus: those that the people file names. */
export function listSubscribedSkus(tenant: GraphTenant, call: GraphCall): GraphAnswer {
  const entries = tenant.state.subscribedSkus.map(({ servicePlans, ...sku }) => ({
    ...sku,
    id: `${tenant.id}_${sku.skuId}`,
    appliesTo: 'User',
    capabilityStatus: 'Enabled',
    servicePlans: servicePlans.map((plan) => ({ ...plan, provisioningStatus: 'Success', appliesTo: 'User' })),
  }));
  return answerEntries(tenant, call, { collection: 'subscribedSkus', entries });
}

/** GET /domains. */
export function listDomains(tenant: GraphTenant, call: GraphCall): GraphAnswer {
  const entries = tenant.domains.map((domain) => ({
    id: domain.id,
    authenticationType: domain.authenticationType,
    isAdminManaged: true,
    isDefault: domain.isDefault,
    isInitial: domain.isInitial,
    isRoot: true,
    isVerified: domain.isVerified,
    supportedServices: domain.isVerified ? ['Email', 'OfficeCommunicationsOnline'] : [],
  }));
  return answerEntries(tenant, call, { collection: 'domains', entries });
}

function answerEntries(
  tenant: GraphTenant,
  call: GraphCall,
  of: { readonly collection: string; readonly entries: readonly Readonly<Record<string, unknown>>[] },
): GraphAnswer {
  const names = call.query.options.get('$select')?.split(',');
  const value =
    names === undefined
      ? of.entries
      : of.entries.map((entry) => Object.fromEntries(names.map((name) => [name, entry[name] ?? null])));
  return {
    status: 200,
    json: { '@odata.context': contextOf(tenant, call, { collection: of.collection, names }), value },
  };
}
