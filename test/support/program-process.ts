// Runs the built program in a process of its own, for what needs one: kills, closed streams, limits. Else program.ts is quicker.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Ran, RunOptions } from './program.ts';

export const programPath = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export type ProcessOptions = Omit<RunOptions, 'onStart'> & {
  /** Milliseconds after which the process is killed and the test fails; default a minute. */
  readonly limitMs?: number;
  /** Called with the child as soon as it runs, e.g. to kill it. */
  readonly onStart?: (child: ChildProcess) => void;
};

/** Nothing of the developer's own environment that could point the program at a real tenant gets through. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(HARDMATCH_|AZURE_|NODE_|HTTPS?_PROXY|NO_PROXY)/i.test(name),
  );
  return Object.fromEntries(kept);
}

export function hardmatchProcess(words: readonly string[], options: ProcessOptions): Promise<Ran> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [programPath, ...words], {
      cwd: options.cwd,
      env: { ...cleanEnvironment(), NO_COLOR: '1', ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // A program that does not read it may be gone before it has got it all.
    child.stdin.on('error', () => undefined).end(options.input ?? '');
    options.onStart?.(child);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const limit = setTimeout(() => {
      child.kill('SIGKILL');
      fail(new Error(`hardmatch ${words.join(' ')} took too long\n${stdout}\n${stderr}`));
    }, options.limitMs ?? 60_000);
    child.once('error', fail);
    child.once('close', (code) => {
      clearTimeout(limit);
      // Node's own warnings are nothing a user should ever see, but for those of proxies that undici calls experimental.
      if (/\(node:\d+\) (?!Experimental)/.test(stderr))
        fail(new Error(`hardmatch ${words.join(' ')} warned:\n${stderr}`));
      else done({ code, stdout, stderr });
    });
  });
}
