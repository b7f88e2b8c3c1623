// How an apply goes through its rows: read ahead in windows, looked at by the brake, told to log and progress.
import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../../src/core/journal.ts';
import type { ApplyOptions, ApplyTools } from '../../../src/run/apply/write-all.ts';
import { handClock, type MemoryTenant, memoryTenant, noProgress, silentLog } from '../../support/in-memory.ts';
import { applyOptions, applyTools } from '../../support/apply-tools.ts';
import { appliedInFull } from '../../support/in-full.ts';
import { cloudUser, guid } from '../../support/people.ts';
import { numbers, rowFor } from '../ready-rows.ts';

const tenantOf = (count: number): MemoryTenant => memoryTenant(numbers(count).map((n) => cloudUser(n)));

async function apply(
  count: number,
  tenant: MemoryTenant,
  more: { readonly tools?: Partial<ApplyTools>; readonly options?: Partial<ApplyOptions> } = {},
) {
  const { results, stopped } = await appliedInFull(numbers(count).map(rowFor), [], {
    tools: applyTools(tenant, more.tools),
    options: applyOptions(more.options),
  });
  return { results, stopped, outcomes: results.map(({ outcome }) => outcome) };
}

/** How many users each reading asked for, and how many had been written by then. */
function watchReads(tenant: MemoryTenant): { readonly asked: number; readonly written: number }[] {
  const reads: { readonly asked: number; readonly written: number }[] = [];
  const readUsers = tenant.reader.readUsers.bind(tenant.reader);
  tenant.reader.readUsers = (ids) => {
    reads.push({ asked: ids.length, written: tenant.effects.length });
    return readUsers(ids);
  };
  return reads;
}

describe('the readings that guard writes', () => {
  it('are asked for 20 at a time, one window ahead, and the last as short as it is', async () => {
    const tenant = tenantOf(50);
    const reads = watchReads(tenant);
    await apply(50, tenant);
    expect(reads.map(({ asked }) => asked)).toEqual([20, 20, 10]);
    expect(reads.map(({ written }) => written).slice(0, 2)).toEqual([0, 0]);
    expect(reads[2]?.written).toBeLessThanOrEqual(20);
  });

  it('are as many more as rows go side by side', async () => {
    const sizes = async (concurrency: number): Promise<number[]> => {
      const tenant = tenantOf(60);
      const reads = watchReads(tenant);
      await apply(60, tenant, { options: { concurrency } });
      return reads.map(({ asked }) => asked);
    };
    expect(await sizes(16)).toEqual([20, 20, 20]);
    expect(await sizes(17)).toEqual([40, 20]);
    expect(await sizes(48)).toEqual([60]);
  });

  it('are asked for no user twice where the rows fill the windows, and of nobody where there is nothing to do', async () => {
    const tenant = tenantOf(40);
    const reads = watchReads(tenant);
    await apply(40, tenant);
    expect(reads.map(({ asked }) => asked)).toEqual([20, 20]);
    await apply(0, tenant);
    expect(reads).toHaveLength(2);
  });

  it('are not waited for once the run is to end', async () => {
    const tenant = tenantOf(2);
    const ending = new AbortController();
    tenant.reader.readUsers = () => new Promise(() => {});
    const applied = apply(2, tenant, { tools: { signal: ending.signal } });
    ending.abort();
    const { stopped, outcomes } = await applied;
    expect([stopped, outcomes]).toEqual([{ kind: 'interrupted' }, ['not-reached', 'not-reached']]);
  });
});

describe('the look at the tenant', () => {
  it('is taken every five minutes, and not before', async () => {
    const tenant = tenantOf(200);
    const clock = handClock();
    const begun = clock.now().getTime();
    const looks: number[] = [];
    tenant.fault = () => {
      void clock.sleep(6_000);
      return undefined;
    };
    const inspect = async (): Promise<void> => void looks.push(clock.now().getTime() - begun);
    await apply(200, tenant, { tools: { clock, inspect } });
    // Between two windows, which are two minutes each.
    expect(looks.length).toBeGreaterThanOrEqual(2);
    const [first = 0, second = 0] = looks;
    expect([first >= 300_000, first < 600_000, second - first >= 300_000]).toEqual([true, true, true]);
  });
});

describe('an apply that came to every row', () => {
  it('was not stopped, though somebody wanted out in the end', async () => {
    const tenant = tenantOf(2);
    const ending = new AbortController();
    tenant.fault = (id) => {
      if (id === guid('cloud', 3)) ending.abort();
      return undefined;
    };
    const { stopped, outcomes } = await apply(2, tenant, { tools: { signal: ending.signal } });
    expect([stopped, outcomes]).toEqual([null, ['applied', 'applied']]);
  });

  it('was stopped all the same where its last row met a fault', async () => {
    const tenant = tenantOf(1);
    const bug = new TypeError('a bug');
    const writers = [{ ...tenant.writer, setImmutableId: () => Promise.reject(bug) }];
    expect((await apply(1, tenant, { tools: { writers } })).stopped).toEqual({ kind: 'fault', error: bug });
  });

  it('names the fault of the row, not that its end could not be put on disk either', async () => {
    const tenant = tenantOf(1);
    const bug = new TypeError('a bug');
    const writers = [{ ...tenant.writer, setImmutableId: () => Promise.reject(bug) }];
    const append = async ({ kind }: JournalEntry): Promise<void> => {
      if (kind === 'outcome') throw new Error('the disk is full');
    };
    expect((await apply(1, tenant, { tools: { writers, journal: { append } } })).stopped).toEqual({
      kind: 'fault',
      error: bug,
    });
  });
});

describe('what an apply tells meanwhile', () => {
  it('is how each row ended, what failed, and who wrote how many', async () => {
    const tenant = tenantOf(3);
    tenant.fault = (id) =>
      id === guid('cloud', 3) ? { facts: { code: 'conflict', status: 409 }, takesEffect: false } : undefined;
    const told: unknown[] = [];
    const note = (event: string, data?: Record<string, unknown>): void => void told.push([event, data]);
    const advances: unknown[] = [];
    const progress = { ...noProgress, advance: (...given: unknown[]) => void advances.push(given) };
    await apply(3, tenant, { tools: { log: { ...silentLog, info: note, warn: note }, progress } });
    const row = (line: number) => ({ line, userId: guid('cloud', line), attempts: 1 });
    expect(told).toEqual([
      ['row-ended', { ...row(2), outcome: 'applied', code: null, requestId: 'request-1', detail: '' }],
      [
        'write-failed',
        expect.objectContaining({ line: 3, attempt: 1, code: 'conflict', message: 'scripted conflict' }),
      ],
      ['row-ended', { ...row(3), outcome: 'rejected', code: 'conflict', requestId: null, detail: 'scripted conflict' }],
      ['row-ended', { ...row(4), outcome: 'applied', code: null, requestId: 'request-3', detail: '' }],
      ['writes-taken', { byApplication: { app: 2 } }],
    ]);
    expect(advances).toEqual([
      [1, 0],
      [1, 1],
      [1, 0],
    ]);
  });

  it('counts no row on that was given up before it was written', async () => {
    const tenant = tenantOf(2);
    const ending = new AbortController();
    tenant.fault = () => {
      ending.abort();
      return { facts: { code: 'server-error', retry: 'later' }, takesEffect: false };
    };
    const advances: unknown[] = [];
    const progress = { ...noProgress, advance: (...given: unknown[]) => void advances.push(given) };
    const { outcomes } = await apply(2, tenant, { tools: { signal: ending.signal, progress } });
    expect([outcomes, advances]).toEqual([['not-reached', 'not-reached'], []]);
  });
});
