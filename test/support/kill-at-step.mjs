// Preloaded into the program (node --import): kills it at one chosen step of its journal, named by the variable
// KILL_AT_JOURNAL_STEP as <point>:<number>. A step is one group of entries that goes to disk together.
import { constants } from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';
import { env, kill, pid } from 'node:process';

const [point, number] = (env['KILL_AT_JOURNAL_STEP'] ?? '').split(':');
const files = createRequire(import.meta.url)('node:fs/promises');
const { open } = files;

files.open = async (path, flags, mode) => {
  const handle = await open(path, flags, mode);
  // Opened for reading and writing, it is the journal at work; when it is only read, or made, nothing is written to it.
  const isAtWork = typeof flags === 'number' && (flags & constants.O_RDWR) !== 0;
  if (basename(String(path)) === 'journal.ndjson' && isAtWork) arm(handle);
  return handle;
};
syncBuiltinESMExports();

function arm(handle) {
  const write = handle.write.bind(handle);
  const datasync = handle.datasync.bind(handle);
  let step = 0;
  const dieAt = (here) => {
    if (here === point && step === Number(number)) kill(pid, 'SIGKILL');
  };
  handle.write = async (bytes, ...[offset, length, position]) => {
    step++;
    dieAt('before-write');
    if (point === 'torn-write' && step === Number(number)) {
      await write(bytes, offset, Math.ceil(length / 2), position);
      dieAt('torn-write');
    }
    const written = await write(bytes, offset, length, position);
    dieAt('after-write');
    return written;
  };
  handle.datasync = async () => {
    await datasync();
    dieAt('after-sync');
  };
}
