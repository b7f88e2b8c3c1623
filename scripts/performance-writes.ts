// How fast it writes: the section of docs/performance.md, with the figures that were last measured.
import { figureOf, kept, type Kept, table, where } from './kept.ts';

const fixed = (value: number, digits: number): string => value.toFixed(digits);
const whole = (value: number): string => String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, ',');

export function writingSection(): string {
  return `## Writing

Contenders are processes of their own, each has a fresh practice tenant with the same people and settings, they take turns in
one run, and figures are medians. What was written is counted in the tenant's log, and whether every user has the right ID is
looked up in the tenant.

### Against the loop that scripts use

${withoutQuota(kept('side-by-side'))}

### At the documented quota

${againstWorkers(kept('at-the-quota'))}

${useOfQuota(kept('quota'))}

### Several applications

${applications(kept('applications'))}

### Single writes

${batches(kept('batched-writes'))}
`;
}

function withoutQuota(result: Kept): string {
  const f = (name: string): number => figureOf(result, name);
  const few = f('hardmatchFewRows.planSeconds') + f('hardmatchFewRows.applySeconds');
  const rows = table(
    ['', 'the loop', 'hardmatch'],
    [
      ['rows', whole(f('loop.rows')), whole(f('hardmatch.rows'))],
      [
        'seconds',
        fixed(f('loop.seconds'), 1),
        `${fixed(f('hardmatch.applySeconds'), 1)}, of them ${fixed(f('hardmatch.writeSeconds'), 1)} with writes under way; plan before it: ${fixed(f('hardmatch.planSeconds'), 1)}`,
      ],
      [
        'a row',
        `${whole(f('loop.secondsPerRow') * 1_000)} ms`,
        `${fixed(f('hardmatch.applyMsPerRow'), 1)} ms: **${whole(f('timesFaster'))} times faster**; with the plan ${whole(f('timesFasterWithPlan'))} times`,
      ],
      [
        'the same 100 rows, plan included',
        `${fixed(f('loop.seconds'), 1)} s`,
        `${fixed(few, 1)} s: ${fixed(f('timesFasterFewRows'), 1)} times faster`,
      ],
      ['users without the right ID', f('loop.notWritten'), f('hardmatch.notWritten')],
    ],
  );
  return `\`npm run bench:side-by-side\` (${where(result)}), without a quota, 150 ms ± 50 ms from request to answer. The loop is
what scripts for this job do, with Microsoft's client library over one connection that is kept: get the user by UPN, set the
immutable ID, get the user again, next. hardmatch's figure is the whole \`apply\` command with \`--concurrency 64\`, from start
to exit: sign-in, reading every row again, journal, writing, reading back, reports. Wanted: 20 times.

${rows}

The loop's time is three answers, one after the other. hardmatch has 64 writes under way; rows are read again 20 to a request
while the rows before them are written, and read back 20 to a request after the last one. Both send one PATCH a row; beside
100 of them an apply sends ${whole(100 * f('hardmatch.otherRequestsPerWrite'))} other requests, the loop 200. An apply has a fixed cost of some seconds, which 100 rows do
not make up for and 3,000 do.`;
}

function againstWorkers(result: Kept): string {
  const f = (name: string): number => figureOf(result, name);
  const line = (name: string, what: string): (string | number)[] => [
    what,
    `${fixed(f(`${name}.wholeSeconds`), 1)} s`,
    whole(f('rows') - f(`${name}.failedRows`)),
    whole(f(`${name}.failedRows`)),
    `${fixed(f(`${name}.throttledPercent`), 1)} %`,
  ];
  const rows = table(
    [`${whole(f('rows'))} rows`, 'start to end', 'rows written', 'rows failed', 'requests refused (429)'],
    [line('hardmatch', 'hardmatch apply'), ...[4, 8, 16, 32].map((n) => line(`workers${n}`, `${n} workers`))],
  );
  return `\`npm run bench:at-the-quota\` (${where(result)}): one application's 3,000 writes in 150 seconds, quota and latency ten times
as fast: a bucket of 3,000 that refills with ${f('allowedPerSecond')} a second, and 15 ms ± 5 ms latency. The workers send one PATCH a row and do
nothing else; their retrying is the client library's own, three times after what Retry-After says, and a row that is refused
after that is given up. hardmatch runs with \`--concurrency 32\`, and does all it always does. Wanted: no slower than the best
of them. From start to end it takes ${fixed(f('hardmatch.wholeSlowness'), 2)} times as long as the fastest, uses ${fixed(f('hardmatch.usedPercent'), 1)} % of what is allowed
from its first write to its last, and fails no row.

${rows}

${whole((f('rows') - 3_000) / f('allowedPerSecond'))} seconds is the least in which ${whole(f('rows'))} writes are allowed.

From eight on, more workers are slower, not faster, and write less: what the full bucket lets them in the first seconds, and
hardly any row after that. A refused request is charged as well, so workers that come back together
after Retry-After use up the refill they have waited for; the wait was right for one of them, and there are eight or 32. Four
are too slow to use what is allowed. hardmatch reads the use that Graph tells from 0.8 on
(\`x-ms-throttle-limit-percentage\`), works out the refill, and lets writes go one by one so that the use stays at 0.98; a
refusal holds up everybody, and after it nobody goes at once (\`src/run/apply/row/pace.ts\`; \`test/run/apply/pace.test.ts\` has the real 20 a
second, other applications that draw on the quota, and a Graph that tells nothing).`;
}

