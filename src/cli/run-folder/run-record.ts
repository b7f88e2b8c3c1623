import { RunFault } from '../../core/failure.ts';
import type { JournalEntry } from '../../core/journal.ts';
import type { List } from '../../core/list.ts';
import type { Plan } from '../../core/plan.ts';
import { checkEntries } from '../../run/apply/preconditions.ts';
import { readJournal } from '../../storage/journal.ts';
import { readPlan } from '../../storage/plan-file.ts';

/** A run as its folder tells it; `entries` is null when nothing was ever begun to be written. */
export type RunOnDisk = { readonly plan: Plan; readonly entries: List<JournalEntry> | null };

/** Reads plan and journal, and makes sure that they belong together. Throws a RunFault (exit code 3) when they do not. */
export async function readRun(folder: string): Promise<RunOnDisk> {
  const plan = await readPlan(folder);
  const journal = await readJournal(folder);
  if (journal === null) return { plan, entries: null };
  if (journal.header.fingerprint !== plan.fingerprint) {
    throw new RunFault('journal-of-another-plan', `The journal in ${folder} belongs to another plan.`, {
      hint: 'Put back the journal.ndjson and the plan.ndjson that were written together.',
      exitCode: 3,
    });
  }
  checkEntries(journal.entries, plan, folder);
  return { plan, entries: journal.entries };
}
