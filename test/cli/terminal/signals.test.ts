import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { listenForStop } from '../../../src/cli/terminal/signals.ts';
import type { Terminal } from '../../../src/cli/terminal/terminal.ts';

const before = process.listeners('SIGTERM');
afterEach(() => {
  for (const listener of process.listeners('SIGTERM')) if (!before.includes(listener)) process.off('SIGTERM', listener);
});

function listening() {
  const said: string[] = [];
  const terminal = { err: (text: string) => said.push(text), alarm: (text: string) => said.push(text) };
  return { said, ...listenForStop(terminal as unknown as Terminal, { said: () => 'Stopping.' }) };
}

async function sendTerm(): Promise<void> {
  process.kill(process.pid, 'SIGTERM');
  await sleep(50);
}

describe.skipIf(process.platform === 'win32')('a wish to stop', () => {
  it('aborts the work and says so, once', async () => {
    const { said, signal } = listening();
    await sendTerm();
    expect(signal.aborted).toBe(true);
    expect(said).toEqual(['\nStopping.\n']);
  });

  it('that comes when the work has ended replaces no exit code, the first time', async () => {
    for (let command = 0; command < 20; command++) listening().stopListening();
    const { said, signal, stopListening } = listening();
    stopListening();
    // With nobody listening this would be the end of the process, by the signal.
    await sendTerm();
    expect([signal.aborted, said]).toEqual([false, []]);
    expect(process.listeners('SIGTERM')).toEqual(before);
  });
});
