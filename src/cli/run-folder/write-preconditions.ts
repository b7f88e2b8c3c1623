// What speaks against writing a plan that was reviewed: its age, and the tenant's switch against hard match. One that was
// turned on since makes every row fail at the next sync, so the run stops over it once and not at each row.
import { RunFault } from '../../core/failure.ts';
import type { Plan } from '../../core/plan.ts';
import type { Log, TenantReader } from '../../run/ports.ts';
import type { Session } from '../session/session.ts';

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

/** What speaks against writing the rows of this plan now: its age, or the tenant's switch against hard match. */
export async function obstacleTo(plan: Plan, session: Session, reader: TenantReader): Promise<RunFault | null> {
  try {
    checkAge(plan, session);
    await checkSwitches(plan, { reader, log: session.log });
    return null;
  } catch (error) {
    if (error instanceof RunFault) return error;
    throw error;
  }
}

function checkAge({ header }: Plan, { clock, settings }: Session): void {
  const fault = faultOfAge(header.createdAt, clock.now(), settings.run.maxAge);
  if (fault !== null) throw fault;
}

// The clocks of two machines that are kept right differ by less.
const mostAhead = 5 * 60_000;

/**
 * What speaks against a plan of this moment; `maxAge` in milliseconds. One that is dated ahead is no fresher than one that is
 * too old: a clock was wrong, and so nobody knows how old it is.
 */
export function faultOfAge(createdAt: string, now: Date, maxAge: number): RunFault | null {
  const age = now.getTime() - Date.parse(createdAt);
  if (age < -mostAhead) {
    const what = `The plan is dated ${createdAt}, and here it is ${now.toISOString()}: ${timeSpan(-age)} before that.`;
    return new RunFault('plan-from-the-future', what, {
      hint: 'Set the clock that is wrong, of this machine or of the one that planned, then plan again.',
      exitCode: 3,
    });
  }
  if (age <= maxAge) return null;
  return new RunFault('plan-too-old', `The plan is ${timeSpan(age)} old; ${timeSpan(maxAge)} are allowed.`, {
    hint: 'Plan again, or allow an older plan with --max-age.',
    exitCode: 3,
  });
}

/** `90 s`, `45 min` or `26.5 h`. */
function timeSpan(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  return ms < 2 * 3_600_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 360_000) / 10} h`;
}
