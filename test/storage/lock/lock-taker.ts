// Run as a process of its own by lock-crashes.test.ts. `once`: takes the lock of a folder and gives it back. `often`: comes
// and goes until it is killed or has been inside so many times, and looks whether somebody else is inside with it.
import { arm } from './killed-at.ts';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { lockRunFolder } from '../../../src/storage/lock.ts';

const [mode = 'once', folder = '', turns = '1'] = process.argv.slice(2);
const marker = join(folder, '..', 'inside');

async function stayInside(): Promise<void> {
  const handle = await open(marker, 'wx').catch(() => undefined);
  if (handle) await handle.writeFile(String(process.pid));
  else if (isThere(Number(await readFile(marker, 'utf8').catch(() => '')))) process.stdout.write('two inside\n');
  await handle?.close();
  await wait(Math.random() * 3);
  await rm(marker, { force: true });
}

function isThere(pid: number): boolean {
  try {
    return pid > 0 && pid !== process.pid && process.kill(pid, 0);
  } catch {
    return false;
  }
}

arm();
for (let inside = 0; inside < Number(turns);) {
  try {
    const lock = await lockRunFolder(folder);
    inside += 1;
    process.stdout.write('in\n');
    if (mode === 'often') await stayInside();
    await lock.release();
  } catch (error) {
    if (mode === 'once') throw error;
    if (!(error instanceof Error) || !error.message.startsWith('Another run'))
      process.stdout.write(`${String(error)}\n`);
    await wait(Math.random() * 5);
  }
}
