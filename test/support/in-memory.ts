// In-memory implementations of the ports, for use cases: the smallest thing that keeps the port's promises.
import { Failure, type FailureFacts } from '../../src/core/failure.ts';
import type { Guid } from '../../src/core/guid.ts';
import type { JournalEntry } from '../../src/core/journal.ts';
import { foldKey } from '../../src/core/references.ts';
import type { AdLookup, AdUser, CloudLookup, CloudUser, Holder } from '../../src/core/users.ts';
import type {
  Clock,
  Directory,
  JournalWriter,
  Log,
  Progress,
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
    sleep: async (ms) => {
      slept.push(ms);
      time += ms;
      // Yield, so that others in flight move on as they would while somebody waits.
      await new Promise((resolve) => setImmediate(resolve));
    },
    random: () => 0.5,
  };
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
export const noProgress: Progress = { stage() {}, advance() {} };

export function memoryDirectory(users: readonly AdUser[]): Directory {
  const find = (matches: (user: AdUser) => boolean): AdLookup => {
    const hits = users.filter(matches);
    if (hits.length > 1) return { kind: 'several', dns: hits.map((user) => user.dn) };
    return hits[0] ? { kind: 'found', user: hits[0] } : { kind: 'none' };
  };
  return {
    describe: async () => ({ domain: 'example.test', namingContext: 'DC=example,DC=test', source: 'memory' }),
    locate: async (refs) =>
      refs.map((ref) => {
        if (ref.kind === 'guid') return find((user) => user.objectGuid === ref.guid);
        if (ref.kind === 'sam') return find((user) => foldKey(user.samAccountName ?? '') === foldKey(ref.name));
        if (ref.kind === 'upn') return find((user) => foldKey(user.userPrincipalName ?? '') === foldKey(ref.upn));
        return { kind: 'none' };
      }),
    searches: () => 1,
    close: async () => {},
  };
}

/** What a scripted write does: fail before it takes effect, or after. */
export type Fault = { readonly facts: Partial<FailureFacts>; readonly takesEffect: boolean };

export type MemoryTenant = {
  readonly reader: TenantReader;
  readonly writer: TenantWriter;
  readonly users: Map<Guid, CloudUser>;
  /** Writes that changed something, in order: user id and value. */
  readonly effects: { id: Guid; value: string | null }[];
  /** Called before each write; a fault makes it fail. */
  fault: (id: Guid, value: string | null) => Fault | undefined;
  /** Called for each direct read; true hides the newest write. */
  isStale: (id: Guid) => boolean;
};

export function memoryTenant(people: readonly CloudUser[]): MemoryTenant {
  const users = new Map(people.map((user) => [user.id, user]));
  const before = new Map<Guid, CloudUser>();
  let writes = 0;
  const live = (): CloudUser[] => [...users.values()].filter((user) => user.deletedDateTime === null);
  const lookup = (hits: readonly CloudUser[]): CloudLookup => {
    const alive = hits.filter((user) => user.deletedDateTime === null);
    if (alive.length > 1) return { kind: 'several', users: alive };
    if (alive[0]) return { kind: 'found', user: alive[0] };
    return hits[0] ? { kind: 'deleted', user: hits[0] } : { kind: 'none' };
  };
  const tenant: MemoryTenant = {
    users,
    effects: [],
    fault: () => undefined,
    isStale: () => false,
    reader: {
      describe: async () => ({ id: tenantId, name: 'Example Practice Tenant' }),
      survey: async (refs, ids) => ({
        users: refs.map((ref) => {
          const all = [...users.values()];
          if (ref.kind === 'object-id') return lookup(all.filter((user) => user.id === ref.id));
          const wanted = foldKey(ref.kind === 'upn' ? ref.upn : ref.value);
          return lookup(all.filter((user) => foldKey(user.userPrincipalName) === wanted));
        }),
        holders: holdersOf([...users.values()], ids),
      }),
      readUsers: async (ids) =>
        new Map(
          ids.map((id): [Guid, UserReading] => {
            const user = (tenant.isStale(id) ? before.get(id) : undefined) ?? users.get(id);
            return [id, user && user.deletedDateTime === null ? { kind: 'user', user } : { kind: 'missing' }];
          }),
        ),
      counts: () => ({ graph: 0, graphWrites: writes, graphThrottled: 0 }),
    },
    writer: {
      setImmutableId: async (id, value) => {
        writes++;
        const fault = tenant.fault(id, value);
        const user = users.get(id);
        const clash =
          value !== null && live().some((other) => other.id !== id && other.onPremisesImmutableId === value);
        if (clash) throw failure({ code: 'conflict' });
        if (user && (!fault || fault.takesEffect)) {
          if (user.onPremisesImmutableId !== value) tenant.effects.push({ id, value });
          before.set(id, user);
          users.set(id, { ...user, onPremisesImmutableId: value });
        }
        if (fault) throw failure(fault.facts);
        return { requestId: `request-${writes}` };
      },
    },
  };
  return tenant;
}

export function failure(facts: Partial<FailureFacts>): Failure {
  return new Failure(
    { code: 'server-error', scope: 'row', retry: 'never', effect: 'none', ...facts },
    `scripted ${facts.code ?? 'server-error'}`,
  );
}

function holdersOf(users: readonly CloudUser[], ids: readonly string[]): Map<string, Holder[]> {
  const holders = new Map<string, Holder[]>();
  for (const user of users) {
    const id = user.onPremisesImmutableId;
    if (id === null || !ids.includes(id)) continue;
    const holder = { id: user.id, userPrincipalName: user.userPrincipalName, deleted: user.deletedDateTime !== null };
    holders.set(id, [...(holders.get(id) ?? []), holder]);
  }
  return holders;
}

export function memoryJournal(entries: JournalEntry[] = []): JournalWriter & { entries: JournalEntry[] } {
  return {
    entries,
    append: async (entry) => {
      entries.push(entry);
    },
  };
}
