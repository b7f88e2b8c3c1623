// What a contender is given and what it tells, both as JSON: a file with the rows, and one line on standard output.
import { readFile } from 'node:fs/promises';

export type Row = { readonly id: string; readonly userPrincipalName: string; readonly immutableId: string };

export type Told = {
  readonly failed: number;
  /** Signing in included; starting the process and reading the scripts not. */
  readonly seconds: number;
  /** User and system time of the process in the same time. */
  readonly cpuSeconds: number;
};

/** Works on the rows of the file named first on the command line, and tells how it went; `work` returns the failed rows. */
export async function contend(
  work: (rows: readonly Row[], words: readonly number[]) => Promise<number>,
): Promise<void> {
  const [file = '', ...words] = process.argv.slice(2);
  const rows = JSON.parse(await readFile(file, 'utf8')) as Row[];
  const began = performance.now();
  const cpuBegan = process.cpuUsage();
  const failed = await work(rows, words.map(Number));
  const { user, system } = process.cpuUsage(cpuBegan);
  const told: Told = { failed, seconds: (performance.now() - began) / 1_000, cpuSeconds: (user + system) / 1e6 };
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

/** Works on all items with so many at a time. `one` tells how many rows failed; resolves to their sum. */
export async function sideBySide<Item>(
  items: readonly Item[],
  workers: number,
  one: (item: Item) => Promise<number>,
): Promise<number> {
  let [next, failed] = [0, 0];
  const worker = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) {
      // Not `failed += await`: that would add to what it was before the wait.
      const more = await one(item);
      failed += more;
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  return failed;
}
