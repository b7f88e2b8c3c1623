import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Charged, type Quota, createMeter, documentedQuota } from '../../../src/sandbox/http/quota.ts';

const write = { units: 1, writes: 1 } as const;
const read = { units: 1, writes: 0 } as const;

function clocked(quota: Quota | undefined, users = 10) {
  let now = 1_000_000;
  const meter = createMeter(quota, { id: 'tenant', users, now: () => now });
  return {
    charge: (charge: { units: number; writes: 0 | 1 }, app = 'app'): Charged => meter(app, charge),
    pass: (ms: number): void => void (now += ms),
  };
}

const waitOf = (charged: Charged): number => Number(charged.refusal?.headers['Retry-After']) * 1000;

describe('the write quota', () => {
  const quota: Quota = { writesPerApp: { count: 5, windowMs: 1_000 } };

  it('lets the bucket be emptied at once, then refuses with the documented headers', () => {
    const { charge } = clocked(quota);
    for (let n = 0; n < 5; n++) expect(charge(write).refusal).toBeUndefined();
    const { refusal } = charge(write);
    expect(refusal).toMatchObject({ status: 429, code: 'TooManyRequests' });
    expect(refusal?.headers).toMatchObject({
      'x-ms-throttle-scope': 'Tenant_Application/Write/app/tenant',
      'x-ms-throttle-information': 'WriteLimitExceeded',
    });
  });

  it('takes the request again after exactly the time it named', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 30 }), (count, hammered) => {
        const { charge, pass } = clocked({ writesPerApp: { count, windowMs: 1_000 } });
        for (let n = 0; n < count; n++) charge(write);
        let last = charge(write);
        for (let n = 0; n < hammered; n++) last = charge(write);
        pass(waitOf(last));
        expect(charge(write).refusal).toBeUndefined();
      }),
    );
  });

  it('counts what is asked while throttled, so hammering makes the wait longer', () => {
    const { charge } = clocked(quota);
    for (let n = 0; n < 5; n++) charge(write);
    const first = waitOf(charge(write));
    const third = (charge(write), waitOf(charge(write)));
    expect(third).toBeGreaterThan(first + 350);
  });

  it('allows the sustained rate for ever', () => {
    const { charge, pass } = clocked(quota);
    for (let n = 0; n < 200; n++) {
      expect(charge(write).refusal).toBeUndefined();
      pass(200);
    }
  });

  it('does not hold reads up', () => {
    const { charge } = clocked(quota);
    for (let n = 0; n < 8; n++) charge(write);
    expect(charge(read).refusal).toBeUndefined();
  });

  it('is kept per app, under a quota of the tenant over all apps', () => {
    const { charge } = clocked({ ...quota, writesPerTenant: { count: 7, windowMs: 1_000 } });
    for (let n = 0; n < 5; n++) expect(charge(write, 'one').refusal).toBeUndefined();
    for (let n = 0; n < 2; n++) expect(charge(write, 'two').refusal).toBeUndefined();
    expect(charge(write, 'two').refusal?.headers['x-ms-throttle-scope']).toBe('Tenant/Write/two/tenant');
  });
});

describe('resource units', () => {
  it('depend on the size of the tenant', () => {
    const quota: Quota = { resourceUnits: { small: 2, medium: 3, large: 4, windowMs: 1_000 } };
    for (const [users, units] of [
      [49, 2],
      [50, 3],
      [500, 3],
      [501, 4],
    ] as const) {
      const { charge } = clocked(quota, users);
      const passed = Array.from({ length: 10 }, () => charge(read)).filter((one) => one.refusal === undefined);
      expect(passed).toHaveLength(units);
    }
  });

  it('are named in the refusal', () => {
    const { charge } = clocked({ resourceUnits: { small: 4, medium: 4, large: 4, windowMs: 1_000 } });
    expect(charge({ units: 5, writes: 0 }).refusal?.headers).toMatchObject({
      'x-ms-throttle-information': 'ResourceUnitLimitExceeded',
      'x-ms-throttle-scope': 'Tenant_Application/ReadWrite/app/tenant',
    });
  });
});

describe('what a quota reports', () => {
  it('tells how full the fullest bucket is, to 1.8 of the limit at most', () => {
    const { charge } = clocked({ writesPerApp: { count: 10, windowMs: 1_000 } });
    const uses = Array.from({ length: 30 }, () => charge(write).use);
    expect(uses[8]).toBeCloseTo(0.9);
    expect(uses[9]).toBeCloseTo(1);
    expect(uses.at(-1)).toBeCloseTo(1.8);
  });

  it('writes Retry-After as a fraction, as whole seconds, or not at all', () => {
    const form = (retryAfter: NonNullable<Quota['retryAfter']>) => {
      const { charge } = clocked({ writesPerApp: { count: 3, windowMs: 10_000 }, retryAfter });
      for (let n = 0; n < 3; n++) charge(write);
      return charge(write).refusal?.headers['Retry-After'];
    };
    expect(form('fractional')).toMatch(/^\d+\.\d{3}$/);
    expect(form('whole')).toMatch(/^\d+$/);
    expect(form('absent')).toBeUndefined();
  });

  it('has the documented numbers, and a scale for time', () => {
    const { charge, pass } = clocked({ ...documentedQuota, timeScale: 100 }, 1_000);
    let taken = 0;
    while (charge(write).refusal === undefined) taken++;
    expect(taken).toBe(3_000);
    // 20 a second, a hundred times faster; one second pays back the one that was refused, too.
    pass(1_000);
    taken = 0;
    while (charge(write).refusal === undefined) taken++;
    expect(taken).toBeGreaterThan(1_990);
    expect(taken).toBeLessThanOrEqual(2_000);
  });

  it('is off without a quota', () => {
    const { charge } = clocked(undefined);
    for (let n = 0; n < 10_000; n++) expect(charge(write)).toEqual({ use: 0 });
  });
});
