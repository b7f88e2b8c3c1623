import type { JournalEntry } from '../core/journal.ts';
import type { Plan, PlanHeader } from '../core/plan.ts';
import type { PlanRow } from '../core/row.ts';
import { undoRow, type Written, writtenBy } from '../core/undo.ts';
import type { Clock, Progress, TenantReader } from './ports.ts';

export type RollbackTools = { readonly tenant: TenantReader; readonly clock: Clock; readonly progress: Progress };

export type RollbackOptions = {
  /** Which of the plan's rows; null for all. */
  readonly only: ((row: PlanRow) => boolean) | null;
  readonly toolVersion: string;
  /** Path of the run folder that is rolled back; becomes the new plan's input. */
  readonly runPath: string;
};

/**
 * A plan built backwards from a run's journal: each value the run wrote goes back to the one before it, as long as it is
 * still the one the run wrote. It is applied by the same writer as any plan.
 */
export async function makeRollbackPlan(
  run: { readonly plan: Plan; readonly entries: readonly JournalEntry[] },
  tools: RollbackTools,
  options: RollbackOptions,
): Promise<{ header: PlanHeader; rows: PlanRow[] }> {
  const { plan } = run;
  const createdAt = tools.clock.now().toISOString();
  const originals = new Map(plan.rows.map((row) => [row.line, row]));
  const tenant = await tools.tenant.describe();
  const undone = writtenBy(run.entries).flatMap((written): { written: Written; original: PlanRow }[] => {
    const original = originals.get(written.line);
    return original && (options.only?.(original) ?? true) ? [{ written, original }] : [];
  });
  tools.progress.stage('Reading the tenant', undone.length);
  const survey = await tools.tenant.survey(
    undone.map(({ written }) => ({ kind: 'object-id', id: written.userId })),
    undone.flatMap(({ written }) => (written.before === null ? [] : [written.before])),
  );
  const rows = undone.map(({ written, original }, index) =>
    undoRow(written, original, {
      lookup: survey.users[index] ?? { kind: 'none' },
      holders: written.before === null ? [] : (survey.holders.get(written.before) ?? []),
    }),
  );
  return {
    header: {
      ...plan.header,
      kind: 'rollback',
      toolVersion: options.toolVersion,
      tenant,
      allowRelink: true,
      // The input of a rollback is the run it takes back: its plan's fingerprint stands for it.
      input: { path: options.runPath, sha256: plan.fingerprint.replace(/^sha256:/, '') },
      createdAt,
    },
    rows,
  };
}
