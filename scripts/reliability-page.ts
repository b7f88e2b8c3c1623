import { figureOf, kept, keptIfAny, type Kept, namesWith, table, where } from './kept.ts';

const killKinds = [
  ['random', '500 rows, at random moments'],
  ['faulty', '500 rows, at random moments, while 5 % of the requests fail'],
  ['step', '40 rows, at each step of the journal'],
] as const;

const killFigures = [
  ['Rounds', 'rounds'],
  ['Kills', 'kills that met a living process'],
  ['KilledBeforeFirstWrite', '… before the first write'],
  ['KilledMidway', '… between the first and the last'],
  ['KilledAfterLastWrite', '… after the last'],
  ['EndedBeforeTheKill', 'rounds that were over before the kill'],
  ['RowsWrittenTwiceWithEffect', 'rows written twice with effect'],
  ['UsersWrong', 'users with a wrong value in the end'],
  ['RowsUnaccounted', 'rows unaccounted for'],
  ['ResultsDiffering', 'results unlike those of an undisturbed run'],
  ['Seconds', 'seconds'],
] as const;

function killTable(kills: Kept): string {
  const rows = killFigures.map(([key, what]) => [what, ...killKinds.map(([kind]) => figureOf(kills, `${kind}${key}`))]);
  return table(['', ...killKinds.map(([, what]) => what)], rows);
}

function faultTables(faults: Kept): string {
  const mix = (name: string): number => figureOf(faults, `mix.${name}`);
  const tenth = (name: string): number => figureOf(faults, `tenth.${name}`);
  return `${table(
    ['a fifth of all requests and batch items fails', ''],
    [
      ['rows', mix('rows')],
      ['faults met', mix('faultsMet')],
      [
        'applied · rejected · uncertain · not reached',
        `${mix('applied')} · ${mix('rejected')} · ${mix('uncertain')} · ${mix('notReached')}`,
      ],
      ['read back and right', mix('matches')],
      ['right in the tenant itself', mix('rightInTenant')],
      ['lines of results.csv', mix('resultLines')],
      ['PATCHes sent', mix('writesSent')],
      ['exit code · seconds', `${mix('exitCode')} · ${mix('seconds')}`],
    ],
  )}

${table(
  ['a tenth of the users answers 403, `--max-failures 5%`', ''],
  [
    ['failed rows allowed', tenth('failedRowsAllowed')],
    ['rejected (those in flight at the stop are finished)', tenth('rejected')],
    ['applied · not reached', `${tenth('applied')} · ${tenth('notReached')}`],
    ['lines of results.csv', tenth('resultLines')],
    ['exit code · seconds', `${tenth('exitCode')} · ${tenth('seconds')}`],
  ],
)}`;
}

function fuzzTable(fuzz: Kept): string {
  const targets = namesWith(fuzz, 'inputs');
  const of = (target: string, name: string): number => figureOf(fuzz, `${target}.${name}`);
  const rows = targets.map((target) => [
    target,
    ...['inputs', 'reads', 'refusals', 'slowestMs'].map((name) => of(target, name)),
  ]);
  return table(
    ['reader', 'inputs', 'read', 'refused in a sentence', 'slowest, ms'],
    [...rows, ['all', figureOf(fuzz, 'inputs'), '', '', '']],
  );
}

function misbehaviourTable(misbehaviour: Kept): string {
  const kinds = namesWith(misbehaviour, 'cells');
  const rows = kinds.map((kind) => [
    kind,
    ...['cells', 'broken'].map((name) => figureOf(misbehaviour, `${kind}.${name}`)),
  ]);
  const all = ['all', figureOf(misbehaviour, 'cells'), figureOf(misbehaviour, 'broken')];
  return table(['what is answered badly', 'cells', 'with a broken promise'], [...rows, all]);
}

