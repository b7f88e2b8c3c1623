// Holds what a plan predicted against what the cycle did, row by row. What a prediction means is said here once, by its
// name, so that a kind of prediction that is not known here shows as a mismatch and not as silence.
import type { Clash } from '../../../src/core/forecast.ts';
import type { PlanRow } from '../../../src/core/row.ts';
import type { SyncLine, SyncOutcome } from '../../../src/sandbox/sync/cycle.ts';
import type { WorldRun } from './run-world.ts';
import type { World } from './world.ts';

/** A row, or a person, of whom the plan was wrong. */
export type Mismatch = {
  /** What kind of mismatch: `joins → hard-match-refused`, `clash not predicted: proxyAddresses`. */
  readonly kind: string;
  readonly seed: number;
  readonly line: number;
  /** What the persons of the row are, and the facts in question. */
  readonly facts: Readonly<Record<string, unknown>>;
};

export type Comparison = {
  /** Rows by `prediction → outcome`. */
  readonly table: Readonly<Record<string, number>>;
  readonly mismatches: readonly Mismatch[];
};

/** Which outcomes a prediction stands for. One of several with an anchor comes through; the others fail. */
const meant: Readonly<Record<string, readonly SyncOutcome[]>> = {
  carried: ['carried'],
  'out-of-scope': ['out-of-scope'],
  joins: ['joined'],
  'join-blocked': ['hard-match-refused', 'ignored'],
  restores: ['restored'],
  'soft-matches': ['soft-matched'],
  'soft-match-blocked': ['soft-match-refused'],
  'soft-match-fails': ['soft-match-refused'],
  'carry-blocked': ['error'],
  provisions: ['provisioned'],
  nameless: ['error'],
  'another-joins': ['error'],
};

/** Says nothing that could be wrong; counted in the table. */
const saysNothing = new Set(['unknown', 'none']);

/** Outcomes by which a cloud user comes to an AD user that did not have it. */
const takes = new Set<SyncOutcome>(['joined', 'soft-matched', 'restored']);

/** Outcomes with which values are written. */
const writes = new Set<SyncOutcome>([...takes, 'carried', 'provisioned']);

/** Compares a whole world. */
export function compareWorld(world: World, run: WorldRun): Comparison {
  const table: Record<string, number> = {};
  const mismatches: Mismatch[] = [];
  const lines = linesOf(run);
  for (const row of run.rows) {
    const now = row.ad && lines.get(row.ad.objectGuid);
    const add = (kind: string, facts: Mismatch['facts'] = {}): void => {
      mismatches.push({
        kind,
        seed: world.seed,
        line: row.line,
        facts: { ...factsOf(world, row, now?.first), ...facts },
      });
    };
    const said = row.forecast?.prediction.kind ?? 'none';
    const key = `${said} → ${now?.first.outcome ?? (row.ad ? 'not in AD' : 'no AD user')}`;
    table[key] = (table[key] ?? 0) + 1;
    if (run.refusedWrites.has(row.line)) add('write refused', { by: run.refusedWrites.get(row.line) });
    for (const found of now ? rowFaults({ world, run, row, ...now }) : []) add(found.kind, found.facts);
    for (const found of personFaults({ run, row })) add(found.kind, found.facts);
  }
  return { table, mismatches };
}

type Fault = { readonly kind: string; readonly facts?: Readonly<Record<string, unknown>> };
/** Of one AD user: what the cycle did, what it does from the other end, and what either still has after the next one. */
type Lines = { readonly first: SyncLine; readonly backwards: SyncLine; readonly settled: readonly SyncLine[] };
type Case = Lines & { readonly world: World; readonly run: WorldRun; readonly row: PlanRow };

function linesOf({ cycles, backwards }: WorldRun): ReadonlyMap<string, Lines> {
  const [first, second, otherFirst, otherSecond] = [...cycles, ...backwards].map(
    ({ lines }) => new Map(lines.map((line) => [line.objectGuid, line])),
  );
  return new Map(
    [...(first ?? [])].map(([guid, line]) => {
      const settled = [second?.get(guid), otherSecond?.get(guid)].flatMap((one) => one ?? []);
      return [guid, { first: line, backwards: otherFirst?.get(guid) ?? line, settled }];
    }),
  );
}

/** What is wrong with what the row says of its own AD user. */
function rowFaults(at: Case): readonly Fault[] {
  const { row, first, backwards } = at;
  if (row.forecast === null || saysNothing.has(row.forecast.prediction.kind)) return [];
  const { prediction } = row.forecast;
  const outcome = outcomeFault(prediction, first);
  // What follows from an outcome that was predicted wrongly is wrong too; it is told once.
  if ([first, backwards].some(({ error }) => error === 'DuplicateAnchor')) return sharedAnchorFaults(row, outcome);
  if (outcome !== undefined) return outcomeFault(prediction, backwards) === undefined ? [] : [outcome];
  if (!writesValues(first)) return [];
  return [...clashFaults(at), ...refusalFaults(at), ...changeFaults(at)];
}

