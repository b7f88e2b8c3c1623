import type { Counts } from '../../core/result.ts';
import type { PlanRow } from '../../core/row.ts';

// The rows of mappings.example.csv that are right, by its first column. Each of the others is in it to be held.
const rightRows = new Set([
  'nquill',
  "sean.o'brien@example.test",
  'CN=Jürgen Müller,OU=People,DC=example,DC=test',
  'EXAMPLE\\apires',
  'fcc7e67f-fec6-4a65-b821-2f40a292d185',
  'tmarsh',
  'mokafor',
  'butf',
  'bmark',
  'dfrost',
  'wsync',
  'esame',
  'sknapp',
  'mprime',
  'pconflict',
  'gconflict',
  'kconflict',
  'lsuffix',
  'sout',
  'csystem',
  'cright',
  'ilind',
]);

/** A demo as it ended: the exit code of each of its steps, the plan's rows, and what the run folder says came of them. */
export type DemoEnd = {
  readonly exitCodes: readonly number[];
  readonly rows: Iterable<Pick<PlanRow, 'line' | 'adText' | 'state'>>;
  readonly counts: Counts;
};

/** In what the demo did not end as it is meant to, in sentences; none when it did. */
export function whatIsNotAsMeant({ exitCodes, rows, counts }: DemoEnd): string[] {
  const wrong: string[] = [];
  for (const { line, adText, state } of rows) {
    const isHeld = state === 'held';
    if (isHeld === rightRows.has(adText)) {
      wrong.push(`Line ${line} (${adText}) is ${isHeld ? 'held, and is right' : 'not held, and is there to be held'}.`);
    }
  }
  // The rows that are held on purpose are what needs attention at each step.
  const meant = counts.held > 0 ? 1 : 0;
  exitCodes.forEach((code, at) => {
    if (code !== meant) wrong.push(`Step ${at + 1} ended with exit code ${code}, not ${meant}.`);
  });
  const written = counts.applied + counts.already;
  if (written !== counts.ready) wrong.push(`${written} of ${counts.ready} ready rows were written.`);
  const right = counts.ready + counts.kept;
  if (counts.matches !== right) wrong.push(`${counts.matches} of ${right} users read back as expected.`);
  return wrong;
}
