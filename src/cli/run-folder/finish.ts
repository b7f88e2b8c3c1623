import { join } from 'node:path';
import type { RunRecord, Summary } from '../../core/result.ts';
import { countRows } from '../../core/count-rows.ts';
import { planCsv, resultsCsv, verificationCsv } from '../../report/csv.ts';
import { type Digest, digestOf } from '../../report/digest.ts';
import { reportHtml } from '../../report/html/page.ts';
import { summaryJson } from '../../report/summary-json.ts';
import { summaryText } from '../../report/terminal.ts';
import { writeAtomically } from '../../storage/atomic-file.ts';
import type { Standing } from '../../run/ports.ts';
import { applicationsOf, type Context, folderName, type Session } from '../session/session.ts';
import { limitsOf } from '../ending/stop-messages.ts';
import { toolVersion } from '../session/version.ts';

/** Set by the demo for the commands it runs. */
export const demoStep = 'HARDMATCH_DEMO_STEP';

/**
 * Writes the reports of a run into its folder, and tells the person. What cannot be written is thrown, after the person was
 * told: a full disk must not take away the only account of what was done.
 */
export async function finish(session: Session, standing: Standing): Promise<void> {
  session.progress.end();
  const record = recordOf(standing, momentOf(session));
  const { counts, exitCode } = record.summary;
  const digest = digestOf(record);
  try {
    await writeReports(session.folder, record, digest);
  } catch (error) {
    session.log.error('reports-unwritten', { message: error instanceof Error ? error.message : String(error) });
    throw error;
  } finally {
    session.log.info('command-ended', { counts, exitCode });
    tell(record, digest, session.context);
  }
}

/** When and where a record speaks of. */
export type RecordMoment = Pick<Summary, 'command' | 'startedAt' | 'finishedAt' | 'run'> &
  Pick<RunRecord, 'applications' | 'limits'>;

/** Now, in a command at work. */
export function momentOf(session: Session): RecordMoment {
  const { command, startedAt, clock } = session;
  const applications = applicationsOf(session.settings);
  const limits = limitsOf(session.settings.run);
  return { command, startedAt, finishedAt: clock.now().toISOString(), run: folderName(session), applications, limits };
}

/** The run as its reports are made of. */
export function recordOf(standing: Standing, moment: RecordMoment): RunRecord {
  const { plan, results, verifications, requests, exitCode } = standing;
  const { tenant, directory, sourceAnchor, input, preflight, createdAt, extraColumns } = plan.header;
  const { command, startedAt, finishedAt, run, applications, limits } = moment;
  const { counts, reasons } = standing.counted ?? countRows(plan, results, verifications);
  const summary: Summary = {
    tool: { name: 'hardmatch', version: toolVersion() },
    command,
    tenant,
    directory,
    sourceAnchor,
    input,
    fingerprint: plan.fingerprint,
    preflight,
    counts,
    reasons,
    requests,
    startedAt,
    finishedAt,
    exitCode,
    run,
  };
  const { rows } = plan;
  const { kind } = plan.header;
  return { summary, kind, planCreatedAt: createdAt, extraColumns, rows, results, verifications, applications, limits };
}

/**
 * Every report that the record has something for; each replaced whole. One that cannot be written, say because Excel holds
 * it open, keeps none of the others from being written; the first such fault is thrown at the end.
 */
export async function writeReports(
  folder: string,
  record: RunRecord,
  digest: Digest = digestOf(record),
): Promise<void> {
  const { rows, results, verifications, extraColumns } = record;
  const faults: unknown[] = [];
  const write = (name: string, chunks: Iterable<string>): Promise<void> =>
    writeAtomically(join(folder, name), chunks, { within: folder }).catch((error: unknown) => void faults.push(error));
  await write('plan.csv', planCsv(rows, extraColumns));
  if (results) await write('results.csv', resultsCsv(results, extraColumns));
  if (verifications) await write('verification.csv', verificationCsv(verifications, extraColumns));
  await write('summary.json', [summaryJson(record.summary)]);
  await write('report.html', reportHtml(record, digest));
  if (faults.length > 0) throw faults[0];
}

/** The ending on the terminal: the summary object alone with `--json`, else the text for people. */
export function tell(record: RunRecord, digest: Digest, { terminal, json, env }: Context): void {
  // A step of the demo: its servers are gone by the time that anybody could type a command; the demo tells what to do.
  const hasNext = env[demoStep] === undefined;
  if (json) terminal.json(summaryJson(record.summary));
  else terminal.out(summaryText(record, { color: terminal.color, width: terminal.width, hasNext }, digest));
}
