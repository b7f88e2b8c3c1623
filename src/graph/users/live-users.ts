import type { Unchecked } from '../../core/preflight.ts';
import {
  identifierProperties,
  type ListedUser,
  toIdentifiedUser,
  toListedUser,
  userProperties,
} from '../bulk/convert.ts';
import type { BulkTools } from '../bulk/read-mode.ts';
import { identifierCheck } from './identifiers.ts';
import { select } from '../bulk/odata.ts';
import { eachRow, eachRowOf, pageSize } from '../bulk/pages.ts';
import { unlessRefused } from '../bulk/refusals.ts';

/** What to know of live users. */
export type LiveAsk = {
  /** Further properties to select, for `--cloud-key`. */
  readonly keys: readonly string[];
  /** Without filters everybody is listed. */
  readonly filters: readonly string[] | null;
  /** Whether a listing should bring object identifiers, which only /beta has. */
  readonly withIdentifiers: boolean;
};

const needs = 'User.Read.All';

/**
 * Reads live users, some of them possibly more than once, and tells what had to be done without. Throws a Failure.
 *
 * A listing with identifiers is one of /beta: a second one for the identifiers alone would be as many pages again. What
 * else /beta says of a user is believed until the user is written, which is after v1.0 was asked (docs/decisions.md).
 */
export async function readLiveUsers(
  { keys, filters, withIdentifiers }: LiveAsk,
  tools: BulkTools,
  meet: (listed: ListedUser) => void,
): Promise<readonly Unchecked[]> {
  const path = (more: readonly string[], query = ''): string =>
    `/users?${query}$top=${pageSize}&${select([...new Set([...userProperties, ...keys, ...more])])}`;
  const reading = { keys, mailboxPlans: tools.licences.mailboxPlans };
  const take = (row: unknown): void => meet(toListedUser(row, reading));
  if (filters !== null) {
    const gets = filters.map((filter) => ({ path: path([], `${filter}&`), needs }));
    await eachRowOf(gets, tools, take);
    return [];
  }
  let unchecked: readonly Unchecked[] = [];
  if (withIdentifiers) {
    const beta = { path: path(identifierProperties), needs, version: 'beta' } as const;
    const listed = await unlessRefused(identifierCheck, tools.log, () =>
      eachRow(beta, tools, (row) => meet(toIdentifiedUser(row, reading))),
    );
    if (listed.unchecked.length === 0) return [];
    unchecked = listed.unchecked;
  }
  // From its beginning, for /beta may have broken off anywhere; whoever was met already is met again, as v1.0 has it.
  await eachRow({ path: path([]), needs }, tools, take);
  return unchecked;
}
