// What every result is kept with: when, on what, with which versions.
import { cpus, totalmem } from 'node:os';
import { mkdirSync, writeFileSync } from 'node:fs';

export type Result = { readonly name: string; readonly figures: Record<string, number>; readonly notes: string };

/** The middle one; of an even number, the lower of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new Error('no values');
  return middle;
}

/** Writes bench/results/<name>.json and prints it. */
export function keep(result: Result): void {
  const kept = {
    ...result,
    date: new Date().toISOString(),
    machine: `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}`,
    node: process.version,
  };
  mkdirSync('bench/results', { recursive: true });
  const text = `${JSON.stringify(kept, null, 2)}\n`;
  writeFileSync(`bench/results/${result.name}.json`, text);
  process.stdout.write(text);
}
