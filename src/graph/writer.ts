import { Failure } from '../core/failure.ts';
import type { Guid } from '../core/guid.ts';
import type { TenantWriter } from '../run/ports.ts';
import type { GraphClient } from './http/client.ts';
import { quotaUse } from './http/failures.ts';
import { segment } from './bulk/odata.ts';

/**
 * The one place from which anything is written. One PATCH, by object id; null goes out as JSON null, the only thing Graph
 * takes for clearing ("" is refused). Graph answers 204 with no body (graph/api/user-update).
 */
export function openWriter(client: GraphClient, application: string): TenantWriter {
  const patch = async (userId: Guid, body: Readonly<Record<string, string | null>>) => {
    const path = `/users/${segment(userId)}`;
    const answer = await client.call({ method: 'PATCH', path, body, needs: 'User.ReadWrite.All' });
    // A proxy's page of its own is no acknowledgement; what became of the write has to be read.
    if (answer.status !== 204) {
      const facts = {
        code: 'unexpected',
        scope: 'row',
        retry: 'later',
        effect: 'unknown',
        status: answer.status,
      } as const;
      throw new Failure(facts, `Graph answers a write with 204, and this answer was ${answer.status}.`);
    }
    return { requestId: answer.headers['request-id'] ?? null, quotaUse: quotaUse(answer.headers) };
  };
  return {
    application,
    setImmutableId: (userId, value) => patch(userId, { onPremisesImmutableId: value }),
    setUserPrincipalName: (userId, upn) => patch(userId, { userPrincipalName: upn }),
  };
}
