// Apply, then rollback, leaves the tenant as it was: in any order, cut off anywhere, in part, and back and forth.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toTakeBack } from '../../../src/core/judge/undo.ts';
import { idOf } from '../../support/people.ts';
import { rounds } from '../../support/rounds.ts';
import { cloud, old } from './federation.ts';
import { type Going, isHome, type Past, type Trouble, type TroubledWorld, troubledWorld } from './troubled-world.ts';

const calm: Going = { seed: 1, concurrency: 4, cut: null, troubles: [], staleness: [], meddling: null };

const anyPasts = fc.array(fc.constantFrom<Past>('new', 'new', 'had', 'federated'), { minLength: 1, maxLength: 6 });
const anyTroubles = (more: readonly Trouble[] = []): fc.Arbitrary<Trouble[]> =>
  fc.array(fc.constantFrom<Trouble>('none', 'none', 'throttled', 'lost-answer', 'lost-request', ...more), {
    maxLength: 6,
  });
const chance = { seed: fc.nat(), concurrency: fc.integer({ min: 1, max: 8 }) };
const anyCut = fc.option(fc.nat(40), { nil: null, freq: 3 });
const never = fc.constant(null);
const anyGoing: fc.Arbitrary<Going> = fc.record({
  ...chance,
  cut: anyCut,
  troubles: anyTroubles(['forbidden', 'forbidden']),
  staleness: fc.constant([]),
  meddling: fc.option(fc.nat(40), { nil: null }),
});
const anyMask = fc.option(fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), { nil: null });
const chosenBy = (mask: readonly boolean[] | null) => mask && ((line: number): boolean => mask[line - 2] === true);

type Act =
  | { readonly kind: 'go'; readonly which: number; readonly going: Going }
  | { readonly kind: 'back'; readonly which: number; readonly mask: readonly boolean[] | null }
  | { readonly kind: 'meddle'; readonly who: number };
const anyActs: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('go' as const), which: fc.nat(5), going: anyGoing }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('back' as const), which: fc.nat(5), mask: anyMask }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('meddle' as const), who: fc.nat(5) }) },
  ),
  { maxLength: 10 },
);

async function act(world: TroubledWorld, one: Act): Promise<void> {
  if (one.kind === 'meddle') {
    const n = world.numbers[one.who % world.numbers.length] ?? 2;
    // Who is on the way of a detour and has another ID too is held, and told: test/run/apply/detour.test.ts.
    if (isHome(world, n)) world.meddle(n);
    return;
  }
  const which = one.which % world.runs.length;
  if (one.kind === 'back') return world.planBack(which, chosenBy(one.mask));
  const results = await world.go(which, one.going);
  if (results) expectAllRows(world, which, results);
}

function expectAllRows(
  world: TroubledWorld,
  which: number,
  results: readonly { readonly row: { readonly line: number } }[],
): void {
  expect(results.map(({ row }) => row.line)).toEqual(world.runs[which]?.rows.map((row) => row.line));
}

/** Whoever has the planned value, and not from somebody else, is known to the run's journal. */
function expectKnown(world: TroubledWorld): void {
  const { rows = [], entries = [] } = world.runs[0] ?? {};
  const known = new Set(Array.from(toTakeBack(entries, rows), ({ written }) => written.line));
  for (const n of world.numbers) if (world.valueOf(n) === idOf(n)) expect(known).toContain(n);
}

const values = (world: TroubledWorld) => world.numbers.map((n) => world.valueOf(n));
const rightful = (world: TroubledWorld) => world.numbers.map((n) => world.rightful.get(n));

const strays = (world: TroubledWorld) => world.numbers.filter((n) => !isHome(world, n));

async function takeBackAll(world: TroubledWorld, which: number, goings: readonly Going[] = []): Promise<void> {
  await world.planBack(which, null);
  const last = world.runs.length - 1;
  for (const going of [...goings, calm]) await world.go(last, going);
}

describe('runs, rollbacks, crashes and other administrators in any order', () => {
  it('lose no row, overwrite nobody, and end with a rollback that leaves the tenant as it was', async () => {
    await fc.assert(
      fc.asyncProperty(anyPasts, anyActs, async (pasts, acts) => {
        const world = troubledWorld(pasts);
        for (const one of acts) {
          await act(world, one);
          expectKnown(world);
          expect(world.overwritings).toEqual([]);
        }
        // A rollback that was cut off in a detour knows the way home; one made anew does not, and so it is continued.
        for (let which = world.runs.length - 1; which > 0 && strays(world).length > 0; which--)
          await world.go(which, calm);
        await takeBackAll(world, 0);
        expect(world.overwritings).toEqual([]);
        expect(values(world)).toEqual(rightful(world));
        expect(strays(world)).toEqual([]);
      }),
      { numRuns: rounds(1_000) },
    );
  }, 600_000);
});

