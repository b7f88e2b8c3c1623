import { basename, resolve } from 'node:path';
import { loadSettings } from '../../config/load.ts';
import { exitCodeOf } from '../../core/count-rows.ts';
import { checkExpected } from '../../run/apply/preconditions.ts';
import { createRunFolder } from '../../storage/run-folder.ts';
import { withTenant } from '../session/with-tenant.ts';
import type { Context } from '../session/session.ts';
import { finish } from '../run-folder/finish.ts';
import { planInto, readInput } from '../run-folder/plan-run.ts';
import {
  type CliCommand,
  rowSettings,
  yesOption,
  runOption,
  detailedOption,
  readRights,
  checkRights,
} from './command.ts';

export const cliCommand: CliCommand = {
  name: 'plan',
  argument: '<mappings.csv>',
  purpose: 'The dry run: finds both sides of every pairing, checks them, and leaves a run folder for review.',
  settings: rowSettings,
  options: [runOption, yesOption, detailedOption],
  permissions: `${readRights}. ${checkRights}. Writes nothing outside the run folder.`,
  example: 'hardmatch plan mappings.csv --ad-url ldaps://dc1.corp.example.test',
  action: ([input = ''], flags, context) => planCommand(input, flags, context),
};

export type PlanFlags = Readonly<Record<string, unknown>> & {
  readonly run?: string;
  readonly detailedExitcode?: boolean;
};

const somethingToChange = 4;

/** `hardmatch plan <mappings.csv>`: the dry run. Returns the exit code. */
export async function planCommand(input: string, flags: PlanFlags, context: Context): Promise<number> {
  const { env, cwd } = context;
  const settings = await loadSettings({ flags, env, cwd, needs: { directory: true, tenant: true } });
  // The file is read before the folder is made: a file that is refused leaves nothing behind.
  const mappings = await readInput(resolve(cwd, input), settings);
  const folder = await newRunFolder(basename(input), flags, context);
  return withTenant({ command: 'plan', context, settings, folder }, async (session, tenant) => {
    const { plan, counted, ldapSearches } = await planInto(session, mappings, tenant);
    const { counts } = counted;
    const hasChanges = flags.detailedExitcode === true && counts.ready > 0;
    const requests = { ...tenant.reader.counts(), ldapSearches };
    const exitCode = hasChanges ? somethingToChange : exitCodeOf(counted);
    await finish(session, { plan, counted, results: null, verifications: null, requests, exitCode });
    checkExpected(plan, settings.run.expect);
    return exitCode;
  });
}

/** The folder given with --run, or a new one under runs/. */
export async function newRunFolder(
  inputName: string,
  flags: { readonly run?: string },
  { cwd, clock }: Context,
): Promise<string> {
  return createRunFolder({
    cwd,
    inputName,
    now: clock.now(),
    ...(flags.run === undefined ? {} : { dir: flags.run }),
  });
}