function useOfQuota(result: Kept): string {
  const f = (name: string): number => figureOf(result, name);
  return `\`npm run bench:quota\` (${where(result)}) has the quota ten times as fast and latency at its full 150 ms ± 50 ms:
${whole(f('rows'))} rows with \`--concurrency 64\` use **${fixed(f('usedPercent'), 1)} %** of the allowed writes (wanted: 98), ${fixed(f('throttledPercent'), 2)} % of the requests are refused (wanted:
below 1), ${f('failedRows')} rows fail; ${fixed(f('seconds'), 1)} seconds, where ${whole((f('rows') - 3_000) / f('allowedPerSecond'))} are the least.

At the real speed that means: the first 3,000 rows as fast as \`--concurrency\` and latency let them, and then 20 a second,
72,000 rows an hour. A plan says beforehand how long applying it takes.`;
}

function applications(result: Kept): string {
  const f = (name: string): number => figureOf(result, name);
  const line = (name: string, what: string): (string | number)[] => [
    what,
    whole(f(`${name}.taken`)),
    `${fixed(f(`${name}.usedPercent`), 1)} %`,
    `${fixed(f(`${name}.throttledPercent`), 2)} %`,
  ];
  const rows = table(
    ['', `rows written in the first ${f('seconds')} s`, 'of the allowed writes used', 'requests refused (429)'],
    [line('one', 'one application'), line('three', 'three applications')],
  );
  return `\`npm run bench:applications\` (${where(result)}): the quotas of application and tenant three times as fast, 150 ms ± 50 ms
latency, \`--concurrency 64\`. Three applications write **${fixed(f('ratio'), 2)} times** as much as one (wanted: 2.9); ${f('failedRows')} rows fail. How to set
them up is under [permissions](permissions.md#several-applications).

${rows}`;
}

function batches(result: Kept): string {
  const f = (name: string): number => figureOf(result, name);
  const sizes = [1, 5, 10, 20] as const;
  const line = (what: string, name: (size: number) => string, digits: number): string[] => [
    what,
    ...sizes.map((size) => fixed(f(name(size)), digits)),
  ];
  const rows = table(
    ['PATCHes to a request', ...sizes.map(String)],
    [
      line('rows a second at the quota, ten times as fast', (size) => `quota.${size}.rowsPerSecond`, 0),
      line('of the allowed writes used, %', (size) => `quota.${size}.usedPercent`, 1),
      line('rows a second without a quota, 150 ms ± 50 ms', (size) => `150ms.${size}.rowsPerSecond`, 0),
      line('rows a second without a quota, 20 ms ± 7 ms', (size) => `20ms.${size}.rowsPerSecond`, 0),
      line("client's processor time a row at 150 ms, ms", (size) => `150ms.${size}.cpuMsPerRow`, 1),
      line('of 2,000 rows open when 1 write in 100 gets no answer', (size) => `unanswered.${size}.openRows`, 0),
    ],
  );
  return `Writes are single PATCHes. A $batch of 20 is charged as 20 writes, so at the quota it is no faster; it saves only processor
time on the client, and a batch without an answer leaves 20 rows open in place of one
([decision 27](decisions.md#27-one-patch-a-row-no-batch-of-writes)). \`npm run bench:batched-writes\` (${where(result)}), ${f('rowsInFlight')}
rows in flight:

${rows}`;
}