const anyCrash: fc.Arbitrary<Going> = fc.record({
  ...chance,
  cut: anyCut,
  troubles: anyTroubles(),
  staleness: fc.constant([]),
  meddling: never,
});
const anyCrashes = fc.array(anyCrash, { maxLength: 4 });

describe('an apply that is cut off again and again', () => {
  it('changes each user once, and so does its rollback', async () => {
    const plain = fc.array(fc.constantFrom<Past>('new', 'had'), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(plain, anyCrashes, anyCrashes, async (pasts, forth, back) => {
        const world = troubledWorld(pasts);
        for (const going of forth) await world.go(0, going);
        const results = await world.go(0, calm);
        expect(results?.map(({ outcome }) => outcome)).toEqual(pasts.map(() => 'applied'));
        expect(world.tenant.effects.map(({ id }) => id).sort()).toEqual(world.numbers.map(cloud).sort());
        await takeBackAll(world, 0, back);
        expect(values(world)).toEqual(rightful(world));
        expect(world.tenant.effects).toHaveLength(2 * pasts.length);
      }),
      { numRuns: rounds(500) },
    );
  }, 600_000);

  it('is told as it is though readings are old and writes are refused, and can be taken back', async () => {
    const anyMuddle: fc.Arbitrary<Going> = fc.record({
      ...chance,
      cut: anyCut,
      // Not a lost answer and a refusal in one run: what that shows is in old-readings.test.ts.
      troubles: fc.oneof(
        anyTroubles(),
        fc.array(fc.constantFrom<Trouble>('none', 'throttled', 'forbidden'), { maxLength: 6 }),
      ),
      staleness: fc.array(fc.boolean(), { maxLength: 12 }),
      meddling: never,
    });
    await fc.assert(
      fc.asyncProperty(anyPasts, fc.array(anyMuddle, { minLength: 1, maxLength: 5 }), async (pasts, muddles) => {
        const world = troubledWorld(pasts);
        for (const going of muddles) {
          const results = await world.go(0, going);
          if (results) expectAllRows(world, 0, results);
          expectKnown(world);
        }
        await takeBackAll(world, 0);
        expect(values(world)).toEqual(rightful(world));
        expect(world.numbers.filter((n) => !isHome(world, n))).toEqual([]);
      }),
      { numRuns: rounds(1_000) },
    );
  }, 600_000);
});

describe('a rollback', () => {
  it('of some rows takes back those and no others, and going on with the run leaves them so', async () => {
    const anyRows = fc.array(fc.boolean(), { minLength: 6, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(anyPasts, anyRows, anyCrashes, async (pasts, mask, crashes) => {
        const world = troubledWorld(pasts);
        await world.go(0, calm);
        await world.planBack(0, chosenBy(mask));
        for (const going of [...crashes, calm]) await world.go(1, going);
        const expected = world.numbers.map((n, at) => (mask[at] ? world.rightful.get(n) : idOf(n)));
        expect(values(world)).toEqual(expected);
        await world.go(0, calm);
        expect(values(world)).toEqual(expected);
        await takeBackAll(world, 0);
        expect(values(world)).toEqual(rightful(world));
      }),
      { numRuns: rounds(300) },
    );
  }, 600_000);

  it('of an interrupted run takes back what was begun, and the run can then still be finished', async () => {
    await fc.assert(
      fc.asyncProperty(anyPasts, anyCrash, anyCrashes, async (pasts, first, crashes) => {
        const world = troubledWorld(pasts);
        await world.go(0, first);
        await takeBackAll(world, 0, crashes);
        expect(values(world)).toEqual(rightful(world));
        // What the run has settled it does not do again; the others it does.
        const settled = new Set(
          world.runs[0]?.entries.flatMap((entry) => (entry.kind === 'outcome' ? [entry.line] : [])),
        );
        await world.go(0, calm);
        expect(values(world)).toEqual(world.numbers.map((n) => (settled.has(n) ? world.rightful.get(n) : idOf(n))));
        await takeBackAll(world, 0);
        expect(values(world)).toEqual(rightful(world));
      }),
      { numRuns: rounds(500) },
    );
  }, 600_000);

  it('can be rolled back, and that too, wherever each was cut off', async () => {
    await fc.assert(
      fc.asyncProperty(anyPasts, anyCrashes, anyCrashes, async (pasts, back, forth) => {
        const world = troubledWorld(pasts);
        await world.go(0, calm);
        await takeBackAll(world, 0, back);
        expect(values(world)).toEqual(rightful(world));
        await takeBackAll(world, 1, forth);
        expect(values(world)).toEqual(world.numbers.map(idOf));
        await takeBackAll(world, 2, back);
        expect(values(world)).toEqual(world.numbers.map((n, at) => (pasts[at] === 'new' ? null : old(n))));
        expect(world.numbers.filter((n) => !isHome(world, n))).toEqual([]);
      }),
      { numRuns: rounds(300) },
    );
  }, 600_000);
});
