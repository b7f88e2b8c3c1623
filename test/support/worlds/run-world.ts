// One random world from plan to cycle: a plan by the real use case, its writes, cycles, and who was what before. Nobody
// knows in which order sync takes the AD users, so there are cycles in the order of the file, and in the opposite one.
import type { PlanRow } from '../../../src/core/row.ts';
import { makePlan } from '../../../src/run/plan/plan.ts';
import { GraphRefusal } from '../../../src/sandbox/http/graph-errors.ts';
import { practiceSync, type SyncReport } from '../../../src/sandbox/sync/cycle.ts';
import type { PracticeTenant, TenantUser } from '../../../src/sandbox/tenant/tenant.ts';
import { noProgress } from '../in-memory.ts';
import { withServed, withTenant } from './served-world.ts';
import type { World } from './world.ts';

/** What a world came to. */
export type WorldRun = {
  readonly rows: readonly PlanRow[];
  /** Lines of the rows whose write the tenant refused, with what it said. */
  readonly refusedWrites: ReadonlyMap<number, string>;
  /** Everybody once the plan was applied, after the first cycle, and after the second, by id. */
  readonly applied: Users;
  readonly synced: Users;
  readonly cycles: Cycles;
  /** The same from the end of the file to its beginning. */
  readonly backwards: Cycles;
  readonly seconds: { readonly plan: number; readonly rest: number };
};

/** The cycle that is predicted, and the one after it, in which values come free that moved in the first. */
type Cycles = readonly [SyncReport, SyncReport];
type Users = ReadonlyMap<string, TenantUser>;

/** Plans, applies and syncs a world. */
export async function runWorld(world: World): Promise<WorldRun> {
  return withServed(world.people, async ({ practice, directory, tenant, clock }) => {
    const begun = performance.now();
    const { sourceAnchor, sync, allowRelink, federatedDetour, deletes } = world.settings;
    const options = {
      sourceAnchor: { kind: sourceAnchor },
      // Whatever few synced users say: whether the plan stops for them is not what is asked here.
      confirmSourceAnchor: sourceAnchor,
      sync,
      allowRelink,
      federatedDetour,
      toolVersion: 'worlds',
    };
    const made = await makePlan(world.mappings, { directory, tenant, clock, progress: noProgress }, options);
    const rows = [...made.rows];
    const planned = performance.now();
    const refusedWrites = applyTo(practice, rows);
    const applied = usersOf(practice);
    const cycle = (people: World['people'], on: PracticeTenant): SyncReport =>
      practiceSync({ people, tenant: on }, { sourceAnchor, sync, deletes });
    const first = cycle(world.people, practice);
    const synced = usersOf(practice);
    const cycles = [first, cycle(world.people, practice)] as const;
    const { adUsers } = world.people;
    const reversed = { ...world.people, adUsers: adUsers.toReversed(), cloudUsers: [...applied.values()] };
    const backwards = await withTenant(reversed, (on) => [cycle(reversed, on), cycle(reversed, on)] as const);
    const seconds = { plan: (planned - begun) / 1_000, rest: (performance.now() - planned) / 1_000 };
    return { rows, refusedWrites, applied, synced, cycles, backwards, seconds };
  });
}

function usersOf(practice: PracticeTenant): Users {
  return new Map(practice.users().map((user) => [user.id, user]));
}

/** Writes what the plan says, row by row, by the tenant's own rules. */
function applyTo(practice: PracticeTenant, rows: readonly PlanRow[]): Map<number, string> {
  const refused = new Map<number, string>();
  for (const { line, state, cloud, after, detour } of rows) {
    if (state !== 'ready' || cloud === null) continue;
    try {
      if (detour !== null) practice.patch(cloud.id, { userPrincipalName: detour.away });
      practice.patch(cloud.id, { onPremisesImmutableId: after });
      if (detour !== null) practice.patch(cloud.id, { userPrincipalName: detour.home });
    } catch (error) {
      if (!(error instanceof GraphRefusal)) throw error;
      refused.set(line, error.message);
    }
  }
  return refused;
}
