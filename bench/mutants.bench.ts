// What became of the mutants: keeps the report of the last `npm run test:mutants`, file by file. A report of some files
// replaces the figures of these and leaves the others as they are.
import { existsSync, readFileSync } from 'node:fs';
import { keep } from './machine.ts';

type Report = {
  readonly files: Readonly<Record<string, { readonly mutants: readonly { readonly status: string }[] }>>;
};

const reports = 'reports/mutation/mutants.json';
const earlier = 'bench/results/mutants.json';
const { files } = JSON.parse(readFileSync(reports, 'utf8')) as Report;

/** Figures of files that are neither in this report nor gone. */
function figuresBefore(): Record<string, number> {
  if (!existsSync(earlier)) return {};
  const { figures } = JSON.parse(readFileSync(earlier, 'utf8')) as { readonly figures: Record<string, number> };
  const isStillSo = (name: string): boolean => {
    const file = name.slice(0, name.lastIndexOf('.'));
    return file !== 'all' && files[file] === undefined && existsSync(file);
  };
  return Object.fromEntries(Object.entries(figures).filter(([name]) => isStillSo(name)));
}

const figures = figuresBefore();
for (const [file, { mutants }] of Object.entries(files)) {
  const of = (...wanted: readonly string[]): number => mutants.filter(({ status }) => wanted.includes(status)).length;
  const [killed, timedOut, survived, noCoverage] = [of('Killed'), of('Timeout'), of('Survived'), of('NoCoverage')];
  const count = killed + timedOut + survived + noCoverage;
  // A file of types alone has none.
  if (count === 0) continue;
  const each = { mutants: count, killed, timedOut, survived, noCoverage, score: percent(killed + timedOut, count) };
  for (const [name, value] of Object.entries(each)) figures[`${file}.${name}`] = value;
}

const sum = (name: string): number =>
  Object.entries(figures).reduce((total, [key, value]) => total + (key.endsWith(`.${name}`) ? value : 0), 0);
const all = sum('mutants');
const noticed = sum('killed') + sum('timedOut');
keep({
  name: 'mutants',
  notes:
    'Stryker, the tests of vitest.mutants.config.ts; faults in what a module does once when it is loaded are left out. ' +
    'Each file as of the last run that was of it.',
  figures: {
    ...Object.fromEntries(Object.entries(figures).sort(([a], [b]) => (a < b ? -1 : 1))),
    'all.mutants': all,
    'all.noticed': noticed,
    'all.score': percent(noticed, all),
  },
});

/** To a tenth. */
function percent(part: number, whole: number): number {
  return Math.round((part / whole) * 1_000) / 10;
}