/** A soft match that is refused writes where a new user is made of it. */
function writesValues({ outcome, madeId }: SyncLine): boolean {
  return outcome === 'soft-match-refused' ? madeId !== undefined : writes.has(outcome);
}

/** Of several AD users with one anchor: that they are is to be told, and which of them comes through, where that is said. */
function sharedAnchorFaults(row: PlanRow, outcome: Fault | undefined): readonly Fault[] {
  const kind = row.forecast?.prediction.kind;
  if (kind === 'contested') return [];
  if (outcome !== undefined) return [outcome];
  return warned(row, ...saysAnother) ? [] : [{ kind: `${kind ?? 'none'}: the shared anchor is not told` }];
}

function outcomeFault(prediction: { readonly kind: string }, line: SyncLine): Fault | undefined {
  const { kind } = prediction;
  // One of several: which one is not said. All of them are sync's affair, though.
  if (kind === 'contested' && !['out-of-scope', 'ignored'].includes(line.outcome)) return undefined;
  const expected = kind === 'contested' ? [] : meant[kind];
  if (expected === undefined) return { kind: `prediction that is not known here: ${kind}` };
  if (!expected.includes(line.outcome)) return { kind: `${kind} → ${line.outcome}${why(line)}` };
  if (kind.startsWith('soft-match-') && (kind === 'soft-match-fails') !== (line.madeId !== undefined)) {
    return { kind: `${kind} → ${line.madeId === undefined ? 'nobody' : 'a new user'} made` };
  }
  const user = userOf(prediction);
  if (user === undefined || user === line.cloudId) return undefined;
  return { kind: `${kind} → ${line.outcome}, of another cloud user`, facts: { predictedUser: user } };
}

function why({ outcome, why: reason, error }: SyncLine): string {
  if (error === 'DuplicateAnchor') return ' (DuplicateAnchor)';
  return outcome === 'out-of-scope' || reason === undefined ? '' : ` (${reason})`;
}

/** The cloud user that a prediction names. */
function userOf(prediction: object): string | undefined {
  const named = 'user' in prediction ? prediction.user : 'by' in prediction ? prediction.by : undefined;
  return typeof named === 'string' ? named : undefined;
}

/** As a key: `mail` is an address as any other. */
function clashKey({ attribute, value }: Pick<Clash, 'attribute' | 'value'>): string {
  return `${attribute === 'userPrincipalName' ? attribute : 'proxyAddresses'} ${value.replace(/^smtp:/i, '').toLowerCase()}`;
}

function clashFaults({ run, row, first, backwards, settled }: Case): Fault[] {
  const clashes = row.forecast?.clashes ?? [];
  const predicted = new Set(clashes.map(clashKey));
  const stays = new Map(
    settled
      .flatMap((line) => line.quarantined.map((one) => [clashKey(one), one] as const))
      .filter(([key]) => !predicted.has(key)),
  );
  const met = new Set([first, backwards, ...settled].flatMap((line) => line.quarantined.map(clashKey)));
  // A value that moved in this very cycle, or that another AD user got first, was rightly said to be somebody's.
  const untrue = clashes.filter((clash) => !met.has(clashKey(clash)) && !isContended(run, clash, first.objectGuid));
  return [
    ...[...stays.values()].map(({ attribute, value, holderId }) => ({
      kind: `clash not predicted: ${attribute}${ofWhom(run, holderId)}`,
      facts: { value, holderId },
    })),
    ...untrue.map(({ attribute, value, holder }) => ({
      kind: `clash that did not come: ${attribute}`,
      facts: { value, holder },
    })),
  ];
}

/** Whether the holder was there before the cycle, or came with it: an AD user that was written. */
function ofWhom({ applied }: WorldRun, holderId: string): string {
  return applied.has(holderId) ? '' : ', of a user that this cycle made, or a group or contact';
}

/** Whether somebody else had the value before the cycle, or another AD user was refused it in the cycle. */
function isContended({ applied, cycles, backwards }: WorldRun, clash: Clash, objectGuid: string): boolean {
  const key = clashKey(clash);
  const value = clash.value.replace(/^smtp:/i, '').toLowerCase();
  const isElsewhere = [...cycles[0].lines, ...backwards[0].lines].some(
    (line) => line.objectGuid !== objectGuid && line.quarantined.some((one) => clashKey(one) === key),
  );
  if (isElsewhere) return true;
  const line = cycles[0].lines.find((one) => one.objectGuid === objectGuid);
  for (const user of applied.values()) {
    if (user.id === line?.cloudId || user.deletedDateTime !== null) continue;
    const has = [user.userPrincipalName, user.mail ?? '', ...user.proxyAddresses.map((one) => one.slice(5))];
    if (has.some((one) => one.toLowerCase() === value)) return true;
  }
  return false;
}

function warned(row: PlanRow, ...codes: readonly string[]): boolean {
  return [...row.warnings, ...row.reasons].some(({ code }) => codes.includes(code));
}

