// Many kinds of things are read at the same time, by code that knows nothing of each other. What it asks for in the same
// moment goes out together: a handful of questions about the tenant is one request, and so are the filters of a small plan.
import { type BatchTools, type Get, getTogether, requestsPerBatch } from './batch.ts';

/** GETs, and gives the body. Throws a Failure, after as many tries as `retry` allows. */
export type AutoBatch = (get: Get) => Promise<unknown>;

type Waiting = {
  readonly get: Get;
  readonly resolve: (body: unknown) => void;
  readonly reject: (why: unknown) => void;
};

/**
 * Collects what is asked for until the event loop turns, and sends it in as few requests as hold it, `inFlight` of them at
 * the same time. Each GET ends by itself: a neighbour that is refused or throttled costs it nothing but time. One that has
 * no neighbours is sent as it is.
 */
export function openAutoBatch(tools: BatchTools): AutoBatch {
  const waiting: Waiting[] = [];
  let underWay = 0;
  let isDue = false;
  const send = (): void => {
    isDue = false;
    while (underWay < tools.inFlight && waiting.length > 0) {
      underWay += 1;
      void settle(nextOf(waiting), tools).finally(() => {
        underWay -= 1;
        sendSoon();
      });
    }
  };
  // A batch that ends must not tear apart what is just being asked for; so it waits for the turn as well.
  const sendSoon = (): void => {
    if (isDue || waiting.length === 0) return;
    isDue = true;
    setImmediate(send);
  };
  return (get) =>
    new Promise((resolve, reject) => {
      waiting.push({ get, resolve, reject });
      sendSoon();
    });
}

/** Takes those that fit into the next request: a batch has one version. */
function nextOf(waiting: Waiting[]): Waiting[] {
  const version = waiting[0]?.get.version;
  const taken: Waiting[] = [];
  const left = waiting.filter((one) => {
    if (taken.length === requestsPerBatch || one.get.version !== version) return true;
    taken.push(one);
    return false;
  });
  waiting.splice(0, waiting.length, ...left);
  return taken;
}

/** Never rejects: every failure is somebody's answer. */
async function settle(taken: readonly Waiting[], tools: BatchTools): Promise<void> {
  const [only, second] = taken;
  try {
    if (only !== undefined && second === undefined) {
      const answer = await tools.retry(() => tools.client.call({ method: 'GET', ...only.get }));
      only.resolve(answer.body);
      return;
    }
    const ends = await getTogether(
      taken.map(({ get }) => get),
      tools,
    );
    for (const [index, { resolve, reject }] of taken.entries()) {
      const end = ends[index];
      if (end?.kind === 'failure') reject(end.failure);
      else resolve(end?.body);
    }
  } catch (error) {
    for (const { reject } of taken) reject(error);
  }
}
