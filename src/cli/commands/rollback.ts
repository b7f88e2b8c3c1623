import { basename, resolve } from 'node:path';
import { loadSettings } from '../../config/load.ts';
import type { Settings } from '../../config/settings.ts';
import { RunFault } from '../../core/failure.ts';
import { foldKey } from '../../core/references.ts';
import type { PlanRow } from '../../core/row.ts';
import { exitCodeOf, tally } from '../../core/tally.ts';
import { makeRollbackPlan } from '../../run/rollback.ts';
import { readJournal } from '../../storage/journal.ts';
import { readPlan, writePlan } from '../../storage/plan-file.ts';
import { applyInFolder } from '../applying.ts';
import { composeTenant } from '../compose.ts';
import { finish } from '../finish.ts';
import { readInput } from '../planning.ts';
import { adapterTools, type Context, inSession } from '../session.ts';
import { toolVersion } from '../version.ts';
import type { ApplyFlags } from './apply.ts';
import { newRunFolder } from './plan.ts';

export type RollbackFlags = ApplyFlags & { readonly only?: string };

/** `hardmatch rollback <run folder>`: a plan built backwards from the journal, in a run folder of its own, then applied. */
export async function rollbackCommand(target: string, flags: RollbackFlags, context: Context): Promise<number> {
  const { env, cwd } = context;
  const settings = await loadSettings({ flags, env, cwd, needs: { directory: false, tenant: true } });
  const source = resolve(cwd, target);
  const original = await readPlan(source);
  const journal = await readJournal(source);
  if (!journal) {
    throw new RunFault('nothing-written', `${target} has no journal: this run has written nothing.`, {
      hint: 'Give the folder of a run that was applied.',
    });
  }
  if (journal.header.fingerprint !== original.fingerprint) {
    throw new RunFault('journal-of-another-plan', `The journal in ${target} belongs to another plan.`, {
      hint: 'Put back the plan.ndjson the run was made with.',
      exitCode: 3,
    });
  }
  const only = flags.only === undefined ? null : await chosenRows(resolve(cwd, flags.only), settings, original.rows);
  const folder = await newRunFolder(`rollback-${basename(source)}`, flags, context);
  return inSession({ command: 'rollback', context, settings, folder }, async (session) => {
    const tenant = await composeTenant(settings, adapterTools(session));
    try {
      const { header, rows } = await makeRollbackPlan(
        { plan: original, entries: journal.entries },
        { tenant: tenant.reader, clock: session.clock, progress: session.progress },
        { only, toolVersion: toolVersion(), runPath: source },
      );
      const { fingerprint } = await writePlan(folder, header, rows);
      const plan = { header, rows, fingerprint };
      if (flags.dryRun !== true) return await applyInFolder(session, plan, { tenant, ldapSearches: 0 });
      const exitCode = exitCodeOf(tally(rows, null, null).counts);
      const requests = { ...tenant.reader.counts(), ldapSearches: 0 };
      return await finish(session, { plan, results: null, verifications: null, requests, exitCode });
    } finally {
      await tenant.close();
    }
  });
}

/** `--only`: the pairings of a CSV, e.g. some lines of results.csv; each must be one of the run's. */
async function chosenRows(
  path: string,
  settings: Settings,
  rows: readonly PlanRow[],
): Promise<(row: PlanRow) => boolean> {
  const keyOf = (ad: string, cloud: string): string => JSON.stringify([foldKey(ad), foldKey(cloud)]);
  const known = new Set(rows.map((row) => keyOf(row.adText, row.cloudText)));
  const { pairings } = await readInput(path, settings);
  const stranger = pairings.find((pairing) => !known.has(keyOf(pairing.adText, pairing.cloudText)));
  if (stranger) {
    const who = `${stranger.adText} and ${stranger.cloudText}`;
    throw new RunFault(
      'not-in-run',
      `Line ${stranger.line} of ${path} names ${who}, a pairing this run does not have.`,
      {
        hint: 'Take the lines from the results.csv of the run.',
      },
    );
  }
  const chosen = new Set(pairings.map((pairing) => keyOf(pairing.adText, pairing.cloudText)));
  return (row) => chosen.has(keyOf(row.adText, row.cloudText));
}
