import { immutableIdOfGuid } from '../../core/ids/immutable-id.ts';
import type { CheckName, TenantFacts } from '../../core/preflight.ts';
import { isAny, type List, listFrom, listOfMade, listWhere } from '../../core/list.ts';
import { packedReadBacks, type ReadBack, type ReadBacks } from '../../core/bulk/bulk.ts';
import type { VerificationRow } from '../../core/result.ts';
import type { PlannedCloud, PlanRow } from '../../core/row.ts';
import { judgeTakeOver, type TakeOverReading } from '../../core/sync/take-over.ts';
import type { Clock, Log, Progress, Survey, SyncStateReading, TenantReader } from '../ports.ts';

export type TakeOverTools = {
  readonly reader: TenantReader;
  readonly clock: Clock;
  readonly log: Log;
  readonly progress: Progress;
  /** Ends the waiting, not the reading that is under way. */
  readonly signal: AbortSignal;
};

export type TakeOverOptions = {
  /** Judge held rows too, where both sides are known: for a verification straight from a mappings file. */
  readonly includeHeld: boolean;
  /** By line, when the row's ID was written, ISO 8601; lines that are not known are absent. */
  readonly writtenAt: ReadonlyMap<number, string>;
  /** How long to go on looking at rows that sync has not come to yet, in milliseconds; null: one look. */
  readonly wait: number | null;
  /** Milliseconds from one look to the next; the last repeats. */
  readonly pollEveryMs?: readonly number[];
};

export type TakeOverEnd = {
  /** One for each plan row, in plan order; as of each row's latest look. */
  readonly verifications: List<VerificationRow>;
  readonly isInterrupted: boolean;
  /** What the last look met with when it could not be made; the verdicts are then older. Undefined: it was made. */
  readonly fault: unknown;
};

type Target = { readonly row: PlanRow; readonly cloud: PlannedCloud; readonly expected: string };

// The scheduler's cycle is half an hour as a rule, and a look costs a few hundred requests at most for 50,000 rows.
const politePace = [30_000, 60_000, 90_000, 120_000];
// Short enough for Ctrl-C to feel immediate; a clock's sleep cannot be cut short.
const sliceMs = 500;

/**
 * Judges for each row whether sync has taken its cloud user over, in bulk reads. With `wait`, looks again at the rows that
 * are still waiting until none is, the time is up or the signal comes. Throws when the first look cannot be made; a later
 * one that fails is made again in its turn.
 */
export async function verifyTakeOver(
  rows: List<PlanRow>,
  tools: TakeOverTools,
  options: TakeOverOptions,
): Promise<TakeOverEnd> {
  const targets = listOfMade(rows, (row) => targetOf(row, options.includeHeld));
  const found = packedReadBacks();
  tools.progress.stage('Reading what sync has done', targets.length);
  await look(targets, found, { tools, options });
  const fault = options.wait === null ? undefined : await waitForSync(targets, found, { tools, options });
  const renamed = options.includeHeld ? await synced(rows, tools.reader) : new Map<number, string>();
  return {
    verifications: listFrom(rows, (row) => ({
      row,
      ...(found.get(row.line) ?? notChecked(row, renamed.get(row.line))),
    })),
    isInterrupted: tools.signal.aborted && isWaiting(targets, found),
    fault,
  };
}

/** Null where there is nothing to take over. */
function targetOf(row: PlanRow, includeHeld: boolean): Target | null {
  const expected = row.state === 'held' ? (includeHeld && row.ad?.immutableId) || null : row.after;
  return row.cloud && expected !== null ? { row, cloud: row.cloud, expected } : null;
}

type Work = { readonly tools: TakeOverTools; readonly options: TakeOverOptions };

/** Returns what kept the last look from being made, if anything did. */
async function waitForSync(targets: List<Target>, found: ReadBacks, { tools, options }: Work): Promise<unknown> {
  const { clock, log, progress, signal } = tools;
  const deadline = clock.now().getTime() + (options.wait ?? 0);
  let open = listWhere(targets, (target) => isOpen(target, found));
  if (!isWaiting(targets, found)) return undefined;
  progress.stage('Waiting for sync', open.length);
  let fault: unknown;
  for (const pause of pauses(options.pollEveryMs ?? politePace)) {
    const left = deadline - clock.now().getTime();
    if (left <= 0 || !isWaiting(targets, found)) break;
    // A tenth either way, so that several runs do not come in step.
    await sleep(Math.min(left, pause * (0.9 + clock.random() / 5)), tools);
    if (signal.aborted) break;
    try {
      await look(open, found, { tools, options });
      fault = undefined;
    } catch (error) {
      // The wait may take an hour; one reading that went wrong must not cost what the others have shown.
      fault = error;
      log.warn('take-over-look-failed', { message: error instanceof Error ? error.message : String(error) });
    }
    const still = listWhere(open, (target) => isOpen(target, found));
    progress.advance(open.length - still.length);
    open = still;
  }
  return fault;
}

function* pauses(every: readonly number[]): Generator<number> {
  for (let turn = 0; ; turn++) yield every[Math.min(turn, every.length - 1)] ?? 0;
}

