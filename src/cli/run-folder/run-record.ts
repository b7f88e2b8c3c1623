import { RunFault } from '../../core/failure.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { strangeEntry } from '../../core/judge/journal-check.ts';
import type { List } from '../../core/list.ts';
import type { Plan } from '../../core/plan.ts';
import type { Tenant } from '../../graph/tenant.ts';
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

/** Refuses a journal with entries that the plan could not have caused. */
export function checkEntries(entries: List<JournalEntry>, plan: Plan, folder: string): void {
  const strange = strangeEntry(entries, plan.rows);
  if (strange === null) return;
  throw new RunFault('journal-tampered', `The journal in ${folder} was changed: ${strange}.`, {
    hint: 'Restore it from a backup. What the tenant has now, hardmatch verify tells from the mappings file.',
    exitCode: 3,
  });
}

/** Refuses to go on when the sign-in is for another tenant than the plan. */
export async function checkTenant(plan: Plan, tenant: Tenant): Promise<void> {
  const now = await tenant.reader.describe();
  if (now.id === plan.header.tenant.id) return;
  const planned = `${plan.header.tenant.name} (${plan.header.tenant.id})`;
  throw new RunFault('other-tenant', `The plan is for ${planned}; this sign-in is for ${now.name} (${now.id}).`, {
    hint: 'Sign in to the tenant the plan was made for, or plan again.',
    exitCode: 3,
  });
}
