import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRunFolder } from '../../storage/run-folder.ts';
import { systemClock } from '../clock.ts';
import type { Context } from '../session.ts';
import { listenForStop } from '../signals.ts';
import { packageFolder } from '../version.ts';
import { openSandbox } from './sandbox.ts';

const program = fileURLToPath(new URL('../../main.js', import.meta.url));

/**
 * `hardmatch demo`: plan, apply and verify of the example file on the sandbox. The three are run as a person would run
 * them, each a process of its own: NODE_EXTRA_CA_CERTS, by which they trust the practice tenant, is read at a process's
 * start. Returns the last one's exit code, or the first above 1.
 */
export async function demoCommand(context: Context): Promise<number> {
  const { terminal, cwd } = context;
  // What points the program at somebody's real directory and tenant must not reach it here.
  const own = await mkdtemp(join(tmpdir(), 'hardmatch-demo-'));
  const settings = join(own, 'no-settings.json');
  const sandbox = await openSandbox();
  const env = { ...withoutSettings(context.env), ...sandbox.environment };
  const listening = listenForStop(terminal, { said: () => 'Ending the demo.' });
  try {
    await writeFile(settings, '{}');
    const example = join(packageFolder, 'mappings.example.csv');
    const folder = await createRunFolder({ cwd, inputName: 'demo', now: systemClock.now() });
    const run = relative(cwd, folder);
    terminal.out(
      'A practice directory and a practice tenant are running on this machine; the commands are the real ones.\n',
    );
    const steps = [
      ['plan', relative(cwd, example) || example, '--run', run],
      ['apply', run, '--yes'],
      ['verify', run],
    ];
    let exitCode = 0;
    for (const words of steps) {
      terminal.out(`\n$ hardmatch ${words.join(' ')}\n\n`);
      exitCode = await runProgram([...words, '--config', settings], { ...context, env }, listening.signal);
      if (exitCode > 1 || listening.signal.aborted) return exitCode;
    }
    terminal.out(`\nThe run folder: ${run}\n`);
    if (exitCode === 1) terminal.out('Exit code 1: the run is done, and some rows are held on purpose.\n');
    return exitCode;
  } finally {
    listening.stopListening();
    await sandbox.close();
    await rm(own, { recursive: true, force: true });
  }
}

function withoutSettings(env: Context['env']): Context['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(?:HARDMATCH|AZURE)_/i.test(name)));
}

/** The program in a process of its own, which is told to stop when the demo is. */
function runProgram(words: readonly string[], { cwd, env }: Context, signal: AbortSignal): Promise<number> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [program, ...words], { cwd, env, stdio: 'inherit' });
    const stop = (): void => void child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    child.once('error', fail);
    child.once('exit', (code) => {
      signal.removeEventListener('abort', stop);
      done(code ?? 130);
    });
  });
}
