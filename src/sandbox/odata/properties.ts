// Which properties a user has in this tenant, and what may be done with each (Microsoft Graph: user resource type; Advanced
// query capabilities on directory objects, 2025-08-29). One table, so that a later property is one line. Groups, contacts
// and roles have theirs in tenant/resources.ts, made from the kinds here.
import type { PracticeCloudUser } from '../people/people.ts';

/** A user as the tenant keeps it: the people file's facts, and whatever other known properties were written since. */
export type StoredUser = PracticeCloudUser & { readonly other?: Readonly<Record<string, unknown>> };

/**
 * A kind of object as queries see it. `R` is the record the tenant keeps of one; what it has no value for is null, or an
 * empty list.
 */
export type ResourceType<R> = {
  /** As refusals and contexts name it: `User`. */
  readonly name: string;
  readonly odataType: string;
  readonly propertyOf: (name: string, version: 'v1.0' | 'beta') => Property | undefined;
  readonly valueOf: (record: R, name: string) => unknown;
  /** What an answer holds when nothing is selected. */
  readonly defaults: readonly string[];
};

/** `plain`: any query; `advanced`: only with ConsistencyLevel eventual and $count; `no`: not at all. */
export type FilterLevel = 'plain' | 'advanced' | 'no';

/** What the table knows of one property. */
export type Property = {
  /** In the answer when nothing is selected. */
  readonly isDefault: boolean;
  readonly type: 'text' | 'flag' | 'list' | 'complex';
  /** `eq` and `in`. */
  readonly equals: FilterLevel;
  readonly equalsNull: FilterLevel;
  /** `ne`, `not`. */
  readonly negation: FilterLevel;
  readonly startsWith: FilterLevel;
  readonly endsWith: FilterLevel;
  /** Compared with regard to case; directory text otherwise is not. */
  readonly isCaseSensitive: boolean;
  /** `cloud-mastered`: of a synced user too. `clear`: to null only, of a synced user too. */
  readonly write: 'yes' | 'read-only' | 'cloud-mastered' | 'clear';
  readonly isBetaOnly: boolean;
  /** Of a resource that the user leads to: filtered by, but neither selected nor written. */
  readonly isPath?: boolean;
};

const text: Property = {
  isDefault: false,
  type: 'text',
  equals: 'plain',
  equalsNull: 'plain',
  negation: 'advanced',
  startsWith: 'plain',
  endsWith: 'no',
  isCaseSensitive: false,
  write: 'yes',
  isBetaOnly: false,
};
const shown = { ...text, isDefault: true };
const readOnly = { ...text, write: 'read-only' } as const;
const unfilterable = { ...text, equals: 'no', equalsNull: 'no', negation: 'no', startsWith: 'no' } as const;
const advancedText = { ...readOnly, equals: 'advanced', equalsNull: 'advanced', startsWith: 'advanced' } as const;
const flag = { ...text, type: 'flag', startsWith: 'no' } as const;
const list = { ...unfilterable, type: 'list', write: 'read-only' } as const;

/** The kinds of properties that most resource types are made of. */
export const propertyKinds = { shown, readOnly, flag: { ...flag, isDefault: true, write: 'read-only' }, list } as const;

