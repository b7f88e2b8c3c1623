import { basename, resolve } from 'node:path';
import { Option } from 'commander';
import { loadSettings } from '../../config/load.ts';
import type { Settings } from '../../config/settings.ts';
import { readDuration } from '../../config/values.ts';
import { RunFault } from '../../core/failure.ts';
import type { List } from '../../core/list.ts';
import type { Plan } from '../../core/plan.ts';
import type { ResultRow, VerificationRow } from '../../core/result.ts';
import { countRows } from '../../core/count-rows.ts';
import type { Tenant } from '../../graph/tenant.ts';
import { commandLine } from '../../report/command-line.ts';
import { checkTenant } from '../../run/apply/preconditions.ts';
import { linesThat, resultsFrom } from '../../run/apply/results.ts';
import type { TenantReader } from '../../run/ports.ts';
import { type TakeOverEnd, verifyTakeOver } from '../../run/verify/take-over.ts';
import { verifyRows } from '../../run/verify/verify.ts';
import { lockRunFolder } from '../../storage/lock.ts';
import { loadedPlan } from '../../storage/plan-file.ts';
import { isRunFolder } from '../../storage/run-folder.ts';
import { writeVerification } from '../../storage/verification-file.ts';
import { finish } from '../run-folder/finish.ts';
import { planInto, readInput } from '../run-folder/plan-run.ts';
import { readRun, type RunOnDisk } from '../run-folder/run-record.ts';
import { withTenant } from '../session/with-tenant.ts';
import { type Context, folderName, type Session } from '../session/session.ts';
import { newRunFolder, type PlanFlags } from './plan.ts';
import { type CliCommand, rowSettings, yesOption, runOption, readRights, checkRights } from './command.ts';

const afterSyncOption = new Option(
  '--after-sync',
  'judge whether sync has taken the users over, not only what was written',
);
const waitOption = new Option(
  '--wait <duration>',
  'with --after-sync: look again at those not taken over yet, e.g. for 45m',
);

export const cliCommand: CliCommand = {
  name: 'verify',
  argument: '<run-folder|mappings.csv>',
  purpose:
    'Reads the tenant again and compares, or says whether sync has taken the users over; writes nothing but verification.csv and the report.',
  settings: rowSettings,
  options: [runOption, yesOption, afterSyncOption, waitOption],
  permissions: `${readRights} (AD only when given a CSV). ${checkRights}.`,
  example: 'hardmatch verify runs/20261123T200000Z-mappings --after-sync --wait 45m',
  action: ([target = ''], flags, context) => verifyCommand(target, flags, context),
};

export type VerifyFlags = PlanFlags & { readonly afterSync?: boolean; readonly wait?: string };

/** What to look for: what was written, or whether sync has taken it over (waiting so many milliseconds for it). */
type Aim = { readonly kind: 'written' } | { readonly kind: 'taken-over'; readonly wait: number | null };

/** `hardmatch verify <run folder | mappings.csv>`: reads again and compares, writes nothing outside the run folder. */
async function verifyCommand(target: string, flags: VerifyFlags, context: Context): Promise<number> {
  const { env, cwd } = context;
  const aim = aimOf(flags);
  const path = resolve(cwd, target);
  const isFolder = await isRunFolder(path);
  const settings = await loadSettings({ flags, env, cwd, needs: { directory: !isFolder, tenant: true } });
  return isFolder
    ? verifyFolder(path, aim, { settings, context })
    : verifyFile(target, flags, { aim, settings, context });
}

function aimOf({ afterSync, wait }: VerifyFlags): Aim {
  if (afterSync !== true) {
    if (wait === undefined) return { kind: 'written' };
    throw new RunFault('wait-without-after-sync', '--wait waits for sync, and --after-sync is not given.', {
      hint: 'Give both, e.g. --after-sync --wait 45m; what was written is there to be read at once.',
    });
  }
  if (wait === undefined) return { kind: 'taken-over', wait: null };
  const read = readDuration(wait);
  if ('value' in read) return { kind: 'taken-over', wait: read.value };
  throw new RunFault('bad-wait', `--wait: ${read.wrong}.`, { hint: 'Give a duration like 45m.' });
}

