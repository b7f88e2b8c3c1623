import type { RunFault } from '../core/failure.ts';
import { type JournalEntry, type JournalHeader, type JournalOutcome, leftAway } from '../core/journal.ts';
import { howMany, type List } from '../core/list.ts';
import type { Plan } from '../core/plan.ts';
import type { ResultRow, VerificationRow } from '../core/result.ts';
import type { PlanRow } from '../core/row.ts';
import { exitCodeOf, tally } from '../core/tally.ts';
import type { MaxFailures } from '../config/settings.ts';
import type { Tenant } from '../graph/tenant.ts';
import { type Applied, applyPlan } from '../run/apply.ts';
import { readHistory } from '../run/history.ts';
import { pendingRows } from '../run/pending.ts';
import { linesThat, resultsFrom } from '../run/results.ts';
import type { Stopped } from '../run/stop.ts';
import { verifyRows } from '../run/verify.ts';
import { type Journal, openJournal, readJournal } from '../storage/journal.ts';
import { lockRunFolder } from '../storage/lock.ts';
import { removeVerification, writeVerification } from '../storage/verification-file.ts';
import { askConsent } from './consent.ts';
import { checkExpected } from './planning.ts';
import { type Ending, finish, momentOf, recordOf, writeReports } from './finish.ts';
import { checkEntries, checkTenant } from './run-record.ts';
import { applicationsOf, folderName, type Session } from './session.ts';
import { listenForStop } from './signals.ts';
import { exitCodeOfStop, faultOfStop, goOnWith, timeOf } from './stopped.ts';
import { checkSwitches, obstacleTo } from './obstacles.ts';
import { endOfWindow, untilEnd } from './window.ts';

/** What an apply works on: the plan, the signed-in tenant, and how much was asked of AD to get there. */
type Work = { readonly tenant: Tenant; readonly ldapSearches: number };

/**
 * Applies a plan that is in the session's folder: checks, consent, writes, reading back, reports. Goes on where an earlier
 * apply of the same plan stopped. Returns the exit code; throws the RunFault that ended the run, after the reports.
 */
export async function applyInFolder(session: Session, plan: Plan, work: Work): Promise<number> {
  checkExpected(plan, session.settings);
  const stopAt = endOfWindow(session.settings.run.stopAt, session.clock.now());
  await checkTenant(plan, work.tenant);
  const lock = await lockRunFolder(session.folder);
  try {
    const past = (await readJournal(session.folder))?.entries ?? [];
    checkEntries(past, plan, session.folder);
    // Who was left on the way of a detour is to be brought home, whatever keeps the others from being written.
    const obstacle = await obstacleTo(plan, session, work.tenant.reader);
    if (obstacle !== null && leftAway(past).size === 0) throw obstacle;
    // There is something to review before anybody is asked, and something that is true should the run be cut off.
    await writeReports(
      session.folder,
      recordOf(standing(plan, past.length > 0 ? past : null, work), momentOf(session)),
    );
    await consent(session, plan, { past, obstacle });
    const journal = await openJournal(session.folder, journalHeader(plan, session));
    const { stopListening } = listenForStop(session.context.terminal, {
      stopping: session.stopping,
      left: `Left at once; the reports in the folder are from before. ${goOnWith(folderName(session), session.settings.run)}`,
    });
    try {
      return await applyAndReport(session, plan, { ...work, journal, stopAt, obstacle });
    } finally {
      stopListening();
      await journal.close();
    }
  } finally {
    await lock.release();
  }
}

type Writing = Work & {
  readonly journal: Journal;
  readonly stopAt: Date | null;
  /** Why nothing is written but what brings users home whom an earlier run has left away. */
  readonly obstacle: RunFault | null;
};

async function applyAndReport(session: Session, plan: Plan, work: Writing): Promise<number> {
  const { tenant, stopAt } = work;
  const { signal } = session.stopping;
  // A verification of before this apply would be told as one of what it does.
  await removeVerification(session.folder);
  await writeReports(session.folder, recordOf(standing(plan, work.journal.entries, work), momentOf(session)));
  if (stopAt) session.context.terminal.err(`No row is begun after ${timeOf(stopAt)} (--stop-at).\n`);
  const { results, stopped, unsaved } = await write(session, plan, work);
  const { verifications, trouble } = await readBackUnlessCutOff(session, plan, { tenant, results, stopped });
  const isInterrupted = signal.aborted ? ({ kind: 'interrupted' } as const) : null;
  const isHindered = work.obstacle ? ({ kind: 'fault', error: work.obstacle } as const) : null;
  const ended = stopped ?? trouble ?? isInterrupted ?? isHindered;
  const exitCode = ended ? exitCodeOfStop(ended) : exitCodeOf(tally(plan, results, verifications).counts);
  const requests = { ...tenant.reader.counts(), ldapSearches: work.ldapSearches };
  tellUnsaved(session, unsaved);
  try {
    if (verifications) await writeVerification(session.folder, plan.fingerprint, verifications);
  } finally {
    await finish(session, { plan, results, verifications, requests, exitCode }).catch((error: unknown) => {
      // What stopped the run comes before what came of it: a full disk stops the journal first, then the reports.
      if (!ended) throw error;
    });
  }
  if (ended) throw faultOfStop(ended, folderName(session), session.settings.run);
  return exitCode;
}

