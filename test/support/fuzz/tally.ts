// What the fuzz targets share: each is a function of (numRuns, seed) that throws at the first broken promise, with
// fast-check's own report of the smallest input, and else tells what it did.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SettingsFault } from '../../../src/config/problems.ts';
import { RunFault } from '../../../src/core/failure.ts';

/** What a target did. */
export type Tally = {
  readonly inputs: number;
  readonly reads: number;
  readonly refusals: number;
  readonly slowestMs: number;
};

/** A target: as many inputs as told, always the same ones for the same seed. */
export type FuzzTarget = (numRuns: number, seed: number) => Promise<Tally>;

/** Far above what any of these small inputs takes, also on a busy machine: only something that hangs is slower. */
const longestMs = 5_000;

/** Counts and times attempts, and holds refusals to what every refusal has to be; `exitCodes` are those it may have. */
export class Attempts {
  readonly #exitCodes: readonly number[];
  #reads = 0;
  #refusals = 0;
  #slowestMs = 0;

  constructor(exitCodes: readonly number[] = [2]) {
    this.#exitCodes = exitCodes;
  }

  /** The value read, or the refusal. Anything else that is thrown is a crash, and goes on. */
  async of<Value>(read: () => Value | Promise<Value>): Promise<Value | RunFault> {
    const started = performance.now();
    try {
      const value = await read();
      this.#reads += 1;
      return value;
    } catch (error) {
      if (!(error instanceof RunFault)) throw new Error('crashed', { cause: error });
      checkRefusal(error, this.#exitCodes);
      this.#refusals += 1;
      return error;
    } finally {
      this.#time(performance.now() - started);
    }
  }

  #time(ms: number): void {
    this.#slowestMs = Math.max(this.#slowestMs, ms);
    if (ms > longestMs) throw new Error(`one input took ${Math.round(ms)} ms`);
  }

  tally(): Tally {
    const [reads, refusals] = [this.#reads, this.#refusals];
    return { inputs: reads + refusals, reads, refusals, slowestMs: Math.round(this.#slowestMs * 10) / 10 };
  }
}

function checkRefusal(fault: RunFault, exitCodes: readonly number[]): void {
  const sentences =
    fault instanceof SettingsFault ? fault.problems.flatMap((one) => [one.what, one.remedy]) : [fault.message];
  for (const sentence of [...sentences, fault.hint]) {
    if (sentence.trim() === '' || /[\r\n\0]/.test(sentence))
      throw new Error(`no sentence in one line: ${JSON.stringify(sentence)}`);
    if (sentence.length > 2_000) throw new Error(`a sentence of ${sentence.length} letters`);
  }
  if (!exitCodes.includes(fault.exitCode) || fault.code === '')
    throw new Error(`exit code ${fault.exitCode}, code "${fault.code}"`);
}

/** The line that a refusal names has to be one of the file's. */
export function checkLine(fault: RunFault, text: string): void {
  const line = Number(/\bline (\d+)\b/.exec(fault.message)?.[1] ?? 1);
  const lines = text.split(/\r\n|\n|\r/).length;
  if (line < 1 || line > lines) throw new Error(`line ${line} of ${lines}: ${fault.message}`);
}

/** Runs the work with a function that puts content into a file of a folder made for it. */
export async function withFile<Value>(
  name: string,
  work: (put: (content: string | Uint8Array) => Promise<string>) => Promise<Value>,
): Promise<Value> {
  const folder = await mkdtemp(join(tmpdir(), 'hardmatch-fuzz-'));
  const path = join(folder, name);
  try {
    return await work(async (content) => {
      await writeFile(path, content);
      return path;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Throws when the two are not the same as JSON. */
export function same(what: string, got: unknown, wanted: unknown): void {
  const [one, other] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (one !== other) throw new Error(`${what}: ${one}, not ${other}`);
}
