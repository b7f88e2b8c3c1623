import { describe, expect, it } from 'vitest';
import type { PlanRow } from '../../../src/core/row.ts';
import { makePlan } from '../../../src/run/plan/plan.ts';
import type { VerifyOptions } from '../../../src/run/verify/verify.ts';
import {
  failure,
  handClock,
  memoryDirectory,
  type MemoryTenant,
  memoryTenant,
  noProgress,
} from '../../support/in-memory.ts';
import { adUser, cloudUser, guid, idOf, mappings, pairing } from '../../support/people.ts';
import { verifiedInFull } from '../../support/in-full.ts';

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
    sync: 'connect',
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

  it('reads nobody again who is as planned, and tells whoever waits how many are read', async () => {
    const tenant = memoryTenant([cloudUser(2), cloudUser(3), cloudUser(4)]);
    const rows = await planFor([2, 3, 4], tenant);
    for (const n of [2, 3, 4]) set(tenant, n, { onPremisesImmutableId: idOf(n) });
    const asked: unknown[] = [];
    const survey = tenant.reader.survey.bind(tenant.reader);
    tenant.reader.survey = (request) => {
      asked.push([[...request.refs].length, request.objectIdentifiers]);
      return survey(request);
    };
    tenant.reader.readUsers = () => Promise.reject(new Error('nobody had to be read again'));
    const stages: unknown[] = [];
    const progress = { ...noProgress, stage: (...given: unknown[]) => void stages.push(given) };
    const clock = handClock();
    const found = await verifiedInFull(rows, { reader: tenant.reader, clock, progress }, plain);
    expect(found.map(({ verdict }) => verdict)).toEqual(['matches', 'matches', 'matches']);
    expect(stages).toEqual([['Reading back', 3]]);
    // Nothing of it may rest on /beta.
    expect(asked).toEqual([[3, false]]);
  });

  it('believes the direct reading of a user who has just come back from the recycle bin', async () => {
    const tenant = memoryTenant([cloudUser(2)]);
    const rows = await planFor([2], tenant);
    set(tenant, 2, { deletedDateTime: '2026-11-23T12:00:00Z', onPremisesImmutableId: idOf(2) });
    tenant.reader.readUsers = async (ids) => {
      const user = cloudUser(2, { onPremisesImmutableId: idOf(2) });
      return new Map(ids.map((id) => [id, { kind: 'user', user }]));
    };
    expect((await verify(rows, tenant)).verifications[0]).toMatchObject({ verdict: 'matches', actual: idOf(2) });
  });

  it('says of a user about whom no answer comes that nobody has its id, and of one that is not to be read why', async () => {
    const tenant = memoryTenant([cloudUser(2)]);
    const rows = await planFor([2], tenant);
    tenant.reader.readUsers = async () => new Map();
    expect((await verify(rows, tenant)).verifications[0]).toMatchObject({
      verdict: 'missing',
      detail: 'No cloud user has this object id any more.',
    });
    const unreadable = failure({ code: 'forbidden' });
    tenant.reader.readUsers = async (ids) =>
      new Map(ids.map((id) => [id, { kind: 'unreadable', failure: unreadable }]));
    expect((await verify(rows, tenant)).verifications[0]).toMatchObject({
      verdict: 'unreadable',
      actual: null,
      detail: 'scripted forbidden (forbidden)',
    });
  });

  it('says of a user on the way of a detour that it is still away, whatever its value', async () => {
    const detour = { home: 'u2@fed.test', away: 'hardmatch-2@managed.test' };
    const tenant = memoryTenant([cloudUser(2)]);
    const rows = (await planFor([2], tenant)).map((row) => ({ ...row, detour }));
    set(tenant, 2, { userPrincipalName: 'Hardmatch-2@managed.test', onPremisesImmutableId: idOf(2) });
    expect((await verify(rows, tenant)).verifications[0]).toMatchObject({
      verdict: 'differs',
      actual: idOf(2),
      detail: expect.stringContaining('still named Hardmatch-2@managed.test') as string,
    });
    set(tenant, 2, { userPrincipalName: 'u2@fed.test', onPremisesImmutableId: idOf(2) });
    expect((await verify(rows, tenant)).verifications[0]?.verdict).toBe('matches');
  });

  it('compares held rows only when asked, and none whose AD side is not known', async () => {
    const tenant = memoryTenant([cloudUser(2, { onPremisesImmutableId: idOf(9) })]);
    const rows = await planFor([2], tenant);
    expect((await verify(rows, tenant)).verifications[0]?.verdict).toBe('not-checked');
    const unknown = rows.map((row) => ({ ...row, ad: null }));
    const halfKnown = rows.map((row) => ({ ...row, ad: row.ad && { ...row.ad, immutableId: null } }));
    for (const held of [unknown, halfKnown]) {
      const { verifications } = await verify(held, tenant, { includeHeld: true });
      expect(verifications[0]).toMatchObject({ verdict: 'not-checked', detail: 'The row is held.' });
    }
  });

  it('reads nobody again once somebody wants out', async () => {
    const tenant = memoryTenant([cloudUser(2)]);
    const rows = await planFor([2], tenant);
    let reads = 0;
    const ending = new AbortController();
    tenant.reader.readUsers = async () => {
      reads++;
      ending.abort();
      return new Map();
    };
    const wait = { ...plain, justWritten: new Set([2]) };
    const tools = { reader: tenant.reader, clock: handClock(), progress: noProgress };
    await verifiedInFull(rows, { ...tools, signal: ending.signal }, wait);
    expect(reads).toBe(1);
    await verifiedInFull(rows, { ...tools, signal: AbortSignal.abort() }, wait);
    expect(reads).toBe(1);
  });

  it('does not check what it is told to skip', async () => {
    const tenant = memoryTenant([cloudUser(2)]);
    const { verifications } = await verify(await planFor([2], tenant), tenant, { skip: new Set([2]) });
    expect(verifications[0]).toMatchObject({ verdict: 'not-checked', detail: 'The row was not reached.' });
  });
});
