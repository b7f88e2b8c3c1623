// Listings and batches of filters read to their ends.
import { type BatchAsk, type BatchTools, getAll, type ItemEnd } from './batch.ts';
import { toPage } from './convert.ts';

/** Graph's largest page of users, groups, contacts and members (graph/api/user-list, group-list, orgcontact-list). */
export const pageSize = 999;

/** What to read, and how. */
export type Reading = BatchAsk & { readonly path: string };

type PageTools = Pick<BatchTools, 'client' | 'retry'>;
type Take = (row: unknown) => void;

/** The pages of a listing, following nextLinks as they are; a page may be empty and not be the last. Throws a Failure. */
export async function* pagesOf(first: Reading, { client, retry }: PageTools): AsyncGenerator<readonly unknown[]> {
  let call: Reading | undefined = first;
  while (call !== undefined) {
    const here: Reading = call;
    const page = toPage((await retry(() => client.call({ method: 'GET', ...here }))).body);
    yield page.rows;
    // A nextLink is a whole URL and has the version in it.
    call = page.nextLink === undefined ? undefined : { path: page.nextLink, needs: first.needs };
  }
}

/** Reads a listing to its end. Throws a Failure. */
export async function eachRow(first: Reading, tools: PageTools, take: Take): Promise<void> {
  for await (const rows of pagesOf(first, tools)) rows.forEach(take);
}

/** A listing as a list. Throws a Failure. */
export async function listOf<Item>(
  first: Reading,
  tools: PageTools,
  convert: (json: unknown) => Item,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  await eachRow(first, tools, (row) => items.push(convert(row)));
  return items;
}

type Way<Tools> = { readonly ask: BatchAsk; readonly tools: Tools };

/** GETs all paths in batches, each to its end. Throws the first Failure met. */
export async function eachRowOf(paths: readonly string[], way: Way<BatchTools>, take: Take): Promise<void> {
  for (const end of await getAll(paths, way.ask, way.tools)) await eachRowFrom(end, way, take);
}

/** Reads one listing whose first page came in a batch to its end. Throws a Failure, the batch's own too. */
export async function eachRowFrom(end: ItemEnd, { ask, tools }: Way<PageTools>, take: Take): Promise<void> {
  if (end.kind === 'failure') throw end.failure;
  const page = toPage(end.body);
  page.rows.forEach(take);
  if (page.nextLink !== undefined) await eachRow({ path: page.nextLink, needs: ask.needs }, tools, take);
}

/** Waits for all, then gives their values or throws what the first of them threw: nothing is left running unseen. */
export async function together<const Tasks extends readonly Promise<unknown>[]>(
  tasks: Tasks,
): Promise<{ -readonly [Place in keyof Tasks]: Awaited<Tasks[Place]> }> {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}
