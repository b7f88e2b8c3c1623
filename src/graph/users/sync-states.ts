import { Failure } from '../../core/failure.ts';
import type { Guid } from '../../core/guid.ts';
import type { SyncedUser } from '../../core/users.ts';
import type { SyncStateReading, TenantReader } from '../../run/ports.ts';
import { getAll } from '../bulk/batch.ts';
import { syncedUserProperties, syncStateProperties, toSyncedUser, toSyncState } from '../bulk/convert.ts';
import { type BulkTools, chooseMode, type ReadMode } from '../bulk/read-mode.ts';
import { readIdentifiers } from './identifiers.ts';
import { segment, select } from '../bulk/odata.ts';
import { eachRow, pageSize, pagesOf, unlessForgotten } from '../bulk/pages.ts';
import { readingById } from './reading-by-id.ts';
import { unlessRefused } from '../bulk/refusals.ts';

const needs = 'User.Read.All';
const syncedCheck = { name: 'synced-users', needs } as const;

/** Up to `limit` users that sync carries, in Graph's order; null when it refuses, which is told. Throws a Failure otherwise. */
export async function readSyncedUsers(
  limit: number,
  tools: BulkTools,
): Promise<Awaited<ReturnType<TenantReader['syncedUsers']>>> {
  const { value, unchecked } = await unlessRefused(syncedCheck, tools.log, async () => {
    let found: SyncedUser[] = [];
    const top = Math.max(1, Math.min(limit, pageSize));
    const query = `$filter=onPremisesSyncEnabled%20eq%20true&$top=${top}&${select(syncedUserProperties)}`;
    await unlessForgotten(async () => {
      found = [];
      for await (const rows of pagesOf({ path: `/users?${query}`, needs }, tools)) {
        found.push(...rows.slice(0, limit - found.length).map(toSyncedUser));
        if (found.length >= limit) break;
      }
    });
    return found;
  });
  return { users: value, unchecked };
}

/**
 * How far sync has taken over these users; never throws for a Failure, but says for each user why it is unreadable. Few
 * are asked for by id, which is also the freshest reading there is; for many, everybody is listed.
 */
export async function readSyncStates(
  ids: readonly Guid[],
  tools: BulkTools,
): Promise<ReadonlyMap<Guid, SyncStateReading>> {
  const distinct = [...new Set(ids)];
  if (distinct.length === 0) return new Map();
  const mode = await chooseMode({ filters: distinct.length, countPath: '/users/$count', needs }, tools);
  const readings = mode === 'listing' ? await listStates(distinct, tools) : await getStates(distinct, tools);
  const readable = distinct.filter((id) => readings.get(id)?.kind === 'state');
  const identifiers = await identifiersOf(readable, mode, tools);
  return new Map(
    [...readings].map(([id, reading]): [Guid, SyncStateReading] => {
      if (reading.kind !== 'state') return [id, reading];
      return [id, { kind: 'state', state: { ...reading.state, objectIdentifier: identifiers.get(id) } }];
    }),
  );
}

/** Nothing is lost without them but certainty, so not even a broken connection is more than a line in the log. */
async function identifiersOf(
  ids: readonly Guid[],
  mode: ReadMode,
  tools: BulkTools,
): Promise<ReadonlyMap<Guid, string | null>> {
  try {
    return await readIdentifiers(ids, mode, tools);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    tools.log.warn('object-identifiers-unread', { message: error.message });
    return new Map();
  }
}

async function listStates(ids: readonly Guid[], tools: BulkTools): Promise<Map<Guid, SyncStateReading>> {
  const readings = new Map<Guid, SyncStateReading>(ids.map((id) => [id, { kind: 'missing' }]));
  const path = `/users?$top=${pageSize}&${select(syncStateProperties)}`;
  try {
    await eachRow({ path, needs }, tools, (row) => {
      const state = toSyncState(row);
      if (readings.has(state.id)) readings.set(state.id, { kind: 'state', state });
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // A listing that broke off says nothing about whoever was not met.
    for (const [id, { kind }] of readings) {
      if (kind === 'missing') readings.set(id, { kind: 'unreadable', failure: error });
    }
  }
  return readings;
}

async function getStates(ids: readonly Guid[], tools: BulkTools): Promise<Map<Guid, SyncStateReading>> {
  const paths = ids.map((id) => `/users/${segment(id)}?${select(syncStateProperties)}`);
  const ends = await getAll(paths, { needs }, tools);
  return new Map(
    ids.map((id, index) => {
      const reading = readingById(id, ends[index], toSyncState);
      return [id, reading.kind === 'read' ? { kind: 'state', state: reading.value } : reading];
    }),
  );
}
