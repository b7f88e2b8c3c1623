import { describe, expect, it } from 'vitest';
import { changedSinceReview, plannedCloudOf } from '../../../src/core/judge/decision-facts.ts';
import type { CloudUser } from '../../../src/core/users.ts';
import { cloudUser } from '../../support/people.ts';

const changes: readonly (readonly [what: string, change: Partial<CloudUser>, said: string])[] = [
  ['renamed', { userPrincipalName: 'new.hire@example.test' }, 'user principal name'],
  ['turned into a guest', { userType: 'Guest' }, 'user type'],
  ['left without a user type', { userType: null }, 'user type'],
  ['blocked', { accountEnabled: false }, 'sign-in allowed'],
  ['of unknown sign-in', { accountEnabled: null }, 'sign-in allowed'],
  ['taken up by sync', { onPremisesSyncEnabled: true }, 'Sync has taken up'],
];

describe('a cloud user since the review', () => {
  it.each(changes)('is not as reviewed when it was %s, and the sentence names the fact', (_what, change, said) => {
    const sentence = changedSinceReview(plannedCloudOf(cloudUser(1)), cloudUser(1, change));
    expect(sentence).toContain(said);
  });

  it('is as reviewed when nothing, or only the case of its name, has changed', () => {
    const planned = plannedCloudOf(cloudUser(1));
    expect(changedSinceReview(planned, cloudUser(1))).toBeNull();
    expect(changedSinceReview(planned, cloudUser(1, { userPrincipalName: 'U1@Example.TEST' }))).toBeNull();
  });

  it('tells what it was and what it is', () => {
    const planned = plannedCloudOf(cloudUser(1));
    expect(changedSinceReview(planned, cloudUser(1, { userType: 'Guest' }))).toBe(
      'The user type of the cloud user was Member when the plan was made, and is Guest now.',
    );
  });

  it('tells what is not known, and of whom there is none', () => {
    const user = cloudUser(1);
    const sentence = (was: Partial<CloudUser>, is: Partial<CloudUser>) =>
      changedSinceReview(plannedCloudOf({ ...user, ...was }), { ...user, ...is });
    const between = 'when the plan was made, and is';
    expect([
      sentence({ accountEnabled: true }, { accountEnabled: false }),
      sentence({ accountEnabled: false }, { accountEnabled: null }),
      sentence({ userType: null }, { userType: 'Guest' }),
      sentence({ userType: 'Guest' }, { userType: null }),
    ]).toEqual([
      `The sign-in allowed of the cloud user was yes ${between} no now.`,
      `The sign-in allowed of the cloud user was no ${between} not known now.`,
      `The user type of the cloud user was none ${between} Guest now.`,
      `The user type of the cloud user was Guest ${between} none now.`,
    ]);
  });

  it('is as reviewed where it was synced when it was reviewed', () => {
    const user = cloudUser(1, { onPremisesSyncEnabled: true });
    expect(changedSinceReview(plannedCloudOf(user), user)).toBeNull();
  });

  it('may have been moved to another name by the row itself, and is compared in all else', () => {
    const planned = plannedCloudOf(cloudUser(1));
    const moved = { userPrincipalName: 'away@example.onmicrosoft.test' };
    expect(changedSinceReview(planned, cloudUser(1, moved), { mayHaveMoved: true })).toBeNull();
    expect(
      changedSinceReview(planned, cloudUser(1, { ...moved, userType: 'Guest' }), { mayHaveMoved: true }),
    ).toContain('user type');
  });
});
