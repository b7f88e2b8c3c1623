import { describe, expect, it } from 'vitest';
import type { Witness } from '../../../src/core/judge/anchor-evidence.ts';
import { testAnchor } from '../../../src/run/plan/preflight.ts';
import { adUser, cloudUser, idOf } from '../../support/people.ts';

const carried = (n: number, domain: string | null): Witness => {
  const user = adUser(n);
  const { id, userPrincipalName } = cloudUser(n);
  return {
    user: { id, userPrincipalName, immutableId: idOf(n), sid: user.sid, domain },
    ad: { kind: 'found', user },
  };
};

describe('the test of the source anchor', () => {
  it('hears the users of every domain that was read, and no others', () => {
    const witnesses = [carried(1, 'a.test'), carried(2, 'b.test'), carried(3, null), carried(4, 'c.test')];
    const heard = (domains: readonly string[]) =>
      testAnchor(witnesses, domains, { sourceAnchor: { kind: 'auto' }, confirmSourceAnchor: null }).evidence?.users;
    expect(heard(['a.test'])).toBe(2);
    expect(heard(['a.test', 'b.test'])).toBe(3);
  });
});
