import { describe, expect, it } from 'vitest';
import { RunFault } from '../../../src/core/failure.ts';
import type { PlanRow } from '../../../src/core/row.ts';
import type { TakeOverOptions } from '../../../src/run/verify/take-over.ts';
import { failure, handClock, type MemoryTenant, memoryTenant, noProgress, silentLog } from '../../support/in-memory.ts';
import { adUser, cloudUser, guid, idOf, planRow, sid } from '../../support/people.ts';
import { takeOverInFull } from '../../support/in-full.ts';

const minutes = (n: number): number => n * 60_000;

function written(numbers: readonly number[]): MemoryTenant {
  return memoryTenant(numbers.map((n) => cloudUser(n, { onPremisesImmutableId: idOf(n) })));
}

/** What sync does with cloud user n. */
function takeOver(tenant: MemoryTenant, n: number): void {
  const id = guid('cloud', n);
  const user = tenant.users.get(id);
  if (!user) throw new Error(`no user ${n}`);
  tenant.users.set(id, { ...user, onPremisesSyncEnabled: true, objectIdentifier: guid('ad', n) });
  tenant.marks.set(id, { sid: sid(n), dn: adUser(n).dn });
}

type More = Partial<TakeOverOptions> & { readonly signal?: AbortSignal; readonly at?: (ms: number) => void };

/** Runs the use case; `at` is called with the time of each sleep, so that a test can let things happen meanwhile. */
async function verify(rows: readonly PlanRow[], tenant: MemoryTenant, { at, signal, ...options }: More = {}) {
  const clock = handClock();
  const start = clock.now().getTime();
  const sleep = async (ms: number): Promise<void> => {
    await clock.sleep(ms);
    at?.(clock.now().getTime() - start);
  };
  const looks: number[] = [];
  const honest = { ...tenant.reader };
  tenant.reader.syncStates = (ids) => {
    looks.push(clock.now().getTime() - start);
    return honest.syncStates(ids);
  };
  const advanced: number[] = [];
  const end = await takeOverInFull(
    rows,
    {
      reader: tenant.reader,
      clock: { ...clock, sleep },
      log: silentLog,
      progress: { ...noProgress, advance: (done) => advanced.push(done) },
      signal: signal ?? new AbortController().signal,
    },
    { includeHeld: false, writtenAt: new Map(), wait: null, ...options },
  );
  const verdicts = Object.fromEntries(end.verifications.map(({ row, verdict }) => [row.line, verdict]));
  return { ...end, verdicts, looks, advanced, took: clock.now().getTime() - start };
}

