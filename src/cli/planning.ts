import type { Plan } from '../core/plan.ts';
import { RunFault } from '../core/failure.ts';
import type { Settings } from '../config/settings.ts';
import type { Tenant } from '../graph/tenant.ts';
import { readMappings } from '../input/mappings.ts';
import type { Mappings } from '../core/row.ts';
import { makePlan } from '../run/plan.ts';
import { writePlan } from '../storage/plan-file.ts';
import { composeDirectory } from './compose.ts';
import { adapterTools, type Session } from './session.ts';
import { toolVersion } from './version.ts';

/** The mappings file as the settings say to read it. */
export async function readInput(path: string, { run }: Settings): Promise<Mappings> {
  return readMappings(path, {
    columns: run.columns,
    ...(run.encoding === null ? {} : { encoding: run.encoding }),
    ...(run.adKey === null ? {} : { adKey: run.adKey }),
    ...(run.cloudKey === null ? {} : { cloudKey: run.cloudKey }),
  });
}

/** Makes the plan and puts plan.ndjson into the run folder. The directory is closed before it returns. */
export async function planInto(
  session: Session,
  mappings: Mappings,
  tenant: Tenant,
): Promise<{ plan: Plan; ldapSearches: number }> {
  const { settings, clock, progress } = session;
  const directory = await composeDirectory(settings, adapterTools(session));
  try {
    const { header, rows: made } = await makePlan(
      mappings,
      { directory, tenant: tenant.reader, clock, progress },
      {
        sourceAnchor: settings.run.sourceAnchor,
        confirmSourceAnchor: settings.run.confirmSourceAnchor,
        allowRelink: settings.run.allowRelink,
        federatedDetour: settings.run.federatedDetour,
        toolVersion: toolVersion(),
      },
    );
    const rows = [...made];
    const { fingerprint } = await writePlan(session.folder, header, rows);
    session.log.info('plan-made', { fingerprint, rows: rows.length });
    return { plan: { header, rows, fingerprint }, ldapSearches: directory.searches() };
  } finally {
    await directory.close();
  }
}

/** `--expect`: the plan must be the one that somebody approved. */
export function checkExpected(plan: Plan, { run }: Settings): void {
  if (run.expect === null || run.expect === plan.fingerprint) return;
  throw new RunFault('fingerprint-differs', `The plan is ${plan.fingerprint}, expected is ${run.expect}.`, {
    hint: 'Review the plan again; something in the input, AD or the tenant is not as it was approved.',
    exitCode: 3,
  });
}
