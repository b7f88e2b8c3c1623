import type { OutcomeKind } from './outcome.ts';
import type { Preflight } from './preflight.ts';
import { type Finding, type ReasonCode, reasonCatalogue } from './reasons.ts';
import { type Counts, reasonsOf, type ResultRow, type VerdictKind, type VerificationRow } from './result.ts';
import type { PlanRow } from './row.ts';

export type CountedRows = { readonly counts: Counts; readonly reasons: Partial<Record<ReasonCode, number>> };

/** What is counted: a plan with what holds for the whole run, or rows alone. */
export type Countable =
  Iterable<PlanRow> | { readonly rows: Iterable<PlanRow>; readonly header: { readonly preflight: Preflight } };

/**
 * Counts states, outcomes, verdicts and reasons; results and verifications are those of the rows, at most one for each. A reason counts once for a row, however often the row met it, and once
 * for the whole run when it is one of the plan's preflight; rows alone have none of those.
 */
export function countRows(
  plan: Countable,
  results: Iterable<ResultRow> | null,
  verifications: Iterable<VerificationRow> | null,
): CountedRows {
  const counting = new RowCounter('header' in plan ? plan.header.preflight.findings : []);
  const ended = (results ?? [])[Symbol.iterator]();
  const read = (verifications ?? [])[Symbol.iterator]();
  // Side by side, because of a large plan each row is made anew for every time that all are gone through.
  for (const row of 'header' in plan ? plan.rows : plan) {
    counting.addRow(row, results === null);
    const result = ended.next();
    if (!result.done) counting.addResult(result.value);
    const verification = read.next();
    if (!verification.done) counting.addVerification(verification.value);
  }
  return counting.result();
}

/** Counts as the rows go by. */
export class RowCounter {
  #rows = 0;
  readonly #states = new Map<PlanRow['state'], number>();
  readonly #outcomes = new Map<OutcomeKind, number>();
  readonly #verdicts = new Map<VerdictKind, number>();
  readonly #reasons = new Map<ReasonCode, number>();

  /** `wholeRun`: what was found for the run as a whole. */
  constructor(wholeRun: readonly Finding[]) {
    this.#addReasons(wholeRun);
  }

  /** `withReasons`: false where there are results, which have the reasons as they are now. */
  addRow(row: PlanRow, withReasons = true): void {
    this.#rows += 1;
    addOne(this.#states, row.state);
    if (withReasons) this.#addReasons([...row.reasons, ...row.warnings]);
  }

  addResult(result: ResultRow): void {
    addOne(this.#outcomes, result.outcome);
    this.#addReasons([...reasonsOf(result), ...result.row.warnings]);
  }

  addVerification({ verdict }: VerificationRow): void {
    addOne(this.#verdicts, verdict);
  }

  result(): CountedRows {
    const read = (verdict: VerdictKind): number => this.#verdicts.get(verdict) ?? 0;
    const ended = (outcome: OutcomeKind): number => this.#outcomes.get(outcome) ?? 0;
    return {
      counts: {
        rows: this.#rows,
        ready: this.#states.get('ready') ?? 0,
        kept: this.#states.get('kept') ?? 0,
        held: this.#states.get('held') ?? 0,
        applied: ended('applied'),
        already: ended('already'),
        stale: ended('stale'),
        rejected: ended('rejected'),
        uncertain: ended('uncertain'),
        notReached: ended('not-reached'),
        matches: read('matches'),
        differs: read('differs'),
        missing: read('missing'),
        unreadable: read('unreadable'),
        takenOver: read('taken-over'),
        waiting: read('waiting'),
        syncError: read('sync-error'),
      },
      reasons: inCatalogueOrder(this.#reasons),
    };
  }

  #addReasons(findings: readonly Finding[]): void {
    for (const code of new Set(findings.map((finding) => finding.code))) addOne(this.#reasons, code);
  }
}

function addOne<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The catalogue's order is the order of repair. */
function inCatalogueOrder(counts: ReadonlyMap<ReasonCode, number>): Partial<Record<ReasonCode, number>> {
  const ordered = (Object.keys(reasonCatalogue) as ReasonCode[]).filter((code) => counts.has(code));
  return Object.fromEntries(ordered.map((code) => [code, counts.get(code)])) as Partial<Record<ReasonCode, number>>;
}

/** Found for the whole run, and reason enough not to go on without a look. */
const runAttention: readonly ReasonCode[] = ['pairings-look-shifted', 'hard-match-blocked-in-tenant'];

/**
 * Exit code of a run that ended by itself: 1 when a row was held, stale, rejected, uncertain, not reached, or reads back
 * wrong, or when sync has not taken a row's user over (yet), or will take none; else 0. What else holds for the whole run is
 * told, and is no row's.
 */
export function exitCodeOf({ counts, reasons }: CountedRows): 0 | 1 {
  const attention =
    counts.held +
    counts.stale +
    counts.rejected +
    counts.uncertain +
    counts.notReached +
    counts.differs +
    counts.missing +
    counts.unreadable +
    counts.waiting +
    counts.syncError;
  return attention > 0 || runAttention.some((code) => code in reasons) ? 1 : 0;
}
