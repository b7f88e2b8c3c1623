// What is asked for in the same moment goes out together, and yet ends each by itself.
import { describe, expect, it } from 'vitest';
import type { TenantReader } from '../../../src/run/ports.ts';
import { cast, practice } from '../practice.ts';

/** All that a plan asks of the tenant as a whole. */
const tenantAsks = (reader: TenantReader) =>
  Promise.all([reader.describe(), reader.preflight(), reader.syncedUsers(999)] as const);

describe('what is asked for in the same moment', () => {
  it('is one request: the organization, the preflight and the synced users', async () => {
    const { open, tenant } = await practice({}, { ...cast, groups: [] });
    const { reader } = await open();
    const [info, facts, synced] = await tenantAsks(reader);
    expect(reader.counts().graph).toBe(1);
    expect(tenant.requests.filter((one) => one.batchItem)).toHaveLength(11);
    expect([info.id, facts.unchecked, (synced.users ?? []).length > 3]).toEqual([tenant.tenantId, [], true]);
  });

  it('is as many requests of 20 as it takes, and a request of its own where it is alone', async () => {
    const { open, tenant } = await practice();
    const { reader } = await open({ tools: { surveyMode: 'filters' } });
    await reader.describe();
    expect(tenant.requests.at(-1)).toMatchObject({ batchItem: false, path: expect.stringMatching('/organization') });
    const before = reader.counts().graph;
    const immutableIds = Array.from({ length: 15 * 41 }, (_, n) => Buffer.from(`anchor ${n}`).toString('base64'));
    await reader.survey({ refs: [], immutableIds });
    // 41 filters, and the recycle bin.
    expect(reader.counts().graph - before).toBe(3 + 1);
  });

  it('does not share a refusal: the others are read, and the one that must succeed names its permission', async () => {
    const { open } = await practice({ denied: ['Domain.Read.All'] });
    const [info, facts, synced] = await tenantAsks((await open()).reader);
    expect([info.name, facts.domains, facts.unchecked.map((one) => one.check)]).toEqual([
      cast.tenant.displayName,
      null,
      ['domains'],
    ]);
    expect(synced.users?.length).toBeGreaterThan(3);
    const refused = (await practice({ denied: ['Organization.Read.All'] })).open();
    await expect(tenantAsks((await refused).reader)).rejects.toHaveProperty(
      'hint',
      expect.stringContaining('Organization.Read.All'),
    );
  });

  it('is asked again alone where it alone was throttled', async () => {
    const { open, tenant, clock } = await practice({}, { ...cast, groups: [] });
    const { reader } = await open();
    let refusals = 1;
    tenant.hooks.onRequest = ({ path }) =>
      path.includes('/domains') && refusals-- > 0
        ? { status: 429, headers: { 'Retry-After': '4' }, body: {} }
        : undefined;
    const [, facts] = await tenantAsks(reader);
    expect(facts.domains).not.toBeNull();
    expect(clock.slept).toEqual([4_000]);
    expect(reader.counts()).toMatchObject({ graph: 2, graphThrottled: 1 });
    expect(tenant.requests.filter((one) => one.batchItem)).toHaveLength(11 + 1);
  });

  it('is followed to its last page, each listing by itself', async () => {
    const { open } = await practice({ pageSizeCap: 3 });
    const whole = await tenantAsks((await (await practice()).open()).reader);
    const [info, facts, synced] = await tenantAsks((await open()).reader);
    expect([info, facts.domains, facts.roles]).toEqual([whole[0], whole[1].domains, whole[1].roles]);
    expect(synced.users?.map((one) => one.id).toSorted()).toEqual(whole[2].users?.map((one) => one.id).toSorted());
  });
});