async function verifyFolder(
  folder: string,
  aim: Aim,
  { settings, context }: { readonly settings: Settings; readonly context: Context },
): Promise<number> {
  const { plan, entries } = await readRun(folder);
  // An apply that is still writing would be read back half-way, and told so for good.
  const lock = await lockRunFolder(folder);
  try {
    return await verifyRun({ plan, entries }, aim, { command: 'verify', context, settings, folder });
  } finally {
    await lock.release();
  }
}

async function verifyRun(
  { plan, entries }: RunOnDisk,
  aim: Aim,
  start: Pick<Session, 'command' | 'context' | 'settings' | 'folder'>,
): Promise<number> {
  return withTenant(start, async (session, tenant) => {
    await checkTenant(plan, tenant.reader);
    const results = entries ? resultsFrom(plan.rows, entries) : null;
    return readBack(session, { plan, results, includeHeld: false, aim }, { tenant, ldapSearches: 0 });
  });
}

async function verifyFile(
  input: string,
  flags: PlanFlags,
  { aim, settings, context }: { readonly aim: Aim; readonly settings: Settings; readonly context: Context },
): Promise<number> {
  const mappings = await readInput(resolve(context.cwd, input), settings);
  const folder = await newRunFolder(basename(input), flags, context);
  return withTenant({ command: 'verify', context, settings, folder }, async (session, tenant) => {
    const made = await planInto(session, mappings, tenant);
    const { ldapSearches } = made;
    const plan = loadedPlan(made.plan);
    return readBack(session, { plan, results: null, includeHeld: true, aim }, { tenant, ldapSearches });
  });
}

type Subject = {
  readonly plan: Plan;
  readonly results: List<ResultRow> | null;
  readonly includeHeld: boolean;
  readonly aim: Aim;
};

async function readBack(
  session: Session,
  subject: Subject,
  work: { readonly tenant: Tenant; readonly ldapSearches: number },
): Promise<number> {
  const { plan, results } = subject;
  const { reader } = work.tenant;
  const { verifications, isInterrupted, fault } = await readings(session, subject, reader);
  await writeVerification(session.folder, plan.fingerprint, verifications);
  const isWhole = linesThat(results, 'not-reached').size === 0;
  const exitCode = isInterrupted ? 130 : exitCodeOfReading(plan, verifications, fault) || (isWhole ? 0 : 1);
  const requests = { ...reader.counts(), ldapSearches: work.ldapSearches };
  await finish(session, { plan, results, verifications, requests, exitCode });
  if (isInterrupted) {
    throw new RunFault('interrupted', 'Interrupted; what was seen until then is in verification.csv.', {
      hint: `Look again with: ${commandLine(['verify', folderName(session), '--after-sync'])}`,
      exitCode: 130,
    });
  }
  if (fault !== undefined) throw fault;
  return exitCode;
}

async function readings(
  session: Session,
  { plan, results, includeHeld, aim }: Subject,
  reader: TenantReader,
): Promise<TakeOverEnd> {
  const { clock, log, progress } = session;
  if (aim.kind === 'written') {
    // What a pilot or a stopped apply has left for later is not wrong, it is not written yet.
    const options = { justWritten: new Set<number>(), includeHeld, skip: linesThat(results, 'not-reached') };
    const verifications = await verifyRows(plan.rows, { reader, clock, progress }, options);
    return { verifications, isInterrupted: false, fault: undefined };
  }
  const writtenAt = new Map<number, string>();
  for (const { row, finishedAt } of results ?? []) if (finishedAt !== null) writtenAt.set(row.line, finishedAt);
  const options = { includeHeld, writtenAt, wait: aim.wait };
  const signal = session.end.stopping;
  const manner = {
    said: 'Stopping: writing down what was seen. Press Ctrl-C again to leave at once.',
    graceMs: session.settings.tenant?.answerTimeout ?? 0,
  };
  return session.during(manner, () => verifyTakeOver(plan.rows, { reader, clock, log, progress, signal }, options));
}

function exitCodeOfReading(plan: Plan, verifications: Iterable<VerificationRow>, fault: unknown): number {
  if (fault !== undefined) return fault instanceof RunFault ? fault.exitCode : 2;
  const { held, differs, missing, unreadable, waiting, syncError } = countRows(plan.rows, null, verifications).counts;
  // How the writing went is history; what counts now is what the tenant has, and the rows that were never to be written.
  return held + differs + missing + unreadable + waiting + syncError > 0 ? 1 : 0;
}