/** Empty as long as it has not been played. */
function misbehaviourSection(misbehaviour: Kept | null): string {
  if (misbehaviour === null) return '';
  const of = (name: string): number => figureOf(misbehaviour, name);
  return `## A tenant that misbehaves

\`npm run bench:misbehaviour\`: a peer between the program and the practice servers passes everything on, but for one kind of
request, which it answers badly: ${of('misbehaviours')} ways, from a cut connection to another user's object, once, a few times, or
always. Each cell is a tenant of its own; in ${of('wantedOut')} of them somebody wanted out meanwhile. Checked from outside: that it ends
in time, with a usual exit code, a sentence and a remedy; that no secret, no raw text of the runtime and no request to another
host gets out; that memory stays bounded; that rows in are rows out, the results as new as the journal, no lock left; that every
effect is known and none denied; that nobody is changed but as planned; and, in some, that the same command then goes on to the
end, and a rollback takes everything back. The peer has misbehaved ${of('timesMisbehaved')} times in ${of('commands')} commands.
${where(misbehaviour)}. ${misbehaviour.notes}

${misbehaviourTable(misbehaviour)}

`;
}

/** Empty as long as no run of them has been kept. */
function mutantSection(mutants: Kept | null): string {
  if (mutants === null) return '';
  const files = namesWith(mutants, 'mutants').filter((name) => name !== 'all');
  const of = (file: string, name: string): number => figureOf(mutants, `${file}.${name}`);
  const rows = files.map((file) => [
    `\`${file}\``,
    of(file, 'mutants'),
    of(file, 'killed') + of(file, 'timedOut'),
    of(file, 'explained'),
    `${of(file, 'score').toFixed(1)} %`,
  ]);
  const all = [
    'all',
    of('all', 'mutants'),
    of('all', 'noticed'),
    of('all', 'explained'),
    `${of('all', 'score').toFixed(1)} %`,
  ];
  return `## Mutants

\`npm run bench:mutants\`: small faults, put one by one into the code that keeps these promises; a fault is noticed when some
test fails by it, or never ends. Of the tests only the quick ones take part. A fault that is not noticed is explained: mostly
it changes nothing that can be seen (\`bench/accepted-mutants.json\` says why of each). ${where(mutants)}. ${mutants.notes}

${table(['code', 'mutants', 'noticed', 'explained', ''], [...rows, all])}

`;
}

