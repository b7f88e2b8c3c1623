import { Ber, BerWriter, Control, type Entry, PagedResultsControl, type SearchOptions, SearchResponse } from 'ldapts';
import { KeyTable } from '../../core/bulk/bulk.ts';
import { MalformedAnswer } from './ber.ts';
import { classify, resultCodes } from './failures.ts';
import type { Connection } from './connection.ts';
import { EndlessAnswer, parserOf } from './message-parser.ts';

/** AD's MaxPageSize; it cuts larger pages to this. */
const pageSize = 1_000;

// A server that hands out empty pages for ever is broken; AD may send many, each after its time limit. One that begins again
// from the start is too: an entry may move while it is listed, a page of them does not.
const mostEmptyPages = 1_000;
const mostStalePages = 10;
// Pages of one search: enough for a million users by a look-up, which should find few, and for a hundred million by a listing.
const mostPages = { few: 1_000, all: 100_000 } as const;

/** Keeps the search in the domain asked for: no references to other naming contexts (MS-ADTS 3.1.1.3.4.1.5). */
export function domainScope(): Control {
  return new Control('1.2.840.113556.1.4.1339', { critical: false });
}

/** RFC 2696's control. ldapts refuses its own class as an argument of search(), so this one has the same OID. */
class PageRequest extends Control {
  readonly #cookie: Buffer | undefined;

  constructor(cookie: Buffer | undefined) {
    super(PagedResultsControl.type, { critical: true });
    this.#cookie = cookie;
  }

  override writeControl(writer: BerWriter): void {
    const value = new BerWriter();
    value.startSequence();
    value.writeInt(pageSize);
    value.writeBuffer(this.#cookie ?? Buffer.alloc(0), Ber.OctetString);
    value.endSequence();
    writer.writeBuffer(value.buffer, Ber.OctetString);
  }
}

/** What one inquiry has learnt about its answers: whether one of them was too long to come at once. */
export type Fitting = { isTooLong: boolean };

/**
 * Reads a search that should find few: in one answer, and page by page where that is refused (AD gives at most MaxPageSize
 * entries at once), from then on at the first try. The paging control is left out because it is dear: Samba then reads every
 * entry by a search of its own, which makes look-ups three times the work (docs/performance.md).
 */
export async function* fewOf(
  connection: Connection,
  base: string,
  { fitting, ...options }: SearchOptions & { readonly fitting: Fitting },
): AsyncGenerator<readonly Entry[], void, undefined> {
  const entries = fitting.isTooLong ? null : await atOnce(connection, base, { ...options, fitting });
  if (entries !== null) {
    yield entries;
    return;
  }
  fitting.isTooLong = true;
  yield* pagesOf(connection, base, { ...options, expect: 'few' });
}

/** All entries of a search, or null when they are more than the server hands out, or ldapts takes, in one answer. */
async function atOnce(
  connection: Connection,
  base: string,
  { fitting, ...options }: SearchOptions & { readonly fitting: Fitting },
): Promise<readonly Entry[] | null> {
  try {
    return (await connection.search(base, options, [domainScope()])).searchEntries;
  } catch (error) {
    // ldapts spreads an answer onto the stack, which is full at some 125,000 entries; Samba sets no limit of its own.
    const isTooLong = error instanceof RangeError || isSizeLimit(error);
    if (isTooLong) return null;
    // That connection is lost; on the next one the search goes by pages.
    if (error instanceof EndlessAnswer) fitting.isTooLong = true;
    throw error;
  }
}

function isSizeLimit(error: unknown): boolean {
  const trouble = classify(error);
  return trouble.kind === 'result' && trouble.code === resultCodes.sizeLimitExceeded;
}

/**
 * Reads a search page by page until the server says that there is no more: an empty cookie, and nothing else, is the end.
 * ldapts's own paging stops at a page without entries and drops the rest silently (test/ad/ldap/paging.test.ts). A listing cannot be
 * continued on another connection; after an error it begins again.
 *
 * The next page is asked for before the last one is handed out, so that the server works while the reader does. A connection whose
 * reader stops early therefore has a search under way, and must be closed.
 */
export async function* pagesOf(
  connection: Connection,
  base: string,
  { expect = 'all', ...options }: SearchOptions & { readonly expect?: keyof typeof mostPages },
): AsyncGenerator<readonly Entry[], void, undefined> {
  const seen = new KeyTable();
  const pages = { all: 0, empty: 0, stale: 0 };
  let next: Promise<Page> | null = onePage(connection, base, { ...options, cookie: undefined });
  while (next !== null) {
    const { entries, cookie }: Page = await next;
    const before = seen.size;
    for (const { dn } of entries) seen.add(dn);
    pages.all += 1;
    pages.empty = entries.length === 0 ? pages.empty + 1 : 0;
    pages.stale = seen.size > before ? 0 : entries.length > 0 ? pages.stale + 1 : pages.stale;
    if (pages.empty > mostEmptyPages) throw new EndlessAnswer('it sends empty pages without end');
    if (pages.stale > mostStalePages) throw new EndlessAnswer('it sends the same entries again and again');
    if (pages.all > mostPages[expect])
      throw new EndlessAnswer(`it has sent ${pages.all} pages and says there are more`);
    next = cookie.length > 0 ? onePage(connection, base, { ...options, cookie }) : null;
    // Should it fail while the reader is still busy: the loop hears of it when it comes to wait.
    next?.catch(() => undefined);
    yield entries;
  }
}

type Page = { readonly entries: readonly Entry[]; readonly cookie: Buffer };

async function onePage(
  connection: Connection,
  base: string,
  { cookie, ...options }: SearchOptions & { readonly cookie: Buffer | undefined },
): Promise<Page> {
  // The answer's controls are not handed out by search(); the parser's messages carry them. One search at a time on a
  // connection makes the last answer seen the one to this search.
  let answer: SearchResponse | undefined;
  const listen = (message: unknown): void => {
    if (message instanceof SearchResponse) answer = message;
  };
  const parser = parserOf(connection.client);
  parser.on('message', listen);
  try {
    const { searchEntries } = await connection.search(base, options, [new PageRequest(cookie), domainScope()]);
    const control = answer?.controls?.find((candidate) => candidate instanceof PagedResultsControl);
    // A proxy in between may drop the control.
    if (!control) throw new MalformedAnswer('it does not say whether there is more');
    return { entries: searchEntries, cookie: control.value?.cookie ?? Buffer.alloc(0) };
  } finally {
    parser.off('message', listen);
  }
}
