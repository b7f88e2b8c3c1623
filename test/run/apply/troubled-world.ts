// A tenant and its runs in a world where everything goes wrong: machines die, answers get lost, replicas lag behind, other
// administrators are at work. For properties that have to hold in all of it.
import type { Guid } from '../../../src/core/guid.ts';
import type { JournalEntry } from '../../../src/core/journal.ts';
import type { ResultRow } from '../../../src/core/result.ts';
import type { PlanRow } from '../../../src/core/row.ts';
import { type Dice, dice } from '../../support/dice.ts';
import { applyOptions, applyTools } from '../../support/apply-tools.ts';
import { handClock, type MemoryTenant, noProgress } from '../../support/in-memory.ts';
import { idOf } from '../../support/people.ts';
import { change, cloud, federation, home, lost, old, refusal, rowFor } from './federation.ts';
import { planHeader } from '../plan-header.ts';
import { appliedInFull, rollbackInFull } from '../../support/in-full.ts';

/** What a user is like to begin with: which domain, and whether it has an immutable ID. */
export type Past = 'new' | 'had' | 'federated';

export type Trouble = 'none' | 'throttled' | 'lost-answer' | 'lost-request' | 'forbidden';

/** How one apply goes. */
export type Going = {
  readonly seed: number;
  readonly concurrency: number;
  /** The machine is gone after so many events: entries, requests leaving, answers coming. Null: it stays. */
  readonly cut: number | null;
  /** What the writes meet, in order; those after them meet nothing. */
  readonly troubles: readonly Trouble[];
  /** Which of the direct readings show the user as before the newest write, in order. */
  readonly staleness: readonly boolean[];
  /** Another administrator changes a user whose row has ended, after so many events. */
  readonly meddling: number | null;
};

/** A plan in its run folder: rows and journal. */
export type Run = {
  readonly rows: readonly PlanRow[];
  readonly entries: JournalEntry[];
  /** It is a rollback. */
  readonly takesBack: boolean;
};

/** A write that replaced what another administrator had put there. */
export type Overwriting = { readonly id: Guid; readonly found: string };

export type TroubledWorld = {
  readonly tenant: MemoryTenant;
  readonly numbers: readonly number[];
  readonly runs: Run[];
  /** What was there to begin with, by user, changed by other administrators since. */
  readonly rightful: Map<number, string | null>;
  readonly overwritings: Overwriting[];
  /** Applies run `index`, or goes on with it. Null: the machine died. */
  go(index: number, going: Going): Promise<ResultRow[] | null>;
  /** Makes a rollback plan for some rows of run `index`; it becomes one more run. */
  planBack(index: number, only: ((line: number) => boolean) | null): Promise<void>;
  /** Another administrator gives the user a value of their own. */
  meddle(n: number): void;
  valueOf(n: number): string | null;
};

const isForeign = (value: string | null): boolean => value !== null && foreignIds.has(value);
const foreignIds = new Set(Array.from({ length: 400 }, (_, index) => idOf(50_000 + index)));
const nextForeign = (() => {
  const all = [...foreignIds];
  let at = 0;
  return (): string => all[at++ % all.length] ?? '';
})();

/** A tenant with one user for each past, numbered from 2, and the plan that links them all as run 0. */
export function troubledWorld(pasts: readonly Past[]): TroubledWorld {
  const numbers = pasts.map((_past, index) => index + 2);
  const tenant = federation(Object.fromEntries(numbers.map((n, index) => [n, pasts[index] === 'new' ? null : old(n)])));
  for (const [index, n] of numbers.entries()) {
    if (pasts[index] !== 'federated') change(tenant, n, { userPrincipalName: `u${n}@managed.test` });
  }
  const rows = numbers.map((n, index): PlanRow => {
    const row = rowFor(n, tenant);
    if (pasts[index] === 'federated') return row;
    const userPrincipalName = `u${n}@managed.test`;
    return { ...row, detour: null, cloud: row.cloud && { ...row.cloud, userPrincipalName } };
  });
  const valueOf = (n: number): string | null => tenant.users.get(cloud(n))?.onPremisesImmutableId ?? null;
  const world: TroubledWorld = {
    tenant,
    numbers,
    runs: [{ rows, entries: [], takesBack: false }],
    rightful: new Map(numbers.map((n) => [n, valueOf(n)])),
    overwritings: [],
    valueOf,
    meddle: (n) => {
      const value = nextForeign();
      world.rightful.set(n, value);
      change(tenant, n, { onPremisesImmutableId: value });
    },
    planBack: async (index, only) => {
      const { rows: planned, entries } = runAt(world, index);
      const header = planHeader;
      const back = await rollbackInFull(
        { plan: { header, rows: planned, fingerprint: 'sha256:00' }, entries },
        { tenant: tenant.reader, clock: handClock(), progress: noProgress },
        { only: only && ((row) => only(row.line)), toolVersion: '0', runPath: 'runs/x' },
      );
      world.runs.push({ rows: back.rows, entries: [], takesBack: true });
    },
    go: (index, going) => goOn(world, runAt(world, index), going),
  };
  return world;
}

