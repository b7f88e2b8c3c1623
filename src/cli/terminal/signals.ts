import type { Host } from '../host/host.ts';
import type { Terminal } from './terminal.ts';

/**
 * Ctrl-C, told once: the first aborts `stopping`, so that what is in flight is finished; the second leaves at once. `said`
 * is told at the first, `left` at the second. Returns the signal, and what takes the handlers away when the work has ended.
 * SIGTERM, and SIGHUP of a lost terminal, count as Ctrl-C; on Windows only Ctrl-C and Ctrl-Break exist.
 */
export function listenForStop(
  { terminal, signals, exit }: Pick<Host, 'signals' | 'exit'> & { readonly terminal: Terminal },
  {
    said,
    left = () => 'Left at once.',
    stopping = new AbortController(),
  }: { readonly said: () => string; readonly left?: () => string; readonly stopping?: AbortController },
): { readonly signal: AbortSignal; readonly stopListening: () => void } {
  const onSignal = (): void => {
    if (stopping.signal.aborted) {
      terminal.alarm(`\n${left()}\n`);
      exit(130);
    }
    const text = said();
    stopping.abort();
    terminal.err(`\n${text}\n`);
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const;
  const usable = names.filter((name) => name !== 'SIGBREAK' || process.platform === 'win32');
  for (const name of usable) signals.on(name, onSignal);
  return {
    signal: stopping.signal,
    stopListening: () => {
      for (const name of usable) {
        signals.off(name, onSignal);
        // What is done has its exit code; a Ctrl-C that comes between that and the end of the process must not replace it.
        if (!signals.listeners(name).includes(tooLate)) signals.once(name, tooLate);
      }
    },
  };
}

/** Once: whoever presses again is not held up. */
function tooLate(): void {
  // The work has ended by itself.
}
