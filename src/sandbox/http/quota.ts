// The tenant's quotas as token buckets (Microsoft Graph throttling limits, identity and access, page of 2026-02-06).
import { GraphRefusal } from './graph-errors.ts';

/** So many per window; the bucket holds `count` and refills evenly over `windowMs`. */
export type Allowance = { readonly count: number; readonly windowMs: number };

/** The limits of a practice tenant. A part left out is not limited. */
export type Quota = {
  readonly writesPerApp?: Allowance;
  readonly writesPerTenant?: Allowance;
  /** Resource units per app, by tenant size: under 50 users, up to 500, above. */
  readonly resourceUnits?: {
    readonly small: number;
    readonly medium: number;
    readonly large: number;
    readonly windowMs: number;
  };
  /** Makes every window this many times shorter, the counts unchanged; 1 by default. */
  readonly timeScale?: number;
  /** How Retry-After is written; both forms are seen in the wild. `whole` rounds up. Default `fractional`. */
  readonly retryAfter?: 'fractional' | 'whole' | 'absent';
};

/** The documented limits of one app in one tenant. */
export const documentedQuota = {
  writesPerApp: { count: 3_000, windowMs: 150_000 },
  writesPerTenant: { count: 18_000, windowMs: 300_000 },
  resourceUnits: { small: 3_500, medium: 5_000, large: 8_000, windowMs: 10_000 },
} as const satisfies Quota;

/** What one request is charged. */
export type Charge = { readonly units: number; readonly writes: 0 | 1 };

/** What the charge led to: the fullest bucket's use (1 = the limit), and the refusal when a limit is passed. */
export type Charged = { readonly use: number; readonly refusal?: GraphRefusal };

type Bucket = {
  readonly capacity: number;
  readonly perMs: number;
  readonly scope: 'Tenant_Application' | 'Tenant';
  readonly limit: 'Write' | 'ReadWrite';
  readonly information: string;
  readonly takes: (charge: Charge) => number;
  level: number;
  filledAt: number;
};

/** Charges requests. Requests made while throttled count too, so a caller that hammers stays out. */
export type Meter = (appId: string, charge: Charge) => Charged;

/** Use is reported, and buckets are overdrawn, up to this many times the limit. */
const highestUse = 1.8;

/** A meter over `quota`; without one every charge passes. `users` decides the tenant's size. */
export function createMeter(
  quota: Quota | undefined,
  tenant: { readonly id: string; readonly users: number; readonly now: () => number },
): Meter {
  if (quota === undefined) return () => ({ use: 0 });
  const shared = tenantBuckets(quota, tenant.now());
  const perApp = new Map<string, Bucket[]>();
  return (appId, charge) => {
    const now = tenant.now();
    let own = perApp.get(appId);
    if (own === undefined) perApp.set(appId, (own = appBuckets(quota, tenant.users, now)));
    const buckets = [...own, ...shared];
    for (const bucket of buckets) take(bucket, charge, now);
    const use = Math.max(0, ...buckets.map((bucket) => 1 - bucket.level / bucket.capacity));
    const empty = buckets.filter((bucket) => bucket.level < 0 && bucket.takes(charge) > 0);
    const worst = empty.toSorted((a, b) => waitMs(b, charge) - waitMs(a, charge))[0];
    if (worst === undefined) return { use };
    return { use, refusal: throttled(worst, waitMs(worst, charge), { quota, appId, tenantId: tenant.id }) };
  };
}

function take(bucket: Bucket, charge: Charge, now: number): void {
  const refilled = bucket.level + (now - bucket.filledAt) * bucket.perMs;
  bucket.filledAt = now;
  const level = Math.min(bucket.capacity, refilled) - bucket.takes(charge);
  bucket.level = Math.max(level, -(highestUse - 1) * bucket.capacity);
}

/** How long until the same request would pass: the bucket must hold the whole charge again. */
function waitMs(bucket: Bucket, charge: Charge): number {
  return Math.ceil((bucket.takes(charge) - bucket.level) / bucket.perMs) + 1;
}

function throttled(
  bucket: Bucket,
  wait: number,
  call: { readonly quota: Quota; readonly appId: string; readonly tenantId: string },
): GraphRefusal {
  const form = call.quota.retryAfter ?? 'fractional';
  const seconds = form === 'whole' ? String(Math.ceil(wait / 1000)) : (wait / 1000).toFixed(3);
  return new GraphRefusal(429, 'TooManyRequests', {
    message: 'Please retry again later.',
    headers: {
      ...(form === 'absent' ? {} : { 'Retry-After': seconds }),
      'x-ms-throttle-scope': `${bucket.scope}/${bucket.limit}/${call.appId}/${call.tenantId}`,
      'x-ms-throttle-information': bucket.information,
    },
  });
}

function appBuckets(quota: Quota, users: number, now: number): Bucket[] {
  const buckets: Bucket[] = [];
  if (quota.writesPerApp) buckets.push(writeBucket(quota.writesPerApp, { quota, now, scope: 'Tenant_Application' }));
  if (quota.resourceUnits) {
    const { small, medium, large, windowMs } = quota.resourceUnits;
    const count = users < 50 ? small : users <= 500 ? medium : large;
    buckets.push({
      ...filled({ count, windowMs }, quota, now),
      scope: 'Tenant_Application',
      limit: 'ReadWrite',
      information: 'ResourceUnitLimitExceeded',
      takes: (charge) => charge.units,
    });
  }
  return buckets;
}

function tenantBuckets(quota: Quota, now: number): Bucket[] {
  return quota.writesPerTenant ? [writeBucket(quota.writesPerTenant, { quota, now, scope: 'Tenant' })] : [];
}

function writeBucket(
  allowance: Allowance,
  place: { readonly quota: Quota; readonly now: number; readonly scope: Bucket['scope'] },
): Bucket {
  return {
    ...filled(allowance, place.quota, place.now),
    scope: place.scope,
    limit: 'Write',
    information: 'WriteLimitExceeded',
    takes: (charge) => charge.writes,
  };
}

function filled(allowance: Allowance, quota: Quota, now: number) {
  const windowMs = allowance.windowMs / (quota.timeScale ?? 1);
  return { capacity: allowance.count, perMs: allowance.count / windowMs, level: allowance.count, filledAt: now };
}
