// A tenant in a federated domain, rows that take the detour, and runs over them; for the tests of the detour.
import type { FailureFacts } from '../../../src/core/failure.ts';
import type { Guid } from '../../../src/core/guid.ts';
import type { JournalEntry } from '../../../src/core/journal.ts';
import type { PlanRow } from '../../../src/core/row.ts';
import type { ApplyOptions } from '../../../src/run/apply/write-all.ts';
import type { JournalWriter, TenantReader, TenantWriter } from '../../../src/run/ports.ts';
import { applyOptions, applyTools } from '../../support/apply-tools.ts';
import {
  type Fault,
  handClock,
  memoryJournal,
  type MemoryTenant,
  memoryTenant,
  noProgress,
  openFacts,
} from '../../support/in-memory.ts';
import { cloudUser, guid, idOf } from '../../support/people.ts';
import { planHeader } from '../plan-header.ts';
import { appliedInFull, rollbackInFull } from '../../support/in-full.ts';

export const home = (n: number): string => `u${n}@fed.test`;
export const away = (n: number): string => `hardmatch-${n}@managed.test`;
export const cloud = (n: number): Guid => guid('cloud', n);
export const old = (n: number): string => idOf(1_000 + n);

/** A tenant whose users are all in a federated domain, with these immutable IDs. */
export function federation(ids: Readonly<Record<number, string | null>>): MemoryTenant {
  const tenant = memoryTenant(
    Object.entries(ids).map(([n, id]) =>
      cloudUser(Number(n), { userPrincipalName: home(Number(n)), onPremisesImmutableId: id }),
    ),
  );
  const domain = { isVerified: true, isInitial: false };
  tenant.facts = {
    ...openFacts,
    domains: [
      { ...domain, name: 'fed.test', isFederated: true },
      { ...domain, name: 'managed.test', isFederated: false },
    ],
  };
  return tenant;
}

/** A row that takes user n by way of the managed domain from what the tenant has to `idOf(n)`. */
export function rowFor(n: number, tenant: MemoryTenant): PlanRow {
  const before = tenant.users.get(cloud(n))?.onPremisesImmutableId ?? null;
  return {
    line: n,
    adText: `u${n}`,
    cloudText: home(n),
    state: 'ready',
    step: before === null ? 'link' : 'relink',
    reasons: [],
    warnings: [],
    ad: null,
    cloud: {
      id: cloud(n),
      userPrincipalName: home(n),
      name: null,
      before,
      syncEnabled: null,
      userType: 'Member',
      accountEnabled: true,
    },
    after: idOf(n),
    detour: { home: home(n), away: away(n) },
    forecast: null,
    extra: [],
  };
}

export type World = { readonly reader: TenantReader; readonly writer: TenantWriter; readonly journal: JournalWriter };

/** A tenant to read and write, in memory or over the wire. */
export type Wire = { readonly reader: TenantReader; readonly writer: TenantWriter };

export type More = {
  readonly entries?: JournalEntry[];
  readonly world?: World;
  readonly signal?: AbortSignal;
  readonly options?: Partial<ApplyOptions>;
};

/** Applies, or goes on with what `entries` tell; they grow. */
export async function apply(rows: readonly PlanRow[], tenant: Wire, more: More = {}) {
  const entries = more.entries ?? [];
  const clock = handClock();
  const world = more.world ?? { reader: tenant.reader, writer: tenant.writer, journal: memoryJournal(entries) };
  const applied = await appliedInFull(rows, [...entries], {
    tools: applyTools(world, {
      journal: world.journal,
      clock,
      signal: more.signal ?? new AbortController().signal,
    }),
    options: applyOptions({ concurrency: 4, ...more.options }),
  });
  return { ...applied, entries, clock };
}

/** The rollback of what the entries tell, as planned on the tenant as it is. */
export async function rollbackRows(rows: readonly PlanRow[], entries: readonly JournalEntry[], tenant: Wire) {
  const plan = { header: planHeader, rows, fingerprint: 'sha256:00' };
  return rollbackInFull(
    { plan, entries },
    { tenant: tenant.reader, clock: handClock(), progress: noProgress },
    { only: null, toolVersion: '0', runPath: 'runs/x' },
  );
}

export async function rollBack(rows: readonly PlanRow[], entries: readonly JournalEntry[], tenant: Wire) {
  const back = await rollbackRows(rows, entries, tenant);
  return {
    rows: back.rows,
    header: back.header,
    ...(await apply(back.rows, tenant, { options: { takesBack: true } })),
  };
}

export const at = (n: number, tenant: MemoryTenant): readonly [string, string | null] | undefined => {
  const user = tenant.users.get(cloud(n));
  return user && [user.userPrincipalName, user.onPremisesImmutableId];
};
export const change = (tenant: MemoryTenant, n: number, more: Partial<ReturnType<typeof cloudUser>>): void => {
  const user = tenant.users.get(cloud(n));
  if (user) tenant.users.set(user.id, { ...user, ...more });
};
export const refusal = (facts: Partial<FailureFacts> = { code: 'bad-request', status: 400 }): Fault => ({
  facts,
  takesEffect: false,
});
export const lost = (takesEffect: boolean): Fault => ({
  facts: { code: 'timed-out', retry: 'later', effect: 'unknown' },
  takesEffect,
});
export const steps = (entries: readonly JournalEntry[]): string[] =>
  entries.map((entry) => ('step' in entry ? `${entry.kind} ${entry.step}` : entry.kind));
export const effects = (tenant: MemoryTenant): (string | null)[] => tenant.effects.map(({ value }) => value);
