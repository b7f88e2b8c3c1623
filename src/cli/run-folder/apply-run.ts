// cli/run-folder/: what commands do in a run folder. plan-run makes a plan; apply-run writes one, in the order: preconditions,
// plan-review, the question, writing (which ends in the reports, whatever happens), finish.
import { RunFault } from '../../core/failure.ts';
import { type JournalEntry, leftAway } from '../../core/journal.ts';
import { howMany, type List, listWhere } from '../../core/list.ts';
import type { Plan } from '../../core/plan.ts';
import { readHistory } from '../../run/apply/history.ts';
import { pendingRows } from '../../run/apply/pending.ts';
import type { TenantReader } from '../../run/ports.ts';
import type { ReadyRow } from '../../run/apply/row/row-outcome.ts';
import { readJournal } from '../../storage/journal.ts';
import { lockRunFolder } from '../../storage/lock.ts';
import { askConsent } from '../terminal/consent.ts';
import { momentOf, recordOf, writeReports } from './finish.ts';
import { whenCutShort } from '../ending/last-catch.ts';
import { obstacleTo } from './write-preconditions.ts';
import { openPlanReview, type PlanReview } from './plan-review.ts';
import { checkExpected } from './plan-run.ts';
import { checkEntries, checkTenant } from './run-record.ts';
import { applicationsOf, folderName, type Session } from '../session/session.ts';
import { standing, type Work, writeAndReport } from './writing.ts';

/**
 * Applies a plan that is in the session's folder: checks, consent, writes, reading back, reports. Goes on where an earlier
 * apply of the same plan stopped. Returns the exit code; throws the RunFault that ended the run, after the reports.
 */
export async function applyInFolder(session: Session, plan: Plan, work: Work): Promise<number> {
  checkExpected(plan, session.settings);
  await checkTenant(plan, work.tenant);
  const lock = await lockRunFolder(session.folder);
  const releaseLater = whenCutShort(() => lock.release());
  try {
    const past = (await readJournal(session.folder))?.entries ?? [];
    checkEntries(past, plan, session.folder);
    const { reader } = work.tenant;
    const review = openPlanReview(session, plan, { reader, readAt: work.plannedAt });
    const { obstacle, rows } = await whatToWrite(session, plan, { past, review, reader });
    // There is something to review before anybody is asked, and something that is true should the run be cut off.
    await writeReports(
      session.folder,
      recordOf(standing(plan, past.length > 0 ? past : null, work), momentOf(session)),
    );
    const unchanged = listWhere(rows, (row) => review.against(row) === null);
    await consent(session, plan, unchanged);
    // Whoever was asked may have been long in answering. Users who are only brought home rest on none of it.
    if (obstacle === null) await review.readIfOld(rows);
    return await writeAndReport(session, plan, { ...work, obstacle, review });
  } finally {
    releaseLater();
    await lock.release();
  }
}

/** The rows that the apply is to write, and what keeps it from writing any but those that bring users home. */
async function whatToWrite(
  session: Session,
  plan: Plan,
  known: { readonly past: List<JournalEntry>; readonly review: PlanReview; readonly reader: TenantReader },
): Promise<{ readonly obstacle: RunFault | null; readonly rows: List<ReadyRow> }> {
  const { past, review, reader } = known;
  const { first } = session.settings.run;
  const history = readHistory(past);
  // Who was left on the way of a detour is to be brought home, whatever keeps the others from being written.
  const unlessAway = (error: unknown): RunFault => {
    if (error instanceof RunFault && leftAway(past).size > 0) return error;
    throw error;
  };
  let obstacle = await obstacleTo(plan, session, reader);
  if (obstacle !== null) unlessAway(obstacle);
  const { rows } = pendingRows(plan.rows, history, { first, onlyStranded: obstacle !== null });
  if (obstacle !== null) return { obstacle, rows };
  obstacle = await review.readIfOld(rows).then(() => null, unlessAway);
  return {
    obstacle,
    rows: obstacle === null ? rows : pendingRows(plan.rows, history, { first, onlyStranded: true }).rows,
  };
}

async function consent(session: Session, plan: Plan, rows: List<ReadyRow>): Promise<void> {
  if (rows.length === 0) {
    session.progress.say('Nothing is left to write.');
    return;
  }
  const { tenant, directory, createdAt, preflight } = plan.header;
  session.progress.end();
  await askConsent(
    {
      tenant,
      directory,
      fingerprint: plan.fingerprint,
      planCreatedAt: createdAt,
      preflight,
      rows,
      held: howMany(plan.rows, ({ state }) => state === 'held'),
      run: folderName(session),
      applications: applicationsOf(session.settings),
    },
    session.context.terminal,
    { yes: session.context.yes, end: session.end.stopping },
  );
}
