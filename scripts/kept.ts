// The results in bench/results, as the pages of docs/ show them.
import { existsSync, readFileSync } from 'node:fs';

/** What a benchmark has kept: figures by name, with what they are of, when and where they were measured. */
export type Kept = {
  readonly figures: Readonly<Record<string, number>>;
  readonly notes: string;
  readonly date: string;
  readonly machine: string;
  readonly node: string;
};

const pathOf = (name: string): URL => new URL(`../bench/results/${name}.json`, import.meta.url);

/** The results of `npm run bench:<name>`. */
export function kept(name: string): Kept {
  return JSON.parse(readFileSync(pathOf(name), 'utf8')) as Kept;
}

/** The same of a benchmark that takes so long that its results may not be there yet: null then. */
export function keptIfAny(name: string): Kept | null {
  return existsSync(pathOf(name)) ? kept(name) : null;
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

/** Whatever has a figure of this name, `x` for `x.cells`; in the order of the figures. */
export function namesWith({ figures }: Kept, figure: string): string[] {
  const end = `.${figure}`;
  return Object.keys(figures).flatMap((name) => (name.endsWith(end) ? [name.slice(0, -end.length)] : []));
}
