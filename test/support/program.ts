// Runs the command line as a person would, in this process: with the sandbox's environment, its streams kept, its signals
// given by hand, and nothing waited for.
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { PassThrough, Writable } from 'node:stream';
import type { Host } from '../../src/cli/host/host.ts';
import { runCli } from '../../src/cli/program.ts';
import type { Clock } from '../../src/run/ports.ts';
import { leapingClock } from './leaping-clock.ts';

export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** The command line at work: told of each piece of text as soon as it says it, and to be stopped by a signal. */
export type Running = {
  readonly stdout: Pick<EventEmitter, 'on'>;
  readonly stderr: Pick<EventEmitter, 'on'>;
  kill(signal: 'SIGINT' | 'SIGTERM'): void;
  /** Types at its terminal; of use only with `screen`. */
  type(text: string): void;
};

export type RunOptions = {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What stands on standard input; without it there is none. */
  readonly input?: string;
  /** Called as soon as it runs, e.g. to stop it. */
  readonly onStart?: (running: Running) => void;
  /** Columns of the terminal that its streams are; without it they are none, and nobody can be asked. */
  readonly screen?: number;
  /** Default: one on which nothing is waited for. */
  readonly clock?: Clock;
};

/** Everything that was said, and a `data` event for each piece of it. */
class Kept extends Writable {
  text = '';

  override _write(piece: Buffer, _encoding: string, done: () => void): void {
    const said = piece.toString('utf8');
    this.text += said;
    this.emit('data', said);
    done();
  }
}

/** Runs it to its end. What Node itself would say to the user makes it reject. */
export async function hardmatch(words: readonly string[], options: RunOptions): Promise<Ran> {
  const { cwd, env = {}, input = '' } = options;
  const tty = options.screen === undefined ? {} : { isTTY: true, columns: options.screen };
  const stdin = Object.assign(new PassThrough(), tty);
  const stdout = Object.assign(new Kept(), tty);
  const stderr = Object.assign(new Kept(), tty);
  // Somebody who sits at a terminal does not leave it.
  if (options.screen === undefined) stdin.end(input);
  const signals = new EventEmitter();
  const host: Host = {
    stdin,
    stdout,
    stderr,
    env: { NO_COLOR: '1', ...env },
    cwd,
    clock: options.clock ?? leapingClock(),
    signals,
    exit: (code) => {
      throw new Error(`it would have left with ${code}; that takes a process of its own`);
    },
    ...trusting(env['NODE_EXTRA_CA_CERTS']),
  };
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  try {
    const running = runCli(words, host);
    options.onStart?.({
      stdout,
      stderr,
      kill: (signal) => void signals.emit(signal),
      type: (text) => void stdin.write(text),
    });
    const code = await running;
    const strange = warnings.filter(({ name }) => name !== 'ExperimentalWarning');
    if (strange.length > 0) throw new Error(`hardmatch ${words.join(' ')} warned: ${strange.join('\n')}`);
    return { code, stdout: stdout.text, stderr: stderr.text };
  } finally {
    process.off('warning', onWarning);
  }
}

/** Node reads NODE_EXTRA_CA_CERTS when a process starts; this one has started. */
function trusting(caFile: string | undefined): Pick<Host, 'caPem'> {
  return caFile ? { caPem: readFileSync(caFile, 'utf8') } : {};
}
