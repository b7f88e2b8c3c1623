import { type ListedUser, toListedUser, userProperties } from './convert.ts';
import type { BulkTools } from './cost.ts';
import { select } from './odata.ts';
import { eachRow, eachRowOf, pageSize } from './pages.ts';

/** What to know of live users. */
export type LiveAsk = {
  /** Further properties to select, for `--cloud-key`. */
  readonly keys: readonly string[];
  /** Without filters everybody is listed. */
  readonly filters: readonly string[] | null;
};

const needs = 'User.Read.All';

/** Reads live users, some of them possibly more than once. Throws a Failure. */
export async function readLiveUsers(
  { keys, filters }: LiveAsk,
  tools: BulkTools,
  meet: (listed: ListedUser) => void,
): Promise<void> {
  const tail = `$top=${pageSize}&${select([...new Set([...userProperties, ...keys])])}`;
  const take = (row: unknown): void => meet(toListedUser(row, keys));
  if (filters === null) await eachRow({ path: `/users?${tail}`, needs }, tools, take);
  else {
    const gets = filters.map((filter) => ({ path: `/users?${filter}&${tail}`, needs }));
    await eachRowOf(gets, tools, take);
  }
}
