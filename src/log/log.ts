// log/: diagnostics into hardmatch.log. Start here.
//   log      the port's implementation, on pino        events   what lines there are
//   redact   keeps secrets out of every line
import { closeSync, constants, fchmodSync, fstatSync, lstatSync, openSync, writeSync } from 'node:fs';
import { type Logger, pino } from 'pino';
import { RunFault } from '../core/failure.ts';
import { NotRegular, otherKindOf } from '../files/regular-file.ts';
import { systemCodeOf } from '../files/system-error.ts';
import type { Log } from '../run/ports.ts';
import { sayEvent } from './events.ts';
import { makeRedact, type Redact } from './redact.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** A log that can be closed. After `close`, and after a disk has refused a line, further lines are dropped. */
export type OpenLog = Log & { close(): Promise<void> };

/**
 * Opens the log: one JSON object per line (`level`, `time`, `event`, `data`, `msg`), appended to what an earlier part of the run
 * wrote. Each line is handed to the operating system before the call returns, so that a crash loses none; there is no
 * worker thread. A null path gives a log that keeps nothing. Throws a RunFault when the file cannot be opened.
 */
export function openLog(path: string | null, level: LogLevel, secrets: readonly string[]): OpenLog {
  if (path === null) return logOn(pino({ enabled: false }), makeRedact([]), () => undefined);
  const file = openFile(path);
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: file.write },
  );
  return logOn(logger, makeRedact(secrets), file.close);
}

function logOn(logger: Logger, redact: Redact, close: () => void): OpenLog {
  const write = (level: LogLevel) => (event: string, data?: Record<string, unknown>) => {
    // Redaction costs more than writing; lines below the level must not pay for it.
    if (!logger.isLevelEnabled(level)) return;
    const line = { event: redact(event), ...(data === undefined ? {} : { data: safely(redact, data) }) };
    logger[level](line, sayEvent(event));
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    close: () => Promise.resolve(close()),
  };
}

// A getter or toJSON in the data may throw. Diagnostics must never end a run that is writing to a tenant.
function safely(redact: Redact, data: Record<string, unknown>): unknown {
  try {
    return redact(data);
  } catch {
    return '[unprintable]';
  }
}

function openFile(path: string): { write: (line: string) => void; close: () => void } {
  let descriptor: number | null = open(path);
  const close = (): void => {
    if (descriptor !== null) closeSync(descriptor);
    descriptor = null;
  };
  const write = (line: string): void => {
    if (descriptor === null) return;
    try {
      const bytes = Buffer.from(line);
      for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done);
    } catch {
      // A full disk: the journal finds out too, and stops the run where that matters. The log just ends.
      close();
    }
  };
  return { write, close };
}

// A link planted in the run folder would have the log append to a file of somebody's choosing, and a pipe would be waited for.
// Windows has no such flags, and there making a link takes a right of its own.
const appending =
  constants.O_WRONLY |
  constants.O_APPEND |
  constants.O_CREAT |
  (constants.O_NOFOLLOW ?? 0) |
  (constants.O_NONBLOCK ?? 0);

function open(path: string): number {
  let descriptor: number | undefined;
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    const kind = found === undefined ? null : otherKindOf(found);
    if (kind !== null) throw new NotRegular(kind);
    descriptor = openSync(path, appending, 0o600);
    // Something else may have been put there since.
    const now = otherKindOf(fstatSync(descriptor));
    if (now !== null) throw new NotRegular(now);
    // The mode above counts for a new file only. Windows knows no such bits.
    if (process.platform !== 'win32') fchmodSync(descriptor, 0o600);
    return descriptor;
  } catch (cause) {
    if (descriptor !== undefined) closeSync(descriptor);
    throw openingFault(path, cause);
  }
}

function openingFault(path: string, cause: unknown): unknown {
  const code = systemCodeOf(cause);
  // ELOOP of a link that was put there a moment ago; EMLINK is FreeBSD's word for it.
  if ((cause instanceof NotRegular && cause.kind === 'link') || code === 'ELOOP' || code === 'EMLINK') {
    const what = `The log ${path} is a symbolic link; it is not followed.`;
    return new RunFault('log-is-a-link', what, { hint: whoPutItThere, exitCode: 3, cause });
  }
  if (cause instanceof NotRegular) {
    const what = `The log ${path} cannot be written: ${cause.message}.`;
    return new RunFault('log-not-a-file', what, { hint: whoPutItThere, exitCode: 3, cause });
  }
  if (code === undefined) return cause;
  return new RunFault('log-not-writable', `The log ${path} cannot be opened.`, {
    hint: 'Check that the run folder exists and may be written to.',
    cause,
  });
}

const whoPutItThere = 'Find out who put it there. Then remove it, or choose another folder with --run.';
