// A run that is stopped, or stops by itself: what it prints, what it leaves, how it goes on.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/cli/host/clock.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts';
import type { TenantRequest } from '../../../src/sandbox/http/request-log.ts';
import { crowd, crowdMappings } from '../../support/crowd.ts';
import { hardmatch, type Ran, type RunOptions } from '../../support/program.ts';

const rows = 60;
let sandbox: Sandbox;
let cwd: string;
let features: Sandbox['tenant']['state']['features'];

beforeAll(async () => {
  sandbox = await startSandbox(crowd(rows));
  cwd = await mkdtemp(join(tmpdir(), 'hardmatch-stops-'));
  await writeFile(join(cwd, 'mappings.csv'), crowdMappings(rows));
  const planned = await run(['plan', 'mappings.csv', '--run', 'planned']);
  if (planned.code !== 0) throw new Error(planned.stderr);
  features = sandbox.tenant.state.features;
});

// The tenant as it was when the plan was made, and the plan.
beforeEach(async () => {
  delete sandbox.tenant.hooks.onRequest;
  sandbox.tenant.state.features = features;
  for (const { id } of sandbox.tenant.users()) sandbox.tenant.change(id, { onPremisesImmutableId: null });
  await rm(join(cwd, 'run'), { recursive: true, force: true });
  await cp(join(cwd, 'planned'), join(cwd, 'run'), { recursive: true });
});

afterAll(async () => {
  await sandbox.close();
  await rm(cwd, { recursive: true, force: true });
});

const run = (words: readonly string[], more: Partial<RunOptions> = {}): Promise<Ran> =>
  hardmatch(words, { cwd, env: sandbox.environment, ...more });
const counts = (ran: Ran) => (JSON.parse(ran.stdout) as { counts: Record<string, number> }).counts;
const written = (): number => sandbox.tenant.users().filter((user) => user.onPremisesImmutableId !== null).length;
const isWrite = ({ method }: TenantRequest): boolean => method === 'PATCH';
const forbidden = {
  status: 403,
  body: {
    error: { code: 'Authorization_RequestDenied', message: 'Insufficient privileges to complete the operation.' },
  },
};

async function resultLines(): Promise<string[]> {
  return (await readFile(join(cwd, 'run', 'results.csv'), 'utf8')).trim().split('\r\n').slice(1);
}

