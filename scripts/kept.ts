// The results in bench/results, as the pages of docs/ show them.
import { readFileSync } from 'node:fs';

/** What a benchmark has kept: figures by name, with what they are of, when and where they were measured. */
export type Kept = {
  readonly figures: Readonly<Record<string, number>>;
  readonly notes: string;
  readonly date: string;
  readonly machine: string;
  readonly node: string;
};

/** The results of `npm run bench:<name>`. */
export function kept(name: string): Kept {
  return JSON.parse(readFileSync(new URL(`../bench/results/${name}.json`, import.meta.url), 'utf8')) as Kept;
}

/** Date, machine and Node, for a line above a table. */
export const where = ({ date, machine, node }: Kept): string => `${date.slice(0, 10)}, ${machine}, Node ${node}`;

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A figure by its name; one that is not there is a benchmark that no longer tells it. */
export function figureOf({ figures }: Kept, name: string): number {
  const figure = figures[name];
  if (figure === undefined) throw new Error(`bench/results has no figure ${name}`);
  return figure;
}
