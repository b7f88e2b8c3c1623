// graph/bulk/: many answers at once. batch: 20 GETs in one; auto-batch: what is asked in one moment, in one batch; pages:
// listings and filters to their ends, with page-watch; read-mode: whether to list or to ask by name; refusals: what a check may
// do without; odata: values made safe for URLs; convert, convert-tenant: the only readers of the JSON.
//
// $batch bodies built and read by our own code: the SDK's classes lose a whole batch when one 204 has a content type, and
// leave the version in the inner URLs.
import pLimit from 'p-limit';
import { Failure } from '../../core/failure.ts';
import type { Clock, Retry } from '../../run/ports.ts';
import type { GraphClient, GraphVersion } from '../http/client.ts';
import { type BatchItemAnswer, toBatchAnswers } from '../http/envelopes.ts';
import { type Attempt, failureOfAnswer } from '../http/failures.ts';

/** Graph takes at most 20 requests in one (graph/json-batching). */
export const requestsPerBatch = 20;

/** How one inner request ended. */
export type ItemEnd =
  { readonly kind: 'body'; readonly body: unknown } | { readonly kind: 'failure'; readonly failure: Failure };

export type BatchTools = {
  readonly client: GraphClient;
  readonly retry: Retry;
  readonly clock: Clock;
  /** Batches under way at the same time. */
  readonly inFlight: number;
};

/** What holds for all requests of a batch: the permission to name when they are refused, and the version. */
export type BatchAsk = { readonly needs: string; readonly version?: GraphVersion };

/** One GET: its path is below the version, and encoded. */
export type Get = BatchAsk & { readonly path: string; readonly headers?: Readonly<Record<string, string>> };

/**
 * GETs all paths (below the version, encoded), 20 to a request; answer i belongs to path i. Items refused with 429 or 5xx
 * are sent again together, after the longest wait one of them asked for, as often as `retry` allows. Never throws for a
 * Failure: an item that could not be had has one instead.
 */
export async function getAll(paths: readonly string[], ask: BatchAsk, tools: BatchTools): Promise<readonly ItemEnd[]> {
  const starts = Array.from(
    { length: Math.ceil(paths.length / requestsPerBatch) },
    (_, index) => index * requestsPerBatch,
  );
  const limit = pLimit(tools.inFlight);
  const chunks = starts.map((start) =>
    limit(() => {
      const chunk = paths.slice(start, start + requestsPerBatch);
      return getTogether(
        chunk.map((path) => ({ path, ...ask })),
        tools,
      );
    }),
  );
  // With Promise.all alone, one throw would leave the rest running unseen.
  await Promise.allSettled(chunks);
  return (await Promise.all(chunks)).flat();
}

/**
 * One batch of at most 20 GETs of one version, each of which may need another permission; otherwise as `getAll`.
 */
export async function getTogether(gets: readonly Get[], tools: BatchTools): Promise<ItemEnd[]> {
  const ends = new Map<number, ItemEnd>();
  let open = gets.map((_, index) => index);
  try {
    await tools.retry(async () => {
      const answers = await post(open, gets, tools.client);
      for (const index of open) {
        const attempt: Attempt = { writes: false, needs: gets[index]?.needs ?? '', service: 'Graph' };
        ends.set(index, endOf(answers.get(String(index + 1)), attempt, tools));
      }
      open = open.filter((index) => isWorthRepeating(ends.get(index)));
      const worst = longestWait(open.map((index) => ends.get(index)));
      if (worst) throw worst;
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    for (const index of open) if (!ends.has(index)) ends.set(index, { kind: 'failure', failure: error });
  }
  return gets.map((_, index) => ends.get(index) ?? { kind: 'failure', failure: unanswered() });
}

/** The answers by id. Items refused for their token are asked for once more with a new one, as the client does with requests. */
async function post(
  open: readonly number[],
  gets: readonly Get[],
  client: GraphClient,
): Promise<Map<string, BatchItemAnswer>> {
  const answers = await postOnce(open, gets, client);
  const refused = open.filter((index) => answers.get(String(index + 1))?.status === 401);
  if (refused.length === 0) return answers;
  await client.renewToken();
  return new Map([...answers, ...(await postOnce(refused, gets, client))]);
}

async function postOnce(
  open: readonly number[],
  gets: readonly Get[],
  client: GraphClient,
): Promise<Map<string, BatchItemAnswer>> {
  const requests = open.map((index) => {
    const headers = gets[index]?.headers;
    return {
      id: String(index + 1),
      method: 'GET',
      url: gets[index]?.path,
      ...(headers === undefined ? {} : { headers }),
    };
  });
  const needs = [...new Set(open.map((index) => gets[index]?.needs))].join(', ');
  const version = gets[0]?.version;
  const ask = { needs, ...(version === undefined ? {} : { version }) };
  const answer = await client.call({ method: 'POST', path: '/$batch', body: { requests }, ...ask });
  return byId(toBatchAnswers(answer.body));
}

/**
 * The order of the answers is Graph's; only the id says which is which. An id that comes twice says nothing: which of the
 * two is the answer would be a guess.
 */
function byId(items: readonly BatchItemAnswer[]): Map<string, BatchItemAnswer> {
  const found = new Map<string, BatchItemAnswer>();
  const twice = new Set<string>();
  for (const item of items) {
    if (found.has(item.id)) twice.add(item.id);
    found.set(item.id, item);
  }
  for (const id of twice) found.delete(id);
  return found;
}

function endOf(item: BatchItemAnswer | undefined, attempt: Attempt, { client, clock }: BatchTools): ItemEnd {
  if (item === undefined) return { kind: 'failure', failure: unanswered() };
  if (item.status === 429) client.noteThrottled();
  if (item.status >= 200 && item.status <= 299) return { kind: 'body', body: item.body };
  return { kind: 'failure', failure: failureOfAnswer(item, attempt, clock.now()) };
}

function isWorthRepeating(end: ItemEnd | undefined): boolean {
  return end?.kind === 'failure' && end.failure.facts.retry === 'later';
}

function longestWait(ends: readonly (ItemEnd | undefined)[]): Failure | undefined {
  const failures = ends.flatMap((end) => (end?.kind === 'failure' ? [end.failure] : []));
  const wait = (failure: Failure): number => failure.facts.retryAfterMs ?? -1;
  return failures.sort((a, b) => wait(b) - wait(a))[0];
}

function unanswered(): Failure {
  return new Failure(
    { code: 'unexpected', scope: 'row', retry: 'later', effect: 'none' },
    'Graph left a request out of its answer to a batch, or answered it twice.',
  );
}
