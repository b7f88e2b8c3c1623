import { SettingsFault } from '../config/problems.ts';
import { Failure, RunFault } from '../core/failure.ts';
import { remedyOf } from '../core/reasons.ts';
import { visible } from '../report/visible.ts';
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

function stackOf(error: unknown): string {
  const own = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const cause = error instanceof Error && error.cause !== undefined ? `Caused by: ${stackOf(error.cause)}` : '';
  return `${own}\n${cause}`;
}
