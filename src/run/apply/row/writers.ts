import type { Failure } from '../../../core/failure.ts';
import { makePace, type Pace, type Pause } from './pace.ts';
import type { Clock, TenantWriter } from '../../ports.ts';

/**
 * One application's way to write, when its turn has come. What the service said of the quota is told back; a write without an
 * answer, or one that was not sent after all, says nothing of it.
 */
export type Turn = {
  readonly writer: TenantWriter;
  /** The service took the write; `use` is the share of the application's quota in use, null where it did not say. */
  answered(use: number | null): void;
  /** It refused for the quota: wait so long. A quota of the whole tenant holds up every application. */
  refused(ms: number, failure: Failure): void;
};

/** Applications that have refused one and the same write with 403, by their ids. */
export type Refusers = ReadonlySet<string>;

/** Who writes: one application or several, each with a quota and a pace of its own. */
export type Writers = {
  /** Waits for the application that is free first, the refusers left out; null when the wait was cut short. */
  turn(pause: Pause, refusers?: Refusers): Promise<Turn | null>;
  /** Waits until some application may write, without taking its turn; false when the wait was cut short. */
  open(pause: Pause): Promise<boolean>;
  /** How many writes each application has had taken, by its id. */
  taken(): Readonly<Record<string, number>>;
  /** Whether there is an application whose turn it could be. */
  hasOther(refusers: Refusers): boolean;
  /** Another application could write what these have refused. One that goes on like that is set aside. */
  refusedButOthersWrote(refusers: Refusers): void;
};

type Application = {
  readonly writer: TenantWriter;
  readonly pace: Pace;
  taken: number;
  /** Writes it refused and another took, since it last took one itself. */
  outdone: number;
  isAside: boolean;
};

// Some users may be refused to one application and not to another, by its directory roles; so many on end, and not one write
// taken between, means that it lacks the permission.
const outdoneEnough = 5;
const nobody: Refusers = new Set();

function rested(writer: TenantWriter, clock: Clock): Application {
  return { writer, pace: makePace(clock), taken: 0, outdone: 0, isAside: false };
}

/** `onSetAside` is told the id of an application that is not used any more, because it may not write. */
export function makeWriters(
  writers: readonly TenantWriter[],
  { clock, onSetAside }: { readonly clock: Clock; readonly onSetAside: (application: string) => void },
): Writers {
  const all = writers.map((writer) => rested(writer, clock));
  const others = (refusers: Refusers): Application[] =>
    all.filter(({ writer, isAside }) => !isAside && !refusers.has(writer.application));
  // Where several are free, they take turns: quotas are used up evenly.
  let latest = -1;
  const choose = (refusers: Refusers): Application => {
    const next = latest + 1;
    // All that are left may have refused it: then one of them says so once more, and that is how the row ends.
    const free = others(refusers);
    const able = free.length > 0 ? free : others(nobody);
    const inOrder = [...all.slice(next), ...all].filter((one) => able.includes(one));
    const now = clock.now().getTime();
    const freeAt = ({ pace }: Application): number => Math.max(now, pace.nextAt());
    const [first, ...rest] = inOrder;
    if (!first) throw new Error('nobody to write');
    const chosen = rest.reduce((best, one) => (freeAt(one) < freeAt(best) ? one : best), first);
    latest = all.indexOf(chosen);
    return chosen;
  };
  return {
    async turn(pause, refusers = nobody) {
      const chosen = choose(refusers);
      const { writer, pace } = chosen;
      if (!(await pace.turn(pause))) return null;
      return {
        writer,
        answered: (use) => {
          chosen.outdone = 0;
          chosen.taken++;
          pace.answered(use);
        },
        refused: (ms, { facts }) => {
          const use = facts.quotaUse ?? null;
          if (facts.quotaScope !== 'tenant') pace.refused(ms, use);
          else for (const one of all) one.pace.refused(ms, one.pace === pace ? use : null);
        },
      };
    },
    async open(pause) {
      const wait = (): number => Math.min(...others(nobody).map(({ pace }) => pace.nextAt())) - clock.now().getTime();
      for (let ms = wait(); ms > 0; ms = wait()) if (!(await pause(ms))) return false;
      return true;
    },
    taken: () => Object.fromEntries(all.map(({ writer, taken }) => [writer.application, taken])),
    hasOther: (refusers) => others(refusers).length > 0,
    refusedButOthersWrote(refusers) {
      for (const one of all.filter(({ writer }) => refusers.has(writer.application))) {
        one.outdone++;
        if (one.isAside || one.outdone < outdoneEnough || others(nobody).length < 2) continue;
        one.isAside = true;
        onSetAside(one.writer.application);
      }
    },
  };
}
