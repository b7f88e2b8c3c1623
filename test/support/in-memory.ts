// In-memory implementations of the ports, for use cases: the smallest thing that keeps the port's promises.
import { setMaxListeners } from 'node:events';
import { Holders } from '../../src/ad/holders.ts';
import { Failure, type FailureFacts } from '../../src/core/failure.ts';
import type { Guid } from '../../src/core/guid.ts';
import type { JournalEntry } from '../../src/core/journal.ts';
import { itemAt } from '../../src/core/list.ts';
import { isSomebodyElses } from '../../src/core/ids/addresses.ts';
import type { TenantFacts, TenantFeatures, Unchecked } from '../../src/core/preflight.ts';
import { type CloudRef, foldKey } from '../../src/core/references.ts';
import type {
  AddressHolder,
  AdAnswer,
  AdUser,
  CloudAnswer,
  CloudUser,
  Holder,
  SyncedUser,
  SyncState,
} from '../../src/core/users.ts';
import type { StopLimits } from '../../src/run/apply/stop.ts';
import type {
  Clock,
  Directory,
  JournalWriter,
  Log,
  Progress,
  SurveyRequest,
  SyncStateReading,
  TenantReader,
  TenantWriter,
  UserReading,
} from '../../src/run/ports.ts';

const tenantId = '5a3d1c0e-7b42-4c8e-9f16-d20b6a94e7c1' as Guid;

/** A clock that sleeps by moving its own hands. */
export function handClock(): Clock & { slept: number[] } {
  let time = Date.parse('2026-11-23T12:00:00Z');
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(time),
    sleep: async (ms, signal) => {
      if (signal?.aborted) return;
      slept.push(ms);
      time += ms;
      // Yield, so that others in flight move on as they would while somebody waits.
      await new Promise((resolve) => setImmediate(resolve));
    },
    random: () => 0.5,
  };
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
/** An apply that nothing stops, and a tenant in which nothing changes meanwhile. */
export const noLimits: Omit<StopLimits, 'concurrency'> = {
  maxFailures: null,
  maxConsecutiveFailures: null,
  stopAt: null,
};
/** A signal that never comes. */
export const noSignal = new AbortController().signal;
// Every apply of a test listens to it.
setMaxListeners(0, noSignal);
export const nothingNew = async (): Promise<void> => {};
export const asReviewed = (): null => null;
export const noProgress: Progress = { stage() {}, advance() {} };

export function memoryDirectory(users: readonly AdUser[]): Directory {
  const find = (matches: (user: AdUser) => boolean): AdAnswer => {
    const hits = users.filter(matches);
    if (hits.length > 1) return { kind: 'several', dns: hits.map((user) => user.dn) };
    return hits[0] ? { kind: 'found', user: hits[0] } : { kind: 'none' };
  };
  const same = (one: string | null, other: string): boolean => one !== null && foldKey(one) === foldKey(other);
  return {
    describe: async () => ({
      domain: 'example.test',
      domains: ['example.test'],
      namingContext: 'DC=example,DC=test',
      source: 'memory',
    }),
    locate: async (refs) =>
      refs.map((ref) => {
        switch (ref.kind) {
          case 'guid':
            return find((user) => user.objectGuid === ref.guid);
          case 'anchor':
            return find((user) => user.objectGuid === ref.guid || consistencyGuidOf(user) === ref.guid);
          case 'sid':
            return find((user) => same(user.sid, ref.sid));
          case 'sam':
          case 'domain-sam':
            return find((user) => same(user.samAccountName, ref.name));
          case 'upn':
            return find((user) => same(user.userPrincipalName, ref.upn));
          case 'dn':
            return find((user) => same(user.dn, ref.dn));
          case 'key':
            return find((user) => ref.attribute === 'mail' && same(user.mail, ref.value));
        }
      }),
    whoHas: async (asked) => {
      const holders = new Holders(asked);
      const kept = { get: (place: number): AdUser => itemAt(users, place) };
      for (const [place, user] of users.entries()) holders.take(user, () => place);
      return holders.answer(kept);
    },
    searches: () => 1,
    close: async () => {},
  };
}