describe('verify --after-sync', () => {
  it('tells taken over, waiting, faulty, differing and vanished users apart, one verification for each row', async () => {
    const numbers = [2, 3, 4, 5, 6, 7, 8, 9];
    const tenant = written(numbers);
    takeOver(tenant, 2);
    takeOver(tenant, 4);
    tenant.marks.set(guid('cloud', 4), { sid: sid(99) });
    tenant.users.set(guid('cloud', 5), cloudUser(5, { onPremisesImmutableId: idOf(99) }));
    tenant.users.set(guid('cloud', 6), cloudUser(6, { deletedDateTime: '2026-11-23T12:00:00Z' }));
    tenant.users.delete(guid('cloud', 7));
    tenant.stateFault = (id) => (id === guid('cloud', 8) ? failure({ code: 'forbidden' }) : undefined);
    const rows = numbers.map((n) => (n === 9 ? planRow(n, { state: 'held', step: null, after: null }) : planRow(n)));
    const { verdicts, verifications, looks, isInterrupted, fault } = await verify(rows, tenant);
    expect(verdicts).toEqual({
      2: 'taken-over',
      3: 'waiting',
      4: 'sync-error',
      5: 'differs',
      6: 'missing',
      7: 'missing',
      8: 'unreadable',
      9: 'not-checked',
    });
    expect(verifications.map(({ row }) => row.line)).toEqual(numbers);
    expect(verifications[0]).toMatchObject({ expected: idOf(2), actual: idOf(2), detail: '' });
    expect(verifications[4]?.detail).toContain('recycle bin');
    expect(verifications[7]).toMatchObject({ expected: null, checkedAt: null, detail: 'The row is held.' });
    expect({ looks, isInterrupted, fault }).toEqual({ looks: [0], isInterrupted: false, fault: undefined });
  });

  it('finds the other user whom sync made for the AD user, by the anchor or by the objectGUID', async () => {
    const tenant = memoryTenant([
      cloudUser(2),
      cloudUser(12, { onPremisesImmutableId: idOf(2), onPremisesSyncEnabled: true }),
      cloudUser(3, { onPremisesImmutableId: idOf(33) }),
      cloudUser(13, { onPremisesImmutableId: idOf(3), onPremisesSyncEnabled: true }),
    ]);
    const { verdicts, verifications } = await verify([planRow(2), planRow(3, { after: idOf(33) })], tenant);
    expect(verdicts).toEqual({ 2: 'sync-error', 3: 'sync-error' });
    expect(verifications.map(({ detail }) => detail)).toEqual([
      expect.stringContaining(guid('cloud', 12)),
      expect.stringContaining('objectGUID'),
    ]);
  });

  it('judges held rows only when asked to, and never a row that clears an ID', async () => {
    const tenant = written([2, 3, 4]);
    const held = planRow(2, { state: 'held', step: null, after: null });
    const rows = [held, planRow(3, { step: 'unlink', after: null }), planRow(4, { ...held, line: 4, cloud: null })];
    expect((await verify(rows, tenant)).verdicts).toEqual({ 2: 'not-checked', 3: 'not-checked', 4: 'not-checked' });
    const including = await verify(rows, tenant, { includeHeld: true });
    expect(including.verdicts).toEqual({ 2: 'waiting', 3: 'not-checked', 4: 'not-checked' });
  });

  it('hints at who is synced with the ID of a row whose cloud user the file no longer finds', async () => {
    const tenant = written([2]);
    takeOver(tenant, 2);
    const rows = [2, 3].map((n) => planRow(n, { state: 'held', step: null, after: null, cloud: null }));
    const { verifications } = await verify(rows, tenant, { includeHeld: true });
    expect(verifications.map(({ verdict, detail }) => [verdict, detail])).toEqual([
      ['not-checked', expect.stringContaining(guid('cloud', 2))],
      ['not-checked', 'The row is held.'],
    ]);
  });

  it('says of a waiting row what the tenant and the journal say', async () => {
    const tenant = written([2, 3]);
    const role = { role: 'Global Reader', how: 'assigned', through: null } as const;
    tenant.facts = { ...tenant.facts, roles: new Map([[guid('cloud', 3), [role]]]) };
    const writtenAt = new Map([[2, '2026-11-23T11:40:00Z']]);
    const { verifications } = await verify([planRow(2), planRow(3)], tenant, { writtenAt });
    expect(verifications[0]?.detail).toContain('came after the write at 2026-11-23T11:40:00Z');
    expect(verifications[1]?.detail).toContain('holds Global Reader;');
  });

  it('takes nobody for free of roles when roles could not be read', async () => {
    const tenant = written([2]);
    const blocked = { kind: 'join-blocked', user: guid('cloud', 2), why: 'cloud-user-holds-role' } as const;
    const row = planRow(2, { forecast: { prediction: blocked, clashes: [], overwrites: [] } });
    expect((await verify([row], tenant)).verifications[0]?.detail).not.toContain('predicted');
    tenant.facts = {
      ...tenant.facts,
      unchecked: [{ check: 'role-groups', kind: 'not-permitted', needs: 'x', why: '403' }],
    };
    expect((await verify([row], tenant)).verifications[0]?.detail).toContain('predicted that sync refuses');
  });
});

