// The last catch: what nobody caught ends here, and not in Node's own words. It covers whatever throws or rejects while the
// program runs. It cannot cover what ends the process without a word to it: a kill, a power cut, and memory that runs out
// (V8 then stops the process where it stands). For those there is the journal, which is on disk before each write.
import { noteSecretsOf } from '../../config/environment-secrets.ts';
import { reportFault } from '../terminal/fault.ts';
import { terminalOf } from '../terminal/terminal.ts';

type Task = () => Promise<void>;

const waiting: Task[] = [];
/** Known once the error has been told. */
let exitCode: number | null = null;

// For all tasks together. Whoever waits for a process that is broken should not wait long.
let tasksLimitMs = 10_000;
const flushLimitMs = 2_000;

/**
 * Says what must still be done should something that nobody caught end the process: give the lock back, close the journal,
 * write the results. Returns what takes it off again. Tasks run once, the last one registered first, each waited for in its
 * turn; one that fails, or takes more than its share of ten seconds, holds up none of the others. What the program was
 * doing meanwhile goes on until then, so a task that must not meet it has to stop it first.
 */
export function whenCutShort(task: Task): () => void {
  const own: Task = () => task();
  waiting.push(own);
  return () => {
    const at = waiting.indexOf(own);
    if (at >= 0) waiting.splice(at, 1);
  };
}

/**
 * From now on an error that nobody caught is told like any other fault, after the tasks of `whenCutShort`, and ends the
 * process with its exit code. A second one while that is under way ends it at once. Call it first of all. A test has less
 * patience with the tasks.
 */
export function catchTheRest(limitMs = tasksLimitMs): void {
  tasksLimitMs = limitMs;
  process.on('uncaughtException', endWith);
  process.on('unhandledRejection', endWith);
  // Node's own listener would print these in its words. What libraries say to programmers is nothing for users.
  process.removeAllListeners('warning');
  process.on('warning', tellWarning);
}

let first: { readonly cause: unknown } | null = null;

function endWith(cause: unknown): void {
  if (first !== null) endNow(exitCode ?? told(first.cause));
  first = { cause };
  void end(cause).then(endNow, () => endNow(exitCode ?? exitCodeOfBug));
}

const exitCodeOfBug = 70;

async function end(cause: unknown): Promise<number> {
  await runTasks();
  const code = told(cause);
  // On Windows, what is written to a pipe or a screen is not there yet when write() returns.
  const flushed = [process.stdout, process.stderr].map(
    (stream) => new Promise<void>((done) => void stream.write('', () => done())),
  );
  await withinMs(Promise.all(flushed), flushLimitMs);
  return code;
}

function told(cause: unknown): number {
  // Should telling fail too, the process ends with this.
  exitCode = exitCodeOfBug;
  // It may be over before the program came to do this itself.
  noteSecretsOf(process.env);
  exitCode = reportFault(cause, terminalOf(process, { color: true, quiet: false }), process.argv.includes('--debug'));
  return exitCode;
}

async function runTasks(): Promise<void> {
  const deadline = performance.now() + tasksLimitMs;
  const begun: Promise<unknown>[] = [];
  for (let task = waiting.pop(); task !== undefined; task = waiting.pop()) {
    const share = (deadline - performance.now()) / (waiting.length + 1);
    const running = started(task);
    begun.push(running);
    await withinMs(running, share);
  }
  // Those that were overtaken may still get there.
  await withinMs(Promise.all(begun), deadline - performance.now());
}

async function started(task: Task): Promise<void> {
  try {
    await task();
  } catch {
    // What ended the process is told; a task that fails because of it would only hide that.
  }
}

async function withinMs(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((done) => {
    timer = setTimeout(done, Math.max(0, ms));
  });
  await Promise.race([work, over]);
  clearTimeout(timer);
}

function tellWarning({ name, message }: Error): void {
  if (['DeprecationWarning', 'ExperimentalWarning', 'MaxListenersExceededWarning'].includes(name)) return;
  terminalOf(process, { color: false, quiet: process.argv.includes('--quiet') }).err(`Note: ${message}\n`);
}

function endNow(code: number): never {
  process.exit(code); // oxlint-disable-line no-process-exit -- the state of the program is unknown; nothing in it may go on
}
