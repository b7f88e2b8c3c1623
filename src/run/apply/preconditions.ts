// What speaks against applying a plan that was reviewed: that it is another one, or another tenant's; a journal that it could
// not have caused; its age; and the tenant's switch against hard match. One that was turned on since makes every row fail at
// the next sync, so the run stops over it once and not at each row.
import { RunFault } from '../../core/failure.ts';
import type { JournalEntry } from '../../core/journal.ts';
import { strangeEntry } from '../../core/judge/journal-check.ts';
import type { List } from '../../core/list.ts';
import type { Plan } from '../../core/plan.ts';
import type { Log, TenantReader } from '../ports.ts';
import type { ApplyPorts } from './apply-ports.ts';

/** `--expect`: the plan must be the one that somebody approved. */
export function checkExpected({ fingerprint }: Pick<Plan, 'fingerprint'>, expected: string | null): void {
  if (expected === null || expected === fingerprint) return;
  throw new RunFault('fingerprint-differs', `The plan is ${fingerprint}, expected is ${expected}.`, {
    hint: 'Review the plan again; something in the input, AD or the tenant is not as it was approved.',
    exitCode: 3,
  });
}

/** Refuses to go on when the sign-in is for another tenant than the plan. */
export async function checkTenant({ header }: Plan, reader: TenantReader): Promise<void> {
  const now = await reader.describe();
  if (now.id === header.tenant.id) return;
  const planned = `${header.tenant.name} (${header.tenant.id})`;
  throw new RunFault('other-tenant', `The plan is for ${planned}; this sign-in is for ${now.name} (${now.id}).`, {
    hint: 'Sign in to the tenant the plan was made for, or plan again.',
    exitCode: 3,
  });
}

/** Refuses a journal with entries that the plan could not have caused. */
export function checkEntries(entries: List<JournalEntry>, plan: Plan, folder: string): void {
  const strange = strangeEntry(entries, plan.rows);
  if (strange === null) return;
  throw new RunFault('journal-tampered', `The journal in ${folder} was changed: ${strange}.`, {
    hint: 'Restore it from a backup. What the tenant has now, hardmatch verify tells from the mappings file.',
    exitCode: 3,
  });
}

/** What speaks against writing the rows of this plan now: its age, or the tenant's switch against hard match. */
export async function obstacleTo(
  plan: Plan,
  { tenant, clock, log }: Pick<ApplyPorts, 'tenant' | 'clock' | 'log'>,
  maxAge: number,
): Promise<RunFault | null> {
  return faultOfAge(plan.header.createdAt, clock.now(), maxAge) ?? (await faultOfSwitches(plan, tenant.reader, log));
}

/**
 * What to say when hard match is blocked now and the plan does not say so. A plan that says so was reviewed with that, and the
 * IDs may be set ahead of the day on which the switch is turned off. A switch that cannot be read stops nothing: the plan
 * tells that it was not checked.
 */
export async function faultOfSwitches({ header }: Plan, reader: TenantReader, log: Log): Promise<RunFault | null> {
  if (header.kind === 'rollback' || header.preflight.features?.hardMatchBlocked === true) return null;
  let now;
  try {
    now = await reader.switches();
  } catch (error) {
    log.warn('switches-unread', { message: error instanceof Error ? error.message : String(error) });
    return null;
  }
  if (now?.hardMatchBlocked !== true) return null;
  const planned = header.preflight.features === null ? 'the plan could not check it' : 'it was allowed in the plan';
  return new RunFault('hard-match-blocked', `Hard match is blocked in the tenant now; ${planned}.`, {
    hint: 'Turn blockCloudObjectTakeoverThroughHardMatchEnabled off, or plan again and review what sync will refuse.',
    exitCode: 3,
  });
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