describe('verify --after-sync --wait', () => {
  it('looks again at the rows that wait, first after half a minute, then ever more seldom', async () => {
    const tenant = written([2, 3, 4]);
    takeOver(tenant, 2);
    const at = (ms: number): void => {
      if (ms === minutes(2)) takeOver(tenant, 3);
      if (ms === minutes(8)) takeOver(tenant, 4);
    };
    const { verdicts, looks, advanced } = await verify(
      [2, 3, 4].map((n) => planRow(n)),
      tenant,
      {
        wait: minutes(45),
        at,
      },
    );
    expect(verdicts).toEqual({ 2: 'taken-over', 3: 'taken-over', 4: 'taken-over' });
    expect(looks.map((ms) => ms / 1_000)).toEqual([0, 30, 90, 180, 300, 420, 540]);
    expect(tenant.stateReads.map((ids) => ids.length)).toEqual([3, 2, 2, 2, 1, 1, 1]);
    expect(advanced.reduce((sum, rows) => sum + rows, 0)).toBe(2);
  });

  it('does not wait when nobody waits', async () => {
    const tenant = written([2]);
    takeOver(tenant, 2);
    expect(await verify([planRow(2)], tenant, { wait: minutes(45) })).toMatchObject({ looks: [0], took: 0 });
  });

  it('ends when the time is up, with a last look then', async () => {
    const { verdicts, looks, took } = await verify([planRow(2)], written([2]), { wait: 100_000 });
    expect(verdicts).toEqual({ 2: 'waiting' });
    expect(looks).toEqual([0, 30_000, 90_000, 100_000]);
    expect(took).toBe(100_000);
  });

  it('looks again at a row that could not be read, as long as another one waits', async () => {
    const tenant = written([2, 3]);
    takeOver(tenant, 2);
    tenant.stateFault = (id) =>
      id === guid('cloud', 2) && tenant.stateReads.length < 2 ? failure({ code: 'server-error' }) : undefined;
    const { verdicts } = await verify([planRow(2), planRow(3)], tenant, { wait: minutes(2) });
    expect(verdicts).toEqual({ 2: 'taken-over', 3: 'waiting' });
  });

  it('stops soon after the signal and keeps what was seen', async () => {
    const stop = new AbortController();
    const { verdicts, looks, took, isInterrupted } = await verify([planRow(2)], written([2]), {
      wait: minutes(45),
      signal: stop.signal,
      at: (ms) => {
        if (ms >= 10_000) stop.abort();
      },
    });
    expect({ verdicts, looks, isInterrupted }).toEqual({ verdicts: { 2: 'waiting' }, looks: [0], isInterrupted: true });
    expect(took).toBe(10_000);
  });

  it('goes on after a look that could not be taken', async () => {
    const tenant = written([2]);
    const honest = { ...tenant.reader };
    let surveys = 0;
    tenant.reader.survey = async (request) => {
      surveys++;
      if (surveys === 2) throw new RunFault('unreachable', 'The network is away.', { hint: 'Wait.' });
      return honest.survey(request);
    };
    const { verdicts, fault } = await verify([planRow(2)], tenant, {
      wait: minutes(45),
      at: (ms) => {
        if (ms === minutes(2)) takeOver(tenant, 2);
      },
    });
    expect({ verdicts, fault, surveys }).toEqual({ verdicts: { 2: 'taken-over' }, fault: undefined, surveys: 4 });
  });

  it('hands over what the last look met with, beside the verdicts that stand', async () => {
    const tenant = written([2]);
    const honest = { ...tenant.reader };
    let surveys = 0;
    tenant.reader.survey = async (request) => {
      surveys++;
      if (surveys > 1) throw new RunFault('unreachable', 'The network is away.', { hint: 'Wait.' });
      return honest.survey(request);
    };
    const { verdicts, fault } = await verify([planRow(2)], tenant, { wait: minutes(3) });
    expect(verdicts).toEqual({ 2: 'waiting' });
    expect(fault).toMatchObject({ code: 'unreachable' });
  });

  it('fails when the first look cannot be taken', async () => {
    const tenant = written([2]);
    tenant.reader.preflight = () => Promise.reject(new RunFault('sign-in', 'Refused.', { hint: 'Sign in.' }));
    await expect(verify([planRow(2)], tenant, { wait: minutes(3) })).rejects.toMatchObject({ code: 'sign-in' });
  });
});
