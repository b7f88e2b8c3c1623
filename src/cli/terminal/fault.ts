import { inspect } from 'node:util';
import { SettingsFault } from '../../config/problems.ts';
import { Failure, RunFault } from '../../core/failure.ts';
import { remedyOf } from '../../core/reasons.ts';
import { visible } from '../../report/visible.ts';
import type { Terminal } from './terminal.ts';

const bug = 70;
const couldNotRun = 2;

/**
 * Tells what ended the run and returns the exit code: one line for what happened, one for what to do. Anything that is
 * neither a RunFault nor a Failure is a bug and comes with its stack.
 */
export function reportFault(error: unknown, terminal: Terminal, debug: boolean): number {
  if (error instanceof RunFault) {
    terminal.err(`hardmatch: ${sentence(error)}\n  ${visible(error.hint)}\n${debug ? stackOf(error) : ''}`);
    return error.exitCode;
  }
  if (error instanceof Failure) {
    terminal.err(`hardmatch: ${sentence(error)}\n  ${remedyOf(error.facts.code)}\n${debug ? stackOf(error) : ''}`);
    return couldNotRun;
  }
  terminal.err(`hardmatch: this is a bug, please report it.\n${stackOf(error)}`);
  return bug;
}

// A sentence has one line, whatever data is in it; the settings' problems are a list of our own making.
function sentence(error: Error): string {
  return error instanceof SettingsFault ? error.message : visible(error.message);
}

// A chain of causes may be long, or a circle.
const mostCauses = 8;

function stackOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) return `${inspect(error)}\n`;
  const own = error.stack ?? error.message;
  const hasCause = error.cause !== undefined && depth < mostCauses;
  return `${own}\n${hasCause ? `Caused by: ${stackOf(error.cause, depth + 1)}` : ''}`;
}
