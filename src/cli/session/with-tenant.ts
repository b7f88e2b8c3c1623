import type { Tenant } from '../../graph/tenant.ts';
import { composeTenant } from './compose.ts';
import { adapterTools, inSession, type Session } from './session.ts';

/** Runs the work in a session, with the tenant that its settings name, signed in; both are closed whatever happens. */
export async function withTenant<Result>(
  start: Parameters<typeof inSession>[0],
  work: (session: Session, tenant: Tenant) => Promise<Result>,
): Promise<Result> {
  return inSession(start, async (session) => {
    const tenant = await composeTenant(session.settings, adapterTools(session));
    try {
      return await work(session, tenant);
    } finally {
      await tenant.close();
    }
  });
}
