// The practice tenant: Entra sign-in and Microsoft Graph on one HTTPS address of this machine. docs/sandbox-tenant.md says
// what it does; this is the map of how:
//   tenant             start, the handle                server        HTTPS, bodies, the end
//   serve, batch       token, $batch                    dispatch      quota, permission, refusals
//   routes             the routing table                users, groups, roles, directory: who answers
//   practice-tenant    what handlers are given          state, resources   all but users: groups, roles, sync's settings
//   user-write, write-rules   PATCH                     faults        what a fault script does to requests
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Faults } from '../faults/engine.ts';
import { type StoredUser, withValues } from '../odata/properties.ts';
import { createGraphServer } from './serve.ts';
import { type RoleHeld, type TenantState, rolesOf, stateOf } from './state.ts';
import { type IndexName, createStore } from '../odata/user-store.ts';
import type { GraphTenant } from './practice-tenant.ts';
import { aliveAgain } from './user-write.ts';
import { basicWriteRules } from './write-rules.ts';
import type { People, PracticeCloudUser } from '../people/people.ts';
import { type Quota, createMeter } from '../http/quota.ts';
import { type Caller, createTokens } from '../sign-in/tokens.ts';
import type { KnownApplication, SignInSettings } from '../sign-in/sign-in.ts';
import { type RequestCounters, type RequestRecord, type TenantHooks, createExchange } from '../http/request-log.ts';
import { courseUnderFaults } from './faults.ts';
import { practicePermissions, withoutPermissions } from './permissions.ts';
import { startTenantServer } from './server.ts';

export type TenantOptions = {
  readonly tls: { readonly certPem: string; readonly keyPem: string };
  readonly clientSecret: string;
  /** PEM of the certificate whose client assertions are accepted. */
  readonly clientCertificate?: string;
  /** Applications beside the one that the people's tenant names, each with a quota of its own; none by default. */
  readonly furtherApplications?: readonly (KnownApplication & {
    /** What it has been granted; the same as the first by default. */
    readonly permissions?: readonly string[];
  })[];
  readonly host?: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Each answer waits this long, evenly spread over `mean - spread` to `mean + spread`, in milliseconds. */
  readonly latencyMs?: { readonly mean: number; readonly spread: number };
  /** Off by default; `documentedQuota` has the real numbers. */
  readonly quota?: Quota;
  /** Reads show a user as it was before a write for this long. */
  readonly staleReadMs?: number;
  readonly tokenLifetimeS?: number;
  /** What the application has been granted; `practicePermissions` by default. */
  readonly permissions?: readonly string[];
  /** Taken away from it, together with the permissions that would stand in for these. */
  readonly denied?: readonly string[];
  /** No page has more entries than this, whatever is asked. */
  readonly pageSizeCap?: number;
  /** Whether a soft-deleted user's immutable ID is taken; true by default, as Graph's own answer is not documented. */
  readonly deletedHoldersConflict?: boolean;
  /** `privileged`: the application has a directory role that lets it write users who hold roles themselves. */
  readonly callerRole?: 'none' | 'privileged';
  /** Whether there is an Entra ID P2 licence, which reading eligible users needs; true by default. */
  readonly premium?: boolean;
  /** How many of the latest requests `requests` keeps, at least. 10,000 by default. */
  readonly requestLogSize?: number;
  /** What is to go wrong; nothing by default. */
  readonly faults?: Faults;
  /** Of the shuffling of batch answers and the latency. */
  readonly seed?: number;
  /** Milliseconds since the epoch; the clock of tokens, quotas and stale reads. */
  readonly now?: () => number;
};

/** A user as the tenant has it in truth, whatever reads may still show. */
export type TenantUser = StoredUser;

export type { RoleHeld, TenantState } from './state.ts';

export type PracticeTenant = {
  /** `https://127.0.0.1:<port>`: Graph (without version) and sign-in alike. */
  readonly url: string;
  readonly graphUrl: string;
  readonly authorityHost: string;
  readonly tenantId: string;
  readonly clientId: string;
  /** The latest requests, oldest first; batch items stand before their batch. */
  readonly requests: readonly RequestRecord[];
  readonly counters: RequestCounters;
  readonly hooks: TenantHooks;
  /** Everybody, live and deleted. */
  readonly users: () => TenantUser[];
  readonly user: (id: string) => TenantUser | undefined;
  /** Changes a user behind everybody's back, by no rule: what another administrator may do at any time. */
  readonly change: (id: string, values: Partial<Omit<PracticeCloudUser, 'id'>>) => void;
  readonly add: (user: PracticeCloudUser) => void;
  /** A PATCH of the practice application without the way over HTTP: by every rule. Throws a GraphRefusal. */
  readonly patch: (id: string, values: Readonly<Record<string, unknown>>) => void;
  /** Takes a user out of the recycle bin as it was, by no rule: no name is checked, and it stays synced. */
  readonly restore: (id: string) => void;
  /** Everybody, live and deleted, who has the value; UPNs of the deleted have their id in front. */
  readonly find: (property: IndexName, value: string) => TenantUser[];
  readonly domains: People['tenant']['domains'];
  /** What there is besides users. A part put in place of another is seen at once. */
  readonly state: TenantState;
  /** The directory roles a user holds or is eligible for, through groups too. */
  readonly rolesOf: (userId: string) => readonly RoleHeld[];
  /** Drops all connections and stops. */
  readonly close: () => Promise<void>;
};

