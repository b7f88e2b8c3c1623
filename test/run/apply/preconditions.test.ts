import { describe, expect, it } from 'vitest';
import type { SyncFeatures } from '../../../src/core/preflight.ts';
import type { Plan, PlanHeader } from '../../../src/core/plan.ts';
import {
  checkEntries,
  checkExpected,
  checkTenant,
  faultOfAge,
  faultOfSwitches,
  obstacleTo,
} from '../../../src/run/apply/preconditions.ts';
import type { TenantReader } from '../../../src/run/ports.ts';
import { handClock, memoryTenant, silentLog } from '../../support/in-memory.ts';
import { guid, planRow } from '../../support/people.ts';
import { planHeader } from '../plan-header.ts';

const now = new Date('2026-11-23T12:00:00.000Z');
const hour = 3_600_000;

describe('the age of a plan', () => {
  it('is a distance: one dated a day ahead is refused, and both times are told', () => {
    expect(faultOfAge('2026-11-24T12:00:00.000Z', now, 7 * 24 * hour)).toMatchObject({
      code: 'plan-from-the-future',
      exitCode: 3,
      message: 'The plan is dated 2026-11-24T12:00:00.000Z, and here it is 2026-11-23T12:00:00.000Z: 24 h before that.',
      hint: expect.stringContaining('clock'),
    });
  });

  it('may be a little below nothing, as the clocks of two machines differ', () => {
    expect(faultOfAge('2026-11-23T12:05:00.000Z', now, hour)).toBeNull();
    expect(faultOfAge('2026-11-23T12:05:00.001Z', now, hour)).toMatchObject({ code: 'plan-from-the-future' });
  });

  it('may be what is allowed, and no more', () => {
    expect(faultOfAge('2026-11-23T11:00:00.000Z', now, hour)).toBeNull();
    expect(faultOfAge('2026-11-23T10:59:59.999Z', now, hour)).toMatchObject({
      code: 'plan-too-old',
      exitCode: 3,
      message: 'The plan is 60 min old; 60 min are allowed.',
      hint: 'Plan again, or allow an older plan with --max-age.',
    });
  });

  it('is told in seconds, minutes or hours, whichever can be read', () => {
    const told = [119_999, 120_000, 2 * hour - 1, 2 * hour, 26.5 * hour].map((age) => {
      const createdAt = new Date(now.getTime() - age).toISOString();
      return faultOfAge(createdAt, now, 0)?.message.replace(/^The plan is | old;.*$/g, '');
    });
    expect(told).toEqual(['120 s', '2 min', '120 min', '2 h', '26.5 h']);
  });
});

const planWith = (header: Partial<PlanHeader> = {}): Plan => ({
  header: { ...planHeader, ...header },
  rows: [planRow(2)],
  fingerprint: 'sha256:00',
});

function faultIn(check: () => void): unknown {
  try {
    return check();
  } catch (error) {
    return error;
  }
}

describe('the plan that was approved', () => {
  it('may be any where none was named, and is no other than the one that was', () => {
    checkExpected(planWith(), null);
    checkExpected(planWith(), 'sha256:00');
    expect(faultIn(() => checkExpected(planWith(), 'sha256:11'))).toMatchObject({
      message: 'The plan is sha256:00, expected is sha256:11.',
      hint: 'Review the plan again; something in the input, AD or the tenant is not as it was approved.',
      exitCode: 3,
    });
  });
});

describe('the tenant', () => {
  it('has to be the one that the plan was made for, and both are named where it is not', async () => {
    const { reader } = memoryTenant([]);
    const { id, name } = await reader.describe();
    await checkTenant(planWith({ tenant: { id, name: 'by another name' } }), reader);
    await expect(checkTenant(planWith(), reader)).rejects.toMatchObject({
      code: 'other-tenant',
      exitCode: 3,
      message: `The plan is for Example (${guid('other', 1)}); this sign-in is for ${name} (${id}).`,
      hint: 'Sign in to the tenant the plan was made for, or plan again.',
    });
  });
});

