// What the run folder says of an apply: never older than the journal, whatever ends the process by itself.
import { countRows, exitCodeOf } from '../../core/count-rows.ts';
import type { JournalEntry, JournalOutcome } from '../../core/journal.ts';
import type { List } from '../../core/list.ts';
import type { Plan } from '../../core/plan.ts';
import type { ResultRow, VerificationRow } from '../../core/result.ts';
import type { Journal, Standing } from '../ports.ts';
import type { ApplyPorts, ApplySettings } from './apply-ports.ts';
import { resultsFrom } from './results.ts';
import type { PlanReview } from './review.ts';
import { exitCodeOfStop, type Stopped } from './stop.ts';
import type { Applied } from './write-all.ts';

/** An apply under way. */
export type Apply = {
  readonly plan: Plan;
  readonly ports: ApplyPorts;
  readonly settings: ApplySettings;
  readonly review: PlanReview;
};

/** How an apply ended: `stopped` says why before its last row, where it did. */
export type Ended = { readonly exitCode: number; readonly stopped: Stopped | null };

/** Runs the work while the run folder is this process's alone. */
export async function holdingFolder<Result>(
  { folder, whenCutShort }: ApplyPorts,
  work: () => Promise<Result>,
): Promise<Result> {
  const lock = await folder.lock();
  const releaseLater = whenCutShort(() => lock.release());
  try {
    return await work();
  } finally {
    releaseLater();
    await lock.release();
  }
}

/** Runs the writing with the journal open. Should it be broken off before it has reported, the journal is what is reported. */
export async function accountingFor(apply: Apply, work: (journal: Journal) => Promise<Ended>): Promise<Ended> {
  const { folder, clock, log, whileWriting, whenCutShort } = apply.ports;
  const { fingerprint, header } = apply.plan;
  const at = clock.now().toISOString();
  const journal = await folder.openJournal({ kind: 'header', format: 2, fingerprint, tenantId: header.tenant.id, at });
  const account = async (): Promise<void> => {
    await journal.close();
    await reportStanding(apply, (await folder.readJournal())?.entries ?? null);
  };
  const accountLater = whenCutShort(account);
  try {
    return await whileWriting(() => work(journal));
  } catch (error) {
    await account().catch((why: unknown) => log.error('reports-unwritten', { message: String(why) }));
    throw error;
  } finally {
    accountLater();
    await journal.close();
  }
}

/** Reports how things stand by the journal alone: a plan as long as it is null, else a run that is not over. */
export async function reportStanding(apply: Apply, entries: List<JournalEntry> | null): Promise<void> {
  const results = entries && resultsFrom(apply.plan.rows, entries);
  await apply.ports.reports.write(standing(apply, { results, verifications: null, stopped: null }));
}

type Known = {
  readonly results: List<ResultRow> | null;
  readonly verifications: List<VerificationRow> | null;
  readonly stopped: Stopped | null;
};

function standing({ plan, ports, settings, review }: Apply, { stopped, ...known }: Known): Standing {
  const counted = countRows(plan, known.results, known.verifications);
  const ldapSearches = settings.ldapSearches + review.ldapSearches();
  return {
    plan,
    counted,
    ...known,
    requests: { ...ports.tenant.reader.counts(), ldapSearches },
    exitCode: stopped ? exitCodeOfStop(stopped) : exitCodeOf(counted),
  };
}

/** Reports an apply that has ended, and tells why. */
export async function conclude(
  apply: Apply,
  { results, unsaved }: Applied,
  { verifications, stopped }: Omit<Known, 'results'>,
): Promise<Ended> {
  const { folder, reports, alarm } = apply.ports;
  const end = standing(apply, { results, verifications, stopped });
  tellUnsaved(unsaved, alarm);
  try {
    if (verifications) await folder.writeVerification(apply.plan.fingerprint, verifications);
  } finally {
    await reports.finish(end).catch((error: unknown) => {
      // What stopped the run comes before what came of it: a full disk stops the journal first, then the reports.
      if (!stopped) throw error;
    });
  }
  return { exitCode: end.exitCode, stopped };
}

/** A disk that does not take the journal any more: what was done and is not in it must not be lost with this process. */
function tellUnsaved(unsaved: readonly JournalOutcome[], alarm: ApplyPorts['alarm']): void {
  if (unsaved.length === 0) return;
  const lines = unsaved.map((entry) => JSON.stringify(entry)).join('\n');
  const what = unsaved.length === 1 ? 'this entry' : `these ${unsaved.length} entries`;
  alarm(`\nThe journal could not take ${what}; keep this text with the run folder:\n${lines}\n\n`);
}
