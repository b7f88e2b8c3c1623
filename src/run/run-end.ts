// The one end of a run. Whatever waits, asks, listens or goes round in a loop hangs on one of its two signals:
//   stopping   somebody wants out, or the window is over: nothing new is begun, and nothing is waited for
//   over       what was under way has had its time: every request is given up, every socket closed
// Between the two lies the grace that the work asked for (`granting`): a write under way may be answered, reading back may
// end. A command that has ended by itself ends the run too, so that nothing it began outlives it.

/** Why a run is to end before its work is done. */
export type EndReason = { readonly kind: 'interrupted' } | { readonly kind: 'window-over'; readonly at: Date };

export type RunEnd = {
  readonly stopping: AbortSignal;
  readonly over: AbortSignal;
  /** Aborted by `interrupt` alone, and by the window's end alone. */
  readonly interrupted: AbortSignal;
  readonly windowOver: AbortSignal;
  /** Somebody wants out. */
  interrupt(): void;
  /** The window ends then. Once at most. */
  closeAt(at: Date): void;
  /** When the window ends, as `closeAt` was told; null where it was not. */
  closesAt(): Date | null;
  /** Why the run is to end; null while it is not. The first reason stays. */
  why(): EndReason | null;
  /** Runs the work; should the run be stopped meanwhile, what is under way has `graceMs` until all of it is given up. */
  granting<Result>(graceMs: number, work: () => Promise<Result>): Promise<Result>;
  /** The command has ended: aborts both signals and leaves no timer behind. */
  finish(): void;
};

// Beyond it Node's timers end at once.
const longestTimer = 2 ** 31 - 1;

/** What the end needs of the outside: timers, whose `start` returns what takes the timer away again. */
export type Timers = { readonly now: () => Date; readonly start: (ms: number, work: () => void) => () => void };

/** Timers that end together. */
type Alarms = { set(ms: number, work: () => void): () => void; clear(): void };

function makeAlarms({ start }: Timers): Alarms {
  const waiting = new Set<() => void>();
  return {
    set(ms, work) {
      const cancel = start(Math.max(0, Math.min(longestTimer, ms)), () => {
        waiting.delete(cancel);
        work();
      });
      waiting.add(cancel);
      return () => {
        cancel();
        waiting.delete(cancel);
      };
    },
    clear() {
      for (const cancel of waiting) cancel();
      waiting.clear();
    },
  };
}

/** Aborts `over` so long after the stop as the grace of the moment says. */
function makeGrace(timers: Timers, alarms: Alarms, over: AbortController) {
  let grace = 0;
  let stoppedAt: number | null = null;
  let cancel = (): void => undefined;
  const renew = (): void => {
    if (stoppedAt === null || over.signal.aborted) return;
    cancel();
    const left = stoppedAt + grace - timers.now().getTime();
    if (left <= 0) over.abort();
    else cancel = alarms.set(left, () => over.abort());
  };
  return {
    begin(): void {
      stoppedAt = timers.now().getTime();
      renew();
    },
    async granting<Result>(graceMs: number, work: () => Promise<Result>): Promise<Result> {
      const before = grace;
      grace = graceMs;
      try {
        return await work();
      } finally {
        grace = before;
        // Stopped meanwhile: what comes after the work gets no more time than the grace that it has itself.
        renew();
      }
    },
  };
}

export function makeRunEnd(timers: Timers): RunEnd {
  const stopping = new AbortController();
  const over = new AbortController();
  const interrupted = new AbortController();
  const windowOver = new AbortController();
  const alarms = makeAlarms(timers);
  const grace = makeGrace(timers, alarms, over);
  let reason: EndReason | null = null;
  let end: Date | null = null;
  const stop = (why: EndReason): void => {
    if (reason !== null) return;
    reason = why;
    stopping.abort();
    grace.begin();
  };
  const closeAt = (at: Date): void => {
    end = at;
    const left = at.getTime() - timers.now().getTime();
    // A timer may come early, or not be able to wait so long; then it asks again.
    if (left > 0) alarms.set(left, () => closeAt(at));
    else {
      stop({ kind: 'window-over', at });
      windowOver.abort();
    }
  };
  return {
    stopping: stopping.signal,
    over: over.signal,
    interrupted: interrupted.signal,
    windowOver: windowOver.signal,
    interrupt() {
      stop({ kind: 'interrupted' });
      interrupted.abort();
    },
    closeAt,
    closesAt: () => end,
    why: () => reason,
    granting: (graceMs, work) => grace.granting(graceMs, work),
    finish() {
      alarms.clear();
      stopping.abort();
      over.abort();
    },
  };
}
