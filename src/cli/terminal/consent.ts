import { RunFault } from '../../core/failure.ts';
import { sentenceOf } from '../../core/reasons.ts';
import { commandLine } from '../../report/command-line.ts';
import { type ConsentFacts, consentText } from '../../report/consent.ts';
import type { Terminal } from './terminal.ts';

/**
 * Asks for the number of changes to be typed, until the run is to end. `--yes` answers for people who are not there; without it and without a
 * terminal the run is refused, for nobody could have agreed. `isExpected`: the plan was named by its fingerprint.
 */
export async function askConsent(
  facts: ConsentFacts,
  terminal: Terminal,
  { yes, end, isExpected }: { readonly yes: boolean; readonly end: AbortSignal; readonly isExpected: boolean },
): Promise<void> {
  if (yes) return refuseWrongList(facts, isExpected);
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

/** Nobody is asked: a list that looks wrong is then written only by whoever has named the plan's fingerprint. */
function refuseWrongList({ preflight, fingerprint, run }: ConsentFacts, isExpected: boolean): void {
  const shift = preflight?.findings.find(({ code }) => code === 'pairings-look-shifted');
  if (shift === undefined || isExpected) return;
  throw new RunFault('pairings-look-shifted', `${sentenceOf(shift)} Nothing was written.`, {
    hint: `Look at plan.csv in ${run} and correct the file. If the list is right all the same: ${commandLine(['apply', run, '--yes', '--expect', fingerprint])}`,
    exitCode: 3,
  });
}
