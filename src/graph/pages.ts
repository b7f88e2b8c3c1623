// Listings and filters read to their ends.
import type { BatchTools, Get } from './batch.ts';
import { type Page, toPage } from './convert.ts';
import type { Gather } from './gather.ts';

/** Graph's largest page of users, groups, contacts and members (graph/api/user-list, group-list, orgcontact-list). */
export const pageSize = 999;

type PageTools = Pick<BatchTools, 'client' | 'retry'> & { readonly gather: Gather };
type Take = (row: unknown) => void;

/**
 * The pages of a listing, following nextLinks as they are; a page may be empty and not be the last. The next one is asked
 * for when it is wanted, so that whoever has enough has not asked for more. Throws a Failure.
 */
export async function* pagesOf(first: Get, tools: PageTools): AsyncGenerator<readonly unknown[]> {
  let page: Page | undefined = await firstPage(first, tools);
  while (page !== undefined) {
    const { rows, nextLink }: Page = page;
    yield rows;
    page = nextLink === undefined ? undefined : await nextPage(nextLink, first, tools);
  }
}

/** Reads a listing to its end; while a page is taken in, the next one is on its way. Throws a Failure. */
export async function eachRow(first: Get, tools: PageTools, take: Take): Promise<void> {
  let coming: Promise<Page> | undefined = firstPage(first, tools);
  while (coming !== undefined) {
    const { rows, nextLink }: Page = await coming;
    coming = nextLink === undefined ? undefined : nextPage(nextLink, first, tools);
    try {
      if (coming !== undefined) await sent();
      rows.forEach(take);
    } catch (error) {
      // Nothing is left running unseen, nor failing unheard.
      await coming?.catch(() => undefined);
      throw error;
    }
  }
}

/** One turn of the event loop, in which a request that was just made gets onto its way: taking in a page gives it none. */
function sent(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

async function firstPage(first: Get, { gather }: PageTools): Promise<Page> {
  return toPage(await gather(first));
}

/** A nextLink is a whole URL and has the version in it. */
async function nextPage(nextLink: string, { needs }: Get, { client, retry }: PageTools): Promise<Page> {
  return toPage((await retry(() => client.call({ method: 'GET', path: nextLink, needs }))).body);
}

/** A listing as a list. Throws a Failure. */
export async function listOf<Item>(
  first: Get,
  tools: PageTools,
  convert: (json: unknown) => Item,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  await eachRow(first, tools, (row) => items.push(convert(row)));
  return items;
}

/** Reads all of these to their ends, and then throws the first Failure met, if any. */
export async function eachRowOf(all: readonly Get[], tools: PageTools, take: Take): Promise<void> {
  await together(all.map((one) => eachRow(one, tools, take)));
}

/** Waits for all, then gives their values or throws what the first of them threw: nothing is left running unseen. */
export async function together<const Tasks extends readonly Promise<unknown>[]>(
  tasks: Tasks,
): Promise<{ -readonly [Place in keyof Tasks]: Awaited<Tasks[Place]> }> {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}
