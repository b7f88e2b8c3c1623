import type { TenantWriter } from '../run/ports.ts';
import type { GraphClient } from './client.ts';
import { segment } from './odata.ts';

/**
 * The one place from which anything is written. One PATCH, by object id; null goes out as JSON null, the only thing Graph
 * takes for clearing ("" is refused). Graph answers 204 with no body (graph/api/user-update).
 */
export function openWriter(client: GraphClient): TenantWriter {
  return {
    async setImmutableId(userId, value) {
      const answer = await client.call({
        method: 'PATCH',
        path: `/users/${segment(userId)}`,
        body: { onPremisesImmutableId: value },
        needs: 'User.ReadWrite.All',
      });
      return { requestId: answer.headers['request-id'] ?? null };
    },
  };
}
