// The tenant's switch against hard match: one that was turned on since the plan was reviewed makes every row fail at the
// next sync, so the run stops over it once and not at each row.
import { RunFault } from '../core/failure.ts';
import type { Plan } from '../core/plan.ts';
import type { Log, TenantReader } from '../run/ports.ts';

/**
 * Throws a RunFault when hard match is blocked now and the plan does not say so. A plan that says so was reviewed with
 * that, and the IDs may be set ahead of the day on which the switch is turned off. A switch that cannot be read stops
 * nothing: the plan tells that it was not checked.
 */
export async function checkSwitches(
  { header }: Plan,
  { reader, log }: { readonly reader: TenantReader; readonly log: Log },
): Promise<void> {
  if (header.kind === 'rollback' || header.preflight.features?.hardMatchBlocked === true) return;
  let now;
  try {
    now = await reader.switches();
  } catch (error) {
    log.warn('switches-unread', { message: error instanceof Error ? error.message : String(error) });
    return;
  }
  if (now?.hardMatchBlocked !== true) return;
  const planned = header.preflight.features === null ? 'the plan could not check it' : 'it was allowed in the plan';
  throw new RunFault('hard-match-blocked', `Hard match is blocked in the tenant now; ${planned}.`, {
    hint: 'Turn blockCloudObjectTakeoverThroughHardMatchEnabled off, or plan again and review what sync will refuse.',
    exitCode: 3,
  });
}
