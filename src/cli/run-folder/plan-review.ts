// Whether a plan still is as it was reviewed: what its decisions rested on is read again before its first write, told before
// anybody is asked, and handed to the rows, each of which then ends as stale with the fact named.
import { readSourceAnchor } from '../../config/values.ts';
import { RunFault } from '../../core/failure.ts';
import type { List } from '../../core/list.ts';
import type { Plan } from '../../core/plan.ts';
import type { TenantFacts } from '../../core/preflight.ts';
import type { Directory, TenantReader } from '../../run/ports.ts';
import { type Review, reviewAgain, type ReviewOptions, roleChange } from '../../run/apply/review-again.ts';
import type { ReadyRow } from '../../run/apply/row/row-outcome.ts';
import { composeDirectory } from '../session/compose.ts';
import { adapterTools, type Session } from '../session/session.ts';

export type PlanReview = {
  /** Reads all of it again when the last reading is older than some minutes; a saved plan's counts as older. */
  readIfOld(rows: List<ReadyRow>): Promise<void>;
  /** Roles alone, for a look now and then while rows are written. Never throws for what cannot be read. */
  readRoles(): Promise<void>;
  /** What is not as it was reviewed, in a sentence; null: nothing that is known. */
  against(row: ReadyRow): string | null;
  /** Searches in AD that the readings took. */
  ldapSearches(): number;
};

// Milliseconds. As long as a review, or a question that waits for its answer, may take without anything being asked anew.
const freshFor = 5 * 60_000;

/** `readAt`: when this very command read all of it for the plan; null for a plan that was saved. */
export function openPlanReview(
  session: Session,
  plan: Plan,
  { reader, readAt }: { readonly reader: TenantReader; readonly readAt: Date | null },
): PlanReview {
  const { clock, log, progress } = session;
  let latest = readAt?.getTime() ?? Number.NEGATIVE_INFINITY;
  let changed: ReadonlyMap<number, string> = new Map();
  let roles: Pick<TenantFacts, 'roles'> = { roles: new Map() };
  let searches = 0;
  return {
    ldapSearches: () => searches,
    against: (row) => changed.get(row.line) ?? (plan.header.kind === 'rollback' ? null : roleChange(row, roles)),
    async readIfOld(rows) {
      if (rows.length === 0 || Math.abs(clock.now().getTime() - latest) <= freshFor) return;
      const directory = plan.header.kind === 'rollback' ? null : await directoryOf(session, plan);
      try {
        const { review, isAdRead } = await reviewed(session, rows, { reader, directory, options: optionsOf(plan) });
        latest = clock.now().getTime();
        ({ changed } = review);
        for (const { check, needs, why } of review.unchecked) log.warn('check-not-permitted', { check, needs, why });
        tell(session, plan, { changed, isAdRead });
        const missing = review.unchecked.map(({ check }) => check).join(', ');
        if (missing !== '') progress.say(`Note: not read again, for want of a right: ${missing}.`);
      } finally {
        searches += directory?.searches() ?? 0;
        await directory?.close();
      }
    },
    async readRoles() {
      if (plan.header.kind === 'rollback') return;
      try {
        roles = await reader.preflight();
      } catch (error) {
        log.warn('roles-unread', { message: error instanceof Error ? error.message : String(error) });
      }
    },
  };
}

type Reading = { readonly reader: TenantReader; readonly directory: Directory | null; readonly options: ReviewOptions };

/** With AD as far as it can be read: where it fails on the way, that is said, and the tenant is read without it. */
async function reviewed(
  { progress, log }: Session,
  rows: List<ReadyRow>,
  { reader, directory, options }: Reading,
): Promise<{ readonly review: Review; readonly isAdRead: boolean }> {
  try {
    const review = await reviewAgain(rows, { reader, directory, progress }, options);
    return { review, isAdRead: directory !== null };
  } catch (error) {
    const isOfAd = directory !== null && error instanceof RunFault && error.code.startsWith('ad-');
    if (!isOfAd) throw error;
    log.warn('ad-not-read-again', { message: error.message });
    progress.say(`Note: ${error.message}`);
    return { review: await reviewAgain(rows, { reader, directory: null, progress }, options), isAdRead: false };
  }
}

const shownAtMost = 5;

function tell(
  { progress }: Session,
  { header }: Plan,
  { changed, isAdRead }: { readonly changed: ReadonlyMap<number, string>; readonly isAdRead: boolean },
): void {
  progress.end();
  if (header.kind === 'link' && !isAdRead) {
    progress.say('Note: AD was not read again before the first write; the plan is believed in what it says of AD.');
  }
  if (changed.size === 0) return;
  const rows = changed.size === 1 ? '1 row is' : `${changed.size} rows are`;
  progress.say(`Note: ${rows} not as reviewed, and will not be written (stale):`);
  for (const [line, why] of [...changed].slice(0, shownAtMost)) progress.say(`  line ${line}: ${why}`);
  if (changed.size > shownAtMost) progress.say(`  and ${changed.size - shownAtMost} more, see results.csv.`);
}

function optionsOf({ header }: Plan): ReviewOptions {
  const { kind, allowRelink } = header;
  const read = readSourceAnchor(header.sourceAnchor);
  if ('value' in read) return { kind, allowRelink, sourceAnchor: read.value };
  throw new RunFault('plan-unreadable', `The plan's source anchor, ${header.sourceAnchor}, is none.`, {
    hint: 'Plan again.',
  });
}

/** AD as the settings name it; null where they name none, or where it cannot be reached. It must be the plan's. */
async function directoryOf(session: Session, { header }: Plan): Promise<Directory | null> {
  const { settings, progress, log } = session;
  if (settings.directory === null) return null;
  const directory = await openOrTell(session);
  if (directory === null) return null;
  try {
    const { domain, source } = await directory.describe();
    if (domain === header.directory.domain) return directory;
    throw new RunFault('other-directory', `The plan is for ${header.directory.domain}; ${source} is ${domain}.`, {
      hint: 'Give the domain controllers of the plan, or leave the settings of AD out: it is then not read again.',
      exitCode: 3,
    });
  } catch (error) {
    await directory.close();
    if (error instanceof RunFault && error.exitCode === 3) throw error;
    const message = error instanceof Error ? error.message : String(error);
    log.warn('ad-not-read-again', { message });
    progress.say(`Note: ${message}`);
    return null;
  }
}

async function openOrTell(session: Session): Promise<Directory | null> {
  try {
    return await composeDirectory(session.settings, adapterTools(session));
  } catch (error) {
    if (!(error instanceof RunFault)) throw error;
    session.log.warn('ad-not-read-again', { message: error.message });
    session.progress.say(`Note: ${error.message}`);
    return null;
  }
}
