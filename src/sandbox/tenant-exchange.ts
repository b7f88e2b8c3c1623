// One request and its answer, whichever part of the tenant gives it: the test's hook is asked first, the log is kept.

/** A request as hooks see it. */
export type TenantRequest = {
  readonly kind: 'graph' | 'sign-in';
  readonly method: string;
  /** Path and query as they were sent; of a batch item, its `url`. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Text as it was sent; of a batch item, its JSON. Empty when there is none. */
  readonly body: string;
  readonly batchItem: boolean;
};

/** An answer before it is written to the wire: JSON, plain text, or nothing. */
export type TenantAnswer = {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/**
 * What a hook wants: nothing (the tenant answers), an answer of its own (`body`: text as it is, anything else as JSON), or
 * the connection cut before the request has taken effect, or after it.
 */
export type HookAnswer =
  | undefined
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  | 'reset-before'
  | 'reset-after';

/** Set at any time by tests. Batch items are asked about one by one, after the batch itself. */
export type TenantHooks = { onRequest?: (request: TenantRequest) => HookAnswer | Promise<HookAnswer> };

/** One line of the request log. */
export type RequestRecord = {
  readonly method: string;
  readonly path: string;
  /** 0 when nothing was answered. */
  readonly status: number;
  readonly batchItem: boolean;
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The connection was cut by a hook: before the request took effect, or after. */
  readonly cut?: 'before' | 'after';
};

/** Numbers since start. A batch is one request; writes and throttled answers count inside batches too. */
export type RequestCounters = {
  readonly total: number;
  readonly writes: number;
  readonly throttled: number;
  readonly signIns: number;
};

/** Tells the server to drop the connection without an answer. */
export class ConnectionCut extends Error {
  readonly when: 'before' | 'after';
  constructor(when: 'before' | 'after') {
    super(`the connection is cut ${when} the request takes effect`);
    this.name = 'ConnectionCut';
    this.when = when;
  }
}

export type Exchange = {
  /** Runs `handle` unless the hook decides otherwise. Throws ConnectionCut. */
  readonly answer: (
    request: TenantRequest,
    requestId: string,
    handle: () => TenantAnswer | Promise<TenantAnswer>,
  ) => Promise<TenantAnswer>;
  readonly records: () => readonly RequestRecord[];
  readonly counters: () => RequestCounters;
};

/** `logSize`: how many of the latest requests are remembered, at least. */
export function createExchange(settings: {
  readonly hooks: TenantHooks;
  readonly logSize: number;
  readonly now: () => number;
}): Exchange {
  const log: RequestRecord[] = [];
  const counts = { total: 0, writes: 0, throttled: 0, signIns: 0 };
  const record = (request: TenantRequest, outcome: Pick<RequestRecord, 'status' | 'requestId' | 'cut'>): void => {
    const { method, path, batchItem } = request;
    log.push({ method, path, batchItem, at: settings.now(), ...outcome });
    // Cut in blocks: removing one line from the front of a long array each time is slow.
    if (log.length > settings.logSize * 2) log.splice(0, log.length - settings.logSize);
    count(counts, request, outcome.status);
  };
  return {
    records: () => log,
    counters: () => ({ ...counts }),
    answer: async (request, requestId, handle) => {
      const scripted = await settings.hooks.onRequest?.(request);
      if (scripted === 'reset-before') {
        record(request, { status: 0, requestId, cut: 'before' });
        throw new ConnectionCut('before');
      }
      if (typeof scripted === 'object') {
        record(request, { status: scripted.status, requestId });
        return scriptedAnswer(scripted);
      }
      const answer = await handled(handle, (cut) => record(request, { status: 0, requestId, cut }));
      if (scripted !== 'reset-after') {
        record(request, { status: answer.status, requestId });
        return answer;
      }
      record(request, { status: answer.status, requestId, cut: 'after' });
      throw new ConnectionCut('after');
    },
  };
}

/** A cut inside a batch is a cut of the batch. */
async function handled(
  handle: () => TenantAnswer | Promise<TenantAnswer>,
  onCut: (when: 'before' | 'after') => void,
): Promise<TenantAnswer> {
  try {
    return await handle();
  } catch (error) {
    if (error instanceof ConnectionCut) onCut(error.when);
    throw error;
  }
}

function scriptedAnswer(scripted: Extract<HookAnswer, object>): TenantAnswer {
  const { status, headers = {}, body } = scripted;
  if (body === undefined) return { status, headers };
  return typeof body === 'string' ? { status, headers, text: body } : { status, headers, json: body };
}

function count(
  counts: { total: number; writes: number; throttled: number; signIns: number },
  request: TenantRequest,
  status: number,
): void {
  if (request.kind === 'sign-in') {
    if (request.method === 'POST') counts.signIns++;
    return;
  }
  if (!request.batchItem) counts.total++;
  if (status === 429) counts.throttled++;
  if (isWrite(request)) counts.writes++;
}

/** POSTs that read, and the batch as such, are no writes. */
function isWrite(request: TenantRequest): boolean {
  if (request.method === 'GET') return false;
  const path = (request.path.split('?')[0] ?? '').toLowerCase();
  return !path.endsWith('/$batch') && !path.endsWith('/getbyids');
}
