// sandbox/http/: what the practice tenant's parts share: requests (here), Graph's refusals, certificates and the quota.
//
// One request and its answer, whichever part of the tenant gives it: the test's hook is asked first, then the practice
// controls, then the fault script; the log is kept.

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
 * the connection cut, or left without an answer, before the request has taken effect or after it.
 */
export type HookAnswer =
  | undefined
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  | 'reset-before'
  | 'reset-after'
  | 'hang-before'
  | 'hang-after';

/** Set at any time by tests. Batch items are asked about one by one, after the batch itself. */
export type TenantHooks = {
  onRequest?: (request: TenantRequest) => HookAnswer | Promise<HookAnswer>;
  /** Asked next, about paths below `/_practice/` alone: the sandbox's own controls, which no fault strikes. */
  onPractice?: (request: TenantRequest) => HookAnswer;
};

/** Whether the request has taken effect by then. */
export type When = 'before' | 'after';

/** How a request ends that the tenant does not answer as usual. */
export type OddEnd = {
  readonly when: When;
  readonly how: TenantAnswer | 'reset' | 'hang';
  /** Milliseconds after which a hanging connection is cut; else it hangs until either side ends it. */
  readonly forMs?: number | undefined;
};

/** The way of one request; what is absent goes as usual. */
export type Course = {
  /** Waits. Rejects when the tenant closes. */
  readonly pause?: (when: When) => Promise<void>;
  /** Runs the handler under other circumstances. */
  readonly around?: <Result>(handle: () => Result) => Result;
  readonly ending?: OddEnd | undefined;
};

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
  /** The connection was cut by a hook or a fault: before the request took effect, or after. */
  readonly cut?: When;
  /** No answer was given, likewise. */
  readonly hung?: When;
};

/** Numbers since start. A batch is one request; writes and throttled answers count inside batches too. */
export type RequestCounters = {
  readonly total: number;
  readonly writes: number;
  readonly throttled: number;
  readonly signIns: number;
};

/** Tells the server to give no answer: to drop the connection, or to let it hang. */
export class NoAnswer extends Error {
  readonly ending: OddEnd;
  constructor(ending: OddEnd) {
    super(`${ending.how === 'hang' ? 'no answer' : 'a cut connection'} ${ending.when} the request takes effect`);
    this.name = 'NoAnswer';
    this.ending = ending;
  }
}

export type Exchange = {
  /** Runs `handle` unless the hook or a fault decides otherwise. Throws NoAnswer. */
  readonly answer: (
    request: TenantRequest,
    requestId: string,
    handle: () => TenantAnswer | Promise<TenantAnswer>,
  ) => Promise<TenantAnswer>;
  readonly records: () => readonly RequestRecord[];
  readonly counters: () => RequestCounters;
};

/** `logSize`: how many of the latest requests are remembered, at least. `courseOf`: asked where no hook has decided. */
export function createExchange(settings: {
  readonly hooks: TenantHooks;
  readonly courseOf: ((request: TenantRequest, requestId: string) => Course) | undefined;
  readonly logSize: number;
  readonly now: () => number;
}): Exchange {
  const log: RequestRecord[] = [];
  const counts = { total: 0, writes: 0, throttled: 0, signIns: 0 };
  const record = (
    request: TenantRequest,
    outcome: Pick<RequestRecord, 'status' | 'requestId' | 'cut' | 'hung'>,
  ): void => {
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
      const end = (ending: OddEnd, status: number): TenantAnswer => {
        const answer = typeof ending.how === 'object' ? ending.how : undefined;
        record(request, { status: answer?.status ?? status, requestId, ...traceOf(ending) });
        if (answer === undefined) throw new NoAnswer(ending);
        return answer;
      };
      const hooked = await askHooks(settings.hooks, request);
      const course = hooked === undefined ? (settings.courseOf?.(request, requestId) ?? {}) : courseOfHook(hooked);
      const { pause = noPause, around = (plain) => plain(), ending } = course;
      await pause('before');
      if (ending?.when === 'before') return end(ending, 0);
      const answer = await handled(
        () => around(handle),
        (inner) => record(request, { status: 0, requestId, ...traceOf(inner) }),
      );
      await pause('after');
      if (ending !== undefined) return end(ending, answer.status);
      record(request, { status: answer.status, requestId });
      return answer;
    },
  };
}

async function noPause(): Promise<void> {
  // The usual course of a request has no waiting in it.
}

function traceOf({ how, when }: OddEnd): Pick<RequestRecord, 'cut' | 'hung'> {
  if (how === 'reset') return { cut: when };
  return how === 'hang' ? { hung: when } : {};
}

/** No answer inside a batch is none for the batch. */
async function handled(
  handle: () => TenantAnswer | Promise<TenantAnswer>,
  onNoAnswer: (ending: OddEnd) => void,
): Promise<TenantAnswer> {
  try {
    return await handle();
  } catch (error) {
    if (error instanceof NoAnswer) onNoAnswer(error.ending);
    throw error;
  }
}

async function askHooks(hooks: TenantHooks, request: TenantRequest): Promise<HookAnswer> {
  const hooked = await hooks.onRequest?.(request);
  return hooked === undefined && request.path.startsWith('/_practice/') ? hooks.onPractice?.(request) : hooked;
}

function courseOfHook(hooked: NonNullable<HookAnswer>): Course {
  if (typeof hooked === 'object') return { ending: { when: 'before', how: scriptedAnswer(hooked) } };
  const [how, when] = hooked.split('-') as ['reset' | 'hang', When];
  return { ending: { how, when } };
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
