import { RunFault } from '../core/failure.ts';
import type { JournalEntry, JournalHeader } from '../core/journal.ts';
import type { Plan } from '../core/plan.ts';
import type { ResultRow, VerificationRow } from '../core/result.ts';
import type { PlanRow } from '../core/row.ts';
import { exitCodeOf, tally } from '../core/tally.ts';
import type { MaxFailures } from '../config/settings.ts';
import type { Tenant } from '../graph/tenant.ts';
import { applyPlan } from '../run/apply.ts';
import type { Stopped } from '../run/stop.ts';
import { verifyRows } from '../run/verify.ts';
import { openJournal } from '../storage/journal.ts';
import { lockRunFolder } from '../storage/lock.ts';
import { writeVerification } from '../storage/verification-file.ts';
import { askConsent } from './consent.ts';
import { checkExpected } from './planning.ts';
import { finish } from './finish.ts';
import { folderName, type Session } from './session.ts';
import { listenForStop } from './signals.ts';

/**
 * Applies a plan that is in the session's folder: checks, consent, writes, reading back, reports. Goes on where an earlier
 * apply of the same plan stopped. Returns the exit code; throws the RunFault that ended the run, after the reports.
 */
export async function applyInFolder(
  session: Session,
  plan: Plan,
  work: { readonly tenant: Tenant; readonly ldapSearches: number },
): Promise<number> {
  const { tenant } = work;
  checkExpected(plan, session.settings);
  await checkTenant(plan, tenant);
  const lock = await lockRunFolder(session.folder);
  try {
    const journal = await openJournal(session.folder, journalHeader(plan, session));
    try {
      await consent(session, plan, journal.entries);
      const { results, stopped } = await write(session, plan, { tenant, journal });
      const verifications = isCutOff(stopped) ? null : await readBack(session, plan, { tenant, results });
      const exitCode = stopped ? exitCodeOfStop(stopped) : exitCodeOf(tally(plan.rows, results, verifications).counts);
      const requests = { ...tenant.reader.counts(), ldapSearches: work.ldapSearches };
      await finish(session, { plan, results, verifications, requests, exitCode });
      if (stopped) throw faultOfStop(stopped, session);
      return exitCode;
    } finally {
      await journal.close();
    }
  } finally {
    await lock.release();
  }
}

async function checkTenant(plan: Plan, tenant: Tenant): Promise<void> {
  const now = await tenant.reader.describe();
  if (now.id === plan.header.tenant.id) return;
  const planned = `${plan.header.tenant.name} (${plan.header.tenant.id})`;
  throw new RunFault('other-tenant', `The plan is for ${planned}; this sign-in is for ${now.name} (${now.id}).`, {
    hint: 'Sign in to the tenant the plan was made for, or plan again.',
    exitCode: 3,
  });
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
  const { tenant, directory, createdAt } = plan.header;
  session.progress.end();
  await askConsent(
    { tenant, directory, fingerprint: plan.fingerprint, planCreatedAt: createdAt, rows },
    session.context.terminal,
    session.context.yes,
  );
}

async function write(
  session: Session,
  plan: Plan,
  work: { readonly tenant: Tenant; readonly journal: Awaited<ReturnType<typeof openJournal>> },
): Promise<{ results: ResultRow[]; stopped: Stopped | null }> {
  const { clock, log, progress, settings } = session;
  const { signal, stopListening } = listenForStop(session.context.terminal);
  try {
    return await applyPlan(plan.rows, work.journal.entries, {
      tools: {
        reader: work.tenant.reader,
        writer: work.tenant.openWriter(),
        journal: work.journal,
        clock,
        log,
        progress,
        signal,
      },
      options: {
        concurrency: settings.run.concurrency,
        first: settings.run.first,
        maxFailures: failuresAllowed(settings.run.maxFailures, plan.rows),
      },
    });
  } finally {
    stopListening();
  }
}

function failuresAllowed(max: MaxFailures | null, rows: readonly PlanRow[]): number | null {
  if (max === null) return null;
  if (max.kind === 'count') return max.count;
  return Math.floor((rows.filter((row) => row.state === 'ready').length * max.percent) / 100);
}

async function readBack(
  session: Session,
  plan: Plan,
  work: { readonly tenant: Tenant; readonly results: readonly ResultRow[] },
): Promise<VerificationRow[]> {
  const lines = (outcome: ResultRow['outcome']): Set<number> =>
    new Set(work.results.filter((result) => result.outcome === outcome).map((result) => result.row.line));
  const verifications = await verifyRows(
    plan.rows,
    { reader: work.tenant.reader, clock: session.clock, progress: session.progress },
    { justWritten: lines('applied'), includeHeld: false, skip: lines('not-reached') },
  );
  await writeVerification(session.folder, plan.fingerprint, verifications);
  return verifications;
}

/** Somebody wants out, or nothing works any more: no time for reading back. */
function isCutOff(stopped: Stopped | null): boolean {
  return stopped?.kind === 'interrupted' || stopped?.kind === 'fault';
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
    return new RunFault('too-many-failures', `Stopped after ${stopped.failures} failed rows.`, {
      hint: `Find out why, see results.csv. ${goOn}`,
      exitCode: 3,
    });
  }
  return stopped.error;
}