/** A disk that does not take the journal any more: what was done and is not in it must not be lost with this process. */
function tellUnsaved({ context }: Session, unsaved: readonly JournalOutcome[]): void {
  if (unsaved.length === 0) return;
  const lines = unsaved.map((entry) => JSON.stringify(entry)).join('\n');
  const what = unsaved.length === 1 ? 'this entry' : `these ${unsaved.length} entries`;
  context.terminal.alarm(`\nThe journal could not take ${what}; keep this text with the run folder:\n${lines}\n\n`);
}

/** How things stand before the writing: a plan as long as there are no entries, else a run that is not over. */
function standing(plan: Plan, entries: List<JournalEntry> | null, work: Work): Ending {
  const results = entries ? resultsFrom(plan.rows, entries) : null;
  const requests = { ...work.tenant.reader.counts(), ldapSearches: work.ldapSearches };
  return { plan, results, verifications: null, requests, exitCode: exitCodeOf(tally(plan, results, null).counts) };
}

function journalHeader(plan: Plan, { clock }: Session): JournalHeader {
  return {
    kind: 'header',
    format: 2,
    fingerprint: plan.fingerprint,
    tenantId: plan.header.tenant.id,
    at: clock.now().toISOString(),
  };
}

async function consent(
  session: Session,
  plan: Plan,
  work: Pick<Writing, 'obstacle'> & { past: List<JournalEntry> },
): Promise<void> {
  const { first } = session.settings.run;
  const { rows } = pendingRows(plan.rows, readHistory(work.past), { first, strays: work.obstacle !== null });
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
    session.context.yes,
  );
}

async function write(session: Session, plan: Plan, work: Writing): Promise<Applied> {
  const { tenant, journal, stopAt, obstacle } = work;
  const { clock, log, progress, settings, stopping } = session;
  const { reader } = tenant;
  const { first, maxFailures, maxConsecutiveFailures } = settings.run;
  const writers = tenant.openWriters();
  const concurrency = settings.run.concurrency ?? writesPerApplication * writers.length;
  const { signal } = stopping;
  const windowEnd = untilEnd(stopAt, clock.now());
  const inspect = (): Promise<void> => checkSwitches(plan, { reader, log });
  const onSetAside = (application: string): void => {
    log.warn('application-set-aside', { application });
    progress.say(
      `Note: application ${application} may not write users, and is not used any more; the others go on. ` +
        'Grant it User.ReadWrite.All, with admin consent, for the next run.',
    );
  };
  return applyPlan(plan.rows, journal.entries, {
    tools: { reader, writers, onSetAside, journal, clock, log, progress, signal, windowEnd, inspect },
    options: {
      concurrency,
      first,
      strays: obstacle !== null,
      takesBack: plan.header.kind === 'rollback',
      stopAt,
      maxFailures: failuresAllowed(maxFailures, plan.rows),
      maxConsecutiveFailures: maxConsecutiveFailures === 0 ? null : maxConsecutiveFailures,
    },
  });
}

// With three applications, the most that there are, still well below the limit on --concurrency.
const writesPerApplication = 8;

function failuresAllowed(max: MaxFailures | null, rows: Iterable<PlanRow>): number | null {
  if (max === null) return null;
  if (max.kind === 'count') return max.count;
  const ready = howMany(rows, ({ state }) => state === 'ready');
  return Math.floor((ready * max.percent) / 100);
}

type ReadBack = { readonly verifications: List<VerificationRow> | null; readonly trouble: Stopped | null };

/** What reading back meets must not cost what the writing has shown: it is told like anything that ends a run. */
async function readBackUnlessCutOff(
  session: Session,
  plan: Plan,
  done: { readonly tenant: Tenant; readonly results: Iterable<ResultRow>; readonly stopped: Stopped | null },
): Promise<ReadBack> {
  const { signal } = session.stopping;
  // Somebody wants out, or nothing works any more: no time for reading back.
  if (done.stopped?.kind === 'interrupted' || done.stopped?.kind === 'fault')
    return { verifications: null, trouble: null };
  try {
    const readings = await readBack(session, plan, { ...done, signal });
    return { verifications: signal.aborted ? null : readings, trouble: null };
  } catch (error) {
    return { verifications: null, trouble: signal.aborted ? null : { kind: 'fault', error } };
  }
}

async function readBack(
  session: Session,
  plan: Plan,
  work: { readonly tenant: Tenant; readonly results: Iterable<ResultRow>; readonly signal: AbortSignal },
): Promise<List<VerificationRow>> {
  const { clock, progress } = session;
  return verifyRows(
    plan.rows,
    { reader: work.tenant.reader, clock, progress, signal: work.signal },
    {
      justWritten: linesThat(work.results, 'applied'),
      includeHeld: false,
      skip: linesThat(work.results, 'not-reached'),
    },
  );
}
