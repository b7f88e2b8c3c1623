import { describe, expect, it } from 'vitest';
import type { PlanRow } from '../../src/core/row.ts';
import { makePlan } from '../../src/run/plan.ts';
import type { VerifyOptions } from '../../src/run/verify.ts';
import { handClock, memoryDirectory, type MemoryTenant, memoryTenant, noProgress } from '../support/in-memory.ts';
import { adUser, cloudUser, guid, idOf, mappings, pairing } from '../support/people.ts';
import { verifiedInFull } from '../support/in-full.ts';

const plain: VerifyOptions = { justWritten: new Set(), includeHeld: false, skip: new Set() };

async function planFor(numbers: readonly number[], tenant: MemoryTenant): Promise<PlanRow[]> {
  const tools = {
    directory: memoryDirectory(numbers.map((n) => adUser(n))),
    tenant: tenant.reader,
    clock: handClock(),
    progress: noProgress,
  };
  const pairs = mappings(numbers.map((n) => pairing(n, [`u${n}`, guid('cloud', n)])));
  const { rows } = await makePlan(pairs, tools, {
    sourceAnchor: { kind: 'auto' },
    confirmSourceAnchor: null,
    allowRelink: false,
    federatedDetour: null,
    toolVersion: '0',
  });
  return [...rows];
}

function verify(rows: readonly PlanRow[], tenant: MemoryTenant, options: Partial<VerifyOptions> = {}) {
  const clock = handClock();
  return verifiedInFull(rows, { reader: tenant.reader, clock, progress: noProgress }, { ...plain, ...options }).then(
    (verifications) => ({ verifications, clock }),
  );
}

const set = (tenant: MemoryTenant, n: number, more: Parameters<typeof cloudUser>[1]): void => {
  tenant.users.set(guid('cloud', n), cloudUser(n, more));
};

describe('verify', () => {
  it('tells matching, differing, deleted and vanished users apart, one verification for each row', async () => {
    const tenant = memoryTenant([2, 3, 4, 5].map((n) => cloudUser(n)));
    const rows = await planFor([2, 3, 4, 5, 6], tenant);
    set(tenant, 2, { onPremisesImmutableId: idOf(2) });
    set(tenant, 3, { onPremisesImmutableId: idOf(3).toLowerCase() });
    set(tenant, 4, { deletedDateTime: '2026-11-23T12:00:00Z' });
    tenant.users.delete(guid('cloud', 5));
    const { verifications } = await verify(rows, tenant);
    expect(verifications.map(({ row, verdict, detail }) => [row.line, verdict, detail])).toEqual([
      [2, 'matches', ''],
      [3, 'differs', ''],
      [4, 'missing', 'The cloud user is in the recycle bin.'],
      [5, 'missing', 'No cloud user has this object id any more.'],
      [6, 'not-checked', 'The row is held.'],
    ]);
    expect(verifications[1]).toMatchObject({ expected: idOf(3), actual: idOf(3).toLowerCase() });
  });

  it('has patience with a row written moments ago, and none with others', async () => {
    const tenant = memoryTenant([cloudUser(2)]);
    const rows = await planFor([2], tenant);
    // The listing lags behind; so do the first two direct reads.
    let reads = 0;
    tenant.reader.survey = async ({ refs }) => ({
      users: [...refs].map(() => ({ kind: 'found', user: cloudUser(2) })),
      holders: new Map(),
      addresses: new Map(),
      unchecked: [],
    });
    tenant.reader.readUsers = async (ids) =>
      new Map(
        ids.map((id) => {
          const user = cloudUser(2, reads++ < 2 ? {} : { onPremisesImmutableId: idOf(2) });
          return [id, { kind: 'user', user }];
        }),
      );
    const patient = await verify(rows, tenant, { justWritten: new Set([2]) });
    expect(patient.verifications[0]?.verdict).toBe('matches');
    expect(patient.clock.slept.some((ms) => ms >= 1_000)).toBe(true);
    reads = 0;
    const hasty = await verify(rows, tenant);
    expect(hasty.verifications[0]?.verdict).toBe('differs');
    expect(Math.max(...hasty.clock.slept)).toBe(0);
  });

  it('compares held rows too when asked, where both sides are known', async () => {
    const tenant = memoryTenant([cloudUser(2, { onPremisesImmutableId: idOf(9) })]);
    const rows = await planFor([2, 3], tenant);
    const { verifications } = await verify(rows, tenant, { includeHeld: true });
    expect(verifications.map(({ verdict }) => verdict)).toEqual(['differs', 'not-checked']);
    expect(verifications[0]).toMatchObject({ expected: idOf(2), actual: idOf(9) });
  });

  it('does not check what it is told to skip', async () => {
    const tenant = memoryTenant([cloudUser(2)]);
    const { verifications } = await verify(await planFor([2], tenant), tenant, { skip: new Set([2]) });
    expect(verifications[0]).toMatchObject({ verdict: 'not-checked', detail: 'The row was not reached.' });
  });
});
