import { RunFault } from '../core/failure.ts';
import type { Terminal } from './terminal.ts';

/** What is about to happen, as it is shown and asked. */
export type ConsentQuestion = {
  readonly tenantName: string;
  readonly tenantId: string;
  /** How many users will be written. */
  readonly changes: number;
  readonly fingerprint: string;
  /** E.g. "set the immutable ID of 17 cloud users". */
  readonly deed: string;
};

/**
 * Asks for the number of changes to be typed. `--yes` answers for people who are not there; without it and without a
 * terminal the run is refused, for nobody could have agreed.
 */
export async function askConsent(question: ConsentQuestion, terminal: Terminal, yes: boolean): Promise<void> {
  if (yes) return;
  if (!terminal.isInteractive) {
    throw new RunFault('not-confirmed', 'There is no terminal to ask for confirmation on.', {
      hint: 'Review the plan, then give --yes.',
      exitCode: 3,
    });
  }
  terminal.err(
    [
      '',
      `This will ${question.deed}`,
      `in the tenant ${question.tenantName} (${question.tenantId}).`,
      `Fingerprint ${question.fingerprint}`,
      '',
    ].join('\n'),
  );
  const answer = await terminal.ask(`Type the number of changes (${question.changes}) to go on, anything else to leave: `);
  if (answer.trim() === String(question.changes)) return;
  throw new RunFault('not-confirmed', 'Not confirmed; nothing was written.', {
    hint: 'Run the command again when you are ready.',
    exitCode: 3,
  });
}
