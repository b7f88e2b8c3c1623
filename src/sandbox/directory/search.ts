import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { BerWriter } from 'ldapts';
import type { DirectoryEntry } from './entries.ts';
import { capabilities, rootDse } from './forest.ts';
import type { LoggedSearch } from './log.ts';
import { type AnswerAttribute, type Result, pagedResults, resultCodes, writeEntry, writeReference } from './answers.ts';
import type { Account } from './accounts.ts';
import { MalformedBer } from './ber.ts';
import { type Predicate, type View, compile } from './match.ts';
import { type RequestControl, type SearchRequest, pageOf } from './requests.ts';
import { attributeFacts } from './schema.ts';
import {
  type SearchContext,
  type Found,
  type Store,
  candidates,
  isAtOrUnder,
  referencesFor,
  resolveBase,
} from './store.ts';

/** How the directory behaves in a search. */
export type SearchRules = {
  readonly maxPageSize: number;
  /** Every nth page of a listing is empty although there is more; 0: none. */
  readonly emptyPageEvery: number;
  /** Pages after the first are cut to a half or a third, as by AD's time limit for a page. */
  readonly shortPages: boolean;
};

/** Where a listing stands between two pages. */
type Listing = {
  /** What has to be the same on every page, RFC 2696. */
  readonly fingerprint: string;
  readonly cursor: Cursor;
  page: number;
  sent: number;
};

/** The listings of one connection, by cookie in hex; a cookie is good on its own connection only, and once. */
export type Listings = Map<string, Listing>;

/** Which page of its listing a cookie asks for, from 1; an unknown cookie counts as a first page. */
export function pageNumber(listings: Listings, cookie: Buffer): number {
  return (listings.get(cookie.toString('hex'))?.page ?? 0) + 1;
}

// MaxResultSetsPerConn: an eleventh listing drops the oldest.
const maxListings = 10;
// MaxQueryDuration, seconds.
const maxQueryDuration = 120;
const batchBytes = 64 * 1024;

export type SearchCall = {
  readonly id: number;
  readonly request: SearchRequest;
  readonly controls: readonly RequestControl[];
  readonly account: Account | null;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly log: LoggedSearch;
  readonly listings: Listings;
  /** Sends bytes; resolves when the socket can take more. */
  send(bytes: Buffer): Promise<void>;
  /** Each entry is sent at once, not in batches. */
  readonly isEager: boolean;
  /** Abandoned, or the connection is gone: nothing more is to be sent. */
  isOver(): boolean;
};

/** Result of a search; with a cookie when it was paged. Entries and references have been sent by then. */
export type SearchResult = Result & { readonly cookie?: Buffer };

const supportedControls: ReadonlySet<string> = new Set([
  pagedResults,
  capabilities.domainScope,
  capabilities.showDeleted,
]);

const controlError: Result = {
  code: resultCodes.unwillingToPerform,
  message: '00000057: LdapErr: DSID-0C090A5E, comment: Error processing control, data 0, v4563\0',
};

export async function search(store: Store, rules: SearchRules, call: SearchCall): Promise<SearchResult> {
  const { account, controls, request } = call;
  if (controls.some(({ critical, type }) => critical && !supportedControls.has(type))) {
    return {
      code: resultCodes.unavailableCriticalExtension,
      message: '00000057: a critical control is not supported\0',
    };
  }
  if (request.base === '' && request.scope === 'base') return answerRootDse(store, call);
  if (!account) return { code: resultCodes.operationsError, message: unboundText };
  const base = resolveBase(store, request.base);
  if (base.kind === 'failed') return base.result;
  const view: View = { hidden: account.hidden, schemaDn: store.forest.schemaDn };
  const showsDeleted = controls.some(({ type }) => type === capabilities.showDeleted);
  const open = (): Cursor => openCursor(base.context, base.entry, { request, view, showsDeleted });
  const references = controls.some(({ type }) => type === capabilities.domainScope)
    ? []
    : referencesOf(store, base, request);
  const paged = controls.find(({ type }) => type === pagedResults);
  const sender = makeSender(call, view);
  if (!paged) {
    const limit = Math.min(request.sizeLimit || rules.maxPageSize, rules.maxPageSize);
    const result = await sendMatches(open(), { limit, call, sender });
    return finish(sender, result, references);
  }
  return answerPage(rules, { call, control: paged, open, references, sender });
}