function refusalFaults({ row, first }: Case): Fault[] {
  // What two AD users bring is told of both, under another name.
  const refused = first.refused.filter(({ why: reason }) => reason !== 'duplicate');
  const isWarned = warned(row, 'ad-value-refused-by-sync');
  if (refused.length > 0 && !isWarned) {
    return refused.map(({ attribute, value, why: reason }) => ({
      kind: `refused value not predicted: ${attribute} (${reason})`,
      facts: { value },
    }));
  }
  return refused.length === 0 && isWarned ? [{ kind: 'refused value that did not come' }] : [];
}

/** What the take-over did to the cloud user itself: its name, its sign-in, its mailbox. */
function changeFaults({ run, row, first }: Case): Fault[] {
  const before = run.applied.get(first.cloudId ?? '');
  const after = run.synced.get(first.cloudId ?? '');
  // What becomes of another cloud user than the row's is another row's to say.
  if (before === undefined || after === undefined || first.cloudId !== row.cloud?.id) return [];
  if (!takes.has(first.outcome)) return [];
  const faults: Fault[] = [];
  const named = row.forecast?.overwrites.find(({ attribute }) => attribute === 'userPrincipalName')?.ad.toLowerCase();
  const clashes = row.forecast?.clashes.some(({ attribute }) => attribute === 'userPrincipalName') === true;
  const upn = after.userPrincipalName.toLowerCase();
  const isRenamed = upn !== liveName(before).toLowerCase();
  const isPlaceholder = first.quarantined.some(({ attribute }) => attribute === 'userPrincipalName');
  if (!isPlaceholder && !clashes && (isRenamed ? named !== upn : named !== undefined)) {
    const kind =
      named === undefined ? 'new name not predicted' : isRenamed ? 'another new name' : 'new name that did not come';
    faults.push({ kind, facts: { predicted: named, before: before.userPrincipalName, after: upn } });
  }
  if (before.accountEnabled !== after.accountEnabled && !warned(row, 'sign-in-will-change', 'ad-user-disabled')) {
    faults.push({ kind: `sign-in not predicted: ${after.accountEnabled ? 'allowed' : 'blocked'}` });
  }
  if (first.orphansMailbox === true && !warned(row, 'mailbox-on-both-sides')) {
    faults.push({ kind: 'mailbox on both sides not predicted' });
  }
  return faults;
}

/** The UPN a deleted user had before its id was put in front. */
function liveName({ id, userPrincipalName }: { readonly id: string; readonly userPrincipalName: string }): string {
  const prefix = id.replaceAll('-', '');
  return userPrincipalName.startsWith(prefix) ? userPrincipalName.slice(prefix.length) : userPrincipalName;
}

/** By these a row says that its cloud user goes, or may go, to another AD user. */
const saysAnother = [
  'anchor-shared-in-ad',
  'another-joins',
  'two-rows-one-anchor',
  'existing-id-is-other-user',
  'pairing-contradicted',
];

const takers = new WeakMap<WorldRun, ReadonlyMap<string, SyncLine>>();

/** Who took which cloud user in the cycle. */
function takersOf(run: WorldRun): ReadonlyMap<string, SyncLine> {
  const there = takers.get(run);
  if (there) return there;
  const made = new Map(
    run.cycles[0].lines.flatMap((line) => (takes.has(line.outcome) && line.cloudId ? [[line.cloudId, line]] : [])),
  );
  takers.set(run, made);
  return made;
}

/** What the cycle did to the row's cloud user that no prediction of the plan said. */
function personFaults({ run, row }: { readonly run: WorldRun; readonly row: PlanRow }): Fault[] {
  if (row.cloud === null) return [];
  const { id } = row.cloud;
  const taker = takersOf(run).get(id);
  const faults: Fault[] = [];
  const isOwn = taker?.objectGuid === row.ad?.objectGuid;
  if (taker && !isOwn && !isSaid(run, row, taker)) {
    faults.push({ kind: `cloud user taken by another AD user (${taker.outcome})`, facts: { taker: taker.dn } });
  }
  const isGone = run.cycles[0].deleted.includes(id);
  const isLossSaid = row.forecast?.prediction.kind === 'out-of-scope' || warned(row, 'cloud-user-loses-ad');
  if (isGone && !isLossSaid) faults.push({ kind: 'cloud user deleted' });
  return faults;
}

/** Whether this row, or the row of who takes its user, says so. */
function isSaid(run: WorldRun, row: PlanRow, taker: SyncLine): boolean {
  if (warned(row, ...saysAnother) || row.forecast?.prediction.kind === 'contested') return true;
  return run.rows.some(
    (other) =>
      other.ad?.objectGuid === taker.objectGuid &&
      other.forecast !== null &&
      (userOf(other.forecast.prediction) === row.cloud?.id || other.forecast.prediction.kind === 'contested'),
  );
}

function factsOf({ kindsOf }: World, row: PlanRow, line: SyncLine | undefined): Record<string, unknown> {
  return {
    state: row.state,
    codes: [...row.reasons, ...row.warnings].map(({ code }) => code),
    prediction: row.forecast?.prediction,
    outcome: line && { ...line, dn: undefined, objectGuid: undefined },
    ad: kindsOf.get(row.ad?.objectGuid ?? ''),
    cloud: kindsOf.get(row.cloud?.id ?? ''),
  };
}