/** docs/reliability.md: what is promised, what shows it, and the figures as they were last measured. */
export function reliabilityPage(): string {
  const [kills, faults, fuzz] = [kept('kills'), kept('faults'), kept('fuzz')];
  return `# Reliability

<!-- Written by npm run docs from bench/results. -->

What hardmatch promises about writes, and what tries to break it. The figures are those of the commands named with them; run
them again on your machine. In \`npm test\` smaller editions of the same run each time.

| promise | what stands behind it | what tries to break it |
| --- | --- | --- |
| what was written is known | intent on disk, flushed, before each PATCH; outcome after it; every line chained to the one before (\`src/storage/journal.ts\`) | \`test/e2e/kills.test.ts\`, \`test/storage/journal.test.ts\`, \`npm run bench:kills\` |
| a killed run goes on | rows without an end are read again, and written only if they are as planned (\`src/run/apply/history.ts\`, \`row/write-row.ts\`) | the same |
| two runs never share a folder | a lock that names its holder from the first moment, and is taken over from the dead (\`src/storage/lock.ts\`) | \`test/storage/lock/lock-crashes.test.ts\`, \`test/storage/lock/left-locks.test.ts\`, \`test/e2e/rivals.test.ts\`, \`test/cli/run-folder/refusals.test.ts\` |
| a write without an answer is neither done nor failed | it is read back, patiently, and sent again only when nothing of it is seen (\`src/run/apply/row/send.ts\`) | \`test/run/apply/stops.test.ts\`, \`test/run/apply/troubled-runs.test.ts\`, \`npm run bench:faults\` |
| all of it can be taken back | a rollback is a plan, applied like any other; readings that may be older than the write are not believed | \`test/run/apply/troubled-runs.test.ts\`, \`test/e2e/rollbacks.test.ts\`, \`test/cli/run-folder/old-readings.test.ts\` |
| it stops when it goes wrong | \`src/run/apply/stop.ts\`: failures in all, failures in a row, nothing allowed at all, hard match blocked, the end of the window | \`test/run/apply/stops.test.ts\`, \`test/cli/ending/stops.test.ts\` |
| a full disk stops the writes first | the journal refuses, no row is begun, and what it could not take is printed | \`test/storage/full-disk.test.ts\`, \`test/e2e/full-disk.test.ts\` |
| no input crashes it | every reader answers in a sentence | [bad input](bad-input.md), \`npm run bench:fuzz\` |
| no answer crashes it, or is believed without looking | an answer is whole, of the kind that was asked for, and about whom it was asked; what contradicts itself holds the rows it is about (\`src/graph/bulk/convert.ts\`, \`src/ad/ldap/message-parser.ts\`, \`src/ad/contradictions.ts\`) | \`test/e2e/misbehaviour.test.ts\`, \`test/graph/bulk/any-json.test.ts\`, \`test/ad/ldap/improper-answers.test.ts\`, \`npm run bench:misbehaviour\` |
| everything ends | an answer has a deadline and a size (\`src/graph/http/limits.ts\`), a listing that gets nowhere an end (\`src/graph/bulk/page-watch.ts\`), and every wait hangs on the end of the run (\`src/run/run-end.ts\`) | the same |
| whatever ends it is told, and known | what nobody caught ends in a sentence (\`src/cli/ending/last-catch.ts\`); the results are written from the journal (\`src/run/apply/account.ts\`) | \`test/e2e/misbehaviour.test.ts\`, \`npm run bench:kills\` |

## Killed, and continued

\`npm run bench:kills\`: an apply is killed with SIGKILL, in a fifth of the rounds twice, and then finished by the same command.
Compared with a run that nobody disturbed: each user's value, each line of results.csv (but for times, attempts and request
ids), the counts, and how often a PATCH changed a user's value. ${where(kills)}.

${killTable(kills)}

## On a bad day

\`npm run bench:faults\`: ${figureOf(faults, 'mix.rows')} rows, planned and applied while requests meet 429 (whole, fractional,
dated and absent Retry-After), 500, 502, 503, 504 before and after the effect, resets before and after it, and silence.
${where(faults)}.

${faultTables(faults)}

${misbehaviourSection(keptIfAny('misbehaviour'))}## Whatever comes in

\`npm run bench:fuzz\`: made-up and damaged inputs; each was read as it was written, or refused in one sentence with a remedy.
${where(fuzz)}.

${fuzzTable(fuzz)}

## As it was reviewed

What the decision on a row rested on is compared before the row is written; what differs makes it \`stale\`, with the fact named.

| when | what |
| --- | --- |
| just before each write, and again after each wait | the cloud user exists; its immutable ID, its sync flag, its user principal name, its user type, whether it may sign in (\`src/core/judge/decision-facts.ts\`) |
| before the first write of a saved plan, and where more than five minutes have passed since | roles and eligibility, other holders of the immutable ID, live and deleted, the object identifier, federated domains; where the settings of AD are given and AD can be reached: that the AD user exists, and its anchor (\`src/run/apply/review-again.ts\`) |
| every five minutes while rows are written | the tenant's switch against hard match, and roles |

What happens between the reading and the write, which is mostly less than a second, nobody can know: Graph takes no condition
with a write of this property.

${mutantSection(keptIfAny('mutants'))}## What is not promised

- A lock tells the dead from the living by process number, on one machine (on Linux also by start time and boot). A folder
  that two machines share is refused to the second as long as the first one's lock is there, dead or not.
- Whole lines cut off the journal's end look like a crash. The rows are then read again, so a value that was written is
  found, but as \`already\`; a rollback does not know of it.
- A reading that lags more than ten minutes behind can make a rollback keep a value that is still there; \`verify\` shows it
  once the readings have caught up.
`;
}
