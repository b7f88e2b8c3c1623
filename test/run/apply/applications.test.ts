// Several applications: who writes which row, and what becomes of one that may not write.
import { describe, expect, it } from 'vitest';
import type { Guid } from '../../../src/core/guid.ts';
import type { TenantWriter } from '../../../src/run/ports.ts';
import { applyOptions, applyTools } from '../../support/apply-tools.ts';
import { failure, handClock, memoryTenant, type MemoryTenant } from '../../support/in-memory.ts';
import { cloudUser, guid } from '../../support/people.ts';
import { numbers, rowFor } from '../ready-rows.ts';
import { appliedInFull } from '../../support/in-full.ts';

type Named = 'one' | 'two' | 'three';

/** The tenant's writer as so many applications have it; `refusal` says whom one of them may not write. */
function applications(tenant: MemoryTenant, refusal: (application: Named, id: Guid) => boolean) {
  const sent: { readonly application: Named; readonly id: Guid }[] = [];
  const writerOf = (application: Named): TenantWriter => ({
    application,
    setImmutableId: async (id, value) => {
      sent.push({ application, id });
      if (refusal(application, id)) throw failure({ code: 'forbidden', status: 403 });
      return tenant.writer.setImmutableId(id, value);
    },
    setUserPrincipalName: (id, upn) => tenant.writer.setUserPrincipalName(id, upn),
  });
  const by = (application: Named): number => sent.filter((one) => one.application === application).length;
  return { sent, by, writers: [writerOf('one'), writerOf('two'), writerOf('three')] };
}

/** Applies so many rows with these writers. */
async function applyWith(count: number, tenant: MemoryTenant, { writers, concurrency }: With) {
  const setAside: string[] = [];
  const { results, stopped } = await appliedInFull(numbers(count).map(rowFor), [], {
    tools: applyTools(tenant, { writers, onSetAside: (application) => void setAside.push(application) }),
    options: applyOptions({ concurrency }),
  });
  return { results, stopped, setAside };
}

type With = { readonly writers: readonly TenantWriter[]; readonly concurrency: number };

async function apply(count: number, refusal: (application: Named, id: Guid) => boolean) {
  const tenant = memoryTenant(numbers(count).map((n) => cloudUser(n)));
  const { sent, by, writers } = applications(tenant, refusal);
  const { results, stopped, setAside } = await applyWith(count, tenant, { writers, concurrency: 4 });
  const tally = (outcome: string): number => results.filter((one) => one.outcome === outcome).length;
  return { tenant, results, stopped, sent, by, setAside, tally };
}

describe('several applications', () => {
  it('share the rows evenly, and no row is written by two', async () => {
    const { sent, by, tally, setAside } = await apply(90, () => false);
    expect([tally('applied'), by('one'), by('two'), by('three')]).toEqual([90, 30, 30, 30]);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(90);
    expect(setAside).toEqual([]);
  });

  it('of which one may not write lose no row by it, and do without it', async () => {
    const { by, tally, tenant, setAside, stopped } = await apply(90, (application) => application === 'two');
    expect([tally('applied'), tenant.effects.length, stopped]).toEqual([90, 90, null]);
    expect(setAside).toEqual(['two']);
    // Those in flight when the fifth of its refusals was outdone may still have met it.
    expect(by('two')).toBeLessThan(10);
  });

  it('all say of a user whom nobody may write that it is so, and go on', async () => {
    const admin = guid('cloud', 30);
    const { sent, tally, results, setAside } = await apply(90, (_application, id) => id === admin);
    expect([tally('applied'), tally('rejected')]).toEqual([89, 1]);
    expect(sent.filter(({ id }) => id === admin)).toHaveLength(3);
    expect(results.find(({ outcome }) => outcome === 'rejected')).toMatchObject({
      detail: 'scripted forbidden',
      attempts: 3,
    });
    expect(setAside).toEqual([]);
  });

  it('do not wait for one whose quota is used up: another takes its row at once', async () => {
    const tenant = memoryTenant(numbers(1).map((n) => cloudUser(n)));
    const clock = handClock();
    let refusals = 1;
    tenant.fault = () =>
      refusals-- > 0
        ? { facts: { code: 'throttled', retry: 'later', retryAfterMs: 60_000, status: 429 }, takesEffect: false }
        : undefined;
    const { sent, writers } = applications(tenant, () => false);
    await appliedInFull(numbers(1).map(rowFor), [], {
      tools: applyTools(tenant, { writers, clock }),
      options: applyOptions(),
    });
    expect(sent.map(({ application }) => application)).toEqual(['one', 'two']);
    expect(clock.slept.filter((ms) => ms > 1_000)).toEqual([]);
  });

  it('are not asked one after the other for a value that one was refused', async () => {
    const tenant = memoryTenant(numbers(1).map((n) => cloudUser(n)));
    tenant.fault = () => ({ facts: { code: 'conflict', status: 400 }, takesEffect: false });
    const { sent, writers } = applications(tenant, () => false);
    const { results } = await applyWith(1, tenant, { writers, concurrency: 1 });
    expect(results[0]).toMatchObject({ outcome: 'rejected', code: 'conflict', attempts: 1 });
    expect(sent).toHaveLength(1);
  });

  it('of which one may write a few users whom the others may not: those are left to it', async () => {
    const admins = new Set(
      numbers(90)
        .filter((n) => n % 9 === 0)
        .map((n) => guid('cloud', n)),
    );
    const { tally, setAside } = await apply(90, (application, id) => application !== 'three' && admins.has(id));
    expect([tally('applied'), setAside]).toEqual([90, []]);
  });

  it('end a row that the last of them is asked for while the others are set aside, and end it at once', async () => {
    const admin = guid('cloud', 2);
    const tenant = memoryTenant(numbers(200).map((n) => cloudUser(n)));
    let busy = 3;
    const writerOf = (application: string): TenantWriter => ({
      application,
      setImmutableId: async (id, value) => {
        if (application === 'two' && id === admin && busy-- > 0) {
          // Long enough for the others to find out that this application may write nobody.
          for (let turn = 0; turn < 300; turn++) await new Promise((next) => setImmediate(next));
          throw failure({ code: 'server-error', status: 503, retry: 'later', effect: 'none' });
        }
        if (application === 'two' || id === admin) throw failure({ code: 'forbidden', status: 403 });
        return tenant.writer.setImmutableId(id, value);
      },
      setUserPrincipalName: (id, upn) => tenant.writer.setUserPrincipalName(id, upn),
    });
    const writers = [writerOf('one'), writerOf('two')];
    const { results, stopped, setAside } = await applyWith(200, tenant, { writers, concurrency: 8 });
    expect([setAside, stopped]).toEqual([['two'], null]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['rejected', ...numbers(199).map(() => 'applied')]);
  });

  it('that may all write nobody stop as one does, and the last of them is never set aside', async () => {
    const { stopped, setAside, tally } = await apply(90, () => true);
    expect(stopped).toMatchObject({ kind: 'refused-everywhere' });
    expect([setAside, tally('applied')]).toEqual([[], 0]);
  });
});
