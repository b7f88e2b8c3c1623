// cli/session/: what all commands share. `session` begins and ends one; `compose` is the only place where directory and tenant
// are opened; with-tenant does both for a command that works on rows; tenant-check refuses another tenant than was asked for.
import { join, relative, sep } from 'node:path';
import { knownSecrets } from '../../config/secrets.ts';
import type { Settings } from '../../config/settings.ts';
import { openLog } from '../../log/log.ts';
import type { Clock, Log, Retry } from '../../run/ports.ts';
import { makeRetry } from '../../run/retry.ts';
import type { RunEnd } from '../../run/run-end.ts';
import type { AdapterTools } from './compose.ts';
import { type During, runEndOf } from '../ending/ending.ts';
import { terminalProgress } from '../terminal/progress.ts';
import type { Host } from '../host/host.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** What every command is given: where it runs and who is watching. */
export type Context = Host & {
  readonly terminal: Terminal;
  /** Print the summary object on stdout, and nothing else. */
  readonly json: boolean;
  /** `--yes`: consent given beforehand. */
  readonly yes: boolean;
  /** The program once more, as if somebody had typed these words there; its exit code. */
  readonly run: (words: readonly string[], host: Host) => Promise<number>;
};

/** One command at work in one run folder. */
export type Session = {
  readonly command: string;
  readonly context: Context;
  readonly settings: Settings;
  /** Absolute. */
  readonly folder: string;
  readonly log: Log;
  readonly retry: Retry;
  readonly clock: Clock;
  readonly progress: ReturnType<typeof terminalProgress>;
  readonly startedAt: string;
  /** The one end of the run: whatever waits, asks or goes round in a loop hangs on it. */
  readonly end: RunEnd;
  /** Says what Ctrl-C will do while the work lasts, and gives what is under way so many milliseconds once it is stopped. */
  readonly during: During;
};

/** Opens the log in the run folder, runs the work, and closes the log whatever happens. */
export async function inSession<Result>(
  start: Pick<Session, 'command' | 'context' | 'settings' | 'folder'>,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const { settings, context, folder } = start;
  const { clock } = context;
  const log = openLog(join(folder, 'hardmatch.log'), settings.run.logLevel, knownSecrets());
  const progress = terminalProgress(context.terminal, clock);
  for (const warning of settings.warnings) context.terminal.err(`Note: ${warning}\n`);
  log.info('command-started', { command: start.command, folder });
  const ending = runEndOf(start, progress);
  try {
    return await work({
      ...start,
      log,
      progress,
      retry: makeRetry(clock, { signal: ending.end.stopping }),
      clock,
      end: ending.end,
      during: ending.during,
      startedAt: clock.now().toISOString(),
    });
  } catch (error) {
    log.error('command-failed', { message: error instanceof Error ? error.message : String(error) });
    throw ending.causeOf(error);
  } finally {
    ending.close();
    progress.end();
    await log.close();
  }
}

export function adapterTools({ clock, log, retry, end, context }: Session): AdapterTools {
  return { clock, log, retry, signal: end.over, host: context };
}

/** How many applications write. */
export function applicationsOf({ tenant }: Pick<Settings, 'tenant'>): number {
  return 1 + (tenant?.others.length ?? 0);
}

/** The run folder as a person in this working directory would type it. */
export function folderName({ context, folder }: Pick<Session, 'context' | 'folder'>): string {
  const short = relative(context.cwd, folder);
  if (short === '' || short.startsWith('..')) return folder;
  // A folder that is called like an option would be taken for one.
  return short.startsWith('-') ? `.${sep}${short}` : short;
}
