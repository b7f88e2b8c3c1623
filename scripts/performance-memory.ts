// What a large run needs: the section of docs/performance.md, with the figures that were last measured, and their plots.
import { figureOf, kept, type Kept, table, where } from './kept.ts';
import { linePlot } from './plot.ts';

const sizes = [10_000, 30_000, 100_000, 300_000, 1_000_000] as const;
const commands = ['apply', 'verify', 'report', 'rollback'] as const;
const whole = (value: number): string => String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, ',');

/** The growth curves, by file name in docs/. */
export function growthPlots(): Readonly<Record<string, string>> {
  const result = kept('memory');
  const of = (what: string) => sizes.map((rows) => [rows, figureOf(result, `${rows} rows, plan: ${what}`)] as const);
  const perRow = figureOf(result, '100000 rows, plan: seconds') / 100_000;
  return {
    'plan-memory.svg': linePlot({
      title: 'Peak memory of a plan',
      xLabel: 'rows',
      yLabel: 'MiB',
      series: [{ name: 'peak memory', points: of('peak MiB') }],
      bounds: [
        {
          name: 'wanted at most',
          points: [
            [100_000, 350],
            [1_000_000, 1_229],
          ],
        },
      ],
    }),
    'plan-time.svg': linePlot({
      title: 'Time of a plan',
      xLabel: 'rows',
      yLabel: 'seconds',
      series: [
        { name: 'seconds', points: of('seconds') },
        { name: 'seconds of processor time', points: of('CPU seconds') },
      ],
      bounds: [
        {
          name: 'in line with the rows',
          points: [
            [10_000, perRow * 10_000],
            [1_000_000, perRow * 1_000_000],
          ],
        },
      ],
    }),
  };
}

