import { Failure } from '../core/failure.ts';
import type { Guid } from '../core/guid.ts';
import type { TenantReader, UserReading } from '../run/ports.ts';
import { getAll, type ItemEnd } from './batch.ts';
import { toTenantInfo, toUser, userProperties } from './convert.ts';
import { runFaultOf } from './failures.ts';
import { segment, select } from './odata.ts';
import { survey, type SurveyTools } from './survey.ts';

/**
 * The tenant for reading. `describe` and `survey` throw a RunFault when the tenant cannot be read; `readUsers` never does,
 * it says for each user that it is unreadable and why.
 */
export function openReader(tools: SurveyTools): TenantReader {
  return {
    async describe() {
      return orRunFault(async () => {
        const call = {
          method: 'GET',
          path: `/organization?${select(['id', 'displayName'])}`,
          needs: 'Organization.Read.All',
        } as const;
        return toTenantInfo((await tools.retry(() => tools.client.call(call))).body);
      });
    },

    survey: (refs, immutableIds) => orRunFault(() => survey(refs, immutableIds, tools)),

    async readUsers(ids) {
      const distinct = [...new Set(ids)];
      const paths = distinct.map((id) => `/users/${segment(id)}?${select(userProperties)}`);
      const ends = await getAll(paths, 'User.Read.All', tools);
      return new Map(distinct.map((id, index) => [id, readingOf(id, ends[index])]));
    },

    counts: () => tools.client.counts(),
  };
}

function readingOf(id: Guid, end: ItemEnd | undefined): UserReading {
  if (end?.kind === 'failure') {
    return end.failure.facts.status === 404 ? { kind: 'missing' } : { kind: 'unreadable', failure: end.failure };
  }
  try {
    const user = toUser(end?.body);
    // The answers are laid beside the questions by id once more: what guards a write must not rest on a batch's order.
    if (user.id === id) return { kind: 'user', user };
    throw new Failure(unusable, `Graph answered with another user, ${user.id}.`);
  } catch (error) {
    if (error instanceof Failure) return { kind: 'unreadable', failure: error };
    throw error;
  }
}

const unusable = { code: 'unexpected', scope: 'row', retry: 'never', effect: 'none' } as const;

async function orRunFault<Result>(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    throw runFaultOf(error);
  }
}