function runAt(world: TroubledWorld, index: number): Run {
  const run = world.runs[index];
  if (!run) throw new Error(`there is no run ${index}`);
  return run;
}

/** Whether the user is where it was, name and all. */
export function isHome(world: TroubledWorld, n: number): boolean {
  const upn = world.tenant.users.get(cloud(n))?.userPrincipalName;
  return upn === home(n) || upn === `u${n}@managed.test`;
}

async function goOn(world: TroubledWorld, run: Run, going: Going): Promise<ResultRow[] | null> {
  const throws = dice(going.seed);
  const machine = makeMachine(world, run, { going, throws });
  setTroubles(world.tenant, going);
  const applied = await appliedInFull(run.rows, [...run.entries], {
    tools: applyTools(machine.ports, { journal: machine.ports.journal, signal: new AbortController().signal }),
    options: applyOptions({ concurrency: going.concurrency, takesBack: run.takesBack }),
  });
  setTroubles(world.tenant, { troubles: [], staleness: [] });
  return machine.isDead() ? null : applied.results;
}

function setTroubles(tenant: MemoryTenant, { troubles, staleness }: Pick<Going, 'troubles' | 'staleness'>): void {
  const writes = [...troubles];
  const reads = [...staleness];
  tenant.fault = () => {
    const next = writes.shift() ?? 'none';
    if (next === 'lost-answer' || next === 'lost-request') return lost(next === 'lost-answer');
    if (next === 'throttled') return refusal({ code: 'throttled', retry: 'later', status: 429, retryAfterMs: 1_500 });
    return next === 'forbidden' ? refusal({ code: 'forbidden', status: 403 }) : undefined;
  };
  tenant.isStale = () => reads.shift() ?? false;
}

type Fate = { readonly going: Going; readonly throws: Dice };

/** Ports that take their time, in an order of their own, until the machine is gone. */
function makeMachine(world: TroubledWorld, { entries }: Run, { going, throws }: Fate) {
  const { tenant } = world;
  let events = 0;
  let isDead = false;
  let isDown = false;
  let acknowledged = entries.length;
  const tick = (): void => {
    if (events++ === going.meddling) meddleWithEnded(world, entries, throws);
    if (going.cut !== null && events > going.cut) isDead = true;
    if (!isDead) return;
    // What was not acknowledged when the machine died may be on disk or not, the later the less likely.
    if (!isDown) entries.length = acknowledged + throws.whole(0, entries.length - acknowledged);
    isDown = true;
    throw new Error('power cut');
  };
  const pause = async (): Promise<void> => {
    for (let turns = throws.whole(0, 3); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
  };
  const sending = async <T>(id: Guid, send: () => Promise<T>): Promise<T> => {
    tick();
    await pause();
    // A request that has left takes effect though nobody waits for it any more.
    const found = tenant.users.get(id)?.onPremisesImmutableId ?? null;
    const effects = tenant.effects.length;
    try {
      return await send();
    } finally {
      const isOverwritten = tenant.effects.length > effects && tenant.users.get(id)?.onPremisesImmutableId !== found;
      if (isOverwritten && found !== null && isForeign(found)) world.overwritings.push({ id, found });
      await pause();
      tick();
    }
  };
  const acknowledge = async (earlier: Promise<void>): Promise<void> => {
    await earlier;
    await pause();
    tick();
    acknowledged++;
  };
  let acks = Promise.resolve();
  const ports = {
    reader: {
      ...tenant.reader,
      readUsers: async (ids: readonly Guid[]) => {
        await pause();
        return tenant.reader.readUsers(ids);
      },
    },
    writer: {
      application: tenant.writer.application,
      setImmutableId: (id: Guid, value: string | null) => sending(id, () => tenant.writer.setImmutableId(id, value)),
      setUserPrincipalName: (id: Guid, upn: string) => sending(id, () => tenant.writer.setUserPrincipalName(id, upn)),
    },
    journal: {
      append: (entry: JournalEntry): Promise<void> => {
        if (isDown) return Promise.reject(new Error('power cut'));
        entries.push(entry);
        // Acknowledged in the order in which they came.
        const ack = acknowledge(acks);
        acks = ack.catch(() => undefined);
        return ack;
      },
    },
  };
  return { ports, isDead: () => isDead };
}

/** Before a row has ended nothing can keep its write apart from somebody else's, which Graph has no means for. */
function meddleWithEnded(world: TroubledWorld, entries: readonly JournalEntry[], throws: Dice): void {
  const ended = entries.flatMap((entry) =>
    entry.kind === 'outcome' && entry.outcome === 'applied' ? [entry.line] : [],
  );
  const line = ended[throws.whole(0, Math.max(0, ended.length - 1))];
  // Who is on the way of a detour, a rollback's too, and has another ID is held, and told: test/run/apply/detour.test.ts.
  if (line !== undefined && isHome(world, line)) world.meddle(line);
}