describe('a journal', () => {
  it('has to fit the plan', () => {
    checkEntries([], planWith(), 'runs/x');
    const stale = { outcome: 'stale', code: null, attempts: 0, requestId: null, detail: '', at: '' } as const;
    const entry = { kind: 'outcome', line: 9, userId: guid('cloud', 9), ...stale } as const;
    expect(faultIn(() => checkEntries([entry], planWith(), 'runs/x'))).toMatchObject({
      message: 'The journal in runs/x was changed: it speaks of line 9, which the plan does not have.',
      hint: 'Restore it from a backup. What the tenant has now, hardmatch verify tells from the mappings file.',
      exitCode: 3,
    });
  });
});

describe('the switch against hard match', () => {
  const blocked: SyncFeatures = { hardMatchBlocked: true, softMatchBlocked: false };
  const allowed: SyncFeatures = { hardMatchBlocked: false, softMatchBlocked: false };
  const planOn = (features: SyncFeatures | null, kind: PlanHeader['kind'] = 'link'): Plan =>
    planWith({ kind, preflight: { ...planHeader.preflight, features } });
  const tenantWith = (switches: TenantReader['switches']): TenantReader => ({ ...memoryTenant([]).reader, switches });
  const isBlocked = tenantWith(async () => blocked);

  it('stops a plan that was made when it was off, or could not be read, and says which', async () => {
    expect(await faultOfSwitches(planOn(allowed), isBlocked, silentLog)).toMatchObject({
      code: 'hard-match-blocked',
      exitCode: 3,
      message: 'Hard match is blocked in the tenant now; it was allowed in the plan.',
      hint: expect.stringMatching(/^Turn blockCloudObjectTakeoverThroughHardMatchEnabled off, or plan again/),
    });
    expect(await faultOfSwitches(planOn(null), isBlocked, silentLog)).toMatchObject({
      message: 'Hard match is blocked in the tenant now; the plan could not check it.',
    });
  });

  it('stops no plan that was reviewed with it on, and no rollback; it is not even read for these', async () => {
    const unread = tenantWith(() => Promise.reject(new Error('it was read')));
    const logged: unknown[] = [];
    const log = { ...silentLog, warn: (...given: unknown[]) => void logged.push(given) };
    expect(await faultOfSwitches(planOn(blocked), unread, log)).toBeNull();
    expect(await faultOfSwitches(planOn(allowed, 'rollback'), unread, log)).toBeNull();
    expect(logged).toEqual([]);
  });

  it('stops nothing where it is off, not told, or cannot be read, which is logged', async () => {
    const plan = planOn(allowed);
    const logged: unknown[] = [];
    const log = { ...silentLog, warn: (...given: unknown[]) => void logged.push(given) };
    expect(
      await faultOfSwitches(
        plan,
        tenantWith(async () => allowed),
        log,
      ),
    ).toBeNull();
    expect(
      await faultOfSwitches(
        plan,
        tenantWith(async () => null),
        log,
      ),
    ).toBeNull();
    expect(logged).toEqual([]);
    for (const error of [new Error('no answer'), 'no answer']) {
      expect(
        await faultOfSwitches(
          plan,
          tenantWith(() => Promise.reject(error)),
          log,
        ),
      ).toBeNull();
    }
    const unread = ['switches-unread', { message: 'no answer' }];
    expect(logged).toEqual([unread, unread]);
  });

  it('is told after the age, which speaks against the plan whatever the tenant says', async () => {
    const clock = handClock();
    const of = (maxAge: number) =>
      obstacleTo(
        planOn(allowed),
        { tenant: { reader: isBlocked, openWriters: () => [] }, clock, log: silentLog },
        maxAge,
      );
    expect(await of(-1)).toMatchObject({ code: 'plan-too-old' });
    expect(await of(hour)).toMatchObject({ code: 'hard-match-blocked' });
  });
});
