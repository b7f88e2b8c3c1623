// What the decision on a row rests on. Of the cloud user, as far as one reading by id can tell it, this is the one list: the
// plan keeps these facts, the reading that guards a write is compared with them, and whatever else decides (roles,
// eligibility, other holders of the immutable ID, the object identifier, the AD user and its anchor) is read again in bulk
// before the first write of a saved plan (run/apply/review-again.ts).
import { foldKey } from '../references.ts';
import type { PlannedCloud } from '../row.ts';
import type { CloudUser } from '../users.ts';

type Fact = {
  readonly name: string;
  readonly planned: (cloud: PlannedCloud) => string;
  readonly found: (user: CloudUser) => string;
};

const yesOrNo = (value: boolean | null): string => (value === null ? 'not known' : value ? 'yes' : 'no');

const facts: readonly Fact[] = [
  {
    name: 'user principal name',
    planned: ({ userPrincipalName }) => userPrincipalName,
    found: ({ userPrincipalName }) => userPrincipalName,
  },
  { name: 'user type', planned: ({ userType }) => userType ?? 'none', found: ({ userType }) => userType ?? 'none' },
  {
    name: 'sign-in allowed',
    planned: ({ accountEnabled }) => yesOrNo(accountEnabled),
    found: ({ accountEnabled }) => yesOrNo(accountEnabled),
  },
];

/** The facts that the plan keeps of a row's cloud user. */
export function plannedCloudOf(user: CloudUser): PlannedCloud {
  return {
    id: user.id,
    userPrincipalName: user.userPrincipalName,
    name: user.displayName,
    // Graph sends null for an empty value; should an empty string come, it means the same.
    before: user.onPremisesImmutableId || null,
    syncEnabled: user.onPremisesSyncEnabled,
    userType: user.userType,
    accountEnabled: user.accountEnabled,
  };
}

/**
 * What of the cloud user is not as it was reviewed, in a sentence; null where all of it is. Not the immutable ID: what a row
 * writes is compared where it is written. `mayHaveMoved`: the row moves the user to another name itself, and compares that.
 */
export function changedSinceReview(
  cloud: PlannedCloud,
  user: CloudUser,
  { mayHaveMoved = false }: { readonly mayHaveMoved?: boolean } = {},
): string | null {
  if (user.onPremisesSyncEnabled === true && cloud.syncEnabled !== true) {
    return 'Sync has taken up the cloud user since the plan was made.';
  }
  for (const { name, planned, found } of mayHaveMoved ? facts.slice(1) : facts) {
    // Entra takes names for the same whatever their case.
    if (foldKey(planned(cloud)) !== foldKey(found(user))) {
      return `The ${name} of the cloud user was ${planned(cloud)} when the plan was made, and is ${found(user)} now.`;
    }
  }
  return null;
}
