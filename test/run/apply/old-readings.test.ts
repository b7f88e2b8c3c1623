// What a reading from a replica that lags behind must not be taken for.
import { expect, it } from 'vitest';
import { idOf } from '../../support/people.ts';
import { old } from './federation.ts';
import { type Going, isHome, troubledWorld } from './troubled-world.ts';

const calm: Going = { seed: 1, concurrency: 1, cut: null, troubles: [], staleness: [], meddling: null };

// The guard's reading still shows the value from before the apply, which is the value the rollback is to write.
it('takes back a value right after it was written, though the replica that is asked has not heard of it', async () => {
  const world = troubledWorld(['new']);
  await world.go(0, calm);
  await world.planBack(0, null);
  await world.go(1, { ...calm, staleness: [true] });
  await world.go(1, calm);
  expect(world.valueOf(2)).toBeNull();
});

// The first write took effect and the machine died; an old reading makes the next run send it again, and that is refused.
// What became of the first write is not known by that.
it('does not call a row rejected whose earlier write may have taken effect', async () => {
  const world = troubledWorld(['new']);
  // Events: the intent, the request leaving, the answer.
  await world.go(0, { ...calm, cut: 2 });
  expect(world.valueOf(2)).toBe(idOf(2));
  // The guard, and the reading after the refusal, are old.
  const results = await world.go(0, { ...calm, staleness: [true, true], troubles: ['forbidden'] });
  expect(results?.[0]?.outcome).toBe('uncertain');
});

it('looks once more after a refusal, and calls a row applied that an earlier write has reached', async () => {
  const world = troubledWorld(['new']);
  await world.go(0, { ...calm, cut: 2 });
  const results = await world.go(0, { ...calm, staleness: [true, false], troubles: ['forbidden'] });
  expect(results?.[0]).toMatchObject({ outcome: 'applied', detail: expect.stringContaining('found written') });
});

// The answer to the first attempt is lost, all readings that should settle it are old, and the second attempt is refused.
// The first has taken effect all the same, and a rollback must not pass over it.
it('does not call a row rejected when the effect of an attempt before the refused one is not known', async () => {
  const world = troubledWorld(['new']);
  // The guard before the first attempt, the readings that should settle it, the guard before the second.
  // … and those after the refusal.
  const staleness = [false, ...Array.from({ length: 11 }, () => true)];
  const results = await world.go(0, { ...calm, troubles: ['lost-answer', 'forbidden'], staleness });
  expect(world.valueOf(2)).toBe(idOf(2));
  expect(results?.[0]?.outcome).toBe('uncertain');
});

// A rollback of a detour: at home with the former value is what the reading of before the write shows.
it('takes back a detour right after it was made, though readings show the user as before', async () => {
  const world = troubledWorld(['federated']);
  await world.go(0, calm);
  expect(world.valueOf(2)).toBe(idOf(2));
  const all = Array.from({ length: 60 }, () => true);
  world.tenant.isStale = () => all.pop() ?? false;
  await world.planBack(0, null);
  const results = await world.go(1, { ...calm, staleness: [true, true] });
  expect(results?.[0]?.outcome).toBe('applied');
  expect(world.valueOf(2)).toBe(old(2));
  expect(isHome(world, 2)).toBe(true);
});
