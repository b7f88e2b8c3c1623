// run/verify/: verify reads back what the tenant has; take-over asks, after a sync cycle, whether sync has the user now.
import { assertNever, type Failure } from '../../core/failure.ts';
import type { Guid } from '../../core/guid.ts';
import { type List, listFrom, listOfMade, listWhere } from '../../core/list.ts';
import { packedReadBacks, type ReadBack, type ReadBacks } from '../../core/bulk/bulk.ts';
import type { VerdictKind, VerificationRow } from '../../core/result.ts';
import { foldKey } from '../../core/references.ts';
import type { PlannedCloud, PlanRow } from '../../core/row.ts';
import type { CloudAnswer } from '../../core/users.ts';
import type { Clock, Progress, TenantReader, UserReading } from '../ports.ts';

export type VerifyTools = {
  readonly reader: TenantReader;
  readonly clock: Clock;
  readonly progress: Progress;
  /** Aborted: no further reading is waited for. */
  readonly signal?: AbortSignal;
};

export type VerifyOptions = {
  /** Lines written moments ago: a differing reading of these may be stale and is taken again a few times. */
  readonly justWritten: ReadonlySet<number>;
  /** Compare held rows too, where both sides are known: for a verification straight from a mappings file. */
  readonly includeHeld: boolean;
  /** Lines not to be checked, e.g. those an apply did not reach. */
  readonly skip: ReadonlySet<number>;
};

type Target = { readonly row: PlanRow; readonly cloud: PlannedCloud; readonly expected: string | null };

// Milliseconds between the readings of a row that was just written and reads back differently.
const patience = [1_000, 2_000, 4_000, 8_000];

/**
 * Reads the tenant again and compares. In bulk first; what does not match there is read again directly by object id,
 * because listings and filters lag behind writes. One verification for each plan row, in plan order.
 */
export async function verifyRows(
  rows: List<PlanRow>,
  tools: VerifyTools,
  options: VerifyOptions,
): Promise<List<VerificationRow>> {
  const targets = listOfMade(rows, (row) => targetOf(row, options));
  tools.progress.stage('Reading back', targets.length);
  const found = packedReadBacks();
  const survey = await tools.reader.survey({
    refs: listFrom(targets, ({ cloud }) => ({ kind: 'object-id', id: cloud.id })),
    // What a verification says rests on v1.0 alone: it is what a plan that was made with /beta is measured by.
    objectIdentifiers: false,
  });
  let index = 0;
  for (const target of targets) {
    const lookup = survey.users.at(index++) ?? { kind: 'none' };
    found.set(target.row.line, judge(target, ofLookup(lookup), tools.clock));
  }
  await readAgain(targets, found, { tools, options });
  return listFrom(rows, (row) => ({ row, ...(found.get(row.line) ?? notChecked(row)) }));
}

/** Null where nothing is to be read. */
function targetOf(row: PlanRow, { includeHeld, skip }: VerifyOptions): Target | null {
  const { cloud } = row;
  if (!cloud || skip.has(row.line)) return null;
  if (row.state !== 'held') return { row, cloud, expected: row.after };
  const expected = row.ad?.immutableId ?? null;
  return includeHeld && expected !== null ? { row, cloud, expected } : null;
}

async function readAgain(
  targets: List<Target>,
  found: ReadBacks,
  run: { tools: VerifyTools; options: VerifyOptions },
): Promise<void> {
  const { tools, options } = run;
  const isOpen = (target: Target): boolean => found.get(target.row.line)?.verdict !== 'matches';
  let open = listWhere(targets, isOpen);
  for (const wait of [0, ...patience]) {
    if (open.length === 0) return;
    await tools.clock.sleep(wait, tools.signal);
    if (tools.signal?.aborted) return;
    const readings = await readDirectly(open, tools.reader);
    for (const target of open) {
      const reading = readings.get(target.cloud.id) ?? { kind: 'missing' };
      found.set(target.row.line, judge(target, withBin(reading, found.get(target.row.line)), tools.clock));
    }
    open = listWhere(open, (target) => isOpen(target) && options.justWritten.has(target.row.line));
  }
}

async function readDirectly(targets: List<Target>, reader: TenantReader): Promise<ReadonlyMap<Guid, UserReading>> {
  return reader.readUsers(Array.from(targets, ({ cloud }) => cloud.id));
}

/** What a reading says, with the recycle bin told apart from gone. */
type Seen = UserReading | { readonly kind: 'deleted' };

function ofLookup(lookup: CloudAnswer): Seen {
  if (lookup.kind === 'found') return { kind: 'user', user: lookup.user };
  return lookup.kind === 'deleted' ? { kind: 'deleted' } : { kind: 'missing' };
}

/** A direct read cannot see the recycle bin; the survey before it could. */
function withBin(reading: UserReading, earlier: ReadBack | undefined): Seen {
  return reading.kind === 'missing' && earlier?.detail === inBin ? { kind: 'deleted' } : reading;
}

const inBin = 'The cloud user is in the recycle bin.';

function judge(target: Target, reading: Seen, clock: Clock): ReadBack {
  const verdict = (kind: VerdictKind, actual: string | null, detail: string): ReadBack => ({
    verdict: kind,
    expected: target.expected,
    actual,
    checkedAt: clock.now().toISOString(),
    detail,
  });
  switch (reading.kind) {
    case 'user': {
      const actual = reading.user.onPremisesImmutableId || null;
      const { detour } = target.row;
      const upn = reading.user.userPrincipalName;
      if (detour !== null && foldKey(upn) === foldKey(detour.away)) {
        return verdict(
          'differs',
          actual,
          `The user is still named ${upn}; apply the run folder again to bring it home.`,
        );
      }
      // Immutable IDs are case-sensitive; nothing but equality is a match.
      return actual === target.expected ? verdict('matches', actual, '') : verdict('differs', actual, '');
    }
    case 'deleted':
      return verdict('missing', null, inBin);
    case 'missing':
      return verdict('missing', null, 'No cloud user has this object id any more.');
    case 'unreadable':
      return verdict('unreadable', null, messageOf(reading.failure));
    default:
      return assertNever(reading);
  }
}

function messageOf(failure: Failure): string {
  return `${failure.message} (${failure.facts.code})`;
}

function notChecked(row: PlanRow): ReadBack {
  const detail = row.state === 'held' ? 'The row is held.' : 'The row was not reached.';
  return { verdict: 'not-checked', expected: null, actual: null, checkedAt: null, detail };
}
