// What an apply refuses before anything is written: a folder in use elsewhere, and a plan that is not the one, or not for here.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox } from '../../../src/sandbox/sandbox.ts';
import { beginChain } from '../../../src/storage/chain.ts';
import { crowd } from '../../support/crowd.ts';
import { type KillGround, openKillGround } from '../../support/kill-ground.ts';
import type { Ran } from '../../support/program.ts';

let ground: KillGround;

beforeAll(async () => {
  ground = await openKillGround(20);
});

afterAll(async () => {
  await ground.close();
});

const apply = (name: string, env: Readonly<Record<string, string>> = {}, more: readonly string[] = []): Promise<Ran> =>
  ground.run(['apply', name, '--yes', '--quiet', ...more], { env });

describe('an apply is refused, saying what was planned and what was found,', () => {
  const expectRefused = (ran: Ran, ...words: readonly string[]): void => {
    expect([ran.code, ran.stderr]).toEqual([3, expect.any(String)]);
    for (const word of words) expect(ran.stderr).toContain(word);
    expect(ground.watch.effective()).toBe(0);
    expect(ground.now()).toEqual(ground.crowd.before);
  };

  it('in another tenant', async () => {
    const name = await ground.begin('elsewhere', null);
    const people = crowd(3);
    const id = '11111111-2222-4333-8444-555555555555';
    const other = await startSandbox({ ...people, tenant: { ...people.tenant, id, displayName: 'Another Tenant' } });
    try {
      expectRefused(
        await apply(name, other.environment),
        people.tenant.id,
        people.tenant.displayName,
        id,
        'Another Tenant',
      );
      expect(other.tenant.counters.writes).toBe(0);
    } finally {
      await other.close();
    }
  });

  it('for a plan that was edited after it was reviewed', async () => {
    const name = await ground.begin('edited', null);
    const path = join(ground.path(name), 'plan.ndjson');
    const plan = await readFile(path, 'utf8');
    await writeFile(path, plan.replace(/"after":"..../, '"after":"AAAA'));
    expectRefused(await apply(name), 'it was planned as sha256:', 'now make sha256:');
  });

  it('for a plan that is too old', async () => {
    const name = await ground.begin('old', null);
    expectRefused(await apply(name, {}, ['--max-age', '1s']), ' old; 1 s are allowed', '--max-age');
  });

  it('for a plan whose folder has the journal of another plan', async () => {
    const name = await ground.begin('mixed-up', null);
    const journal = await readFile(join(ground.path('whole'), 'journal.ndjson'), 'utf8');
    const { sum: _sum, ...header } = JSON.parse(journal.split('\n')[0] ?? '') as Record<string, string>;
    const other = { ...header, fingerprint: `sha256:${'0'.repeat(64)}` };
    await writeFile(join(ground.path(name), 'journal.ndjson'), `${beginChain().seal(other)}\n`);
    expectRefused(await apply(name), 'belongs to another plan');
  });

  it('for a folder that a run on another computer is at work in', async () => {
    const name = await ground.begin('carried', null);
    const lock = { pid: 1, host: 'somewhere-else', process: 'x', at: '2026-11-23T12:00:00.000Z' };
    await writeFile(join(ground.path(name), 'run.lock'), `${JSON.stringify(lock)}\n`);
    expectRefused(await apply(name), 'process 1 on somewhere-else since 2026-11-23T12:00:00.000Z');
  });
});
