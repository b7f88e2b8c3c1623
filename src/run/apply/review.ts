// Whether a plan still is as it was reviewed: what its decisions rested on is read again before its first write, told before
// anybody is asked, and handed to the rows, each of which then ends as stale with the fact named.
import { RunFault } from '../../core/failure.ts';
import type { List } from '../../core/list.ts';
import type { Plan } from '../../core/plan.ts';
import type { TenantFacts } from '../../core/preflight.ts';
import type { Directory } from '../ports.ts';
import type { ApplyPorts, ApplySettings } from './apply-ports.ts';
import { type Review, reviewAgain, roleChange } from './review-again.ts';
import type { ReadyRow } from './row/row-outcome.ts';

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

/** What a review reaches and tells. */
export type ReviewPorts = Pick<ApplyPorts, 'openDirectory' | 'progress' | 'clock' | 'log'> & {
  readonly tenant: Pick<ApplyPorts['tenant'], 'reader'>;
};

/** The review of a plan that is to be applied; nothing is read yet. */
export function openReview(
  plan: Plan,
  ports: ReviewPorts,
  settings: Pick<ApplySettings, 'plannedAt' | 'sourceAnchor'>,
): PlanReview {
  const { clock, log, tenant } = ports;
  const { header } = plan;
  let latest = settings.plannedAt?.getTime() ?? Number.NEGATIVE_INFINITY;
  let changed: Review['changed'] = new Map();
  let roles: Pick<TenantFacts, 'roles'> = { roles: new Map() };
  let searches = 0;
  return {
    ldapSearches: () => searches,
    against: (row) => changed.get(row.line) ?? roleChange(row, roles),
    async readIfOld(rows) {
      if (rows.length === 0 || Math.abs(clock.now().getTime() - latest) <= freshFor) return;
      const directory = header.kind === 'rollback' ? null : await directoryOf(plan, ports);
      const { kind, allowRelink } = header;
      const options = { kind, allowRelink, sourceAnchor: settings.sourceAnchor };
      const readWith = (one: Directory | null): Promise<Review> =>
        reviewAgain(rows, { reader: tenant.reader, directory: one, progress: ports.progress }, options);
      try {
        const { review, isAdRead } = await withAdOrWithout(readWith, directory, ports);
        latest = clock.now().getTime();
        ({ changed } = review);
        tell(review, { plan, isAdRead }, ports);
      } finally {
        searches += directory?.searches() ?? 0;
        await directory?.close();
      }
    },
    async readRoles() {
      if (header.kind === 'rollback') return;
      try {
        roles = await tenant.reader.preflight();
      } catch (error) {
        log.warn('roles-unread', { message: error instanceof Error ? error.message : String(error) });
      }
    },
  };
}

/** With AD as far as it can be read: where it fails on the way, that is said, and the tenant is read without it. */
async function withAdOrWithout(
  readWith: (directory: Directory | null) => Promise<Review>,
  directory: Directory | null,
  ports: ReviewPorts,
): Promise<{ readonly review: Review; readonly isAdRead: boolean }> {
  try {
    return { review: await readWith(directory), isAdRead: directory !== null };
  } catch (error) {
    const isOfAd = error instanceof RunFault && error.code.startsWith('ad-');
    if (!isOfAd) throw error;
    tellWithoutAd(error, ports);
    return { review: await readWith(null), isAdRead: false };
  }
}

function tellWithoutAd(error: unknown, { log, progress }: ReviewPorts): void {
  const message = error instanceof Error ? error.message : String(error);
  log.warn('ad-not-read-again', { message });
  progress.say(`Note: ${message}`);
}

const shownAtMost = 5;

function tell(
  { changed, unchecked }: Review,
  { plan, isAdRead }: { readonly plan: Plan; readonly isAdRead: boolean },
  { log, progress }: ReviewPorts,
): void {
  for (const { check, needs, why } of unchecked) log.warn('check-not-permitted', { check, needs, why });
  progress.end();
  if (plan.header.kind === 'link' && !isAdRead) {
    progress.say('Note: AD was not read again before the first write; the plan is believed in what it says of AD.');
  }
  if (changed.size > 0) {
    const rows = changed.size === 1 ? '1 row is' : `${changed.size} rows are`;
    progress.say(`Note: ${rows} not as reviewed, and will not be written (stale):`);
    for (const [line, why] of [...changed].slice(0, shownAtMost)) progress.say(`  line ${line}: ${why}`);
    if (changed.size > shownAtMost) progress.say(`  and ${changed.size - shownAtMost} more, see results.csv.`);
  }
  const missing = unchecked.map(({ check }) => check).join(', ');
  if (missing !== '') progress.say(`Note: not read again, for want of a right: ${missing}.`);
}

/** AD as the settings name it; null where they name none, or where it cannot be reached. It must be the plan's. */
async function directoryOf({ header }: Plan, ports: ReviewPorts): Promise<Directory | null> {
  const directory = await ports.openDirectory().catch((error: unknown) => {
    if (!(error instanceof RunFault)) throw error;
    tellWithoutAd(error, ports);
    return null;
  });
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
    tellWithoutAd(error, ports);
    return null;
  }
}
