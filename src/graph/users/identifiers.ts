import type { Guid } from '../../core/guid.ts';
import type { BulkTools, ReadMode } from '../bulk/read-mode.ts';
import { identifierProperties, toIdentifier } from '../bulk/convert.ts';
import { filterIn, select, slicesOf, valuesPerFilter } from '../bulk/odata.ts';
import { eachRow, eachRowOf, pageSize } from '../bulk/pages.ts';
import type { Check } from '../bulk/refusals.ts';

/** For `unlessRefused`: v1.0 does not have the property, and what /beta answers is promised to nobody. */
export const identifierCheck = { name: 'object-identifiers', needs: 'User.Read.All in /beta' } as const satisfies Check;

/**
 * onPremisesObjectIdentifier of these live users, by id; whoever is not found is absent. A pass of its own, so that what
 * /beta makes of the rest of a user comes no further; where everybody is listed, live-users.ts does without one. Throws a
 * Failure.
 */
export async function readIdentifiers(
  ids: readonly Guid[],
  mode: ReadMode,
  tools: BulkTools,
): Promise<ReadonlyMap<Guid, string | null>> {
  const wanted = new Set(ids);
  const found = new Map<Guid, string | null>();
  const take = (row: unknown): void => {
    const { id, identifier } = toIdentifier(row);
    if (wanted.has(id)) found.set(id, identifier);
  };
  const ask = { needs: 'User.Read.All', version: 'beta' } as const;
  const tail = `$top=${pageSize}&${select(identifierProperties)}`;
  if (wanted.size === 0) return found;
  if (mode === 'listing') await eachRow({ path: `/users?${tail}`, ...ask }, tools, take);
  else {
    const slices = slicesOf([...wanted], valuesPerFilter);
    const gets = slices.map((slice) => ({ path: `/users?${filterIn('id', slice)}&${tail}`, ...ask }));
    await eachRowOf(gets, tools, take);
  }
  return found;
}
