import type { JournalEntry } from '../../core/journal.ts';
import { type List, listFrom, listWhere } from '../../core/list.ts';
import type { Plan, PlanHeader } from '../../core/plan.ts';
import type { PlanRow } from '../../core/row.ts';
import { toTakeBack, type Undoing, undoRow } from '../../core/judge/undo.ts';
import type { Clock, Progress, TenantReader } from '../ports.ts';
import { tenantFindings } from './preflight.ts';

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
  run: { readonly plan: Plan; readonly entries: List<JournalEntry> },
  tools: RollbackTools,
  options: RollbackOptions,
): Promise<{ header: PlanHeader; rows: List<PlanRow> }> {
  const { plan } = run;
  const createdAt = tools.clock.now().toISOString();
  const tenant = await tools.tenant.describe();
  const all = toTakeBack(run.entries, plan.rows);
  const { only } = options;
  const undone = only === null ? all : listWhere(all, ({ original }) => only(original));
  tools.progress.stage('Reading the tenant', undone.length);
  const survey = await tools.tenant.survey({
    refs: listFrom(undone, ({ written }) => ({ kind: 'object-id', id: written.userId })),
    immutableIds: { [Symbol.iterator]: () => earlierIds(undone) },
    objectIdentifiers: false,
  });
  const readAt = tools.clock.now().getTime();
  const rows = listFrom(undone, ({ written, original }, index) =>
    undoRow(written, original, {
      lookup: survey.users.at(index) ?? { kind: 'none' },
      holders: written.before === null ? [] : (survey.holders.get(written.before) ?? []),
      mayBeOld: readAt - Date.parse(written.at) < longestLag,
    }),
  );
  return {
    header: {
      ...plan.header,
      kind: 'rollback',
      toolVersion: options.toolVersion,
      tenant: { id: tenant.id, name: tenant.name },
      allowRelink: true,
      // The input of a rollback is the run it takes back: its plan's fingerprint stands for it.
      input: { path: options.runPath, sha256: plan.fingerprint.replace('sha256:', '') },
      // What was found before linking decides nothing on the way back.
      preflight: { ...plan.header.preflight, evidence: null, findings: tenantFindings(tenant) },
      createdAt,
    },
    rows,
  };
}

function* earlierIds(undone: Iterable<Undoing>): Generator<string> {
  for (const { written } of undone) if (written.before !== null) yield written.before;
}