async function sleep(ms: number, { clock, signal }: TakeOverTools): Promise<void> {
  const end = clock.now().getTime() + ms;
  for (let left = ms; left > 0 && !signal.aborted; left = end - clock.now().getTime()) {
    await clock.sleep(Math.min(left, sliceMs));
  }
}

/** Worth another look: not come to yet, or not to be read just now. */
function isOpen({ row }: Target, found: ReadBacks): boolean {
  const verdict = found.get(row.line)?.verdict;
  return verdict === 'waiting' || verdict === 'unreadable';
}

function isWaiting(targets: Iterable<Target>, found: ReadBacks): boolean {
  return isAny(targets, ({ row }) => found.get(row.line)?.verdict === 'waiting');
}

/** Reads everything about these rows once more and judges them. */
async function look(targets: List<Target>, found: ReadBacks, work: Work): Promise<void> {
  if (targets.length === 0) return;
  const { reader, clock, log } = work.tools;
  const facts = await reader.preflight();
  const survey = await reader.survey({
    refs: listFrom(targets, ({ cloud }) => ({ kind: 'object-id', id: cloud.id })),
    immutableIds: { [Symbol.iterator]: () => idsOf(targets) },
    // The states below have them.
    objectIdentifiers: false,
  });
  const states = await reader.syncStates(Array.from(targets, ({ cloud }) => cloud.id));
  const checkedAt = clock.now().toISOString();
  let index = 0;
  let waiting = 0;
  for (const target of targets) {
    const isInBin = survey.users.at(index++)?.kind === 'deleted';
    const reading = readingOf(states.get(target.cloud.id), isInBin);
    const { verdict, actual, detail } = judge(target, reading, { facts, survey, options: work.options });
    const { row, expected } = target;
    found.set(row.line, { verdict, expected, actual, checkedAt, detail });
    if (isOpen(target, found)) waiting += 1;
  }
  log.info('take-over-looked', { rows: targets.length, waiting });
}

function* idsOf(targets: Iterable<Target>): Generator<string> {
  for (const target of targets) {
    yield target.expected;
    yield* guidIdOf(target);
  }
}

function judge(
  target: Target,
  reading: TakeOverReading,
  { facts, survey, options }: { facts: TenantFacts; survey: Survey; options: TakeOverOptions },
): ReturnType<typeof judgeTakeOver> {
  const [guidId] = guidIdOf(target);
  return judgeTakeOver({
    ...target,
    reading,
    holders: survey.holders.get(target.expected) ?? [],
    guidHolders: guidId === undefined ? [] : (survey.holders.get(guidId) ?? []),
    circumstances: {
      sync: facts.sync,
      features: facts.features,
      roles: facts.roles.get(target.cloud.id) ?? (knowsRoles(facts) ? [] : null),
      writtenAt: options.writtenAt.get(target.row.line) ?? null,
    },
  });
}

const roleChecks: ReadonlySet<CheckName> = new Set(['roles-assigned', 'roles-eligible', 'role-groups']);

/** Whether a user without a role here is one without a role. */
function knowsRoles({ unchecked }: TenantFacts): boolean {
  return !unchecked.some(({ check }) => roleChecks.has(check));
}

/** The ID that sync would use were objectGUID the source anchor, where the plan uses another. */
function guidIdOf({ row, expected }: Target): string[] {
  const id: string | null = row.ad ? immutableIdOfGuid(row.ad.objectGuid) : null;
  return id === null || id === expected ? [] : [id];
}

function readingOf(reading: SyncStateReading | undefined, isInBin: boolean): TakeOverReading {
  return reading === undefined || reading.kind === 'missing' ? { kind: 'missing', isInBin } : reading;
}

/**
 * The take-over gives a cloud user AD's UPN, after which a mappings file may not find it any more. By line: who has the
 * immutable ID of an AD user whose row names no cloud user, as a hint.
 */
async function synced(rows: Iterable<PlanRow>, reader: TenantReader): Promise<Map<number, string>> {
  const lost: { line: number; id: string }[] = [];
  for (const { line, ad, cloud } of rows) if (ad?.immutableId && !cloud) lost.push({ line, id: ad.immutableId });
  if (lost.length === 0) return new Map();
  const { holders } = await reader.survey({ refs: [], immutableIds: [...new Set(lost.map(({ id }) => id))] });
  return new Map(
    lost.flatMap(({ line, id }): [number, string][] => {
      const holder = holders.get(id)?.find(({ isSynced, deleted }) => isSynced && !deleted);
      return holder ? [[line, `${holder.userPrincipalName} (${holder.id})`]] : [];
    }),
  );
}

function notChecked(row: PlanRow, syncedAs?: string): ReadBack {
  if (syncedAs !== undefined) {
    const detail = `The row is held, but sync carries the AD user on ${syncedAs}. If that is the user meant, under its new name, verify the run folder that linked it, or name it by object id.`;
    return { verdict: 'not-checked', expected: null, actual: null, checkedAt: null, detail };
  }
  const detail =
    row.state === 'held' ? 'The row is held.' : 'No immutable ID was planned; there is nothing for sync to join.';
  return { verdict: 'not-checked', expected: null, actual: null, checkedAt: null, detail };
}
