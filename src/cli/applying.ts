import { RunFault } from '../core/failure.ts';
import type { JournalEntry, JournalHeader } from '../core/journal.ts';
import type { Plan } from '../core/plan.ts';
import type { ResultRow, VerificationRow } from '../core/result.ts';
import type { PlanRow } from '../core/row.ts';
import { exitCodeOf, tally } from '../core/tally.ts';
import type { MaxFailures } from '../config/settings.ts';
import type { Tenant } from '../graph/tenant.ts';
import { applyPlan, resultsFrom } from '../run/apply.ts';
import type { Stopped } from '../run/stop.ts';
import { verifyRows } from '../run/verify.ts';
import { type Journal, openJournal, readJournal } from '../storage/journal.ts';
import { lockRunFolder } from '../storage/lock.ts';
import { removeVerification, writeVerification } from '../storage/verification-file.ts';
import { askConsent } from './consent.ts';
import { checkExpected } from './planning.ts';
import { type Ending, finish, momentOf, recordOf, writeReports } from './finish.ts';
import { checkEntries, checkTenant } from './run-record.ts';
import { folderName, type Session } from './session.ts';
import { listenForStop } from './signals.ts';

/** What an apply works on: the plan, the signed-in tenant, and how much was asked of AD to get there. */
type Work = { readonly tenant: Tenant; readonly ldapSearches: number };

/**
 * Applies a plan that is in the session's folder: checks, consent, writes, reading back, reports. Goes on where an earlier
 * apply of the same plan stopped. Returns the exit code; throws the RunFault that ended the run, after the reports.
 */
export async function applyInFolder(session: Session, plan: Plan, work: Work): Promise<number> {
  checkExpected(plan, session.settings);
  await checkTenant(plan, work.tenant);
  const lock = await lockRunFolder(session.folder);
  try {
    const past = (await readJournal(session.folder))?.entries ?? [];
    checkEntries(past, plan, session.folder);
    // There is something to review before anybody is asked, and something that is true should the run be cut off.
    await writeReports(
      session.folder,
      recordOf(standing(plan, past.length > 0 ? past : null, work), momentOf(session)),
    );
    await consent(session, plan, past);
    const journal = await openJournal(session.folder, journalHeader(plan, session));
    const listening = listenForStop(session.context.terminal);
    try {
      return await applyAndReport(session, plan, { ...work, journal, signal: listening.signal });
    } finally {
      listening.stopListening();
      await journal.close();
    }
  } finally {
    await lock.release();
  }
}

type Writing = Work & { readonly journal: Journal; readonly signal: AbortSignal };

async function applyAndReport(session: Session, plan: Plan, work: Writing): Promise<number> {
  const { tenant, signal } = work;
  // A verification of before this apply would be told as one of what it does.
  await removeVerification(session.folder);
  await writeReports(session.folder, recordOf(standing(plan, work.journal.entries, work), momentOf(session)));
  const { results, stopped } = await write(session, plan, work);
  const isCutOff = stopped?.kind === 'interrupted' || stopped?.kind === 'fault';
  // Somebody wants out, or nothing works any more: no time for reading back.
  const readings = isCutOff ? null : await readBack(session, plan, { tenant, results, signal });
  const verifications = signal.aborted ? null : readings;
  if (verifications) await writeVerification(session.folder, plan.fingerprint, verifications);
  const ended = stopped ?? (signal.aborted ? ({ kind: 'interrupted' } as const) : null);
  const exitCode = ended ? exitCodeOfStop(ended) : exitCodeOf(tally(plan, results, verifications).counts);
  const requests = { ...tenant.reader.counts(), ldapSearches: work.ldapSearches };
  await finish(session, { plan, results, verifications, requests, exitCode });
  if (ended) throw faultOfStop(ended, session);
  return exitCode;
}

