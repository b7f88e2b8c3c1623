// POST /$batch (Microsoft Graph: Combine multiple HTTP requests using JSON batching). Items are requests like any other:
// each is charged, judged and logged by itself.
import { unreadable } from '../http/graph-errors.ts';
import type { TenantAnswer } from '../http/request-log.ts';

/** One item as sent. `url` is below the version: `/users/{id}`. */
export type BatchItem = {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly dependsOn: readonly string[];
};

const mostItems = 20;

/** Reads a batch, in an order in which every item stands after those it depends on. Refuses the whole otherwise. */
export function readBatch(body: unknown): readonly BatchItem[] {
  const requests = (body as { requests?: unknown } | null)?.requests;
  if (!Array.isArray(requests)) throw unreadable('Invalid batch payload format.');
  if (requests.length > mostItems) {
    throw unreadable(`Number of batch request steps exceeds the maximum value of ${mostItems}.`);
  }
  const items = requests.map(readItem);
  const ids = new Set(items.map((item) => item.id.toLowerCase()));
  if (ids.size < items.length) throw unreadable('Request ids are not unique.');
  if (items.some((item) => item.dependsOn.some((id) => !ids.has(id)))) {
    throw unreadable('A request depends on a request id that is not in the batch.');
  }
  return inOrder(items);
}

/**
 * Runs the items one after another and answers in shuffled order, as the service promises none. An item whose dependency
 * did not succeed is 424. An answer without body has `body: null` or no `body`; both are seen.
 */
export async function runBatch(
  items: readonly BatchItem[],
  run: { readonly serve: (item: BatchItem) => Promise<TenantAnswer>; readonly random: () => number },
): Promise<TenantAnswer> {
  const statuses = new Map<string, number>();
  const responses: Record<string, unknown>[] = [];
  for (const item of items) {
    const failed = item.dependsOn.some((id) => (statuses.get(id) ?? 500) >= 400);
    const answer = failed ? failedDependency : await run.serve(item);
    statuses.set(item.id.toLowerCase(), answer.status);
    responses.push(asResponse(item.id, answer, run.random));
  }
  return { status: 200, json: { responses: shuffled(responses, run.random) } };
}

const failedDependency: TenantAnswer = {
  status: 424,
  json: { error: { code: 'FailedDependency', message: 'A request this one depends on did not succeed.' } },
};

function asResponse(id: string, answer: TenantAnswer, random: () => number): Record<string, unknown> {
  const body = answer.json ?? answer.text;
  // A JSON content type on an empty answer is what real batches carry; clients have tripped over it.
  const headers = { 'Content-Type': 'application/json', ...answer.headers };
  if (body !== undefined) return { id, status: answer.status, headers, body };
  return random() < 0.5 ? { id, status: answer.status, headers, body: null } : { id, status: answer.status, headers };
}

function readItem(value: unknown): BatchItem {
  const { id, method, url, headers, body, dependsOn } = (value ?? {}) as Record<string, unknown>;
  if (typeof id !== 'string' || id === '') throw unreadable('Invalid batch payload format: a request has no id.');
  if (typeof method !== 'string' || typeof url !== 'string' || url === '') {
    throw unreadable(`Invalid batch payload format: request '${id}' needs a method and a url.`);
  }
  const sent = headersOf(headers);
  const content = body ?? undefined;
  if (content !== undefined && sent['content-type'] === undefined) {
    throw unreadable(`Write request id : ${id} does not contain Content-Type header or body.`);
  }
  const needs = Array.isArray(dependsOn) ? dependsOn.map((one) => String(one).toLowerCase()) : [];
  return { id, method: method.toUpperCase(), url: cleanUrl(url), headers: sent, body: content, dependsOn: needs };
}

function headersOf(headers: unknown): Record<string, string> {
  const entries = Object.entries((headers ?? {}) as Record<string, unknown>);
  return Object.fromEntries(entries.map(([name, text]) => [name.toLowerCase(), String(text)]));
}

/** Relative with or without the leading slash; a fragment is no part of a request. */
function cleanUrl(url: string): string {
  const path = url.split('#')[0] ?? '';
  return path.startsWith('/') ? path : `/${path}`;
}

function inOrder(items: readonly BatchItem[]): BatchItem[] {
  const ordered: BatchItem[] = [];
  const placed = new Set<string>();
  let waiting = [...items];
  while (waiting.length > 0) {
    const free = waiting.filter((item) => item.dependsOn.every((id) => placed.has(id)));
    if (free.length === 0) throw unreadable('The requests of the batch depend on each other in a circle.');
    for (const item of free) placed.add(item.id.toLowerCase());
    ordered.push(...free);
    waiting = waiting.filter((item) => !free.includes(item));
  }
  return ordered;
}

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  return values
    .map((value) => ({ value, key: random() }))
    .toSorted((a, b) => a.key - b.key)
    .map((one) => one.value);
}
