// Faults that no test can notice, or need not: bench/accepted-mutants.json says of each why. A fault is known by the line of code
// it is in and by what it changes there, so that lines may come and go above it; once that line is another, the entry is out
// of date, which test/architecture/accepted-mutants.test.ts and bench/mutants.bench.ts both tell.
import { readFileSync } from 'node:fs';

/** Faults of one line of code that are let live for one reason. */
export type Accepted = {
  /** The line of code in which the fault begins. */
  readonly line: string;
  /** `what it was -> what it is then`. */
  readonly mutants: readonly string[];
  readonly why: string;
};

/** By file. */
export function acceptedMutants(): Readonly<Record<string, readonly Accepted[]>> {
  return JSON.parse(readFileSync('bench/accepted-mutants.json', 'utf8')) as Record<string, Accepted[]>;
}

type Place = { readonly line: number; readonly column: number };

/** As Stryker reports it; lines and columns begin with 1. */
export type Mutant = {
  readonly status: string;
  readonly location: { readonly start: Place; readonly end: Place };
  readonly replacement?: string;
};

/** What an entry names a fault by. */
export function nameOf({ location, replacement = '' }: Mutant, source: string): { line: string; mutant: string } {
  const { start, end } = location;
  const lines = source.split('\n');
  const [first = '', ...rest] = lines.slice(start.line - 1, end.line);
  const changed = rest.length === 0 ? first.slice(start.column - 1, end.column - 1) : first.slice(start.column - 1);
  return { line: first.trim(), mutant: `${changed.trim()} -> ${short(replacement)}` };
}

/** A whole block put in its place is told by how it begins. */
function short(replacement: string): string {
  const [first = ''] = replacement.trim().split('\n');
  return first;
}
