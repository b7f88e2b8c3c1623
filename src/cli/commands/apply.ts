import { basename, resolve } from 'node:path';
import { loadSettings } from '../../config/load.ts';
import { settingOf } from '../../config/settings-table.ts';
import { RunFault } from '../../core/failure.ts';
import { loadedPlan } from '../../storage/plan-file.ts';
import { isRunFolder } from '../../storage/run-folder.ts';
import { applyInFolder } from '../run-folder/apply-run.ts';
import { planInto, readInput } from '../run-folder/plan-run.ts';
import { readRun } from '../run-folder/run-record.ts';
import { withTenant } from '../session/with-tenant.ts';
import type { Context } from '../session/session.ts';
import { newRunFolder, planCommand, type PlanFlags } from './plan.ts';
import {
  type CliCommand,
  rowSettings,
  yesOption,
  runOption,
  dryRunOption,
  detailedOption,
  writeRights,
} from './command.ts';

export const cliCommand: CliCommand = {
  name: 'apply',
  argument: '<mappings.csv|run-folder>',
  purpose: 'Writes the immutable IDs of a reviewed plan, or plans first when given a CSV; reads them back and reports.',
  settings: rowSettings,
  options: [runOption, yesOption, dryRunOption, detailedOption],
  permissions: `${writeRights}; for a CSV also reading all user attributes in AD. Admin users need a caller with a higher role.`,
  example: 'hardmatch apply runs/20261123T200000Z-mappings',
  action: ([target = ''], flags, context) => applyCommand(target, flags, context),
};

export type ApplyFlags = PlanFlags & { readonly dryRun?: boolean };

/** `hardmatch apply <mappings.csv | run folder>`. Returns the exit code. */
async function applyCommand(target: string, flags: ApplyFlags, context: Context): Promise<number> {
  const path = resolve(context.cwd, target);
  if (await isRunFolder(path)) return applyFolder(path, flags, context);
  if (flags.dryRun === true) return planCommand(target, flags, context);
  return applyFile(target, flags, context);
}

async function applyFile(input: string, flags: ApplyFlags, context: Context): Promise<number> {
  const { env, cwd } = context;
  const settings = await loadSettings({ flags, env, cwd, needs: { directory: true, tenant: true } });
  const mappings = await readInput(resolve(cwd, input), settings);
  const folder = await newRunFolder(basename(input), flags, context);
  return withTenant({ command: 'apply', context, settings, folder }, async (session, tenant) => {
    const { plan, ldapSearches } = await planInto(session, mappings, tenant);
    const plannedAt = new Date(plan.header.createdAt);
    return applyInFolder(session, loadedPlan(plan), { tenant, ldapSearches, plannedAt });
  });
}

/** A reviewed plan, or one whose apply was interrupted. AD is read again where the settings name it, and is not needed. */
async function applyFolder(folder: string, flags: ApplyFlags, context: Context): Promise<number> {
  const { env, cwd } = context;
  if (flags.run !== undefined) {
    throw new RunFault('two-run-folders', '--run names another folder than the one given.', {
      hint: 'A run folder is applied in place; leave --run out.',
    });
  }
  if (flags.dryRun === true) {
    throw new RunFault('planned-already', 'A run folder holds a plan already; there is nothing to try.', {
      hint: 'Read plan.csv or report.html in it, or plan the mappings file again.',
    });
  }
  const settings = await loadSettings({ flags, env, cwd, needs: { directory: 'if-complete', tenant: true } });
  refusePlanFlags(flags);
  const { plan } = await readRun(folder);
  return withTenant({ command: 'apply', context, settings, folder }, (session, tenant) =>
    applyInFolder(session, plan, { tenant, ldapSearches: 0, plannedAt: null }),
  );
}

const planFlags = [
  'allowRelink',
  'sourceAnchor',
  'confirmSourceAnchor',
  'federatedDetour',
  'sync',
  'adKey',
  'cloudKey',
  'columns',
  'encoding',
] as const;

/** What a plan was made with cannot be changed by applying it; to pass over such a flag in silence would mislead. */
function refusePlanFlags(flags: ApplyFlags): void {
  const given = planFlags.find((key) => flags[key] !== undefined);
  if (given === undefined) return;
  const flag = settingOf(given).flag ?? given;
  throw new RunFault('planned-already', `${flag} shapes a plan, and this folder holds one already.`, {
    hint: `Plan the mappings file again with ${flag}.`,
  });
}