function consistencyGuidOf(user: AdUser): Guid | null {
  return user.consistencyGuid?.kind === 'guid' ? user.consistencyGuid.guid : null;
}

/** What a scripted write does: fail before it takes effect, or after. */
export type Fault = { readonly facts: Partial<FailureFacts>; readonly takesEffect: boolean };

/** What sync left on a user beside what CloudUser has; the domain is that of SyncedUser. */
export type SyncMarks = Partial<Pick<SyncState, 'lastSyncAt' | 'sid' | 'dn' | 'errors'>> & {
  readonly domain?: string;
};

/** A group or contact, with its addresses in lower case. */
export type MemoryOther = {
  readonly kind: 'group' | 'contact';
  readonly id: Guid;
  readonly name: string;
  readonly primary: string;
  readonly others?: readonly string[];
};

/** Switches as Entra sets them, with nothing blocked. */
export const openFeatures: TenantFeatures = {
  hardMatchBlocked: false,
  softMatchBlocked: false,
  objectIdentifierMayChange: false,
  softMatchOnUpn: true,
  upnFollowsAd: true,
  quarantinesUpn: true,
  quarantinesProxyAddresses: true,
  passwordSync: true,
};

/** A tenant that syncs, blocks nothing, has one verified domain and nobody with a role; every check is allowed. */
export const openFacts: TenantFacts = {
  sync: { isEnabled: true, lastSyncAt: '2026-11-23T11:45:00Z' },
  features: openFeatures,
  domains: [{ name: 'example.test', isVerified: true, isFederated: false, isInitial: false }],
  roles: new Map(),
  cloudManaged: new Set(),
  limits: [],
  unchecked: [],
};

export type MemoryTenant = {
  readonly reader: TenantReader;
  readonly writer: TenantWriter;
  readonly users: Map<Guid, CloudUser>;
  /** Writes that changed something, in order: user id and value, which is an immutable ID or a UPN. */
  readonly effects: { id: Guid; value: string | null }[];
  /** What sync left on each user. */
  readonly marks: Map<Guid, SyncMarks>;
  readonly others: MemoryOther[];
  /** What `preflight` answers. */
  facts: TenantFacts;
  /** What a survey had to do without. */
  unchecked: readonly Unchecked[];
  /** Whether `syncedUsers` may be read. */
  mayListSynced: boolean;
  /** What each call of `syncStates` asked for. */
  readonly stateReads: (readonly Guid[])[];
  /** Called before each write, with the immutable ID or the UPN; a fault makes it fail. */
  fault: (id: Guid, value: string | null) => Fault | undefined;
  /** Called for each direct read; true hides the newest write. */
  isStale: (id: Guid) => boolean;
  /** Called for each reading of a sync state; a failure makes the user unreadable. */
  stateFault: (id: Guid) => Failure | undefined;
};