describe('an apply', () => {
  it('that may write nobody stops at once, says what is missing, and goes on when it is granted', async () => {
    sandbox.tenant.hooks.onRequest = (request) => (isWrite(request) ? forbidden : undefined);
    const stopped = await run(['apply', 'run', '--yes', '--concurrency', '2', '--json']);
    expect([stopped.code, written()]).toEqual([3, 0]);
    expect(stopped.stderr).toContain('answers to writes were all refusals: Insufficient privileges');
    expect(stopped.stderr).toMatch(/User\.ReadWrite\.All.*\n?.*Continue with: hardmatch apply run/);
    const { rejected = 0, notReached = 0 } = counts(stopped);
    expect([rejected + notReached, rejected < 10]).toEqual([rows, true]);
    delete sandbox.tenant.hooks.onRequest;
    expect(counts(await run(['apply', 'run', '--yes', '--json']))).toMatchObject({ applied: rows, matches: rows });
  });

  it('in which a tenth of the users is refused stops at --max-failures, and not before', async () => {
    let write = 0;
    sandbox.tenant.hooks.onRequest = (request) => (isWrite(request) && ++write % 10 === 0 ? forbidden : undefined);
    const stopped = await run(['apply', 'run', '--yes', '--concurrency', '1', '--max-failures', '5%', '--json']);
    expect([stopped.code, stopped.stderr]).toEqual([3, expect.stringContaining('Stopped: 3 rows have failed.')]);
    // What goes on keeps its limits.
    expect(stopped.stderr).toMatch(/hardmatch apply run --max-failures .?5%.? --concurrency 1\b/);
    expect(counts(stopped)).toMatchObject({ rejected: 3, applied: 27, notReached: 30, matches: 27 });
    expect(await resultLines()).toHaveLength(rows);
  });

  it('ends with the maintenance window: 130, nothing begun after it, and the command that goes on', async () => {
    sandbox.tenant.hooks.onRequest = async (request) => {
      if (isWrite(request)) await new Promise((done) => setTimeout(done, 100));
      return undefined;
    };
    const stopAt = new Date(Date.now() + 2_500).toISOString();
    const stopped = await run(['apply', 'run', '--yes', '--concurrency', '1', '--stop-at', stopAt, '--json']);
    expect([stopped.code, stopped.stderr]).toEqual([
      130,
      expect.stringContaining('Continue with: hardmatch apply run'),
    ]);
    const { applied = 0, notReached = 0, matches } = counts(stopped);
    expect([applied + notReached, applied, matches]).toEqual([rows, written(), applied]);
    expect(notReached).toBeGreaterThan(0);
    const latest = Math.max(...sandbox.tenant.requests.filter(({ method }) => method === 'PATCH').map(({ at }) => at));
    // One was in flight, which took a moment.
    expect(latest).toBeLessThan(Date.parse(stopAt) + 2_000);
  });

  it('refuses a window that is over', async () => {
    const ran = await run(['apply', 'run', '--yes', '--stop-at', '2026-01-01T05:30Z']);
    expect([ran.code, written(), ran.stderr]).toEqual([2, 0, expect.stringContaining('is past')]);
  });

  it('does not wait out a long Retry-After when somebody wants out', async () => {
    const tooMany = {
      status: 429,
      headers: { 'Retry-After': '150' },
      body: { error: { code: 'TooManyRequests', message: '' } },
    };
    let refused: (() => void) | undefined;
    const isRefused = new Promise<void>((done) => (refused = done));
    sandbox.tenant.hooks.onRequest = (request) => {
      if (!isWrite(request)) return undefined;
      refused?.();
      return tooMany;
    };
    const began = Date.now();
    const stopped = await run(['apply', 'run', '--yes', '--json'], {
      clock: systemClock,
      onStart: (running) => void isRefused.then(() => setTimeout(() => running.kill('SIGINT'), 100)),
    });
    expect([stopped.code, written()]).toEqual([130, 0]);
    expect(Date.now() - began).toBeLessThan(60_000);
    expect(counts(stopped)).toMatchObject({ applied: 0, rejected: 0, uncertain: 0, notReached: rows });
  });

  it('is refused when hard match has been blocked since the plan was made; not when the plan says so', async () => {
    const { state } = sandbox.tenant;
    state.features = { ...state.features, blockCloudObjectTakeoverThroughHardMatchEnabled: true };
    const refused = await run(['apply', 'run', '--yes']);
    expect([refused.code, written()]).toEqual([3, 0]);
    expect(refused.stderr).toContain('Hard match is blocked in the tenant now; it was allowed in the plan.');
    const reviewed = await run(['apply', 'mappings.csv', '--run', 'reviewed', '--yes', '--json']);
    expect(counts(reviewed)).toMatchObject({ applied: rows });
    // Taking back is no matter of sync's switches.
    expect((await run(['rollback', 'reviewed', '--run', 'back', '--yes'])).code).toBe(0);
    expect(written()).toBe(0);
  });

  it('keeps the account of what was written when the tenant cannot be read back', async () => {
    sandbox.tenant.hooks.onRequest = (request) =>
      written() === rows && !isWrite(request) && request.kind === 'graph' ? forbidden : undefined;
    const ran = await run(['apply', 'run', '--yes', '--json']);
    expect([ran.code, counts(ran)['applied']]).toEqual([2, rows]);
    expect(ran.stderr).toContain('refused a read for lack of rights');
    expect((await resultLines()).filter((line) => line.includes(',applied,'))).toHaveLength(rows);
  });
});

describe('an apply whose 40 rows side by side are all held up at once', () => {
  it('waits without a word of Node of its own, and applies them all', async () => {
    // Each of them once: on a busy machine one row could meet them all, and is given up then.
    const refused = new Set<string>();
    const isFirst = ({ path }: { readonly path: string }): boolean => {
      if (refused.size === 40 || refused.has(path)) return false;
      refused.add(path);
      return true;
    };
    sandbox.tenant.hooks.onRequest = (request) =>
      isWrite(request) && isFirst(request)
        ? { status: 429, headers: { 'Retry-After': '0.5' }, body: { error: { code: 'TooManyRequests', message: '' } } }
        : undefined;
    const applied = await run(['apply', 'run', '--yes', '--concurrency', '40', '--json']);
    expect([applied.code, counts(applied)]).toEqual([0, expect.objectContaining({ applied: rows, matches: rows })]);
  });
});
