// Listings and filters read to their ends.
import { Failure } from '../../core/failure.ts';
import type { BatchTools, Get } from './batch.ts';
import { type Page, toPage } from './convert.ts';
import type { AutoBatch } from './auto-batch.ts';
import { openPageWatch } from './page-watch.ts';

/** Graph's largest page of users, groups, contacts and members (graph/api/user-list, group-list, orgcontact-list). */
export const pageSize = 999;

type PageTools = Pick<BatchTools, 'client' | 'retry'> & { readonly gather: AutoBatch };
type Take = (row: unknown) => void;

/**
 * The pages of a listing, following nextLinks as they are; a page may be empty and not be the last. The next one is asked
 * for when it is wanted, so that whoever has enough has not asked for more. Throws a Failure, also for a listing that goes
 * round in circles or leads away.
 */
export async function* pagesOf(first: Get, tools: PageTools): AsyncGenerator<readonly unknown[]> {
  const watch = openPageWatch(first.path);
  let page: Page | undefined = await firstPage(first, tools);
  while (page !== undefined) {
    const { rows, nextLink }: Page = page;
    watch.see(page);
    yield rows;
    page = nextLink === undefined ? undefined : await nextPage(nextLink, first, tools);
  }
}

/**
 * Reads a listing to its end; while a page is taken in, the next one is on its way. Begins again when Graph forgets where
 * it was, so that a row may be met twice. Throws a Failure, also for a listing that goes round in circles or leads away.
 */
export async function eachRow(first: Get, tools: PageTools, take: Take): Promise<void> {
  await unlessForgotten(() => readThrough(first, tools, take));
}

async function readThrough(first: Get, tools: PageTools, take: Take): Promise<void> {
  const watch = openPageWatch(first.path);
  let coming: Promise<Page> | undefined = firstPage(first, tools);
  while (coming !== undefined) {
    const page: Page = await coming;
    watch.see(page);
    coming = page.nextLink === undefined ? undefined : begun(nextPage(page.nextLink, first, tools));
    try {
      if (coming !== undefined) await sent();
      page.rows.forEach(take);
    } catch (error) {
      // Nothing is left running unseen.
      await coming?.catch(() => undefined);
      throw error;
    }
  }
}

/** Begun before it is awaited: what it throws meanwhile waits for whoever awaits it, and is not unheard of until then. */
function begun<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  return promise;
}

// A page token lives for some minutes, and a listing that was held up for longer can only be begun again.
const beginnings = 3;

/** Reads again from the beginning when Graph has forgotten where a listing was, a few times. */
export async function unlessForgotten(read: () => Promise<void>): Promise<void> {
  for (let time = 1; ; time++) {
    try {
      return await read();
    } catch (error) {
      const code = error instanceof Failure ? error.facts.serviceCode : undefined;
      if (code?.toLowerCase() !== 'directory_expiredpagetoken' || time === beginnings) throw error;
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
async function nextPage(nextLink: string, first: Get, { client, retry }: PageTools): Promise<Page> {
  // With the headers of the first one: an advanced query has to say so on every page.
  const { path: _first, version = 'v1.0', ...ask } = first;
  const call = { method: 'GET', path: nextLink, isNextLink: true, version, ...ask } as const;
  return toPage((await retry(() => client.call(call))).body);
}

/** A listing as a list. Throws a Failure. */
export async function readList<Item>(
  first: Get,
  tools: PageTools,
  convert: (json: unknown) => Item,
): Promise<readonly Item[]> {
  let items: Item[] = [];
  await unlessForgotten(async () => {
    items = [];
    await readThrough(first, tools, (row) => items.push(convert(row)));
  });
  return items;
}

/** Reads all of these to their ends, and then throws the first Failure met, if any. */
export async function eachRowOf(all: readonly Get[], tools: PageTools, take: Take): Promise<void> {
  await settleAll(all.map((one) => eachRow(one, tools, take)));
}

/** Waits for all, then gives their values or throws what the first of them threw: nothing is left running unseen. */
export async function settleAll<const Tasks extends readonly Promise<unknown>[]>(
  tasks: Tasks,
): Promise<{ -readonly [Place in keyof Tasks]: Awaited<Tasks[Place]> }> {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}