export function memoryTenant(people: readonly CloudUser[]): MemoryTenant {
  const users = new Map(people.map((user) => [user.id, user]));
  const before = new Map<Guid, CloudUser>();
  const writes = { count: 0 };
  const tenant: MemoryTenant = {
    users,
    effects: [],
    marks: new Map(),
    others: [],
    facts: openFacts,
    unchecked: [],
    mayListSynced: true,
    stateReads: [],
    fault: () => undefined,
    isStale: () => false,
    stateFault: () => undefined,
    reader: {
      describe: async () => ({ id: tenantId, name: 'Example Practice Tenant' }),
      preflight: async () => tenant.facts,
      switches: async () => tenant.facts.features,
      survey: async ({ refs, immutableIds = [], addresses = [] }: SurveyRequest) => ({
        users: [...refs].map((ref) => lookupIn([...users.values()], ref)),
        holders: holdersOf([...users.values()], [...immutableIds]),
        addresses: new Map(
          [...addresses]
            .map((address): [string, AddressHolder[]] => [address, addressHolders(tenant, address)])
            .filter(([, found]) => found.length > 0),
        ),
        unchecked: tenant.unchecked,
      }),
      syncedUsers: async (limit) => {
        if (!tenant.mayListSynced) {
          return { users: null, unchecked: [{ check: 'synced-users', kind: 'failed', needs: 'x', why: 'scripted' }] };
        }
        const synced = live(users).filter((user) => user.onPremisesSyncEnabled === true);
        const listed = synced.slice(0, limit).map((user) => syncedUserOf(user, tenant.marks.get(user.id) ?? {}));
        return { users: listed, unchecked: [] };
      },
      syncStates: async (ids) => {
        tenant.stateReads.push(ids);
        return new Map(ids.map((id): [Guid, SyncStateReading] => [id, syncStateReading(tenant, id)]));
      },
      readUsers: async (ids) =>
        new Map(
          ids.map((id): [Guid, UserReading] => {
            const user = (tenant.isStale(id) ? before.get(id) : undefined) ?? users.get(id);
            return [id, user && user.deletedDateTime === null ? { kind: 'user', user } : { kind: 'missing' }];
          }),
        ),
      counts: () => ({ graph: 0, graphWrites: writes.count, graphThrottled: 0 }),
    },
    writer: {
      application: 'app',
      setImmutableId: async (id, value) => {
        writes.count++;
        const fault = tenant.fault(id, value);
        const user = users.get(id);
        const clash =
          value !== null && live(users).some((other) => other.id !== id && other.onPremisesImmutableId === value);
        if (clash) throw failure({ code: 'conflict' });
        const isRefused = user && user.onPremisesImmutableId !== value && isFederated(tenant, user.userPrincipalName);
        if (isRefused) throw failure({ code: 'bad-request', status: 400 });
        if (user && (!fault || fault.takesEffect)) {
          if (user.onPremisesImmutableId !== value) tenant.effects.push({ id, value });
          before.set(id, user);
          users.set(id, { ...user, onPremisesImmutableId: value });
        }
        if (fault) throw failure(fault.facts);
        return { requestId: `request-${writes.count}`, quotaUse: null };
      },
      setUserPrincipalName: async (id, upn) => {
        writes.count++;
        const fault = tenant.fault(id, upn);
        const user = users.get(id);
        const clash = live(users).some((other) => other.id !== id && foldKey(other.userPrincipalName) === foldKey(upn));
        if (clash) throw failure({ code: 'conflict' });
        if (user && (!fault || fault.takesEffect)) {
          if (user.userPrincipalName !== upn) tenant.effects.push({ id, value: upn });
          before.set(id, user);
          users.set(id, { ...user, userPrincipalName: upn });
        }
        if (fault) throw failure(fault.facts);
        return { requestId: `request-${writes.count}`, quotaUse: null };
      },
    },
  };
  return tenant;
}

function isFederated({ facts }: MemoryTenant, upn: string): boolean {
  const suffix = foldKey(upn.slice(upn.lastIndexOf('@') + 1));
  return facts.domains?.some((domain) => domain.isFederated && domain.name === suffix) ?? false;
}

export function failure(facts: Partial<FailureFacts>): Failure {
  return new Failure(
    { code: 'server-error', scope: 'row', retry: 'never', effect: 'none', ...facts },
    `scripted ${facts.code ?? 'server-error'}`,
  );
}

function live(users: ReadonlyMap<Guid, CloudUser>): CloudUser[] {
  return [...users.values()].filter((user) => user.deletedDateTime === null);
}

function lookupIn(all: readonly CloudUser[], ref: CloudRef): CloudAnswer {
  const isMeant = (user: CloudUser): boolean => {
    if (ref.kind === 'object-id') return user.id === ref.id;
    if (ref.kind === 'upn') return foldKey(user.userPrincipalName) === foldKey(ref.upn);
    const value = ref.attribute === 'mail' ? user.mail : user.userPrincipalName;
    return value !== null && foldKey(value) === foldKey(ref.value);
  };
  const hits = all.filter(isMeant);
  const alive = hits.filter((user) => user.deletedDateTime === null);
  if (alive.length > 1) return { kind: 'several', users: alive };
  if (alive[0]) return { kind: 'found', user: alive[0] };
  return hits[0] ? { kind: 'deleted', user: hits[0] } : { kind: 'none' };
}

