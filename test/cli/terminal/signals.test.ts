import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { listenForStop } from '../../../src/cli/terminal/signals.ts';
import type { Terminal } from '../../../src/cli/terminal/terminal.ts';

function listening(signals = new EventEmitter()) {
  const said: string[] = [];
  const terminal = { err: (text: string) => said.push(text), alarm: (text: string) => said.push(text) };
  const exit = (code: number): never => {
    throw new Error(`left with ${code}`);
  };
  const host = { signals, exit, terminal: terminal as unknown as Terminal };
  return { said, signals, ...listenForStop(host, { said: () => 'Stopping.' }) };
}

describe('a wish to stop', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('aborts the work and says so, once: %s', (name) => {
    const { said, signal, signals } = listening();
    signals.emit(name);
    expect(signal.aborted).toBe(true);
    expect(said).toEqual(['\nStopping.\n']);
  });

  it('that is repeated ends everything on the spot', () => {
    const { said, signals } = listening();
    signals.emit('SIGINT');
    expect(() => signals.emit('SIGINT')).toThrow('left with 130');
    expect(said).toEqual(['\nStopping.\n', '\nLeft at once.\n']);
  });

  it('that comes when the work has ended replaces no exit code, the first time', () => {
    const signals = new EventEmitter();
    for (let command = 0; command < 20; command++) listening(signals).stopListening();
    const { said, signal, stopListening } = listening(signals);
    stopListening();
    // With nobody listening this would be the end of the process, by the signal.
    expect(signals.listenerCount('SIGTERM')).toBe(1);
    signals.emit('SIGTERM');
    expect([signal.aborted, said]).toEqual([false, []]);
    expect(signals.listenerCount('SIGTERM')).toBe(0);
  });
});
