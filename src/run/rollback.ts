import type { JournalEntry } from '../core/journal.ts';
import type { Plan, PlanHeader } from '../core/plan.ts';
import type { PlanRow } from '../core/row.ts';
import { toTakeBack, undoRow } from '../core/undo.ts';
import type { Clock, Progress, TenantReader } from './ports.ts';

export type RollbackTools = { readonly tenant: TenantReader; readonly clock: Clock; readonly progress: Progress };

export type RollbackOptions = {
  /** Which of the plan's rows; null for all. */
  readonly only: ((row: PlanRow) => boolean) | null;
  readonly toolVersion: string;
  /** Path of the run folder that is rolled back; becomes the new plan's input. */
  readonly runPath: string;
};

// Milliseconds after a write for which a reading that does not show it is not believed. Microsoft names no bound for how far
// readings lag behind ("Designing for Eventual Consistency", 2026); seconds are usual, and a needless write does no harm.
const longestLag = 10 * 60_000;

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
  const tenant = await tools.tenant.describe();
  const undone = toTakeBack(run.entries, plan.rows).filter(({ original }) => options.only?.(original) ?? true);
  tools.progress.stage('Reading the tenant', undone.length);
  const survey = await tools.tenant.survey({
    refs: undone.map(({ written }) => ({ kind: 'object-id', id: written.userId })),
    immutableIds: undone.flatMap(({ written }) => (written.before === null ? [] : [written.before])),
    objectIdentifiers: false,
  });
  const rows = undone.map(({ written, original }, index) =>
    undoRow(written, original, {
      lookup: survey.users[index] ?? { kind: 'none' },
      holders: written.before === null ? [] : (survey.holders.get(written.before) ?? []),
      mayBeOld: tools.clock.now().getTime() - Date.parse(written.at) < longestLag,
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
      // What was found before linking decides nothing on the way back.
      preflight: { ...plan.header.preflight, evidence: null, findings: [] },
      createdAt,
    },
    rows,
  };
}
