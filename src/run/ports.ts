// run/: the use cases and the ports they speak through. Adapters (ad, graph, storage, log) implement these; nothing here
// knows which one it was handed.
//   plan/     reads both sides, and decides            apply/    writes a plan, row by row
//   verify/   reads back, and asks whether sync has it  rollback, lookup   the other two; run-end: the end of a run; retry
import type { Guid } from '../core/guid.ts';
import type { List } from '../core/list.ts';
import type { AdRef, CloudRef } from '../core/references.ts';
import type { SyncFeatures, TenantFacts, Unchecked } from '../core/preflight.ts';
import type {
  AddressHolder,
  AdAnswer,
  AdHolders,
  CloudAnswer,
  CloudUser,
  Holder,
  SyncedUser,
  SyncState,
} from '../core/users.ts';
import type { Failure } from '../core/failure.ts';
import type { CountedRows } from '../core/count-rows.ts';
import type { JournalEntry, JournalHeader } from '../core/journal.ts';
import type { StoredPlan } from '../core/plan.ts';
import type { ResultRow, VerificationRow } from '../core/result.ts';

/** Which directory this is; a plan is bound to `domain`. */
export type DirectoryInfo = {
  /** DNS name of the domain, lower case: `corp.example.test`; several of an AD export joined by `+`. */
  readonly domain: string;
  /** Each of them. */
  readonly domains: readonly string[];
  readonly namingContext: string;
  /** Where it was read: an LDAP URL, or the path of an AD export. */
  readonly source: string;
};

/** What all of AD is asked for. */
export type AskedOfAll = {
  readonly immutableIds: Iterable<string>;
  /** As `foldKey` makes them, without prefix. */
  readonly addresses: Iterable<string>;
  /** What fewer AD users have is left out: 2 for what is shared. */
  readonly least: number;
};

/** Active Directory, read only. Throws Failure (row scope never occurs here) or RunFault. */
export interface Directory {
  describe(): Promise<DirectoryInfo>;
  /**
   * Resolves the whole set at once; answer i belongs to reference i, and is made when it is asked for. `customAnchor` names
   * one more attribute to read. `everybody`: `whoHas` follows; where the set is large, all AD users are read on the way.
   * Faults the run with `ad-attributes-hidden` when the account may not read what an anchor depends on.
   */
  locate(
    refs: readonly AdRef[],
    customAnchor: string | null,
    more?: { readonly everybody: boolean },
  ): Promise<List<AdAnswer>>;
  /** Who in all of AD, in the search base or not, has what is asked for; from what was read of everybody, where that was. */
  whoHas(asked: AskedOfAll, customAnchor: string | null): Promise<AdHolders>;
  /** LDAP searches sent so far, a page counting as one. */
  searches(): number;
  close(): Promise<void>;
}

/** Which tenant this is; a plan is bound to `id`. */
export type TenantInfo = {
  readonly id: Guid;
  readonly name: string;
  /** Only where another tenant was asked for: its id, or its domain. */
  readonly asked?: string;
};

export type SurveyRequest = {
  readonly refs: List<CloudRef>;
  /** Whose holders are wanted. */
  readonly immutableIds?: Iterable<string>;
  /** Whose holders are wanted: UPNs and SMTP addresses without prefix, as `foldKey` makes them. */
  readonly addresses?: Iterable<string>;
  /** False: `objectIdentifier` of the users is not wanted, and nothing is read from /beta. Default: true. */
  readonly objectIdentifiers?: boolean;
};

export type Survey = {
  /** Answer i belongs to reference i, and is made when it is asked for. */
  readonly users: List<CloudAnswer>;
  /** Who has each of the asked immutable IDs, live and deleted; IDs nobody has are absent. Keys are case-sensitive. */
  readonly holders: ReadonlyMap<string, readonly Holder[]>;
  /** Which live users, groups and contacts have each of the asked addresses; those nobody has are absent. */
  readonly addresses: ReadonlyMap<string, readonly AddressHolder[]>;
  /** Checks that the survey had to do without: object identifiers, groups, contacts. */
  readonly unchecked: readonly Unchecked[];
};

/** A user's sync state as just read. */
export type SyncStateReading =
  | { readonly kind: 'state'; readonly state: SyncState }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly failure: Failure };

/** One user as just read; `missing` is Graph's 404: purged, or in the recycle bin. */
export type UserReading =
  | { readonly kind: 'user'; readonly user: CloudUser }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly failure: Failure };

export type RequestCounts = {
  /** HTTP requests sent to Graph; a $batch is one. */
  readonly graph: number;
  /** Writes sent, each inside a $batch counted. */
  readonly graphWrites: number;
  /** Answers with status 429, each inside a $batch counted. */
  readonly graphThrottled: number;
};