const unboundText =
  '000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed on ' +
  'the connection., data 0, v4563\0';

function referencesOf(store: Store, base: Found, { scope }: SearchRequest): string[] {
  return scope === 'base' ? [] : referencesFor(store, base, scope);
}

async function answerRootDse(store: Store, call: SearchCall): Promise<Result> {
  const values = new Map(rootDse(store.forest).map((attribute) => [attribute.name.toLowerCase(), attribute]));
  const asked = call.request.attributes.map((name) => name.toLowerCase());
  const wanted = asked.length === 0 || asked.includes('*') ? [...values.keys()] : asked;
  const found = [...new Set(wanted)].flatMap((name) => values.get(name) ?? []);
  const writer = new BerWriter({ size: 4096 });
  writeEntry(writer, call.id, { dn: '', attributes: withTypesOnly(found, call.request) });
  await call.send(writer.buffer);
  call.log.entries++;
  return { code: resultCodes.success };
}

function withTypesOnly(found: readonly AnswerAttribute[], { typesOnly }: SearchRequest): readonly AnswerAttribute[] {
  return typesOnly ? found.map(({ name }) => ({ name, values: [] })) : found;
}

/** Walks the entries a search has to look at, in the order of the naming context. */
type Cursor = {
  /** The next match; `pause` after a stretch without one, to let others have their turn; null at the end. */
  next(): DirectoryEntry | 'pause' | null;
  hasMore(): boolean;
};

function openCursor(
  context: SearchContext,
  base: DirectoryEntry,
  { request, view, showsDeleted }: { request: SearchRequest; view: View; showsDeleted: boolean },
): Cursor {
  const matches = compile(request.filter, view);
  const places =
    request.scope === 'base' ? [context.places.get(base.key) ?? 0] : candidates(context, request.filter, view);
  const inScope = scopeOf(base, request.scope);
  const end = places ? places.length : context.entries.length;
  let at = 0;
  return {
    hasMore: () => at < end,
    next() {
      for (let tries = 0; at < end; tries++) {
        if (tries >= 1000) return 'pause';
        const entry = context.entries[places ? (places[at] ?? 0) : at];
        at++;
        if (!entry || (entry.isDeleted === true && !showsDeleted)) continue;
        if (inScope(entry) && matches(entry) === true) return entry;
      }
      return null;
    },
  };
}

function scopeOf(base: DirectoryEntry, scope: SearchRequest['scope']): Predicate {
  if (scope === 'base') return (entry) => entry.key === base.key;
  return scope === 'one' ? (entry) => entry.parentKey === base.key : (entry) => isAtOrUnder(entry.key, base.key);
}

type Sender = {
  entry(entry: DirectoryEntry): Promise<void>;
  references(urls: readonly string[]): Promise<void>;
  flush(): Promise<void>;
};

/** Sends entries in batches: a packet and a buffer for each would be most of the work. */
function makeSender(call: SearchCall, view: View): Sender {
  const select = selection(call.request, view);
  let writer: BerWriter | null = null;
  const flush = async (): Promise<void> => {
    const bytes = writer?.buffer;
    writer = null;
    if (bytes) await call.send(bytes);
  };
  return {
    flush,
    async entry(entry) {
      writer ??= new BerWriter({ size: call.isEager ? 4096 : batchBytes + 16_384, growthFactor: 2 });
      writeEntry(writer, call.id, { dn: entry.dn, attributes: select(entry) });
      call.log.entries++;
      if (call.isEager || writer.buffer.length >= batchBytes) await flush();
    },
    async references(urls) {
      writer ??= new BerWriter();
      for (const url of urls) writeReference(writer, call.id, [url]);
      call.log.references += urls.length;
      await flush();
    },
  };
}

/** Which attributes an entry is sent with: names in schema spelling, unknown, hidden and absent ones left out. */
function selection(request: SearchRequest, view: View): (entry: DirectoryEntry) => readonly AnswerAttribute[] {
  const asked = request.attributes;
  const wantsAll = asked.length === 0 || asked.includes('*');
  const named = [...new Set(asked.flatMap((name) => attributeFacts(name)?.name ?? []))];
  return (entry) => {
    const names = wantsAll ? entry.names : named;
    const found = names
      .filter((name) => !view.hidden.has(name))
      .map((name) => ({ name, values: entry.values(name) }))
      .filter(({ values }) => values.length > 0);
    return withTypesOnly(found, request);
  };
}

