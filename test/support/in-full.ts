// The use cases with their lists gone through to the end, so that a test can look at them as at any array.
import type { JournalEntry, JournalHeader } from '../../src/core/journal.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { ResultRow, VerificationRow } from '../../src/core/result.ts';
import type { PlanRow } from '../../src/core/row.ts';
import { writeRows } from '../../src/run/apply/write-all.ts';
import { makeRollbackPlan } from '../../src/run/plan/rollback.ts';
import { verifyTakeOver } from '../../src/run/verify/take-over.ts';
import { verifyRows } from '../../src/run/verify/verify.ts';
import { readJournal } from '../../src/storage/journal.ts';
import { readPlan } from '../../src/storage/plan-file.ts';
import { readVerification } from '../../src/storage/verification-file.ts';

type End<Work extends (...given: never[]) => Promise<unknown>> = Awaited<ReturnType<Work>>;

export async function appliedInFull(
  ...given: Parameters<typeof writeRows>
): Promise<Omit<End<typeof writeRows>, 'results'> & { results: ResultRow[] }> {
  const applied = await writeRows(...given);
  return { ...applied, results: [...applied.results] };
}

export async function verifiedInFull(...given: Parameters<typeof verifyRows>): Promise<VerificationRow[]> {
  return [...(await verifyRows(...given))];
}

export async function takeOverInFull(
  ...given: Parameters<typeof verifyTakeOver>
): Promise<Omit<End<typeof verifyTakeOver>, 'verifications'> & { verifications: VerificationRow[] }> {
  const end = await verifyTakeOver(...given);
  return { ...end, verifications: [...end.verifications] };
}

export async function rollbackInFull(
  ...given: Parameters<typeof makeRollbackPlan>
): Promise<Omit<End<typeof makeRollbackPlan>, 'rows'> & { rows: PlanRow[] }> {
  const plan = await makeRollbackPlan(...given);
  return { ...plan, rows: [...plan.rows] };
}

export async function planInFull(folder: string): Promise<Omit<Plan, 'rows'> & { rows: PlanRow[] }> {
  const plan = await readPlan(folder);
  return { ...plan, rows: [...plan.rows] };
}

export async function journalInFull(
  folder: string,
): Promise<{ header: JournalHeader; entries: JournalEntry[] } | null> {
  const journal = await readJournal(folder);
  return journal && { header: journal.header, entries: [...journal.entries] };
}

export async function verificationInFull(folder: string, plan: Plan): Promise<VerificationRow[] | null> {
  const verifications = await readVerification(folder, plan);
  return verifications && [...verifications];
}
