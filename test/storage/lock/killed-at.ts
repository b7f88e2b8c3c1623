// Imported first by programs that tests start: counts what changes files, and kills the process just before the n-th
// time, as HARDMATCH_TEST_KILL says (`before 3`; `some 0.02`: each with this probability).
import fs, { constants } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const [moment = 'never', number = '0'] = (process.env['HARDMATCH_TEST_KILL'] ?? '').split(' ');
// What changes a folder; before anything else it is as it was before the next of these.
const names = ['open', 'link', 'rename', 'rm'] as const;
const handleNames = ['write', 'writeFile'] as const;
let count = 0;
let isArmed = false;

/** Begins to count: what the program does to get ready is of no interest. */
export function arm(): void {
  isArmed = true;
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
  // The signal may take its time; nothing must be done meanwhile.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function mayDie(mine: number): void {
  if (moment === 'before' && mine === Number(number)) die();
  if (moment === 'some' && Math.random() < Number(number)) die();
}

type Doing = (...args: unknown[]) => Promise<unknown>;

function counted(name: string, original: Doing): Doing {
  return async (...args) => {
    if (!isArmed || (name === 'open' && isForReading(args[1]))) return original(...args);
    mayDie(++count);
    const result = await original(...args);
    if (name === 'open') wrap(result as object, handleNames);
    return result;
  };
}

// Reading changes no folder.
function isForReading(flags: unknown): boolean {
  return typeof flags === 'number' && (flags & (constants.O_WRONLY | constants.O_RDWR)) === 0;
}

function wrap(target: object, methods: readonly string[]): void {
  const all = target as Record<string, Doing>;
  for (const name of methods) {
    const original = all[name];
    if (original) all[name] = counted(name, original.bind(target));
  }
}

wrap(fs, names);
syncBuiltinESMExports();
