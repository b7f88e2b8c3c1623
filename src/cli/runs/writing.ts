// The writing of an apply: opens the journal, writes, reads back, reports; and whatever ends it, what the folder says of the
// rows is never older than the journal.
import type { RunFault } from '../../core/failure.ts';
import type { JournalEntry, JournalHeader, JournalOutcome } from '../../core/journal.ts';
import { howMany, type List } from '../../core/list.ts';
import type { Plan } from '../../core/plan.ts';
import type { ResultRow, VerificationRow } from '../../core/result.ts';
import type { PlanRow } from '../../core/row.ts';
import { exitCodeOf, countRows } from '../../core/count-rows.ts';
import type { MaxFailures } from '../../config/values.ts';
import type { Tenant } from '../../graph/tenant.ts';
import { type Applied, applyPlan } from '../../run/apply/apply.ts';
import { linesThat, resultsFrom } from '../../run/apply/results.ts';
import type { Stopped } from '../../run/apply/stop.ts';
import { verifyRows } from '../../run/verify/verify.ts';
import { type Journal, openJournal, readJournal } from '../../storage/journal.ts';
import { removeVerification, writeVerification } from '../../storage/verification-file.ts';
import { type CommandEnd, finish, momentOf, recordOf, writeReports } from './finish.ts';
import { whenCutShort } from '../ending/last-catch.ts';
import { checkSwitches } from './write-preconditions.ts';
import type { PlanReview } from './plan-review.ts';
import { folderName, type Session } from '../session/session.ts';
import { exitCodeOfStop, faultOfStop, continueCommand, timeOf } from '../ending/stop-messages.ts';

/** What an apply works with: the signed-in tenant, and what this very command has read to get to the plan. */
export type Work = {
  readonly tenant: Tenant;
  readonly ldapSearches: number;
  /** When this command read what the plan rests on; null for a plan that was saved, which is read again. */
  readonly plannedAt: Date | null;
};

type Writing = Work & {
  /** Why nothing is written but what brings users home whom an earlier run has left away. */
  readonly obstacle: RunFault | null;
  readonly review: PlanReview;
};

/** Returns the exit code; throws what ended the run, once the reports say how far it got. Hold the folder's lock. */
export async function writeAndReport(session: Session, plan: Plan, work: Writing): Promise<number> {
  const { folder, settings, log } = session;
  const journal = await openJournal(folder, journalHeader(plan, session));
  const account = async (): Promise<void> => {
    await journal.close();
    const entries = (await readJournal(folder))?.entries ?? null;
    await writeReports(folder, recordOf(standing(plan, entries, work), momentOf(session)));
  };
  const accountLater = whenCutShort(account);
  const goOn = continueCommand(folderName(session), settings.run);
  const manner = {
    said: 'Stopping: finishing what is in flight. Press Ctrl-C again to leave at once.',
    left: `Left at once; the reports in the folder are from before. ${goOn}`,
    graceMs: settings.tenant?.answerTimeout ?? 0,
  };
  try {
    const { exitCode, ended } = await session
      .during(manner, () => applyAndReport(session, plan, { ...work, journal }))
      .catch(async (error: unknown) => {
        // Nobody has reported yet: the journal knows what was written, and the folder must say so.
        await account().catch((why: unknown) => log.error('reports-unwritten', { message: String(why) }));
        throw error;
      });
    if (ended) throw faultOfStop(ended, folderName(session), settings.run);
    return exitCode;
  } finally {
    accountLater();
    await journal.close();
  }
}

type Reported = { readonly exitCode: number; readonly ended: Stopped | null };
type AtWork = Writing & { readonly journal: Journal };

