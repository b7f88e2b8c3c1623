// The readings that guard writes: bulk for the rows just ahead, one by one for those that had to wait.
import { Failure } from '../../../core/failure.ts';
import type { Guid } from '../../../core/guid.ts';
import type { ReadyRow } from './row-outcome.ts';
import type { Clock, TenantReader, UserReading } from '../../ports.ts';

type ReadingTools = { readonly reader: TenantReader; readonly clock: Clock };

/** What users were read as, and when, in milliseconds since the epoch. */
export type Readings = { readonly at: number; readonly byId: ReadonlyMap<Guid, UserReading> };

/** One of them. */
export type GuardReading = { readonly reading: UserReading; readonly readAt: number };

/** Never rejects: a read that failed for all of them is told to each. */
export async function readWindow(rows: readonly ReadyRow[], tools: ReadingTools): Promise<Readings> {
  return readNow(
    rows.map((row) => row.cloud.id),
    tools,
  );
}

// Milliseconds. Throttling and detours hold a window up; what was read before that is no guard any more.
const freshFor = 10_000;

/** A row as its window was read, or as it is now where that is too old or came to nothing. */
export async function readingOf(row: ReadyRow, window: Readings, tools: ReadingTools): Promise<GuardReading> {
  const { id } = row.cloud;
  const reading = window.byId.get(id) ?? { kind: 'missing' };
  // Either way: a clock that was put back makes no reading younger.
  const isFresh = Math.abs(tools.clock.now().getTime() - window.at) <= freshFor;
  return isFresh && !mayPass(reading) ? { reading, readAt: window.at } : readOne(id, tools);
}

// On a bad day the retries of one reading may all fail by chance, and a row is not to be given up for that.
const rounds = 3;

/** One user as it is now. Tries again where that can help, beyond the retries of each reading. Never rejects. */
export async function readOne(id: Guid, tools: ReadingTools): Promise<GuardReading> {
  for (let round = 1; ; round++) {
    const { at, byId } = await readNow([id], tools);
    const reading = byId.get(id) ?? { kind: 'missing' };
    if (round === rounds || !mayPass(reading)) return { reading, readAt: at };
  }
}

function mayPass(reading: UserReading): boolean {
  return reading.kind === 'unreadable' && reading.failure.facts.retry === 'later';
}

async function readNow(ids: readonly Guid[], { reader, clock }: ReadingTools): Promise<Readings> {
  const at = clock.now().getTime();
  if (ids.length === 0) return { at, byId: new Map() };
  try {
    return { at, byId: await reader.readUsers(ids) };
  } catch (error) {
    const failure = asFailure(error);
    return { at, byId: new Map(ids.map((id) => [id, { kind: 'unreadable', failure }])) };
  }
}

/** A RunFault or a bug met while reading ends the run: told as a failure of run scope with itself as the cause. */
function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new Failure({ code: 'unexpected', scope: 'run', retry: 'never', effect: 'none' }, message, { cause: error });
}
