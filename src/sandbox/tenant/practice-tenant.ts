// What every Graph handler is given: the tenant's state, and the call it answers.
import type { CallIds } from '../http/graph-errors.ts';
import type { StoredUser } from '../odata/properties.ts';
import type { TenantState } from './state.ts';
import type { UserStore } from '../odata/user-store.ts';
import type { QueryOptions } from '../odata/query.ts';
import type { People } from '../people/people.ts';
import type { Caller } from '../sign-in/tokens.ts';
import type { Charge } from '../http/quota.ts';

export type GraphVersion = 'v1.0' | 'beta';

/** The state of one practice tenant. */
export type GraphTenant = {
  /** `https://127.0.0.1:<port>`, without version. */
  readonly origin: () => string;
  readonly id: string;
  readonly displayName: string;
  readonly domains: People['tenant']['domains'];
  readonly store: UserStore;
  /** Everything that is no user. */
  readonly state: TenantState;
  /** Whether there is an Entra ID P2 licence. */
  readonly hasPremium: boolean;
  /** Whether the caller has a directory role high enough for users who hold one themselves. */
  readonly isCallerPrivileged: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** In [0, 1), the same sequence for the same seed. */
  readonly random: () => number;
  /** A page never has more entries than this, whatever `$top` says. */
  readonly pageSizeCap: number;
  readonly deletedHoldersConflict: boolean;
  /** Judges a write to a user before it is done, and throws a GraphRefusal; further rules are added here. */
  readonly writeRules: readonly WriteRule[];
};

/** One rule of who may write what to whom. `change` is null for a deletion. */
export type WriteRule = (write: {
  readonly tenant: GraphTenant;
  readonly caller: Caller;
  readonly user: StoredUser;
  readonly change: Readonly<Record<string, unknown>> | null;
}) => void;

/** One call: a request of its own, or an item of a batch. */
export type GraphCall = {
  readonly version: GraphVersion;
  readonly method: string;
  /** Values of the route's `{…}` segments, decoded, in order. */
  readonly params: readonly string[];
  readonly query: QueryOptions;
  /** Path below the version, and query, as they were written: for next links. */
  readonly rawPath: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly hasBody: boolean;
  /** The JSON body; refuses with 400 when there is none that can be read. */
  readonly readBody: () => unknown;
  readonly isBatchItem: boolean;
  readonly caller: Caller;
  readonly ids: CallIds;
};

/** An answer: JSON, plain text, or nothing. */
export type GraphAnswer = {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** One line of the routing table. */
export type Route = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the version: `/users/{id}`; `{…}` stands for one segment. Literal segments match in any case. */
  readonly path: string;
  /** One of these is needed; empty: a valid token is enough. */
  readonly permissions: readonly string[];
  readonly charge: Charge;
  /** Serves `$expand`. */
  readonly expands?: boolean;
  readonly handle: (tenant: GraphTenant, call: GraphCall) => GraphAnswer;
};

/** Whether the call may use advanced queries: ConsistencyLevel eventual. */
export function isEventual(call: GraphCall): boolean {
  return call.headers['consistencylevel']?.toLowerCase() === 'eventual';
}
