// cli/host/: what the command line runs on. `host` is all that it knows of the process around it; `clock` is the machine's.
import type { Clock } from '../../run/ports.ts';
import { systemClock } from './clock.ts';

type Screen = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** What a command line is given by whoever runs it: a process, or a test in its place. Nothing in cli/ reaches past it. */
export type Host = {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
  /** Tells of SIGINT and its like. */
  readonly signals: Pick<NodeJS.EventEmitter, 'on' | 'once' | 'off' | 'listeners'>;
  /** Ends everything on the spot. */
  readonly exit: (code: number) => never;
  /** Certificates (PEM) to trust of sign-in and Graph, in place of the usual ones. */
  readonly caPem?: string;
};

/** A reader that has gone away (`| head`), or a full disk behind it, must not end a run that is writing to a tenant. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

/** The process itself. */
export function processHost(): Host {
  const { stdin, stdout, stderr, env } = process;
  return {
    stdin,
    stdout,
    stderr,
    env,
    // Asked for when it is needed: where it was removed, help is there all the same.
    get cwd() {
      return process.cwd();
    },
    clock: systemClock,
    signals: process,
    exit: (code) => process.exit(code), // oxlint-disable-line no-process-exit -- for who wants out now, and nothing else
  };
}
