import type { Finding, ReasonCode } from './reasons.ts';
import type { List } from './list.ts';
import type { RowOutcome } from './outcome.ts';
import type { PlanKind } from './plan.ts';
import type { Preflight } from './preflight.ts';
import type { PlanRow } from './row.ts';

/** How one row ended. */
export type ResultRow = RowOutcome & {
  readonly row: PlanRow;
  /** ISO 8601, UTC; null where nothing was done in the tenant. */
  readonly finishedAt: string | null;
};

/** Why a row ended so: the plan's reasons for a held one; the writing reason otherwise. */
export function reasonsOf({ row, outcome, code }: ResultRow): readonly Finding[] {
  if (outcome === 'held') return row.reasons;
  return code === null ? [] : [{ code }];
}

export type VerdictKind =
  | 'matches'
  | 'differs'
  | 'missing'
  | 'unreadable'
  | 'not-checked'
  /** These three after sync: whether it has made the cloud user the AD user's. */
  | 'taken-over'
  | 'waiting'
  | 'sync-error';

/** What was read back for one row. */
export type VerificationRow = {
  readonly row: PlanRow;
  readonly verdict: VerdictKind;
  readonly expected: string | null;
  readonly actual: string | null;
  readonly checkedAt: string | null;
  readonly detail: string;
};

export type Counts = {
  readonly rows: number;
  readonly ready: number;
  readonly kept: number;
  readonly held: number;
  readonly applied: number;
  readonly already: number;
  readonly stale: number;
  readonly rejected: number;
  readonly uncertain: number;
  readonly notReached: number;
  readonly matches: number;
  readonly differs: number;
  readonly missing: number;
  readonly unreadable: number;
  readonly takenOver: number;
  readonly waiting: number;
  readonly syncError: number;
};

/** summary.json, and what `--json` prints. Field names are the contract's. */
export type Summary = {
  readonly tool: { readonly name: 'hardmatch'; readonly version: string };
  readonly command: string;
  readonly tenant: { readonly id: string; readonly name: string };
  readonly directory: { readonly domain: string; readonly source: string };
  readonly sourceAnchor: string;
  /** The plan's: what held for the tenant as a whole when the plan was made. */
  readonly preflight: Preflight;
  readonly input: { readonly path: string; readonly sha256: string };
  readonly fingerprint: string;
  readonly counts: Counts;
  readonly reasons: Readonly<Partial<Record<ReasonCode, number>>>;
  readonly requests: {
    readonly graph: number;
    readonly graphWrites: number;
    readonly graphThrottled: number;
    readonly ldapSearches: number;
  };
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly exitCode: number;
  /** The run folder. */
  readonly run: string;
};

/** Everything a report is made of; results and verifications are null before there are any. */
export type RunRecord = {
  readonly summary: Summary;
  /** The plan's. */
  readonly kind: PlanKind;
  readonly planCreatedAt: string;
  readonly extraColumns: readonly string[];
  /** Gone through from the beginning each time; of a large plan they come from its file, and are not to be kept. */
  readonly rows: Iterable<PlanRow>;
  /** One for each row, in their order; so are verifications. */
  readonly results: List<ResultRow> | null;
  readonly verifications: List<VerificationRow> | null;
  /** How many applications write, or would; for how long it takes. */
  readonly applications: number;
  /** The limits that the command was given, as words: what its plan is to be applied with. */
  readonly limits: readonly string[];
};
