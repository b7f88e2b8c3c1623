// How an apply that ended before its last row is told: what happened, and the command that goes on.
import { settingOf } from '../../config/settings-table.ts';
import type { RunOptions } from '../../config/settings.ts';
import { RunFault } from '../../core/failure.ts';
import { commandLine } from '../../report/command-line.ts';
import type { Stopped } from '../../run/apply/stop.ts';

/** What to throw once the reports are written. `folder`: as a person in this working directory would name it. */
export function faultOfStop(stopped: Stopped, folder: string, run: RunOptions): unknown {
  const continueWith = continueCommand(folder, run);
  switch (stopped.kind) {
    case 'interrupted':
      return new RunFault('interrupted', 'Interrupted; what was in flight is finished.', {
        hint: continueWith,
        exitCode: 130,
      });
    case 'window-over': {
      const what = `It is ${timeOf(stopped.at)}, where --stop-at ends the window; what was in flight is finished.`;
      return new RunFault('window-over', what, { hint: continueWith, exitCode: 130 });
    }
    case 'too-many-failures':
      return new RunFault('too-many-failures', `Stopped: ${rows(stopped.failures)} failed.`, {
        hint: `Find out why, see results.csv. ${continueWith}`,
        exitCode: 3,
      });
    case 'failures-in-a-row': {
      const what = `Stopped: ${rows(stopped.failures)} failed in a row, the last with: ${stopped.last}`;
      const hint = `Find out why, see results.csv. ${continueWith} (--max-consecutive-failures sets how many are borne).`;
      return new RunFault('failures-in-a-row', what, { hint, exitCode: 3 });
    }
    case 'refused-everywhere': {
      const what = `Stopped: the first ${stopped.failures} answers to writes were all refusals: ${stopped.last}`;
      const hint =
        'Grant the application permission User.ReadWrite.All and admin consent to it; if it has them, the first rows ' +
        `may all be users with roles, whom it needs a directory role for (docs/permissions.md). ${continueWith}`;
      return new RunFault('refused-everywhere', what, { hint, exitCode: 3 });
    }
    case 'fault':
      return stopped.error instanceof RunFault ? withHint(stopped.error, continueWith) : stopped.error;
  }
}

/** The command that goes on, with the limits that this one was given; the end of the window is past. */
export function continueCommand(folder: string, run: RunOptions): string {
  return `Continue with: ${commandLine(['apply', folder, ...limitsOf(run)])}`;
}

/** The options that set the limits of an apply, as they were given. */
export function limitsOf({ maxFailures, maxConsecutiveFailures, concurrency, first }: RunOptions): string[] {
  const limits: string[] = [];
  if (maxFailures?.kind === 'count') limits.push('--max-failures', String(maxFailures.count));
  if (maxFailures?.kind === 'percent') limits.push('--max-failures', `${maxFailures.percent}%`);
  if (maxConsecutiveFailures !== settingOf('maxConsecutiveFailures').usual)
    limits.push('--max-consecutive-failures', String(maxConsecutiveFailures));
  if (concurrency !== null) limits.push('--concurrency', String(concurrency));
  if (first !== null) limits.push('--first', String(first));
  return limits;
}

function withHint({ code, message, hint, exitCode, cause }: RunFault, goOn: string): RunFault {
  return new RunFault(code, message, { hint: `${hint} ${goOn}`, exitCode, cause });
}

function rows(count: number): string {
  return count === 1 ? '1 row has' : `${count} rows have`;
}

/** Date and time on this machine's clock, as people write it in a ticket. */
export function timeOf(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}
