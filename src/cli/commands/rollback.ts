import { basename, resolve } from 'node:path';
import { Option } from 'commander';
import { loadSettings } from '../../config/load.ts';
import type { Settings } from '../../config/settings.ts';
import { RunFault } from '../../core/failure.ts';
import type { JournalEntry } from '../../core/journal.ts';
import type { List } from '../../core/list.ts';
import type { Plan } from '../../core/plan.ts';
import { foldKey } from '../../core/references.ts';
import type { Mappings, PlanRow } from '../../core/row.ts';
import { exitCodeOf, countRows } from '../../core/count-rows.ts';
import { toTakeBack } from '../../core/judge/undo.ts';
import type { Tenant } from '../../graph/tenant.ts';
import { readMappings } from '../../input/mappings.ts';
import { visible } from '../../report/visible.ts';
import { checkTenant } from '../../run/apply/preconditions.ts';
import { makeRollbackPlan } from '../../run/plan/rollback.ts';
import { lockRunFolder } from '../../storage/lock.ts';
import { loadedPlan, storedRows, writePlan } from '../../storage/plan-file.ts';
import { applyInFolder } from '../run-folder/apply-run.ts';
import { finish } from '../run-folder/finish.ts';
import { readInput } from '../run-folder/plan-run.ts';
import { readRun } from '../run-folder/run-record.ts';
import { withTenant } from '../session/with-tenant.ts';
import type { Context, Session } from '../session/session.ts';
import { toolVersion } from '../session/version.ts';
import type { ApplyFlags } from './apply.ts';
import { newRunFolder } from './plan.ts';
import {
  type CliCommand,
  tenantSettings,
  runSettings,
  yesOption,
  runOption,
  dryRunOption,
  writeRights,
} from './command.ts';

export const cliCommand: CliCommand = {
  name: 'rollback',
  argument: '<run-folder>',
  purpose: 'Sets back what a run wrote, to null where it was null, in a run folder of its own.',
  settings: [...tenantSettings, ...runSettings],
  options: [
    runOption,
    yesOption,
    dryRunOption,
    new Option('--only <csv>', 'only these pairings, e.g. some lines of results.csv'),
  ],
  permissions: `${writeRights}.`,
  example: 'hardmatch rollback runs/20261123T200000Z-mappings --only some.csv',
  action: ([target = ''], flags, context) => rollbackCommand(target, flags, context),
};

export type RollbackFlags = ApplyFlags & { readonly only?: string };

/** `hardmatch rollback <run folder>`: a plan built backwards from the journal, in a run folder of its own, then applied. */
async function rollbackCommand(target: string, flags: RollbackFlags, context: Context): Promise<number> {
  const { env, cwd } = context;
  const settings = await loadSettings({ flags, env, cwd, needs: { directory: false, tenant: true } });
  const source = resolve(cwd, target);
  // While an apply still writes there is no telling what has to be taken back.
  const sourceLock = await lockRunFolder(source);
  try {
    const { plan: original, entries } = await readRun(source);
    if (entries === null || toTakeBack(entries, original.rows).length === 0) {
      throw new RunFault('nothing-written', `${target}: this run has written nothing.`, {
        hint: 'Give the folder of a run that was applied.',
      });
    }
    const only = flags.only === undefined ? null : await chosenRows(resolve(cwd, flags.only), settings, original.rows);
    const folder = await newRunFolder(`rollback-${basename(source)}`, flags, context);
    const start = { command: 'rollback', context, settings, folder };
    return await withTenant(start, (session, tenant) =>
      rollBack({ session, tenant }, { source, original, entries, only }, flags),
    );
  } finally {
    await sourceLock.release();
  }
}

type Undoing = {
  readonly source: string;
  readonly original: Plan;
  readonly entries: List<JournalEntry>;
  readonly only: ((row: PlanRow) => boolean) | null;
};

async function rollBack(
  { session, tenant }: { readonly session: Session; readonly tenant: Tenant },
  run: Undoing,
  flags: RollbackFlags,
): Promise<number> {
  await checkTenant(run.original, tenant.reader);
  const { header, rows } = await makeRollbackPlan(
    { plan: run.original, entries: run.entries },
    { tenant: tenant.reader, clock: session.clock, progress: session.progress },
    { only: run.only, toolVersion: toolVersion(), runPath: run.source },
  );
  const { fingerprint } = await writePlan(session.folder, header, rows);
  const plan = loadedPlan({ header, rows: storedRows(session.folder, fingerprint), fingerprint });
  const plannedAt = new Date(header.createdAt);
  if (flags.dryRun !== true) return applyInFolder(session, plan, { tenant, ldapSearches: 0, plannedAt });
  const exitCode = exitCodeOf(countRows(plan, null, null));
  const requests = { ...tenant.reader.counts(), ldapSearches: 0 };
  await finish(session, { plan, results: null, verifications: null, requests, exitCode });
  return exitCode;
}

/** `--only`: the pairings of a CSV, e.g. some lines of results.csv; each must be one of the run's. */
async function chosenRows(
  path: string,
  settings: Settings,
  rows: Iterable<PlanRow>,
): Promise<(row: PlanRow) => boolean> {
  // As the reports write them: a line of results.csv has the hidden characters of its row written out.
  const keyOf = (ad: string, cloud: string): string =>
    JSON.stringify([ad, cloud].map((text) => foldKey(visible(text))));
  const known = new Set<string>();
  for (const row of rows) known.add(keyOf(row.adText, row.cloudText));
  const { pairings } = await readChosen(path, settings);
  const chosen = new Set<string>();
  for (const stranger of pairings) {
    const key = keyOf(stranger.adText, stranger.cloudText);
    chosen.add(key);
    if (known.has(key)) continue;
    const who = `${stranger.adText} and ${stranger.cloudText}`;
    throw new RunFault(
      'not-in-run',
      `Line ${stranger.line} of ${path} names ${who}, a pairing this run does not have.`,
      {
        hint: 'Take the lines from the results.csv of the run.',
      },
    );
  }
  return (row) => chosen.has(keyOf(row.adText, row.cloudText));
}

/** What the settings say of columns and encoding is of the mappings file; lines of results.csv are as they always are. */
async function readChosen(path: string, settings: Settings): Promise<Mappings> {
  try {
    return await readInput(path, settings);
  } catch (error) {
    return readMappings(path).catch(() => {
      throw error;
    });
  }
}
