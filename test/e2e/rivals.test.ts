// Two programs that want the same folder.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRunGround, type RunGround } from '../support/kill-ground.ts';
import type { Ran } from '../support/program.ts';
import { isThorough } from '../support/rounds.ts';

let ground: RunGround;

beforeAll(async () => {
  ground = await openRunGround(20);
});

afterAll(async () => {
  await ground.close();
});

/** How an apply ends that left out the rows which are held. */
const heldBack = 1;
const apply = (name: string): Promise<Ran> => ground.runProcess(['apply', name, '--yes', '--quiet']);

describe('two applies of one folder, started in the same moment', () => {
  it.each(isThorough ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] : [1, 2])(
    'let one in and refuse the other: %i',
    async (round) => {
      let end: () => void = () => undefined;
      const ended = new Promise<void>((resolve) => (end = resolve));
      // Nobody writes before one of them is gone, however slow this machine is: both are surely there together.
      const name = await ground.begin(`race-${round}`, async ({ method }) => {
        if (method === 'PATCH') await ended;
        return undefined;
      });
      const rivals = [apply(name), apply(name)].map((ran) => ran.finally(end));
      const [one, other] = (await Promise.all(rivals)).sort((a, b) => (a.code ?? 0) - (b.code ?? 0));
      expect([one?.code, other?.code]).toEqual([heldBack, 3]);
      expect(other?.stderr).toContain('Another run is using this folder');
      expect(ground.now()).toEqual(ground.crowd.after);
      expect(ground.watch.effective()).toBe(ground.crowd.writes);
    },
  );
});
