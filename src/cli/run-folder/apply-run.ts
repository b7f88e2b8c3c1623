// cli/run-folder/: what commands do in a run folder. run-record reads one; plan-run makes a plan in it; apply-run applies that;
// finish writes the reports, and tells how it ended.
import { type MaxFailures, readSourceAnchor } from '../../config/values.ts';
import { RunFault } from '../../core/failure.ts';
import type { SourceAnchor } from '../../core/ids/anchor.ts';
import { howMany, type List } from '../../core/list.ts';
import type { Plan } from '../../core/plan.ts';
import type { PlanRow } from '../../core/row.ts';
import type { Tenant } from '../../graph/tenant.ts';
import { applyPlan } from '../../run/apply/apply.ts';
import type { ApplyPorts } from '../../run/apply/apply-ports.ts';
import { pilotWarning } from '../../report/pilot.ts';
import { whenCutShort } from '../ending/last-catch.ts';
import { continueCommand, faultOfStop, timeOf } from '../ending/stop-messages.ts';
import { composeDirectory, composeRunFolder } from '../session/compose.ts';
import { adapterTools, applicationsOf, folderName, type Session } from '../session/session.ts';
import { askConsent } from '../terminal/consent.ts';
import { finish, momentOf, recordOf, writeReports } from './finish.ts';

/** What an apply works with: the signed-in tenant, and what this very command has read to get to the plan. */
export type Work = {
  readonly tenant: Tenant;
  readonly ldapSearches: number;
  /** When this command read what the plan rests on; null for a plan that was saved, which is read again. */
  readonly plannedAt: Date | null;
};

/** Applies a plan that is in the session's folder. The exit code; throws what ended the run, once the reports are written. */
export async function applyInFolder(session: Session, plan: Plan, { tenant, ...read }: Work): Promise<number> {
  const { run } = session.settings;
  const { exitCode, stopped } = await applyPlan(plan, portsOf(session, plan, tenant), {
    ...run,
    ...read,
    sourceAnchor: sourceAnchorOf(plan),
    maxFailures: failuresAllowed(run.maxFailures, plan.rows),
    maxConsecutiveFailures: run.maxConsecutiveFailures === 0 ? null : run.maxConsecutiveFailures,
  });
  if (stopped) throw faultOfStop(stopped, folderName(session), run);
  return exitCode;
}

function portsOf(session: Session, plan: Plan, tenant: Tenant): ApplyPorts {
  const { settings, folder, context, clock, log, progress, end } = session;
  return {
    tenant,
    openDirectory: async () => (settings.directory === null ? null : composeDirectory(settings, adapterTools(session))),
    folder: composeRunFolder(folder),
    reports: {
      write: (standing) => writeReports(folder, recordOf(standing, momentOf(session))),
      finish: (standing) => finish(session, standing),
    },
    progress,
    clock,
    log,
    end,
    askConsent: (rows) => consent(session, plan, rows),
    alarm: (text) => context.terminal.alarm(text),
    whileWriting: (work) => whileWriting(session, work),
    whenCutShort,
  };
}

async function consent(session: Session, plan: Plan, rows: List<PlanRow>): Promise<void> {
  const { tenant, directory, createdAt, preflight } = plan.header;
  const { first } = session.settings.run;
  const pilot = first === null || preflight.sync.isEnabled !== true ? null : pilotWarning(plan.rows, first);
  if (pilot !== null) session.progress.say(pilot);
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
    { yes: session.context.yes, end: session.end.stopping, isExpected: session.settings.run.expect !== null },
  );
}

async function whileWriting<Result>(session: Session, work: () => Promise<Result>): Promise<Result> {
  const { settings, end, during, progress } = session;
  const stopAt = end.closesAt();
  const manner = {
    said: 'Stopping: finishing what is in flight. Press Ctrl-C again to leave at once.',
    left: `Left at once; the reports in the folder are from before. ${continueCommand(folderName(session), settings.run)}`,
    graceMs: settings.tenant?.answerTimeout ?? 0,
  };
  if (stopAt) progress.say(`No row is begun after ${timeOf(stopAt)} (--stop-at).`);
  return during(manner, work);
}

function failuresAllowed(max: MaxFailures | null, rows: Iterable<PlanRow>): number | null {
  if (max === null) return null;
  if (max.kind === 'count') return max.count;
  const ready = howMany(rows, ({ state }) => state === 'ready');
  return Math.floor((ready * max.percent) / 100);
}

function sourceAnchorOf({ header: { sourceAnchor } }: Plan): SourceAnchor {
  const read = readSourceAnchor(sourceAnchor);
  if ('value' in read) return read.value;
  throw new RunFault('plan-unreadable', `The plan's source anchor, ${sourceAnchor}, is none.`, { hint: 'Plan again.' });
}