/** How things stand before the writing: a plan as long as there are no entries, else a run that is not over. */
function standing(plan: Plan, entries: readonly JournalEntry[] | null, work: Work): Ending {
  const results = entries ? resultsFrom(plan.rows, entries) : null;
  const requests = { ...work.tenant.reader.counts(), ldapSearches: work.ldapSearches };
  return { plan, results, verifications: null, requests, exitCode: exitCodeOf(tally(plan, results, null).counts) };
}

function journalHeader(plan: Plan, { clock }: Session): JournalHeader {
  return {
    kind: 'header',
    format: 1,
    fingerprint: plan.fingerprint,
    tenantId: plan.header.tenant.id,
    at: clock.now().toISOString(),
  };
}

async function consent(session: Session, plan: Plan, past: readonly JournalEntry[]): Promise<void> {
  const done = new Set(
    past.flatMap((entry) =>
      entry.kind === 'outcome' && (entry.outcome === 'applied' || entry.outcome === 'already') ? [entry.line] : [],
    ),
  );
  const ready = plan.rows.filter((row) => row.state === 'ready').slice(0, session.settings.run.first ?? undefined);
  const rows = ready.filter((row) => !done.has(row.line));
  if (rows.length === 0) return;
  const { tenant, directory, createdAt, preflight } = plan.header;
  session.progress.end();
  await askConsent(
    { tenant, directory, fingerprint: plan.fingerprint, planCreatedAt: createdAt, preflight, rows },
    session.context.terminal,
    session.context.yes,
  );
}

async function write(
  session: Session,
  plan: Plan,
  work: Writing,
): Promise<{ results: ResultRow[]; stopped: Stopped | null }> {
  const { clock, log, progress, settings } = session;
  const { tenant, journal, signal } = work;
  return applyPlan(plan.rows, journal.entries, {
    tools: { reader: tenant.reader, writer: tenant.openWriter(), journal, clock, log, progress, signal },
    options: {
      concurrency: settings.run.concurrency,
      first: settings.run.first,
      maxFailures: failuresAllowed(settings.run.maxFailures, plan.rows),
    },
  });
}

function failuresAllowed(max: MaxFailures | null, rows: readonly PlanRow[]): number | null {
  if (max === null) return null;
  if (max.kind === 'count') return max.count;
  return Math.floor((rows.filter((row) => row.state === 'ready').length * max.percent) / 100);
}

async function readBack(
  session: Session,
  plan: Plan,
  work: { readonly tenant: Tenant; readonly results: readonly ResultRow[]; readonly signal: AbortSignal },
): Promise<VerificationRow[]> {
  const lines = (outcome: ResultRow['outcome']): Set<number> =>
    new Set(work.results.filter((result) => result.outcome === outcome).map((result) => result.row.line));
  const { clock, progress } = session;
  return verifyRows(
    plan.rows,
    { reader: work.tenant.reader, clock, progress, signal: work.signal },
    { justWritten: lines('applied'), includeHeld: false, skip: lines('not-reached') },
  );
}

function exitCodeOfStop(stopped: Stopped): number {
  if (stopped.kind === 'interrupted') return 130;
  if (stopped.kind === 'too-many-failures') return 3;
  return stopped.error instanceof RunFault ? stopped.error.exitCode : 2;
}

function faultOfStop(stopped: Stopped, session: Session): unknown {
  const goOn = `Go on with: hardmatch apply ${folderName(session)}`;
  if (stopped.kind === 'interrupted') {
    return new RunFault('interrupted', 'Interrupted; what was in flight is finished.', { hint: goOn, exitCode: 130 });
  }
  if (stopped.kind === 'too-many-failures') {
    return new RunFault(
      'too-many-failures',
      `Stopped: ${stopped.failures} ${stopped.failures === 1 ? 'row has' : 'rows have'} failed.`,
      {
        hint: `Find out why, see results.csv. ${goOn}`,
        exitCode: 3,
      },
    );
  }
  return stopped.error;
}
