// What became of the mutants: keeps the report of the last `npm run test:mutants`, file by file. A report of some files
// replaces the figures of these and leaves the others as they are. Says which survivors nobody has explained, and which
// explanations are out of date, and ends with 1 if there are any.
import { existsSync, readFileSync } from 'node:fs';
import { stderr } from 'node:process';
import { acceptedMutants, type Mutant, nameOf } from './accepted-mutants.ts';
import { keep } from './machine.ts';

type Reported = { readonly source: string; readonly mutants: readonly Mutant[] };
type Report = { readonly files: Readonly<Record<string, Reported>> };

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

const accepted = acceptedMutants();
const complaints: string[] = [];

/** How many of a file's survivors are explained; whatever does not fit is a complaint. */
function explainedOf(file: string, { source, mutants }: Reported): number {
  const survivors = mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
  const keyOf = (line: string, mutant: string): string => `${file}: ${line}: ${mutant}`;
  const names = survivors.map((one) => nameOf(one, source)).map(({ line, mutant }) => keyOf(line, mutant));
  const known = (accepted[file] ?? []).flatMap(({ line, mutants: all }) => all.map((mutant) => keyOf(line, mutant)));
  complaints.push(...names.filter((name) => !known.includes(name)).map((name) => `nobody has explained ${name}`));
  complaints.push(...known.filter((name) => !names.includes(name)).map((name) => `does not survive any more: ${name}`));
  return names.filter((name) => known.includes(name)).length;
}

const figures = figuresBefore();
for (const [file, reported] of Object.entries(files)) {
  const { mutants } = reported;
  const of = (...wanted: readonly string[]): number => mutants.filter(({ status }) => wanted.includes(status)).length;
  const [killed, timedOut, survived, noCoverage] = [of('Killed'), of('Timeout'), of('Survived'), of('NoCoverage')];
  const count = killed + timedOut + survived + noCoverage;
  // A file of types alone has none.
  if (count === 0) continue;
  const explained = explainedOf(file, reported);
  const score = percent(killed + timedOut, count);
  const each = { mutants: count, killed, timedOut, survived, noCoverage, explained, score };
  for (const [name, value] of Object.entries(each)) figures[`${file}.${name}`] = value;
}

const sum = (name: string): number =>
  Object.entries(figures).reduce((total, [key, value]) => total + (key.endsWith(`.${name}`) ? value : 0), 0);
const all = sum('mutants');
const noticed = sum('killed') + sum('timedOut');
keep({
  name: 'mutants',
  notes:
    'Stryker, with the tests of vitest.mutants.config.ts or those of them that are of the file; faults in what a module does ' +
    'once when it is loaded are left out. Each file is as of its last run; of what is not in the table there was none.',
  figures: {
    ...Object.fromEntries(Object.entries(figures).sort(([a], [b]) => (a < b ? -1 : 1))),
    'all.mutants': all,
    'all.noticed': noticed,
    'all.explained': sum('explained'),
    'all.score': percent(noticed, all),
  },
});

for (const complaint of complaints) stderr.write(`${complaint}\n`);
if (complaints.length > 0) process.exitCode = 1;

/** To a tenth. */
function percent(part: number, whole: number): number {
  return Math.round((part / whole) * 1_000) / 10;
}