const table: Readonly<Record<string, Property>> = {
  id: { ...shown, write: 'read-only', startsWith: 'no' },
  businessPhones: { ...list, isDefault: true, write: 'yes' },
  displayName: shown,
  givenName: shown,
  jobTitle: shown,
  mail: { ...shown, endsWith: 'advanced' },
  mobilePhone: { ...shown, equals: 'advanced', equalsNull: 'advanced', startsWith: 'advanced' },
  officeLocation: { ...shown, equals: 'advanced', equalsNull: 'advanced', startsWith: 'advanced' },
  preferredLanguage: { ...shown, equals: 'advanced', equalsNull: 'advanced', startsWith: 'advanced' },
  surname: shown,
  userPrincipalName: { ...shown, endsWith: 'advanced' },
  accountEnabled: flag,
  assignedLicenses: list,
  assignedPlans: list,
  city: text,
  companyName: { ...text, equals: 'advanced', equalsNull: 'advanced', startsWith: 'advanced' },
  country: text,
  createdDateTime: { ...readOnly, startsWith: 'no' },
  deletedDateTime: { ...readOnly, equals: 'no', equalsNull: 'no', negation: 'no', startsWith: 'no' },
  department: text,
  employeeId: text,
  mailNickname: text,
  onPremisesDistinguishedName: { ...unfilterable },
  onPremisesDomainName: { ...unfilterable },
  // `eq null` is refused: users without a value cannot be asked for, they must be listed.
  onPremisesImmutableId: { ...text, equalsNull: 'no', startsWith: 'no', isCaseSensitive: true },
  onPremisesLastSyncDateTime: { ...readOnly, startsWith: 'no' },
  onPremisesObjectIdentifier: { ...unfilterable, write: 'clear', isBetaOnly: true },
  // Asked by a field of its entries: any(e:e/category eq 'PropertyConflict').
  onPremisesProvisioningErrors: { ...list, equals: 'plain' },
  onPremisesSamAccountName: advancedText,
  onPremisesSecurityIdentifier: { ...readOnly, startsWith: 'no' },
  // A property of another resource, asked for by its path; it is no part of a user's answer.
  'onPremisesSyncBehavior/isCloudManaged': {
    ...flag,
    equals: 'advanced',
    equalsNull: 'advanced',
    write: 'read-only',
    isPath: true,
  },
  onPremisesSyncEnabled: { ...flag, equalsNull: 'advanced', write: 'read-only' },
  onPremisesUserPrincipalName: { ...unfilterable },
  otherMails: { ...list, equals: 'plain', startsWith: 'plain', write: 'yes' },
  proxyAddresses: { ...list, equals: 'plain', startsWith: 'plain' },
  usageLocation: { ...text, write: 'cloud-mastered' },
  userType: { ...text, startsWith: 'no' },
};

const known = new Map(Object.entries(table));

/** The property's entry, or undefined when this version of the user type has none of that name (case matters). */
export function propertyOf(name: string, version: 'v1.0' | 'beta'): Property | undefined {
  const property = known.get(name);
  return property?.isBetaOnly === true && version !== 'beta' ? undefined : property;
}

/** What an answer holds when nothing is selected. `onPremisesImmutableId` is not among it. */
export const defaultProperties: readonly string[] = [...known].filter(([, p]) => p.isDefault).map(([name]) => name);

const kept = new Set<string>([
  'id',
  'displayName',
  'userPrincipalName',
  'mail',
  'userType',
  'accountEnabled',
  'onPremisesImmutableId',
  'onPremisesSyncEnabled',
  'deletedDateTime',
  'proxyAddresses',
  'assignedLicenses',
  'onPremisesObjectIdentifier',
  'onPremisesSecurityIdentifier',
  'onPremisesDistinguishedName',
  'onPremisesDomainName',
  'onPremisesSamAccountName',
  'onPremisesUserPrincipalName',
  'onPremisesLastSyncDateTime',
  'onPremisesProvisioningErrors',
  'givenName',
  'surname',
  'employeeId',
  'mailNickname',
  'otherMails',
  'assignedPlans',
]);

/** What shows otherwise than as a property of its own. */
const marks = new Set(['isAgent', 'isCloudManaged', 'disabledPlans']);

/** The value of a known property, in Graph's shape; null (or an empty list) where the tenant has none. */
export function valueOf(user: StoredUser, name: string): unknown {
  if (name === 'assignedLicenses') {
    return (user.assignedLicenses ?? []).map((skuId) => ({ skuId, disabledPlans: user.disabledPlans ?? [] }));
  }
  if (name === 'onPremisesSyncBehavior/isCloudManaged') return user.isCloudManaged === true;
  const value = kept.has(name) ? user[name as keyof PracticeCloudUser] : user.other?.[name];
  return value ?? (known.get(name)?.type === 'list' ? [] : null);
}

/** Users, as queries see them. */
export const userType: ResourceType<StoredUser> = {
  name: 'User',
  odataType: 'microsoft.graph.user',
  propertyOf,
  valueOf,
  defaults: defaultProperties,
};

/** The user with known properties replaced; the given one stays as it is. */
export function withValues(user: StoredUser, values: Readonly<Record<string, unknown>>): StoredUser {
  const own: Record<string, unknown> = {};
  const other: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    (kept.has(name) || marks.has(name) ? own : other)[name] = value;
  }
  const changed = { ...user, ...own };
  return Object.keys(other).length === 0 ? changed : { ...changed, other: { ...user.other, ...other } };
}

/** The named properties of a user, in that order, as an answer carries them; an agent's with its type. */
export function project(user: StoredUser, names: readonly string[]): Record<string, unknown> {
  const answer: Record<string, unknown> = user.isAgent === true ? { '@odata.type': '#microsoft.graph.agentUser' } : {};
  for (const name of names) answer[name] = valueOf(user, name);
  return answer;
}
