// run/apply/: a plan is applied. Start here: the order of it, from the check to the report.
//   apply-ports        what it reaches              account            what the folder says of it, whatever ends it
//   preconditions      what speaks against it       review, review-again   held against AD and the tenant again
//   history, pending   what an earlier apply has done, and what is left
//   write-all          rows side by side            row/               one of them
//   stop               the brake                    results            how rows ended
import { RunFault } from '../../core/failure.ts';
import { type JournalEntry, leftAway } from '../../core/journal.ts';
import { type List, listWhere } from '../../core/list.ts';
import type { Plan } from '../../core/plan.ts';
import type { VerificationRow } from '../../core/result.ts';
import type { Journal } from '../ports.ts';
import { verifyRows } from '../verify/verify.ts';
import { accountingFor, type Apply, conclude, type Ended, holdingFolder, reportStanding } from './account.ts';
import type { ApplyPorts, ApplySettings } from './apply-ports.ts';
import { readHistory } from './history.ts';
import { pendingRows } from './pending.ts';
import { checkEntries, checkExpected, checkTenant, faultOfSwitches, obstacleTo } from './preconditions.ts';
import { linesThat } from './results.ts';
import { openReview } from './review.ts';
import type { ReadyRow } from './row/row-outcome.ts';
import type { Stopped } from './stop.ts';
import { type Applied, writeRows } from './write-all.ts';

/**
 * Applies a plan that is in a run folder, and continues where an earlier apply of the same plan stopped. Tells how it ended,
 * the reports written; throws the RunFault that kept it from writing, or what broke it off.
 */
export async function applyPlan(plan: Plan, ports: ApplyPorts, settings: ApplySettings): Promise<Ended> {
  checkExpected(plan, settings.expect);
  await checkTenant(plan, ports.tenant.reader);
  return holdingFolder(ports, async () => {
    const past = (await ports.folder.readJournal())?.entries ?? [];
    checkEntries(past, plan, ports.folder.path);
    const apply: Apply = { plan, ports, settings, review: openReview(plan, ports, settings) };
    const { rows, obstacle } = await whatToWrite(apply, past);
    // There is something to review before anybody is asked, and something that is true should the run be cut off.
    await reportStanding(apply, past.length > 0 ? past : null);
    await askConsent(apply, rows);
    // Whoever was asked may have been long in answering. Users who are only brought home rest on none of it.
    if (obstacle === null) await apply.review.readIfOld(rows);
    return accountingFor(apply, async (journal) => {
      // A verification of before this apply would be told as one of what it does.
      await ports.folder.removeVerification();
      await reportStanding(apply, journal.entries);
      const written = await write(apply, journal, obstacle);
      const { verifications, trouble } = await readBackUnlessCutOff(apply, written);
      const stopped = written.stopped ?? trouble ?? (obstacle && { kind: 'fault', error: obstacle });
      return conclude(apply, written, { verifications, stopped });
    });
  });
}

/** The rows to be written, and what keeps any but those from being written that bring users home. */
type ToWrite = { readonly rows: List<ReadyRow>; readonly obstacle: RunFault | null };

async function whatToWrite({ plan, ports, settings, review }: Apply, past: List<JournalEntry>): Promise<ToWrite> {
  const history = readHistory(past);
  const rowsUnless = (obstacle: RunFault | null): ToWrite => {
    const choice = { first: settings.first, onlyStranded: obstacle !== null };
    return { rows: pendingRows(plan.rows, history, choice).rows, obstacle };
  };
  // Who was left on the way of a detour is to be brought home, whatever keeps the others from being written.
  const unlessAway = (error: unknown): RunFault => {
    if (error instanceof RunFault && leftAway(past).size > 0) return error;
    throw error;
  };
  const obstacle = await obstacleTo(plan, ports, settings.maxAge);
  if (obstacle !== null) return rowsUnless(unlessAway(obstacle));
  const all = rowsUnless(null);
  return review.readIfOld(all.rows).then(
    () => all,
    (error: unknown) => rowsUnless(unlessAway(error)),
  );
}

async function askConsent({ ports, review }: Apply, rows: List<ReadyRow>): Promise<void> {
  const unchanged = listWhere(rows, (row) => review.against(row) === null);
  if (unchanged.length > 0) return ports.askConsent(unchanged);
  ports.progress.say('Nothing is left to write.');
}

// With three applications, the most that there are, still well below the limit on --concurrency.
const writesPerApplication = 8;

async function write({ plan, ports, settings, review }: Apply, journal: Journal, obstacle: unknown): Promise<Applied> {
  const { tenant, clock, log, progress, end } = ports;
  const { reader } = tenant;
  const writers = tenant.openWriters();
  const { first, maxFailures, maxConsecutiveFailures, concurrency } = settings;
  return writeRows(plan.rows, journal.entries, {
    tools: {
      reader,
      writers,
      journal,
      clock,
      log,
      progress,
      signal: end.interrupted,
      windowEnd: end.windowOver,
      over: end.over,
      against: (row) => review.against(row),
      inspect: async () => {
        const fault = await faultOfSwitches(plan, reader, log);
        if (fault !== null) throw fault;
        await review.readRoles();
      },
      onSetAside: (application) => {
        log.warn('application-set-aside', { application });
        progress.say(
          `Note: application ${application} may not write users, and is not used any more; the others go on. ` +
            'Grant it User.ReadWrite.All, with admin consent, for the next run.',
        );
      },
    },
    options: {
      concurrency: concurrency ?? writesPerApplication * writers.length,
      first,
      onlyStranded: obstacle !== null,
      takesBack: plan.header.kind === 'rollback',
      stopAt: end.closesAt(),
      maxFailures,
      maxConsecutiveFailures,
    },
  });
}

type ReadBackEnd = { readonly verifications: List<VerificationRow> | null; readonly trouble: Stopped | null };

/** What reading back meets must not cost what the writing has shown: it is told like anything that ends a run. */
async function readBackUnlessCutOff({ plan, ports }: Apply, { results, stopped }: Applied): Promise<ReadBackEnd> {
  const { tenant, clock, progress, end } = ports;
  // Somebody wants out, or nothing works any more: no time for reading back.
  if (stopped?.kind === 'interrupted' || stopped?.kind === 'fault') return { verifications: null, trouble: null };
  // After the window's end what is read back until the run is over counts.
  const signal = AbortSignal.any([end.interrupted, end.over]);
  try {
    const verifications = await verifyRows(
      plan.rows,
      { reader: tenant.reader, clock, progress, signal },
      { justWritten: linesThat(results, 'applied'), includeHeld: false, skip: linesThat(results, 'not-reached') },
    );
    return signal.aborted ? { verifications: null, trouble: end.why() } : { verifications, trouble: null };
  } catch (error) {
    return { verifications: null, trouble: end.why() ?? { kind: 'fault', error } };
  }
}
