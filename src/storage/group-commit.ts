/** Text that is on its way to disk. */
type Waiting = { readonly text: string; readonly resolve: () => void; readonly reject: (error: unknown) => void };

/** Appends that share the price of an fsync. */
export type GroupCommit = {
  /** Resolves once the text is on disk. Order on disk is the order of the calls. */
  append(text: string): Promise<void>;
  /** Resolves once nothing is under way any more; never rejects. */
  settled(): Promise<void>;
};

/**
 * While one commit is under way, what is appended meanwhile waits and then goes down together, in one commit: many rows
 * in flight cost hardly more than one. After a commit has failed nobody knows what is on disk, so nothing is written any
 * more: everything waiting, and every later append, is rejected with the same error.
 */
export function groupCommit(commit: (text: string) => Promise<void>): GroupCommit {
  let waiting: Waiting[] = [];
  let failure: { readonly error: unknown } | undefined;
  let working: Promise<void> | undefined;

  const work = async (): Promise<void> => {
    // One turn of the microtask queue, so that rows that append in the same moment share the first commit too.
    await Promise.resolve();
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      try {
        if (failure) throw failure.error;
        await commit(group.map(({ text }) => text).join(''));
        for (const { resolve } of group) resolve();
      } catch (error) {
        failure ??= { error };
        for (const { reject } of group) reject(failure.error);
      }
    }
    working = undefined;
  };

  return {
    append: (text) =>
      new Promise((resolve, reject) => {
        waiting.push({ text, resolve, reject });
        working ??= work();
      }),
    settled: async () => {
      while (working) await working;
    },
  };
}