function holdersOf(users: readonly CloudUser[], ids: readonly string[]): Map<string, Holder[]> {
  const holders = new Map<string, Holder[]>();
  for (const user of users) {
    const id = user.onPremisesImmutableId;
    if (id === null || !ids.includes(id)) continue;
    const { userPrincipalName, displayName, mail, proxyAddresses, licences, deletedDateTime, sid, dn, lastSyncAt } =
      user;
    const holder: Holder = {
      id: user.id,
      userPrincipalName,
      displayName,
      mail,
      proxyAddresses,
      licences,
      isSynced: user.onPremisesSyncEnabled === true,
      sid,
      dn,
      lastSyncAt,
      objectIdentifier: user.objectIdentifier,
      isGuest: isSomebodyElses(user),
      deleted: deletedDateTime !== null,
      deletedDateTime,
    };
    holders.set(id, [...(holders.get(id) ?? []), holder]);
  }
  return holders;
}

/** Each object once, under the strongest claim it has to the address. */
function addressHolders(tenant: MemoryTenant, address: string): AddressHolder[] {
  const fromUsers = live(tenant.users).flatMap((user): AddressHolder[] => {
    const as = claimOf(user, address);
    if (as === null) return [];
    const { id, userPrincipalName: name, displayName, onPremisesImmutableId: immutableId } = user;
    const isSynced = user.onPremisesSyncEnabled === true;
    const isGuest = isSomebodyElses(user);
    return [{ kind: 'user', id, name, displayName, as, immutableId, isSynced, isGuest }];
  });
  const fromOthers = tenant.others.flatMap(({ kind, id, name, primary, others = [] }): AddressHolder[] => {
    if (primary !== address && !others.includes(address)) return [];
    const as = primary === address ? 'primary-smtp' : 'other-smtp';
    return [{ kind, id, name, displayName: name, as, immutableId: null, isSynced: false, isGuest: false }];
  });
  return [...fromUsers, ...fromOthers];
}

function claimOf(user: CloudUser, address: string): AddressHolder['as'] | null {
  if (foldKey(user.userPrincipalName) === address) return 'upn';
  const proxy = user.proxyAddresses.find((each) => foldKey(each) === `smtp:${address}`);
  if (proxy !== undefined) return proxy.startsWith('SMTP:') ? 'primary-smtp' : 'other-smtp';
  if (user.mail !== null && foldKey(user.mail) === address) return 'mail';
  return user.otherMails.some((each) => foldKey(each) === address) ? 'other-mail' : null;
}

function syncedUserOf(user: CloudUser, marks: SyncMarks): SyncedUser {
  const { id, userPrincipalName, onPremisesImmutableId: immutableId } = user;
  return { id, userPrincipalName, immutableId, sid: marks.sid ?? null, domain: marks.domain ?? 'example.test' };
}

function syncStateReading(tenant: MemoryTenant, id: Guid): SyncStateReading {
  const fault = tenant.stateFault(id);
  if (fault) return { kind: 'unreadable', failure: fault };
  const user = tenant.users.get(id);
  if (!user || user.deletedDateTime !== null) return { kind: 'missing' };
  const { lastSyncAt = null, sid = null, dn = null, errors = [] } = tenant.marks.get(id) ?? {};
  const { userPrincipalName, onPremisesImmutableId: immutableId, objectIdentifier } = user;
  const isSynced = user.onPremisesSyncEnabled === true;
  const state: SyncState = {
    id,
    userPrincipalName,
    immutableId,
    isSynced,
    lastSyncAt,
    sid,
    dn,
    objectIdentifier,
    errors,
  };
  return { kind: 'state', state };
}

export function memoryJournal(entries: JournalEntry[] = []): JournalWriter & { entries: JournalEntry[] } {
  return {
    entries,
    append: async (entry) => {
      entries.push(entry);
    },
  };
}
