import { resolve } from 'node:path';
import type { RunRecord } from '../../core/result.ts';
import { digestOf } from '../../report/digest.ts';
import { resultsFrom } from '../../run/apply/results.ts';
import { readSummary } from '../../storage/summary-file.ts';
import { readVerification } from '../../storage/verification-file.ts';
import { recordOf, tell, writeReports } from '../run-folder/finish.ts';
import { readRun } from '../run-folder/run-record.ts';
import { type Context, folderName } from '../session/session.ts';
import { type CliCommand } from './command.ts';

export const cliCommand: CliCommand = {
  name: 'report',
  argument: '<run-folder>',
  purpose: 'Writes the reports of a run again.',
  permissions: 'none; works offline.',
  example: 'hardmatch report runs/20261123T200000Z-mappings',
  action: ([target = ''], _flags, context) => reportCommand(target, context),
};

/** `hardmatch report <run folder>`: writes the reports again from plan, journal and verification. */
async function reportCommand(target: string, context: Context): Promise<number> {
  const folder = resolve(context.cwd, target);
  const { plan, entries } = await readRun(folder);
  const results = entries ? resultsFrom(plan.rows, entries) : null;
  const verifications = await readVerification(folder, plan);
  const earlier = await readSummary(folder);
  const { createdAt } = plan.header;
  const record = recordOf(
    {
      plan,
      results,
      verifications,
      requests: earlier?.requests ?? { graph: 0, graphWrites: 0, graphThrottled: 0, ldapSearches: 0 },
      exitCode: earlier?.exitCode ?? 0,
    },
    {
      command: earlier?.command ?? 'report',
      startedAt: earlier?.startedAt ?? createdAt,
      finishedAt: earlier?.finishedAt ?? lastMoment(results, createdAt),
      run: folderName({ context, folder }),
      // It needs no settings of the tenant, and so knows of none.
      applications: 1,
      limits: [],
    },
  );
  const digest = digestOf(record);
  await writeReports(folder, record, digest);
  tell(record, digest, context);
  return 0;
}

/** For a run that was killed before it could write its summary. */
function lastMoment(results: RunRecord['results'], otherwise: string): string {
  let latest = otherwise;
  for (const { finishedAt } of results ?? []) if (finishedAt !== null && finishedAt > latest) latest = finishedAt;
  return latest;
}
