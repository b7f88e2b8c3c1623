import { describe, expect, it } from 'vitest';
import { faultOfAge } from '../../../src/run/apply/preconditions.ts';

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
    expect(faultOfAge('2026-11-23T10:59:59.999Z', now, hour)).toMatchObject({ code: 'plan-too-old', exitCode: 3 });
  });
});
