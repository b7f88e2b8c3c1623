// What the lock is for: processes that are killed. Real ones, by SIGKILL, at every step they take with files.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compiled } from '../../support/compiled.ts';
import { isThorough } from '../../support/rounds.ts';
import { temporaryFolder } from '../examples.ts';
import { dead, expectFreeAndTidy, folderWith } from './left-locks.ts';

const script = await compiled(fileURLToPath(new URL('./lock-taker.ts', import.meta.url)), temporaryFolder());

type Ended = { readonly wasKilled: boolean; readonly lines: readonly string[] };

async function taker(words: readonly string[], kill: string): Promise<Ended> {
  const child = spawn(process.execPath, [script, ...words], {
    env: { ...process.env, HARDMATCH_TEST_KILL: kill },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await once(child, 'close');
  // Windows has no signals: there the exit code tells.
  const wasKilled = child.signalCode === 'SIGKILL' || (process.platform === 'win32' && child.exitCode !== 0);
  return { wasKilled, lines: text.split('\n').filter((line) => line !== '') };
}

// What is there, and of how many steps one is tried, another each time, unless there is time for all.
const scenes: readonly (readonly [string, Readonly<Record<string, string | null>>, number])[] = [
  ['a free folder', {}, 1],
  ["a dead process's lock with a dead claim on it", { 'run.lock': dead('x'), 'run.lock.x': dead('y') }, 3],
  [
    'an old lock without content, and leftovers',
    { 'run.lock': null, '.run.lock.1.aa.tmp': dead('z'), 'run.lock.q': dead('y') },
    3,
  ],
];

describe('a process that is killed with the lock', () => {
  it.each(scenes)(
    'leaves nothing that keeps others out, at whatever step: %s',
    async (_name, files, most) => {
      const stride = isThorough ? 1 : most;
      let killed = 0;
      let isOver = false;
      const from = 1 + (Date.now() % stride);
      const walk = async (lane: number): Promise<void> => {
        for (let step = from + lane * stride; !isOver; step += 2 * stride) {
          const folder = await folderWith(files);
          const { wasKilled } = await taker(['once', folder], `before ${step}`);
          if (wasKilled) killed += 1;
          else isOver = true;
          await expectFreeAndTidy(folder);
        }
      };
      await Promise.all([0, 1].map(walk));
      expect(killed).toBeGreaterThan(4);
    },
    180_000,
  );

  it('never makes two be inside, however many come for what it left, and are killed in their turn', async () => {
    const folder = await folderWith({ 'run.lock': dead('x') });
    const until = Date.now() + (isThorough ? 20_000 : 1_500);
    let inside = 0;
    let killed = 0;
    const wrong: string[] = [];
    const keepComing = async (): Promise<void> => {
      // On a machine with a lot else to do, for as long as it takes to see something.
      while (Date.now() < until || (inside <= 20 && Date.now() < until + 40_000)) {
        const { wasKilled, lines } = await taker(['often', folder, '40'], 'some 0.015');
        killed += wasKilled ? 1 : 0;
        inside += lines.filter((line) => line === 'in').length;
        wrong.push(...lines.filter((line) => line !== 'in'));
      }
    };
    await Promise.all(Array.from({ length: 6 }, keepComing));
    expect(wrong).toEqual([]);
    expect(killed).toBeGreaterThan(1);
    expect(inside).toBeGreaterThan(20);
    await expectFreeAndTidy(folder);
  }, 180_000);
});