/** The tenant, for reading. Has no method that writes: planning is handed nothing else. */
export interface TenantReader {
  describe(): Promise<TenantInfo>;
  /** What holds for the whole tenant: sync, its switches, domains, roles. A check that is refused is `unchecked`, no fault. */
  preflight(): Promise<TenantFacts>;
  /** The switches of sync alone, one request; null where they may not be read. */
  switches(): Promise<SyncFeatures | null>;
  /** Bulk: users, holders of immutable IDs and of addresses in one go, by listing or by filters, whichever is cheaper. */
  survey(request: SurveyRequest): Promise<Survey>;
  /** Up to `limit` users that sync carries; null when they could not be read, which is then told. */
  syncedUsers(limit: number): Promise<{
    readonly users: readonly SyncedUser[] | null;
    readonly unchecked: readonly Unchecked[];
  }>;
  /** Bulk: how far sync has taken over these users. Keys are the given ids. */
  syncStates(ids: readonly Guid[]): Promise<ReadonlyMap<Guid, SyncStateReading>>;
  /** Reads these users now, by object id, 20 to a request; for the re-read that guards a write. Keys are the given ids. */
  readUsers(ids: readonly Guid[]): Promise<ReadonlyMap<Guid, UserReading>>;
  counts(): RequestCounts;
}

/** What Graph said to a write it took. */
export type WriteAnswer = {
  readonly requestId: string | null;
  /** Which share of its write quota the application has in use, 1 being the limit; null where the answer does not say. */
  readonly quotaUse: number | null;
};

/** The one thing that writes. Sends the PATCH once, by object id; throws Failure. Retrying is the caller's. */
export interface TenantWriter {
  /** The client id of the application that writes. */
  readonly application: string;
  setImmutableId(userId: Guid, value: string | null): Promise<WriteAnswer>;
  /** For the federated detour alone: moves the user to another name, and back. */
  setUserPrincipalName(userId: Guid, upn: string): Promise<WriteAnswer>;
}

/** Where writes are recorded. */
export interface JournalWriter {
  /** Resolves once the entry is on disk; rejects when it cannot be, after which nothing more may be written to the tenant. */
  append(entry: JournalEntry): Promise<void>;
}

/** A journal open for writing; `entries` are those of earlier runs of the same plan. */
export interface Journal extends JournalWriter {
  readonly entries: List<JournalEntry>;
  /** Waits for what is on its way to disk, then closes the file. */
  close(): Promise<void>;
}

/** The folder of one run. Its files are refused with a RunFault where they are damaged, or not the run's own. */
export interface RunFolder {
  readonly path: string;
  /** Takes the folder for this process; a RunFault, exit code 3, where another one has it. */
  lock(): Promise<{ release(): Promise<void> }>;
  /** Null where nothing was ever begun to be written. */
  readJournal(): Promise<{ readonly entries: List<JournalEntry> } | null>;
  /** Opens the journal of this plan, or begins it. Hold the lock meanwhile. */
  openJournal(header: JournalHeader): Promise<Journal>;
  removeVerification(): Promise<void>;
  writeVerification(fingerprint: string, verifications: Iterable<VerificationRow>): Promise<void>;
}

/** How things stand with a plan, as far as its command got. */
export type Standing = {
  readonly plan: StoredPlan;
  /** Where the rows were counted already. */
  readonly counted?: CountedRows;
  /** Null before there are any; so are verifications. */
  readonly results: List<ResultRow> | null;
  readonly verifications: List<VerificationRow> | null;
  readonly requests: RequestCounts & { readonly ldapSearches: number };
  readonly exitCode: number;
};

/** Where a run is told. */
export interface Reports {
  /** Into files, each replaced whole. */
  write(standing: Standing): Promise<void>;
  /** Into files, and then to whoever waits, who is told even where a file cannot be written; that is thrown afterwards. */
  finish(standing: Standing): Promise<void>;
}

/** What holds the rows of a stage up: so many may go at once, and so many a second from then on. */
export type Limit = { readonly atOnce: number; readonly perSecond: number };

/** Tells whoever waits how far the work is. */
export interface Progress {
  /**
   * A stage begins; `total` is null where the number of rows is not known. Of `total`, `done` were done before it began;
   * `held` rows are none of it.
   */
  stage(
    name: string,
    total: number | null,
    more?: { readonly done?: number; readonly held?: number; readonly limit?: Limit },
  ): void;
  /** So many more rows have ended, and of them so many failed (0 unless given). */
  advance(rows: number, failed?: number): void;
}

/** Progress that is shown to somebody. */
export interface ShownProgress extends Progress {
  /** A line of its own in the midst of a stage, which goes on. */
  say(text: string): void;
  end(): void;
}

/** Time, injected so that tests need not wait. */
export interface Clock {
  now(): Date;
  /** Ends early, and without an error, when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** In [0, 1), for jitter. */
  random(): number;
}

/** Repeats a read while its Failure says that it can help. Made once in compose, handed to the adapters. */
export type Retry = <T>(call: () => Promise<T>) => Promise<T>;

/** Diagnostics. `event` is static text in kebab-case; the rest is data, so that lines can be grouped. */
export interface Log {
  debug(event: string, data?: Record<string, unknown>): void;
  info(event: string, data?: Record<string, unknown>): void;
  warn(event: string, data?: Record<string, unknown>): void;
  error(event: string, data?: Record<string, unknown>): void;
}