/** Starts a tenant filled with the people. The records are not copied; they are never changed in place. */
export async function startTenant(people: People, options: TenantOptions): Promise<PracticeTenant> {
  const { host = '127.0.0.1', now = Date.now, tokenLifetimeS = 3_600 } = options;
  const hooks: TenantHooks = {};
  let url = '';
  const origin = (): string => url;
  const tenant = tenantOf(people, options, origin);
  const permissions = withoutPermissions(options.permissions ?? practicePermissions, options.denied ?? []);
  const { furtherApplications = [] } = options;
  const permissionsOf = (appId: string): readonly string[] =>
    furtherApplications.find(({ clientId }) => clientId === appId)?.permissions ?? permissions;
  const tokens = createTokens({ origin, tenantId: tenant.id, permissionsOf, lifetimeS: tokenLifetimeS, now });
  const closing = new AbortController();
  // One listener for each answer that waits; there is no telling how many do.
  setMaxListeners(0, closing.signal);
  const { store } = tenant;
  const courseOf =
    options.faults && courseUnderFaults({ faults: options.faults, store, tokens, now, closing: closing.signal });
  const exchange = createExchange({ hooks, courseOf, logSize: options.requestLogSize ?? 10_000, now });
  const meter = createMeter(options.quota, { id: tenant.id, users: people.cloudUsers.length, now });
  const { clientSecret, clientCertificate } = options;
  const first: KnownApplication = { clientId: people.tenant.clientId, clientSecret, clientCertificate };
  const signIn: SignInSettings = {
    origin,
    tenantId: tenant.id,
    tenantName: tenant.displayName,
    domains: tenant.domains.filter((domain) => domain.isVerified).map((domain) => domain.id.toLowerCase()),
    applications: new Map([first, ...furtherApplications].map((one) => [one.clientId, one])),
    tokens,
    lifetimeS: tokenLifetimeS,
    now,
  };
  const serveGraph = createGraphServer(tenant, { meter, tokens, exchange });
  const pause = pauseOf(options, tenant.random, closing.signal);
  const server = await startTenantServer(
    { signIn, exchange, serveGraph, pause },
    { host, port: options.port ?? 0, tls: options.tls },
  );
  url = server.url;
  return {
    url,
    graphUrl: url,
    authorityHost: url,
    tenantId: tenant.id,
    clientId: people.tenant.clientId,
    hooks,
    get requests() {
      return exchange.records();
    },
    get counters() {
      return exchange.counters();
    },
    domains: tenant.domains,
    state: tenant.state,
    ...usersOf(tenant, { appId: people.tenant.clientId, permissions: new Set(permissions) }),
    close: () => {
      closing.abort();
      return server.close();
    },
  };
}

/** The part of the handle that reads and changes users past all rules. */
function usersOf(tenant: GraphTenant, caller: Caller) {
  const { store } = tenant;
  const existing = (id: string): TenantUser => {
    const user = store.current(id);
    if (user === undefined) throw new Error(`the practice tenant has no user ${id}`);
    return user;
  };
  return {
    users: () => store.all(),
    user: (id) => store.current(id),
    change: (id, values) => store.put(withValues(existing(id), values)),
    add: (user) => store.put(user),
    patch: (id, change) => {
      const user = existing(id);
      for (const rule of tenant.writeRules) rule({ tenant, caller, user, change });
      store.put(withValues(user, change));
    },
    restore: (id) => store.put(aliveAgain(existing(id))),
    find: (property, value) => store.holders(property, value),
    rolesOf: (userId) => rolesOf(tenant.state, userId),
  } satisfies Partial<PracticeTenant>;
}

function tenantOf(people: People, options: TenantOptions, origin: () => string): GraphTenant {
  const { staleReadMs = 0, now = Date.now } = options;
  return {
    origin,
    id: people.tenant.id,
    displayName: people.tenant.displayName,
    domains: people.tenant.domains,
    store: createStore(people.cloudUsers, { staleReadMs, now }),
    state: stateOf(people),
    hasPremium: options.premium ?? true,
    isCallerPrivileged: options.callerRole === 'privileged',
    now,
    random: seededRandom(options.seed ?? 1),
    pageSizeCap: options.pageSizeCap ?? 999,
    deletedHoldersConflict: options.deletedHoldersConflict ?? true,
    writeRules: basicWriteRules,
  };
}

/** The wait before each answer; rejects once the tenant closes. */
function pauseOf(options: TenantOptions, random: () => number, signal: AbortSignal): () => Promise<void> | undefined {
  const { latencyMs } = options;
  if (latencyMs === undefined) return () => undefined;
  return () => sleep(Math.max(0, latencyMs.mean + (random() * 2 - 1) * latencyMs.spread), undefined, { signal });
}

/** A small generator (xorshift32): the order of batch answers must be odd, and the same in every run of a test. */
function seededRandom(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}