export function memorySection(): string {
  const result = kept('memory');
  const million = kept('memory-applied');
  const f = (name: string): number => figureOf(result, name);
  return `## Memory, and how it grows

\`npm run bench:memory\` (${where(result)}) makes a tenant on loopback, an AD export and a mappings file for each size, and
runs the built program as a process of its own: its largest resident set, its time, and the time its threads were at work.

- **Plan** over a tenant with a fifth more users than there are rows, 2,000 in the recycle bin, 2,000 synced, 300 with roles.
  Every user has two addresses on either side, one of them different, so that every row predicts a change; one row in fifty
  names a cloud user that is not there, and is held.
- **Apply, verify, report**, and **rollback --dry-run**, of 100,000 of these rows, without quota; and of a million, by
  \`npm run bench:memory-applied\` (${where(million)}, with other work on the machine beside the first half of it).

${planTable(result)}

Before, 100,000 rows took 1,122 MiB and 300,000 took 2,467; a million were not tried. Wanted: 350 MiB for 100,000 rows, 1.2 GiB (1,229 MiB) for 1,000,000, and at most 11 times the time from the one to the other; it is
${(f('1000000 rows, plan: seconds') / f('100000 rows, plan: seconds')).toFixed(1)} times, and ${(f('1000000 rows, plan: CPU seconds') / f('100000 rows, plan: CPU seconds')).toFixed(1)} times the processor time.

![Peak memory of a plan by rows: about 1 KB a row on top of 160 MiB](plan-memory.svg)

![Seconds of a plan by rows: in line with the rows](plan-time.svg)

${appliedTable(result, million)}

Before, apply, verify and report held every row as an object and took 653, 504 and 437 MiB for 100,000 rows; a million would
have taken 5 GiB and more, which is beyond what Node gives a program unless it is told. What it costs is time: verify and
report take nearly twice as long behind the first 50,000 rows. For the writes of a million rows one
application needs 14 hours, whatever the program does (above).

### What was held, and what is now

| of each row | was | is |
| --- | --- | --- |
| pairing | an object with both references and a list | its texts as JSON, about 50 bytes; references are read from them anew |
| AD user of an export | an object with 14 properties, a question, a candidate, an entry of a \`Map\` | 170 to 220 bytes; containers and SIDs of domains once for all users |
| cloud user | an object, and a \`Map\` of its own for each reference it answers | 165 bytes, once |
| who has an address | a key, a list and an object for each claim | a key, 75 bytes for the object, a bit for each claim |
| evidence | an object with all of the above | nothing: made when the row is judged |
| rules between rows | three maps of keys | 12 bytes each: a hash, and the row is looked up when two are the same |
| planned row, in a plan | an object with about 40 values, to the end | nothing: written, and read again from plan.ndjson |
| planned row, in apply, verify, report, rollback | the same | the first 50,000 as objects, the others deflated, about 100 bytes |
| how a row ended, what it read back as | an object with the row, and an entry of a \`Map\` | 100 to 200 bytes; the rest is made when it is asked for |
| journal entry | an object | the first 50,000 as objects, the others deflated |
| reading that guards a write | kept to the end of the run, by a race with one promise | nothing |
| report | the row once more, in lists by group, warning and prospect | counts, and the rows that are shown |
| lines seen | a \`Set\` of numbers | a bit |

The heap is what is left, and small: 30 to 50 MiB in use at 100,000 rows, 140 at a million, kept from growing to a multiple of
it by a flag ([decision 30](decisions.md#30-the-heap-is-kept-small-by-a-flag-of-v8)).

### The top three costs

Profiled with 60,000 rows. Of the program's own time, before any of this:

1. **The garbage collector**, 15 %, and worse with every further row: 300,000 took 326 s on a busy machine, where they take
   ${whole(f('300000 rows, plan: seconds'))} s now.
2. **The CSV parser**, 12 to 14 %: an export was read to be checked, once more for the users that sync carries, and once for
   the rows. One reading does all three now, and the parser takes 6 %; it is read again only where cloud users have IDs that
   no row explains. A plan of 60,000 rows went from 12.8 to 11.7 s by that alone (medians of three).
3. **Filters that were built to be counted**, 4 %: for every address and name of a large plan, and not sent, since listing is
   cheaper. They are counted now without being built.

Beside that, a row's JSON was made twice for fingerprint and file and is made once, and to write a file no longer waits after
each row. Unpacking costs about as much as the first and the third save: at 60,000 rows the time was the same as before (16.8 s
of processor time against 17.0). What is left is spread thin: nothing but the garbage collector takes more than 6 %.

### The report

\`report.html\` holds 2,000 rows at most, those that need attention first, and a hundred of each group above them; so it has
${(f('100000 rows, report.html: KiB') / 1024).toFixed(1)} MiB at any size beyond. With a run of 100,000 rows, Debian's chromium opened it in 1.4 to 2.0 s and searched in 0.3 to
0.7 s, on a machine with a load of 7. It was 3.7 MB with 5,000 rows before.`;
}

function appliedTable(hundredThousand: Kept, million: Kept): string {
  const of = (result: Kept, rows: number, name: string) => [
    whole(figureOf(result, `${rows} rows, ${name}: peak MiB`)),
    whole(figureOf(result, `${rows} rows, ${name}: seconds`)),
  ];
  return table(
    ['', '100,000 rows: peak MiB', 'seconds', '1,000,000 rows: peak MiB', 'seconds'],
    commands.map((name) => [name, ...of(hundredThousand, 100_000, name), ...of(million, 1_000_000, name)]),
  );
}

function planTable(result: Kept): string {
  const f = (rows: number, what: string): number => figureOf(result, `${rows} rows, plan: ${what}`);
  return table(
    ['plan of so many rows', 'peak MiB', 'seconds', 'of processor time', 'requests to Graph', 'plan.ndjson, MiB'],
    sizes.map((rows) => [
      whole(rows),
      whole(f(rows, 'peak MiB')),
      f(rows, 'seconds'),
      f(rows, 'CPU seconds'),
      whole(f(rows, 'Graph requests')),
      figureOf(result, `${rows} rows, plan.ndjson: MiB`),
    ]),
  );
}
