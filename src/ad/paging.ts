import { EventEmitter } from 'node:events';
import { Ber, BerWriter, Control, type Entry, PagedResultsControl, type SearchOptions, SearchResponse } from 'ldapts';
import { RunFault } from '../core/failure.ts';
import type { Link } from './link.ts';

/** AD's MaxPageSize; it cuts larger pages to this. */
const pageSize = 1_000;

// A server that hands out empty pages for ever is broken; AD may send many, each after its time limit.
const mostEmptyPages = 10_000;

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

/**
 * Reads a search page by page until the server says that there is no more: an empty cookie, and nothing else, is the end.
 * ldapts's own paging stops at a page without entries and drops the rest silently (test/ad/paging.test.ts). A listing cannot be
 * continued on another connection; after an error it begins again.
 */
export async function* pagesOf(
  link: Link,
  base: string,
  options: SearchOptions,
): AsyncGenerator<readonly Entry[], void, undefined> {
  let cookie: Buffer | undefined;
  let emptyPages = 0;
  do {
    const page = await onePage(link, base, { ...options, cookie });
    cookie = page.cookie;
    emptyPages = page.entries.length === 0 ? emptyPages + 1 : 0;
    if (emptyPages > mostEmptyPages) throw pagingFault(link, 'it sends empty pages without end');
    yield page.entries;
  } while (cookie.length > 0);
}

async function onePage(
  link: Link,
  base: string,
  { cookie, ...options }: SearchOptions & { readonly cookie: Buffer | undefined },
): Promise<{ readonly entries: readonly Entry[]; readonly cookie: Buffer }> {
  // The answer's controls are not handed out by search(); the parser's messages carry them. One search at a time on a
  // link makes the last answer seen the one to this search.
  let answer: SearchResponse | undefined;
  const listen = (message: unknown): void => {
    if (message instanceof SearchResponse) answer = message;
  };
  const parser = parserOf(link);
  parser.on('message', listen);
  try {
    const { searchEntries } = await link.search(base, options, [new PageRequest(cookie), domainScope()]);
    const control = answer?.controls?.find((candidate) => candidate instanceof PagedResultsControl);
    if (!control) throw pagingFault(link, 'it does not say whether there is more');
    return { entries: searchEntries, cookie: control.value?.cookie ?? Buffer.alloc(0) };
  } finally {
    parser.off('message', listen);
  }
}

// Private in ldapts's types, hence the exact version in package.json and the check.
function parserOf(link: Link): EventEmitter {
  const { messageParser } = link.client as unknown as { messageParser?: unknown };
  if (messageParser instanceof EventEmitter) return messageParser;
  throw new Error('this version of ldapts has no messageParser; paging.ts was written for 8.2.0');
}

function pagingFault(link: Link, why: string): RunFault {
  return new RunFault('ad-refused', `${link.controller.url} does not page its answers properly: ${why}.`, {
    hint: 'Use another domain controller; a proxy in between may drop the paged-results control.',
  });
}
