import { RunFault } from '../../core/failure.ts';
import { commandLine } from '../../report/command-line.ts';
import { type ConsentFacts, consentText } from '../../report/consent.ts';
import type { Terminal } from './terminal.ts';

/**
 * Asks for the number of changes to be typed, until the run is to end. `--yes` answers for people who are not there; without it and without a
 * terminal the run is refused, for nobody could have agreed.
 */
export async function askConsent(
  facts: ConsentFacts,
  terminal: Terminal,
  { yes, end }: { readonly yes: boolean; readonly end: AbortSignal },
): Promise<void> {
  if (yes) return;
  if (!terminal.isInteractive) {
    throw new RunFault('not-confirmed', 'There is no terminal to ask for confirmation on; nothing was written.', {
      hint: `Review the plan in ${facts.run}, then apply exactly it: ${commandLine(['apply', facts.run, '--yes'])}`,
      exitCode: 3,
    });
  }
  const question = `\n${consentText(facts, { color: terminal.color, width: terminal.width })}`;
  const answer = await terminal.ask(question, end);
  if (answer?.trim() === String(facts.rows.length)) return;
  if (answer === null) terminal.err('\n');
  if (end.aborted) {
    throw new RunFault('run-over', 'The run has ended before it was confirmed; nothing was written.', {
      hint: `When you are ready: ${commandLine(['apply', facts.run])}`,
      exitCode: 130,
    });
  }
  throw new RunFault('not-confirmed', 'Not confirmed; nothing was written.', {
    hint: `When you are ready: ${commandLine(['apply', facts.run])}`,
    exitCode: 3,
  });
}