type Sending = {
  readonly limit: number;
  /** A page ends when it is full, without looking whether another match comes: the last page may turn out empty. */
  readonly isPage?: boolean;
  readonly call: SearchCall;
  readonly sender: Sender;
};

const full: Result = { code: resultCodes.sizeLimitExceeded };
/** Nobody waits for this answer any more. */
const over: Result = { code: resultCodes.success };

/** Sends up to `limit` matches; `full` when there are more. */
async function sendMatches(cursor: Cursor, { limit, isPage, call, sender }: Sending): Promise<Result> {
  const until = deadlineOf(call);
  for (let sent = 0; ;) {
    if (isPage === true && sent === limit && cursor.hasMore()) return full;
    const next = cursor.next();
    if (next === null) return { code: resultCodes.success };
    if (call.isOver()) return over;
    if (Date.now() > until) return { code: resultCodes.timeLimitExceeded };
    if (next === 'pause') await setImmediate();
    else if (sent === limit) return full;
    else {
      await sender.entry(next);
      sent++;
    }
  }
}

function deadlineOf({ receivedAt, request }: SearchCall): number {
  return receivedAt + Math.min(request.timeLimit || maxQueryDuration, maxQueryDuration) * 1000;
}

type PagedCall = {
  readonly call: SearchCall;
  readonly control: RequestControl;
  readonly open: () => Cursor;
  readonly references: readonly string[];
  readonly sender: Sender;
};

async function answerPage(rules: SearchRules, paged: PagedCall): Promise<SearchResult> {
  const { call, control, open, references, sender } = paged;
  if (!control.value) throw new MalformedBer('a paged-results control without a value');
  const { size, cookie } = pageOf(control.value);
  const fingerprint = JSON.stringify([call.request.base, call.request.scope, call.log.filter, call.request.attributes]);
  const key = cookie.toString('hex');
  const listing = key === '' ? { fingerprint, cursor: open(), page: 0, sent: 0 } : call.listings.get(key);
  if (!listing || listing.fingerprint !== fingerprint) return controlError;
  call.listings.delete(key);
  // RFC 2696: size 0 is how a client gives a listing up.
  if (size === 0) return { code: resultCodes.success, cookie: Buffer.alloc(0) };
  listing.page++;
  const limit = pageLimit(rules, listing, Math.min(size, rules.maxPageSize));
  const rest = call.request.sizeLimit === 0 ? Number.POSITIVE_INFINITY : call.request.sizeLimit - listing.sent;
  const result =
    limit === 0
      ? full
      : await sendMatches(listing.cursor, { limit: Math.min(limit, rest), isPage: limit <= rest, call, sender });
  listing.sent += call.log.entries;
  // A full page is no error, unless it was the client's own limit that filled it.
  if (result === full && limit <= rest) {
    await sender.flush();
    return { code: resultCodes.success, cookie: keep(call.listings, listing) };
  }
  return { ...(await finish(sender, result, references)), cookie: Buffer.alloc(0) };
}

function pageLimit(rules: SearchRules, listing: Listing, size: number): number {
  const isEmptyTurn = rules.emptyPageEvery > 0 && listing.page % rules.emptyPageEvery === 0;
  if (isEmptyTurn && listing.cursor.hasMore()) return 0;
  return rules.shortPages ? Math.ceil(size / (1 + (listing.page % 3))) : size;
}

function keep(listings: Listings, listing: Listing): Buffer {
  const cookie = randomBytes(16);
  listings.set(cookie.toString('hex'), listing);
  const [oldest] = listings.keys();
  if (listings.size > maxListings && oldest !== undefined) listings.delete(oldest);
  return cookie;
}

/** References come after the last entry, and only when the search came to its end. */
async function finish(sender: Sender, result: Result, references: readonly string[]): Promise<Result> {
  if (result.code === resultCodes.success && result !== over) await sender.references(references);
  else await sender.flush();
  return result;
}
