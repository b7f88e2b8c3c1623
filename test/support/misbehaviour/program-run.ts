// The built program at work while somebody misbehaves: bounded in time, and watched for the memory it takes.
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hardmatchProcess } from '../program-process.ts';

export type ProgramRunOptions = {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds of its own time after which it is killed: it should have ended. */
  readonly boundMs: number;
  /** So many times shorter is its patience; 1: as it is. */
  readonly hurry: number;
  /** Called as soon as it runs, with what tells its own time so far. */
  readonly onStart?: (child: ChildProcess, ownMs: () => number) => void;
};

export type ProgramRun = {
  readonly words: readonly string[];
  readonly code: number | null;
  /** The signal that ended it; null where it ended by itself. */
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds that it took, less those in which it or its servers waited for a processor that others had. */
  readonly ownMs: number;
  /** Set where it said what no user should see. */
  readonly trouble: string | null;
  /** The most memory it took, in MB; 0 where that cannot be seen. */
  readonly peakMb: number;
};

const preload = pathToFileURL(join(import.meta.dirname, 'hurry.mjs')).href;
/** On a machine that others use, a program that is in time by its own clock may take many times as long. */
const mostMs = 600_000;

export async function runProgram(words: readonly string[], options: ProgramRunOptions): Promise<ProgramRun> {
  const { cwd, boundMs, hurry } = options;
  const env = { ...options.env, NODE_OPTIONS: `--import=${preload}`, HURRY: String(hurry) };
  const startedAt = performance.now();
  const waitedBefore = waitedMs('self');
  let running: ChildProcess | undefined;
  let peakMb = 0;
  let childWaitedMs = 0;
  const ownMs = (): number => {
    const tookMs = performance.now() - startedAt;
    // They wait for each other, too, so that the time in which both waited is not taken off twice.
    return Math.max(tookMs / 8, tookMs - Math.max(childWaitedMs, waitedMs('self') - waitedBefore));
  };
  const watch = setInterval(() => {
    if (running?.pid === undefined) return;
    peakMb = Math.max(peakMb, memoryOf(running.pid));
    childWaitedMs = Math.max(childWaitedMs, waitedMs(String(running.pid)));
    if (ownMs() > boundMs) running.kill('SIGKILL');
  }, 100);
  const told = () => ({ words, ownMs: Math.round(ownMs()), peakMb, signal: running?.signalCode ?? null });
  const onStart = (child: ChildProcess): void => {
    running = child;
    options.onStart?.(child, ownMs);
  };
  try {
    const ran = await hardmatchProcess(words, { cwd, env, limitMs: mostMs, onStart });
    return { ...told(), ...ran, trouble: null };
  } catch (error) {
    const trouble = error instanceof Error ? error.message : String(error);
    return { ...told(), code: running?.exitCode ?? null, stdout: '', stderr: trouble, trouble };
  } finally {
    clearInterval(watch);
  }
}

/** The most memory a process has had so far, in MB (Linux, proc(5)). */
function memoryOf(pid: number): number {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(ofProcess(String(pid), 'status'))?.[1] ?? 0) / 1_024);
}

/** Milliseconds that a process was ready to run and did not (Linux, Documentation/scheduler/sched-stats). */
function waitedMs(pid: string): number {
  return Number(ofProcess(pid, 'schedstat').split(' ')[1] ?? 0) / 1e6;
}

/** What the system tells of a process; nothing on other systems, or once it is gone. */
function ofProcess(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
