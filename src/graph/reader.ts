import type { TenantReader } from '../run/ports.ts';
import { getAll } from './bulk/batch.ts';
import { toUser, userProperties } from './bulk/convert.ts';
import type { BulkTools } from './bulk/read-mode.ts';
import { runFaultOf } from './http/failures.ts';
import { openAutoBatch } from './bulk/auto-batch.ts';
import { segment, select } from './bulk/odata.ts';
import { preflight, readFeatures } from './preflight.ts';
import { readingById } from './users/reading-by-id.ts';
import { survey } from './users/survey.ts';
import { readSyncedUsers, readSyncStates } from './users/sync-states.ts';
import { type AskedTenant, describeTenant } from './tenant-asked.ts';

/**
 * The tenant for reading. All but `readUsers` and `syncStates` throw a RunFault when the tenant cannot be read; those two
 * never do, they say for each user that it is unreadable and why.
 */
export function openReader(given: Omit<BulkTools, 'gather' | 'licences'>, asked: AskedTenant): TenantReader {
  const tools: BulkTools = { ...given, gather: openAutoBatch(given), licences: { mailboxPlans: null } };
  return {
    describe: () => orRunFault(() => describeTenant(tools, asked)),

    preflight: () => orRunFault(() => preflight(tools)),

    switches: () => orRunFault(async () => (await readFeatures(tools)).value),

    survey: (request) => orRunFault(() => survey(request, tools)),

    syncedUsers: (limit) => orRunFault(() => readSyncedUsers(limit, tools)),

    syncStates: (ids) => readSyncStates(ids, tools),

    async readUsers(ids) {
      const distinct = [...new Set(ids)];
      const paths = distinct.map((id) => `/users/${segment(id)}?${select(userProperties)}`);
      const ends = await getAll(paths, { needs: 'User.Read.All' }, tools);
      return new Map(
        distinct.map((id, index) => {
          const reading = readingById(id, ends[index], toUser);
          return [id, reading.kind === 'read' ? { kind: 'user', user: reading.value } : reading];
        }),
      );
    },

    counts: () => tools.client.counts(),
  };
}

async function orRunFault<Result>(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    throw runFaultOf(error);
  }
}
