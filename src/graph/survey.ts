import { RunFault } from '../core/failure.ts';
import type { CloudRef } from '../core/references.ts';
import type { Log, Survey } from '../run/ports.ts';
import { type BatchTools, getAll } from './batch.ts';
import { deletedUserProperties, toCount, toDeletedUser, toListedUser, toPage, userProperties } from './convert.ts';
import { filterIn, longestFilterValue, select, valuesPerFilter } from './odata.ts';
import { type Ask, openRoster, type Roster } from './roster.ts';

/** Ask for each user by name, or read everybody and keep who is asked for. Both give the same answers. */
export type SurveyMode = 'filters' | 'listing';

export type SurveyTools = BatchTools & { readonly log: Log; readonly mode?: SurveyMode };

const needs = 'User.Read.All';

// `--cloud-key`, and whether Graph filters by it without being asked for eventual consistency (graph/aad-advanced-queries).
const keyAttributes: ReadonlyMap<string, 'filter' | 'list'> = new Map([
  ['userPrincipalName', 'filter'],
  ['mail', 'filter'],
  ['mailNickname', 'filter'],
  ['employeeId', 'filter'],
  ['onPremisesSamAccountName', 'list'],
  ['onPremisesUserPrincipalName', 'list'],
]);

/**
 * Finds users and holders of immutable IDs, live and in the recycle bin. Throws a Failure, or a RunFault for a key
 * attribute that cannot be looked up.
 */
export async function survey(
  refs: readonly CloudRef[],
  immutableIds: readonly string[],
  tools: SurveyTools,
): Promise<Survey> {
  const roster = openRoster(refs.map(withKnownKey), immutableIds);
  const mode = tools.mode ?? (await chooseMode(roster.ask, tools));
  tools.log.info('survey-begins', { mode, references: refs.length, immutableIds: immutableIds.length });
  // Live users first: whoever is deleted meanwhile is then met as deleted, never as nobody.
  await (mode === 'listing' ? listUsers(roster, tools) : filterUsers(roster, tools));
  await listDeletedUsers(roster, tools);
  return roster.answer();
}

/** Attribute names in Graph's own spelling; Graph does not care about their case, our look-ups by name do. */
function withKnownKey(ref: CloudRef): CloudRef {
  if (ref.kind !== 'key') return ref;
  const attribute = [...keyAttributes.keys()].find((name) => name.toLowerCase() === ref.attribute.toLowerCase());
  if (attribute !== undefined) return { ...ref, attribute };
  throw new RunFault('cloud-key-unknown', `Cloud users cannot be looked up by ${ref.attribute}.`, {
    hint: `Use one of: ${[...keyAttributes.keys()].join(', ')}.`,
  });
}

async function chooseMode(ask: Ask, tools: SurveyTools): Promise<SurveyMode> {
  if (!canFilter(ask)) return 'listing';
  if (filtersOf(ask).length <= 20) return 'filters';
  return cheaperMode({ filters: filtersOf(ask).length, users: await countUsers(tools), inFlight: tools.inFlight });
}

function canFilter(ask: Ask): boolean {
  const values = [ask.upns, ask.immutableIds, ...ask.keys.values()].flat();
  const isFilterable = [...ask.keys.keys()].every((attribute) => keyAttributes.get(attribute) === 'filter');
  return isFilterable && values.every((value) => value.length <= longestFilterValue);
}

// Estimates, in milliseconds: pages come one after the other because each names the next; batches overlap.
const pageMs = 800;
const batchMs = 2_000;

/** Which mode takes less time: `filters` queries of 15 values, 20 to a batch, against pages of 999 of all `users`. */
export function cheaperMode(size: { filters: number; users: number; inFlight: number }): SurveyMode {
  const listing = Math.ceil(size.users / pageSize) * pageMs;
  const filters = (Math.ceil(size.filters / 20) * batchMs) / size.inFlight;
  return filters < listing ? 'filters' : 'listing';
}

// Where the tenant does not tell its size: neither mode is then absurd for the usual 100 to 100,000 rows.
const guessedUsers = 50_000;

async function countUsers(tools: SurveyTools): Promise<number> {
  try {
    const call = { method: 'GET', path: '/users/$count', headers: { ConsistencyLevel: 'eventual' }, needs } as const;
    return toCount((await tools.retry(() => tools.client.call(call))).body) ?? guessedUsers;
  } catch (error) {
    // Only a hint is lost; if the tenant cannot be read at all, the next request says so.
    tools.log.warn('user-count-unknown', { message: error instanceof Error ? error.message : String(error) });
    return guessedUsers;
  }
}

// Graph's largest page of users (graph/api/user-list).
const pageSize = 999;

const keysOf = (roster: Roster): string[] => [...roster.ask.keys.keys()];

async function listUsers(roster: Roster, tools: SurveyTools): Promise<void> {
  const keys = keysOf(roster);
  const path = `/users?$top=${pageSize}&${select(selected(userProperties, keys))}`;
  await eachRow(path, tools, (row) => roster.meet(toListedUser(row, keys)));
}

async function listDeletedUsers(roster: Roster, tools: SurveyTools): Promise<void> {
  const keys = keysOf(roster);
  // The cast is required: without it the recycle bin's groups and applications come along, or an error.
  const path = `/directory/deletedItems/microsoft.graph.user?$top=${pageSize}&${select(selected(deletedUserProperties, keys))}`;
  await eachRow(path, tools, (row) => roster.meet(toDeletedUser(row, keys)));
}

/** Reads a listing to its end, following nextLinks as they are; a page may be empty and not be the last. */
async function eachRow(firstPath: string, tools: SurveyTools, take: (row: unknown) => void): Promise<void> {
  for (let path: string | undefined = firstPath; path !== undefined;) {
    const here: string = path;
    const page = toPage((await tools.retry(() => tools.client.call({ method: 'GET', path: here, needs }))).body);
    page.rows.forEach(take);
    path = page.nextLink;
  }
}

async function filterUsers(roster: Roster, tools: SurveyTools): Promise<void> {
  const keys = keysOf(roster);
  const tail = `$top=${pageSize}&${select(selected(userProperties, keys))}`;
  const paths = filtersOf(roster.ask).map((filter) => `/users?${filter}&${tail}`);
  for (const end of await getAll(paths, needs, tools)) {
    if (end.kind === 'failure') throw end.failure;
    const page = toPage(end.body);
    // Whoever was not asked for (a filter that was ignored, or compared loosely) is dropped by the roster.
    for (const row of page.rows) roster.meet(toListedUser(row, keys));
    if (page.nextLink) await eachRow(page.nextLink, tools, (row) => roster.meet(toListedUser(row, keys)));
  }
}

function selected(properties: readonly string[], keys: readonly string[]): string[] {
  return [...new Set([...properties, ...keys])];
}

function filtersOf(ask: Ask): string[] {
  const lists: (readonly [string, readonly string[]])[] = [
    ['userPrincipalName', ask.upns],
    ['id', ask.ids],
    ['onPremisesImmutableId', ask.immutableIds],
    ...ask.keys,
  ];
  return lists.flatMap(([property, values]) => slices(values).map((slice) => filterIn(property, slice)));
}

function slices(values: readonly string[]): (readonly string[])[] {
  const starts = Array.from(
    { length: Math.ceil(values.length / valuesPerFilter) },
    (_, index) => index * valuesPerFilter,
  );
  return starts.map((start) => values.slice(start, start + valuesPerFilter));
}
