// cli/ending/: what ends a command before its time (ending, stop-at), what is said then (stop-messages), and what catches all
// that nobody else did (last-catch).
//
// How a command is stopped from outside: Ctrl-C and the end of the window, from its first moment to its last.
import { setMaxListeners } from 'node:events';
import type { Settings } from '../../config/settings.ts';
import { RunFault } from '../../core/failure.ts';
import type { ShownProgress } from '../../run/ports.ts';
import { makeRunEnd, type RunEnd } from '../../run/run-end.ts';
import type { Host } from '../host/host.ts';
import { listenForStop } from '../terminal/signals.ts';
import { timeOf } from './stop-messages.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { endOfWindow } from './stop-at.ts';

/** What is said when the work is stopped, and how long what is under way may take from then on. */
export type Manner = {
  readonly said: string;
  /** Told when a second Ctrl-C ends the program on the spot. */
  readonly left?: string;
  readonly graceMs: number;
};
export type During = <Result>(manner: Manner, work: () => Promise<Result>) => Promise<Result>;

type Ending = {
  readonly end: RunEnd;
  readonly during: During;
  /** What to tell of an error that only came because the run was stopped. */
  causeOf(error: unknown): unknown;
  close(): void;
};

type Start = {
  readonly command: string;
  readonly context: Host & { readonly terminal: Terminal };
  readonly settings: Settings;
};

/** The end of a command that begins now. Throws a RunFault where the window of a command that writes is past. */
export function runEndOf({ command, context, settings }: Start, progress: ShownProgress): Ending {
  const end = makeRunEnd({ now: () => context.clock.now(), start: startTimer });
  // Hundreds of rows and requests wait for them side by side.
  setMaxListeners(0, end.stopping, end.over, end.interrupted, end.windowOver);
  const writes = command === 'apply' || command === 'rollback';
  const stopAt = writes ? endOfWindow(settings.run.stopAt, context.clock.now()) : null;
  if (stopAt) end.closeAt(stopAt);
  let manner: Manner = { said: 'Stopping; nothing was written.', graceMs: 0 };
  const pressed = new AbortController();
  pressed.signal.addEventListener('abort', () => {
    progress.end();
    end.interrupt();
  });
  const { stopListening } = listenForStop(context, {
    stopping: pressed,
    said: () => manner.said,
    left: () => manner.left ?? 'Left at once.',
  });
  return {
    end,
    async during(next, work) {
      const before = manner;
      manner = next;
      try {
        return await end.granting(next.graceMs, work);
      } finally {
        manner = before;
      }
    },
    causeOf: (error) => (end.over.aborted ? stoppedBefore(end, error) : error),
    close() {
      stopListening();
      end.finish();
    },
  };
}

/** What was given up because the run was over is no trouble of the network: the run was stopped, and that is what is said. */
function stoppedBefore(end: RunEnd, error: unknown): unknown {
  const why = end.why();
  const isOwn = error instanceof RunFault && error.exitCode !== 2 && error.code !== 'run-over';
  if (why === null || isOwn || !(error instanceof Error)) return error;
  const hint = 'Start the same command again.';
  if (why.kind === 'interrupted') {
    return new RunFault('interrupted', 'Interrupted before it was done.', { hint, exitCode: 130, cause: error });
  }
  const what = `It is ${timeOf(why.at)}, where --stop-at ends the window; the command was not done by then.`;
  return new RunFault('window-over', what, { hint, exitCode: 130, cause: error });
}

function startTimer(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms);
  // A run that has ended by itself does not wait for the end of its window.
  timer.unref();
  return () => clearTimeout(timer);
}
