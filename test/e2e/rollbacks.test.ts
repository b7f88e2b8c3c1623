// Rollbacks: of some rows, of an interrupted run, of a rollback, past other administrators.
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { HookAnswer, TenantRequest } from '../../src/sandbox/http/request-log.ts';
import { openRunGround, type RunGround } from '../support/kill-ground.ts';
import type { Ran } from '../support/program.ts';

/** Each of these runs the program half a dozen times. */
const limit = 240_000;

let ground: RunGround;
let bodies: string[] = [];
let count = 0;
let run = '';

beforeAll(async () => {
  ground = await openRunGround(40);
});

afterAll(async () => {
  await ground.close();
});

beforeEach(async () => {
  bodies = [];
  run = await ground.begin(`run-${++count}`, (request: TenantRequest): HookAnswer => {
    if (request.method === 'PATCH') bodies.push(request.body);
    return undefined;
  });
});

const back = (of: string, as: string, ...more: readonly string[]): Promise<Ran> =>
  ground.run(['rollback', of, '--run', as, '--yes', '--json', '--quiet', ...more]);
const counts = (ran: Ran) => (JSON.parse(ran.stdout) as { counts: Record<string, number> }).counts;

const words = (): string[] => ['apply', run, '--yes', '--json', '--quiet'];
const apply = (): Promise<Ran> => ground.run(words());
const applyKilledAfter = (most: number): Promise<Ran> =>
  ground
    .runProcess(words(), {
      onStart: (child) => {
        ground.watch.onWrite = (writes) => {
          if (writes === most) child.kill('SIGKILL');
        };
      },
    })
    .finally(() => (ground.watch.onWrite = null));

it(
  'takes back an interrupted run, which can be finished afterwards and taken back again',
  { timeout: limit },
  async () => {
    const { crowd } = ground;
    expect((await applyKilledAfter(15)).code).toBeNull();
    const first = await back(run, `${run}-back`);
    expect([first.code, first.stderr]).toEqual([0, expect.any(String)]);
    expect(ground.now()).toEqual(crowd.before);
    // What the run had settled it does not do again: it tells what it did, and its reading back what has become of it.
    const finished = counts(await apply());
    expect(finished).toMatchObject({ rows: crowd.rows, applied: crowd.writes, uncertain: 0, notReached: 0 });
    expect(finished['differs']).toBeGreaterThan(0);
    expect(ground.now()).not.toEqual(crowd.before);
    expect((await back(run, `${run}-back-again`)).code).toBe(0);
    expect(ground.now()).toEqual(crowd.before);
  },
);

it('takes back a rollback, and that rollback too; an empty value goes out as null', { timeout: limit }, async () => {
  const { before, after, writes } = ground.crowd;
  expect((await apply()).code).toBe(1);
  expect(counts(await back(run, `${run}-1`))).toMatchObject({ rows: writes, applied: writes, matches: writes });
  expect(ground.now()).toEqual(before);
  const cleared = bodies.slice(writes).filter((body) => body === '{"onPremisesImmutableId":null}');
  const had = [...after].filter(([id, value]) => before.get(id) === null && value !== null);
  expect(cleared).toHaveLength(had.length);
  expect(counts(await back(`${run}-1`, `${run}-2`))).toMatchObject({ rows: writes, applied: writes, matches: writes });
  expect(ground.now()).toEqual(after);
  expect(counts(await back(`${run}-2`, `${run}-3`))).toMatchObject({ rows: writes, applied: writes, matches: writes });
  expect(ground.now()).toEqual(before);
});

it(
  'takes back the rows of --only, goes on after a kill, and leaves alone whom somebody else has changed',
  { timeout: limit },
  async () => {
    const { before, after, writes } = ground.crowd;
    await apply();
    const [header = '', ...lines] = (await readFile(`${ground.path(run)}/results.csv`, 'utf8')).split('\r\n');
    const written = lines.filter((line) => line.includes(',applied,'));
    const chosen = written.filter((_line, at) => at % 2 === 0);
    const some = `${ground.path(run)}-some.csv`;
    await writeFile(some, [header, ...chosen, ''].join('\r\n'));
    const idOf = (line: string): string => line.split(',')[5] ?? '';
    const [changed = ''] = chosen.map(idOf);
    ground.change(changed, 'AAAAAAAAAAAAAAAAAAAAAA==');

    const name = `${run}-some`;
    let seen = 0;
    const killed = await ground.runProcess(['rollback', run, '--only', some, '--run', name, '--yes', '--quiet'], {
      onStart: (child) => {
        ground.watch.onWrite = () => {
          if (++seen === 5) child.kill('SIGKILL');
        };
      },
    });
    ground.watch.onWrite = null;
    expect(killed.code).toBeNull();
    const resumed = await ground.run(['apply', name, '--yes', '--json', '--quiet']);
    expect(resumed.code).toBe(1);
    expect(counts(resumed)).toMatchObject({ rows: chosen.length, applied: chosen.length - 1, held: 1 });
    const isBack = new Set(chosen.map(idOf));
    const expected = new Map([...after].map(([id, value]) => [id, isBack.has(id) ? (before.get(id) ?? null) : value]));
    expect(ground.now()).toEqual(expected.set(changed, 'AAAAAAAAAAAAAAAAAAAAAA=='));

    const rest = counts(await back(run, `${run}-rest`));
    // Those that are back already are sent once more: minutes after the write, a reading that shows them back may be old.
    expect(rest).toMatchObject({ rows: writes, kept: 0, applied: writes - 1, held: 1, matches: writes - 1 });
    expect(ground.now()).toEqual(new Map(before).set(changed, 'AAAAAAAAAAAAAAAAAAAAAA=='));
  },
);
