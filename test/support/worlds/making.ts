import type { People, PracticeAdUser, PracticeCloudUser } from '../../../src/sandbox/people/people.ts';
import type { Dice } from '../dice.ts';
import { type Draft, guidOf, pick } from './draft.ts';

type Group = NonNullable<People['groups']>[number];
type Grant = NonNullable<People['roles']>['assignments'][number];

/** A world while it is being made. */
export type Making = {
  readonly dice: Dice;
  readonly drafts: Draft[];
  /** DNS name of the AD domain. */
  readonly adDomain: string;
  /** Whether sync goes by objectGUID, whatever ConsistencyGuid says. */
  readonly byObjectGuid: boolean;
  /** Whether sync deletes what it has lost. */
  readonly deletes: boolean;
  /** Those who come beside the drafts; they have no row. */
  readonly moreAd: PracticeAdUser[];
  readonly moreCloud: PracticeCloudUser[];
  readonly groups: Group[];
  readonly contacts: NonNullable<People['contacts']>;
  readonly assignments: Grant[];
  readonly eligibilities: Grant[];
  /** A number that nothing else has. */
  readonly next: () => number;
};

export const roleId = '62e90394-69f5-4237-9190-012177145e10';

export const grant = (principalId: string): Grant => ({ principalId, roleDefinitionId: roleId, directoryScopeId: '/' });

/** Any person of the world. */
export function somebody({ dice, drafts }: Making): Draft {
  return pick(dice, drafts);
}

/** A cloud user that nobody named, with this primary address. */
export function strayCloud(
  { next, moreCloud }: Making,
  address: string,
  changes: Partial<PracticeCloudUser> = {},
): PracticeCloudUser {
  const number = next();
  const stray: PracticeCloudUser = {
    id: guidOf('cloud', number),
    displayName: `Stray ${number}`,
    userPrincipalName: `stray.${number}@example.test`,
    mail: address,
    userType: 'Member',
    accountEnabled: true,
    onPremisesImmutableId: null,
    onPremisesSyncEnabled: null,
    deletedDateTime: null,
    proxyAddresses: [`SMTP:${address}`],
    ...changes,
  };
  moreCloud.push(stray);
  return stray;
}
