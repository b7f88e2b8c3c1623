// Preloaded into the built program (node --import): brings about, at the moment that LATE_TROUBLE names, an error that nobody
// catches.
import { createRequire, syncBuiltinESMExports } from 'node:module';
import process from 'node:process';

const moment = process.env['LATE_TROUBLE'];
const trouble = new Error('nobody catches this');

if (moment === 'while-loading') {
  const waiting = setInterval(() => {
    if (process.listenerCount('uncaughtException') === 0) return;
    clearInterval(waiting);
    throw trouble;
  }, 0);
}
if (moment === 'before-parsing') {
  const files = createRequire(import.meta.url)('node:fs');
  const { readFileSync } = files;
  files.readFileSync = (path, ...more) => {
    if (path instanceof URL && path.href.endsWith('/package.json')) throw trouble;
    return readFileSync(path, ...more);
  };
  syncBuiltinESMExports();
}
if (moment === 'after-the-end') process.once('beforeExit', () => void Promise.reject(trouble));
if (moment === 'warnings') {
  process.once('beforeExit', () => {
    process.emitWarning('this will go', 'DeprecationWarning', 'DEP0000');
    process.emitWarning('the certificate of sandbox.pem is not used');
  });
}
