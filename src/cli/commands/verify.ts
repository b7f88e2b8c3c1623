import { basename, resolve } from 'node:path';
import { loadSettings } from '../../config/load.ts';
import type { Settings } from '../../config/settings.ts';
import type { Plan } from '../../core/plan.ts';
import { tally } from '../../core/tally.ts';
import type { Tenant } from '../../graph/tenant.ts';
import { resultsFrom } from '../../run/apply.ts';
import { verifyRows } from '../../run/verify.ts';
import { readJournal } from '../../storage/journal.ts';
import { readPlan } from '../../storage/plan-file.ts';
import { isRunFolder } from '../../storage/run-folder.ts';
import { writeVerification } from '../../storage/verification-file.ts';
import { composeTenant } from '../compose.ts';
import { finish } from '../finish.ts';
import { planInto, readInput } from '../planning.ts';
import { adapterTools, type Context, inSession, type Session } from '../session.ts';
import { newRunFolder, type PlanFlags } from './plan.ts';

/** `hardmatch verify <run folder | mappings.csv>`: reads again and compares, writes nothing outside the run folder. */
export async function verifyCommand(target: string, flags: PlanFlags, context: Context): Promise<number> {
  const { env, cwd } = context;
  const path = resolve(cwd, target);
  const isFolder = await isRunFolder(path);
  const settings = await loadSettings({ flags, env, cwd, needs: { directory: !isFolder, tenant: true } });
  return isFolder ? verifyFolder(path, settings, context) : verifyFile(target, flags, { settings, context });
}

async function verifyFolder(folder: string, settings: Settings, context: Context): Promise<number> {
  const plan = await readPlan(folder);
  const journal = await readJournal(folder);
  return inSession({ command: 'verify', context, settings, folder }, async (session) => {
    const tenant = await composeTenant(settings, adapterTools(session));
    try {
      const results = journal ? resultsFrom(plan.rows, journal.entries) : null;
      return await readBack(session, { plan, results, includeHeld: false }, { tenant, ldapSearches: 0 });
    } finally {
      await tenant.close();
    }
  });
}

async function verifyFile(
  input: string,
  flags: PlanFlags,
  { settings, context }: { readonly settings: Settings; readonly context: Context },
): Promise<number> {
  const mappings = await readInput(resolve(context.cwd, input), settings);
  const folder = await newRunFolder(basename(input), flags, context);
  return inSession({ command: 'verify', context, settings, folder }, async (session) => {
    const tenant = await composeTenant(settings, adapterTools(session));
    try {
      const { plan, ldapSearches } = await planInto(session, mappings, tenant);
      return await readBack(session, { plan, results: null, includeHeld: true }, { tenant, ldapSearches });
    } finally {
      await tenant.close();
    }
  });
}

async function readBack(
  session: Session,
  what: { readonly plan: Plan; readonly results: ReturnType<typeof resultsFrom> | null; readonly includeHeld: boolean },
  work: { readonly tenant: Tenant; readonly ldapSearches: number },
): Promise<number> {
  const { plan, results, includeHeld } = what;
  const { reader } = work.tenant;
  const verifications = await verifyRows(
    plan.rows,
    { reader, clock: session.clock, progress: session.progress },
    { justWritten: new Set(), includeHeld, skip: new Set() },
  );
  await writeVerification(session.folder, plan.fingerprint, verifications);
  const { held, differs, missing, unreadable } = tally(plan.rows, null, verifications).counts;
  // How the writing went is history; what counts now is what the tenant has, and the rows that were never to be written.
  const exitCode = held + differs + missing + unreadable > 0 ? 1 : 0;
  const requests = { ...reader.counts(), ldapSearches: work.ldapSearches };
  return finish(session, { plan, results, verifications, requests, exitCode });
}
