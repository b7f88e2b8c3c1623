import { resolve } from 'node:path';
import type { RunRecord, Summary } from '../../core/result.ts';
import { tally } from '../../core/tally.ts';
import { resultsFrom } from '../../run/apply.ts';
import { readSummary } from '../../storage/summary-file.ts';
import { readVerification } from '../../storage/verification-file.ts';
import { tell, writeReports } from '../finish.ts';
import { readRun } from '../run-record.ts';
import { type Context, folderName } from '../session.ts';
import { toolVersion } from '../version.ts';

/** `hardmatch report <run folder>`: writes the reports again from plan, journal and verification. */
export async function reportCommand(target: string, context: Context): Promise<number> {
  const folder = resolve(context.cwd, target);
  const { plan, entries } = await readRun(folder);
  const results = entries ? resultsFrom(plan.rows, entries) : null;
  const verifications = await readVerification(folder, plan);
  const tallied = tally(plan, results, verifications);
  const earlier = await readSummary(folder);
  const { header } = plan;
  const summary: Summary = {
    tool: { name: 'hardmatch', version: toolVersion() },
    command: earlier?.command ?? 'report',
    tenant: header.tenant,
    directory: header.directory,
    sourceAnchor: header.sourceAnchor,
    input: header.input,
    fingerprint: plan.fingerprint,
    preflight: header.preflight,
    ...tallied,
    requests: earlier?.requests ?? { graph: 0, graphWrites: 0, graphThrottled: 0, ldapSearches: 0 },
    startedAt: earlier?.startedAt ?? header.createdAt,
    finishedAt: earlier?.finishedAt ?? lastMoment(results, header.createdAt),
    exitCode: earlier?.exitCode ?? 0,
    run: folderName({ context, folder }),
  };
  const { rows } = plan;
  const record: RunRecord = {
    summary,
    planCreatedAt: header.createdAt,
    extraColumns: header.extraColumns,
    rows,
    results,
    verifications,
  };
  await writeReports(folder, record);
  tell(record, context);
  return 0;
}

/** For a run that was killed before it could write its summary. */
function lastMoment(results: RunRecord['results'], otherwise: string): string {
  let latest = otherwise;
  for (const { finishedAt } of results ?? []) if (finishedAt !== null && finishedAt > latest) latest = finishedAt;
  return latest;
}
