// The tenant's side of a look-up: each cloud user once, with everything it was found by.
import type { Guid } from '../guid.ts';
import type { LookupQuestion } from './question.ts';
import type { IdOwner } from './ad-findings.ts';
import type { CloudRef } from '../references.ts';
import type { AddressHolder, CloudAnswer, CloudUser, Holder } from '../users.ts';

/** A cloud user who fits the value. Null: empty, or not known. */
export type CloudHit = {
  readonly as: readonly string[];
  readonly id: Guid;
  readonly userPrincipalName: string;
  readonly displayName: string | null;
  readonly mail: string | null;
  readonly userType: string | null;
  readonly accountEnabled: boolean | null;
  readonly immutableId: string | null;
  readonly owner: IdOwner | null;
  readonly isSynced: boolean;
  readonly licences: number | null;
  readonly deletedDateTime: string | null;
};

/** What the tenant said to one question. */
export type TenantFindings = {
  /** Beside the question's references. */
  readonly users: readonly CloudAnswer[];
  /** By immutable ID, of the question's IDs and those of its AD users. */
  readonly holders: ReadonlyMap<string, readonly Holder[]>;
  readonly addresses: readonly AddressHolder[];
  /** Who has an address of the AD users that were found. */
  readonly adAddresses: readonly AddressHolder[];
  /** Users of whom an address alone was known, read by id. */
  readonly details: ReadonlyMap<Guid, CloudUser>;
};

/** Whose an immutable ID is; null: nobody's that is known. */
export type OwnerSearch = (immutableId: string) => IdOwner | null;

type Plain = Omit<CloudHit, 'as' | 'owner'>;

/** Everybody in the tenant who fits the question, live and deleted. */
export function cloudHits(question: LookupQuestion, tenant: TenantFindings, owner: OwnerSearch): CloudHit[] {
  const met = new Map<Guid, { hit: Plain; as: Set<string> }>();
  for (const { hit, how } of sightings(question, tenant)) {
    const known = met.get(hit.id);
    if (known) known.as.add(how);
    else met.set(hit.id, { hit, as: new Set([how]) });
  }
  return [...met.values()].map(({ hit, as }) => {
    return { ...hit, as: [...as], owner: hit.immutableId === null ? null : owner(hit.immutableId) };
  });
}

/** Whoever tells most about a user comes first. */
function* sightings(
  question: LookupQuestion,
  { users, addresses, adAddresses, holders, details }: TenantFindings,
): Generator<{ readonly hit: Plain; readonly how: string }> {
  for (const [index, ref] of question.cloud.entries()) {
    for (const user of usersOf(users[index])) yield { hit: fromUser(user), how: howFound(ref) };
  }
  const byAddress = function* (all: readonly AddressHolder[], whose: string): ReturnType<typeof sightings> {
    for (const holder of all.filter(({ kind }) => kind === 'user')) {
      const user = details.get(holder.id);
      yield { hit: user ? fromUser(user) : fromAddress(holder), how: `${claims[holder.as]}${whose}` };
    }
  };
  yield* byAddress(addresses, '');
  for (const [id, all] of holders) {
    for (const holder of all) yield { hit: fromHolder(holder, id), how: 'immutable ID' };
  }
  yield* byAddress(adAddresses, ' of the AD user');
}

function howFound(ref: CloudRef): string {
  if (ref.kind === 'key') return ref.attribute;
  return ref.kind === 'upn' ? 'UPN' : 'object id';
}

const claims: Readonly<Record<AddressHolder['as'], string>> = {
  upn: 'UPN',
  'primary-smtp': 'primary SMTP address',
  'other-smtp': 'SMTP address',
  mail: 'mail',
  'other-mail': 'other mail address',
};

function usersOf(lookup: CloudAnswer | undefined): readonly CloudUser[] {
  if (lookup === undefined) return [];
  if (lookup.kind === 'several') return lookup.users;
  return lookup.kind === 'none' ? [] : [lookup.user];
}

function fromUser(user: CloudUser): Plain {
  const { id, userPrincipalName, displayName, mail, userType, accountEnabled, licences, deletedDateTime } = user;
  return {
    id,
    userPrincipalName,
    displayName,
    mail,
    userType,
    accountEnabled,
    immutableId: user.onPremisesImmutableId || null,
    isSynced: user.onPremisesSyncEnabled === true,
    licences,
    deletedDateTime,
  };
}

function fromHolder(holder: Holder, immutableId: string): Plain {
  const { id, userPrincipalName, displayName, mail, licences, isSynced, deletedDateTime } = holder;
  const unknown = { userType: null, accountEnabled: null };
  return { id, userPrincipalName, displayName, mail, ...unknown, immutableId, isSynced, licences, deletedDateTime };
}

function fromAddress({ id, name, displayName, immutableId, isSynced, isGuest }: AddressHolder): Plain {
  return {
    id,
    userPrincipalName: name,
    displayName,
    mail: null,
    userType: isGuest ? 'Guest' : null,
    accountEnabled: null,
    immutableId,
    isSynced,
    licences: null,
    deletedDateTime: null,
  };
}