async function applyAndReport(session: Session, plan: Plan, work: AtWork): Promise<Reported> {
  const { tenant, journal, obstacle } = work;
  const { end } = session;
  const stopAt = end.closesAt();
  // A verification of before this apply would be told as one of what it does.
  await removeVerification(session.folder);
  await writeReports(session.folder, recordOf(standing(plan, journal.entries, work), momentOf(session)));
  if (stopAt) session.context.terminal.err(`No row is begun after ${timeOf(stopAt)} (--stop-at).\n`);
  const { results, stopped, unsaved } = await write(session, plan, work);
  const { verifications, trouble } = await readBackUnlessCutOff(session, plan, { tenant, results, stopped });
  const isInterrupted = end.interrupted.aborted ? ({ kind: 'interrupted' } as const) : null;
  const isHindered = obstacle ? ({ kind: 'fault', error: obstacle } as const) : null;
  const ended = stopped ?? trouble ?? isInterrupted ?? isHindered;
  const exitCode = ended ? exitCodeOfStop(ended) : exitCodeOf(countRows(plan, results, verifications).counts);
  const requests = requestsOf(work);
  tellUnsaved(session, unsaved);
  try {
    if (verifications) await writeVerification(session.folder, plan.fingerprint, verifications);
  } finally {
    await finish(session, { plan, results, verifications, requests, exitCode }).catch((error: unknown) => {
      // What stopped the run comes before what came of it: a full disk stops the journal first, then the reports.
      if (!ended) throw error;
    });
  }
  return { exitCode, ended };
}

/** A disk that does not take the journal any more: what was done and is not in it must not be lost with this process. */
function tellUnsaved({ context }: Session, unsaved: readonly JournalOutcome[]): void {
  if (unsaved.length === 0) return;
  const lines = unsaved.map((entry) => JSON.stringify(entry)).join('\n');
  const what = unsaved.length === 1 ? 'this entry' : `these ${unsaved.length} entries`;
  context.terminal.alarm(`\nThe journal could not take ${what}; keep this text with the run folder:\n${lines}\n\n`);
}

/** How things stand before the writing: a plan as long as there are no entries, else a run that is not over. */
export function standing(plan: Plan, entries: List<JournalEntry> | null, work: Work & Partial<Writing>): CommandEnd {
  const results = entries ? resultsFrom(plan.rows, entries) : null;
  return {
    plan,
    results,
    verifications: null,
    requests: requestsOf(work),
    exitCode: exitCodeOf(countRows(plan, results, null).counts),
  };
}

function requestsOf({ tenant, ldapSearches, review }: Work & Partial<Writing>): CommandEnd['requests'] {
  return { ...tenant.reader.counts(), ldapSearches: ldapSearches + (review?.ldapSearches() ?? 0) };
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

async function write(session: Session, plan: Plan, work: AtWork): Promise<Applied> {
  const { tenant, journal, obstacle, review } = work;
  const { clock, log, progress, settings, end } = session;
  const { reader } = tenant;
  const { first, maxFailures, maxConsecutiveFailures } = settings.run;
  const writers = tenant.openWriters();
  const concurrency = settings.run.concurrency ?? writesPerApplication * writers.length;
  const onSetAside = (application: string): void => {
    log.warn('application-set-aside', { application });
    progress.say(
      `Note: application ${application} may not write users, and is not used any more; the others go on. ` +
        'Grant it User.ReadWrite.All, with admin consent, for the next run.',
    );
  };
  return applyPlan(plan.rows, journal.entries, {
    tools: {
      reader,
      writers,
      onSetAside,
      journal,
      clock,
      log,
      progress,
      signal: end.interrupted,
      windowEnd: end.windowOver,
      over: end.over,
      against: (row) => review.against(row),
      inspect: async () => {
        await checkSwitches(plan, { reader, log });
        await review.readRoles();
      },
    },
    options: {
      concurrency,
      first,
      onlyStranded: obstacle !== null,
      takesBack: plan.header.kind === 'rollback',
      stopAt: end.closesAt(),
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
  const { end } = session;
  // Somebody wants out, or nothing works any more: no time for reading back.
  if (done.stopped?.kind === 'interrupted' || done.stopped?.kind === 'fault')
    return { verifications: null, trouble: null };
  // After the window's end what is read back until the run is over counts.
  const signal = AbortSignal.any([end.interrupted, end.over]);
  try {
    const readings = await readBack(session, plan, { ...done, signal });
    return signal.aborted ? { verifications: null, trouble: end.why() } : { verifications: readings, trouble: null };
  } catch (error) {
    return { verifications: null, trouble: end.why() ?? { kind: 'fault', error } };
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
