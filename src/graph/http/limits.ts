// What ends a request that the other side does not end: its deadline, and the end of the run.
import { Unanswered } from './unanswered.ts';

/** What kind of answer is to come. */
export type Expected = keyof typeof allowances;

/**
 * What an answer may take: in time, from sending the request to the last byte, in answer timeouts; and in size, unpacked.
 *
 * A timeout between two bytes is none for the whole: a byte every few seconds would last for ever. What is little, an
 * acknowledgement or a token, is there with its head, so one timeout is for all of it, and a write does not stay open any
 * longer. A page of 999 users, or 20 of them in a batch, comes to some megabytes: twice the usual timeout of a minute is
 * time for it at 50 kB a second. The sizes are several times what Graph is known to send.
 */
export const allowances = {
  much: { answerTimeouts: 2, mebibytes: 32 },
  little: { answerTimeouts: 1, mebibytes: 1 },
} as const;

/** The limits of one request. */
export type AnswerLimit = {
  /** Aborts with an Unanswered when the request is to be given up. */
  readonly signal: AbortSignal;
  /** There is a connection, and sending begins: up to here nothing can have taken effect. */
  readonly onSending: () => void;
  readonly isSent: () => boolean;
  /** The request has ended, in whatever way. */
  readonly end: () => void;
};

export type UnderWay = {
  /** Throws an Unanswered when the run is over. */
  begin(expects: Expected): AnswerLimit;
  /** Gives up what is under way and lets nothing begin any more; stops listening for the end of the run. */
  close(): void;
};

type Timeouts = { readonly answerTimeoutMs: number; readonly connectTimeoutMs: number };

/** One listener for all requests of a run: each having its own would leave thousands on a signal that lives as long. */
export function openUnderWay({ answerTimeoutMs, connectTimeoutMs }: Timeouts, run: AbortSignal | undefined): UnderWay {
  const open = new Set<(kind: 'run-over') => void>();
  let isClosed = false;
  const giveUpAll = (): void => {
    for (const giveUp of open) giveUp('run-over');
  };
  run?.addEventListener('abort', giveUpAll, { once: true });
  return {
    begin(expects) {
      if (isClosed || run?.aborted) throw new Unanswered({ kind: 'run-over', isSent: false });
      const control = new AbortController();
      const ms = allowances[expects].answerTimeouts * answerTimeoutMs;
      let isSent = false;
      const giveUp = (kind: 'run-over' | 'deadline'): void => {
        const seconds = (isSent ? ms : connectTimeoutMs + ms) / 1000;
        control.abort(new Unanswered(kind === 'deadline' ? { kind, isSent, seconds } : { kind, isSent }));
      };
      // Connecting has a timeout of its own; this is for what is in its way, a proxy that does not answer say.
      let timer = setTimeout(giveUp, connectTimeoutMs + ms, 'deadline');
      open.add(giveUp);
      return {
        signal: control.signal,
        onSending: () => {
          if (isSent || !open.has(giveUp)) return;
          isSent = true;
          clearTimeout(timer);
          timer = setTimeout(giveUp, ms, 'deadline');
        },
        isSent: () => isSent,
        end: () => {
          clearTimeout(timer);
          open.delete(giveUp);
        },
      };
    },
    close() {
      isClosed = true;
      run?.removeEventListener('abort', giveUpAll);
      giveUpAll();
    },
  };
}
