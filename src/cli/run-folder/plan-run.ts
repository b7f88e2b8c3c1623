import type { StoredPlan } from '../../core/plan.ts';
import type { Settings } from '../../config/settings.ts';
import type { Tenant } from '../../graph/tenant.ts';
import { readMappings } from '../../input/mappings.ts';
import type { Mappings, PlanRow } from '../../core/row.ts';
import { RowCounter, type CountedRows } from '../../core/count-rows.ts';
import { makePlan } from '../../run/plan/plan.ts';
import { storedRows, writePlan } from '../../storage/plan-file.ts';
import { composeDirectory } from '../session/compose.ts';
import { adapterTools, type Session } from '../session/session.ts';
import { toolVersion } from '../session/version.ts';

/** The mappings file as the settings say to read it. */
export async function readInput(path: string, { run }: Settings): Promise<Mappings> {
  return readMappings(path, {
    columns: run.columns,
    ...(run.encoding === null ? {} : { encoding: run.encoding }),
    ...(run.adKey === null ? {} : { adKey: run.adKey }),
    ...(run.cloudKey === null ? {} : { cloudKey: run.cloudKey }),
  });
}

/** A plan that was made just now: on disk, and counted. */
export type Planned = { readonly plan: StoredPlan; readonly counted: CountedRows; readonly ldapSearches: number };

/** Makes the plan and puts plan.ndjson into the run folder, row by row. The directory is closed before it returns. */
export async function planInto(session: Session, mappings: Mappings, tenant: Tenant): Promise<Planned> {
  const { settings, clock, progress, folder } = session;
  const directory = await composeDirectory(settings, adapterTools(session));
  try {
    const { header, rows } = await makePlan(
      mappings,
      { directory, tenant: tenant.reader, clock, progress },
      {
        sourceAnchor: settings.run.sourceAnchor,
        confirmSourceAnchor: settings.run.confirmSourceAnchor,
        allowRelink: settings.run.allowRelink,
        federatedDetour: settings.run.federatedDetour,
        sync: settings.run.sync,
        toolVersion: toolVersion(),
      },
    );
    const counter = new RowCounter(header.preflight.findings);
    const { fingerprint } = await writePlan(folder, header, countingEach(rows, counter));
    const counted = counter.result();
    session.log.info('plan-made', { fingerprint, rows: counted.counts.rows });
    const plan = { header, rows: storedRows(folder, fingerprint), fingerprint };
    return { plan, counted, ldapSearches: directory.searches() };
  } finally {
    await directory.close();
  }
}

function* countingEach(rows: Iterable<PlanRow>, counter: RowCounter): Generator<PlanRow> {
  for (const row of rows) {
    counter.addRow(row);
    yield row;
  }
}
