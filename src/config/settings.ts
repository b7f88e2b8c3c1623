import type { SourceAnchor } from '../core/ids/anchor.ts';
import type { Guid } from '../core/guid.ts';
import type { Secret } from './secrets.ts';

/** Where AD users are read: over LDAP, or from an export. */
export type DirectorySettings =
  | {
      readonly kind: 'ldap';
      /** `ldaps://host[:port]` or `ldap://host[:port]`, to be tried in order; at least one. */
      readonly urls: readonly string[];
      readonly user: string;
      readonly password: Secret;
      /** Absent: the directory's default naming context. */
      readonly base?: string;
      /** PEM; a DER file has been turned into it. */
      readonly caPem?: string;
      readonly startTls: boolean;
      readonly allowPlaintext: boolean;
    }
  /** `path` is absolute. */
  | { readonly kind: 'export'; readonly path: string };

/** The ways to sign in that this version has. */
export type SignIn =
  | { readonly kind: 'secret'; readonly secret: Secret }
  /** The certificate and its private key, PEM; the password is that of the key. */
  | { readonly kind: 'certificate'; readonly pem: Secret; readonly password?: Secret };

export type Cloud = 'public' | 'usgov' | 'usgov-dod' | 'china';

/** `number` is what the names of its settings end in. */
export type FurtherApplication = { readonly number: 2 | 3; readonly clientId: Guid; readonly signIn: SignIn };

export type TenantSettings = {
  /** A GUID in lower case, or a domain of the tenant. */
  readonly tenantId: string;
  readonly clientId: Guid;
  /** Applications that write beside the first, each with a quota of its own; the first alone reads. */
  readonly others: readonly FurtherApplication[];
  readonly cloud: Cloud;
  /** https, without version, tenant or trailing slash; in place of the cloud's own. */
  readonly graphUrl?: string;
  readonly authorityHost?: string;
  /** Milliseconds to wait for an answer to begin, and between two pieces of it. */
  readonly answerTimeout: number;
  readonly signIn: SignIn;
  /** The name of the tenant that may be another one than asked for. */
  readonly confirmTenant: string | null;
};

/** When to stop a run: after so many failed rows, or so many in a hundred. */
export type MaxFailures =
  { readonly kind: 'count'; readonly count: number } | { readonly kind: 'percent'; readonly percent: number };

/** A time of day, to be met next, or a moment in milliseconds since the epoch. */
export type StopTime =
  | { readonly kind: 'daily'; readonly hour: number; readonly minute: number }
  | { readonly kind: 'once'; readonly at: number };

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** How a run is to go. Null: not given, and nothing is assumed. */
export type RunOptions = {
  readonly sourceAnchor: SourceAnchor;
  /** Writes under way at the same time, 1 to 64. Null: eight for each application. */
  readonly concurrency: number | null;
  readonly allowRelink: boolean;
  /** The source anchor that may go against the evidence, as `sourceAnchorText` writes it. */
  readonly confirmSourceAnchor: string | null;
  /** A domain, in lower case; whether it is the tenant's, and managed, is for the run to find out. */
  readonly federatedDetour: string | null;
  readonly maxFailures: MaxFailures | null;
  /** Failed rows without a success between them; 0 for no limit. */
  readonly maxConsecutiveFailures: number;
  /** When the maintenance window ends. */
  readonly stopAt: StopTime | null;
  /** How old a plan may be when it is applied, in milliseconds. */
  readonly maxAge: number;
  readonly logLevel: LogLevel;
  /** Only the first so many ready rows. */
  readonly first: number | null;
  /** AD attribute, and Graph property, that the mappings name users by. */
  readonly adKey: string | null;
  readonly cloudKey: string | null;
  /** Names of the mappings' columns where they are none of the known ones. */
  readonly columns: { readonly ad?: string; readonly cloud?: string };
  /** Null: told from the file's own marks. */
  readonly encoding: Encoding | null;
  /** `sha256:` and 64 hex digits: the fingerprint that the plan must have. */
  readonly expect: string | null;
};

export type Settings = {
  /** Null where the command does not need it. */
  readonly directory: DirectorySettings | null;
  readonly tenant: TenantSettings | null;
  readonly run: RunOptions;
  /** Sentences about settings that work but deserve a look. */
  readonly warnings: readonly string[];
};
