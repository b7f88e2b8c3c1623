import { describe, expect, it } from 'vitest';
import { type Witness, weighAnchors } from '../../../src/core/judge/anchor-evidence.ts';
import { immutableIdOfGuid } from '../../../src/core/ids/immutable-id.ts';
import { adUser, cloudUser, guid, idOf } from '../../support/people.ts';

const consistent = (n: number) => adUser(n, { consistencyGuid: { kind: 'guid', guid: guid('other', n) } });
const witness = (n: number, immutableId: string, user = consistent(n)): Witness => ({
  user: {
    id: cloudUser(n).id,
    userPrincipalName: `u${n}@example.test`,
    immutableId,
    sid: user.sid,
    domain: 'example.test',
  },
  ad: { kind: 'found', user },
});
const byConsistency = (n: number) => witness(n, immutableIdOfGuid(guid('other', n)));
const byObject = (n: number) => witness(n, idOf(n));
const silent = (n: number) => witness(n, idOf(n), adUser(n));

describe('the evidence for the source anchor', () => {
  it('counts each synced user once, by what its ID is', () => {
    const gone: Witness = { user: byObject(9).user, ad: { kind: 'none' } };
    const { evidence, contradiction } = weighAnchors(
      [byConsistency(2), byConsistency(3), byObject(4), silent(5), witness(6, idOf(66)), gone],
      { kind: 'auto' },
    );
    expect(evidence).toEqual({
      users: 6,
      consistencyGuid: 2,
      objectGuid: 1,
      either: 1,
      custom: 0,
      neither: 1,
      notInAd: 1,
    });
    expect(contradiction).toBeNull();
  });

  it('contradicts a setting that more of those who can tell have otherwise', () => {
    const users = [byConsistency(2), byConsistency(3), byObject(4), silent(5), silent(6), silent(7)];
    const { contradiction } = weighAnchors(users, { kind: 'objectGUID' });
    expect(contradiction).toEqual({
      code: 'anchor-evidence-contradicts',
      facts: { setting: 'objectGUID', telling: '3', against: '2', found: 'mS-DS-ConsistencyGuid 2, objectGUID 1' },
    });
    expect(weighAnchors([byObject(2), silent(3)], { kind: 'auto' }).contradiction).not.toBeNull();
  });

  it('contradicts nothing where nobody can tell', () => {
    for (const source of [{ kind: 'auto' }, { kind: 'objectGUID' }] as const) {
      expect(weighAnchors([silent(2), silent(3)], source).contradiction).toBeNull();
    }
    expect(weighAnchors([], { kind: 'auto' }).contradiction).toBeNull();
  });

  it('takes an attribute of its own for what it is', () => {
    const user = adUser(2, { customAnchor: { kind: 'text', text: 'E-1' } });
    const source = { kind: 'attribute', name: 'employeeID' } as const;
    expect(weighAnchors([witness(2, 'E-1', user)], source).evidence.custom).toBe(1);
    expect(weighAnchors([witness(2, idOf(2), user)], source).contradiction).not.toBeNull();
  });
});
