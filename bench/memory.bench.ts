// What a large run needs: plans of growing size with an AD export and the sandbox tenant, the program a process of its own,
// whose peak memory and time are kept; and what apply, verify, report and the plan of a rollback need of one of them.
// `npm run bench:memory`, and `npm run bench:memory-applied` for a million applied rows (half an hour); or with row counts
// (and `apply`) behind it to look at a few sizes alone and keep nothing.
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { domainSid, type People } from '../src/sandbox/people/people.ts';
import { type Sandbox, startSandbox } from '../src/sandbox/sandbox.ts';
import { crowd } from '../test/support/crowd.ts';
import { hardmatchProcess } from '../test/support/program-process.ts';
import { keep } from './machine.ts';

const words = process.argv.slice(2);
const told = words.filter((word) => /^\d+$/.test(word)).map(Number);
const sizes = told.length > 0 ? told : [10_000, 30_000, 100_000, 300_000, 1_000_000];
/** Also applied, verified and reported. */
const applied = words.includes('apply') ? Math.min(...told) : told.length > 0 ? undefined : 100_000;
const mostMiB: Readonly<Record<number, number>> = { 100_000: 350, 1_000_000: 1.2 * 1024 };
const mostGrowth = 11;
const synced = 2_000;

/** A crowd with addresses, a fifth of the tenant without a row; its AD side is in the export alone. */
function peopleOf(rows: number): People {
  const people = crowd(rows, { tenantUsers: rows * 1.2, deleted: 2_000, withRoles: 300, groups: 10, synced });
  for (const user of people.cloudUsers) {
    const [name = ''] = user.userPrincipalName.split('@');
    user.proxyAddresses = [`SMTP:${user.userPrincipalName}`, `smtp:${name}@practice.onmicrosoft.test`];
  }
  return people;
}

function* exportLines({ adUsers, directory }: People): Generator<string> {
  const sid = domainSid(directory.domain);
  yield '"ObjectGUID","DistinguishedName","SamAccountName","UserPrincipalName","Enabled","ObjectClass","SID","mail","adminDescription","isCriticalSystemObject","mailNickname","msExchRecipientTypeDetails","proxyAddresses","mS-DS-ConsistencyGuid"\r\n';
  for (const [place, user] of adUsers.entries()) {
    const consistency = user['mS-DS-ConsistencyGuid'];
    const cells = [
      user.objectGUID,
      `CN=${user.cn},OU=${user.ou},OU=Site ${place % 40},DC=example,DC=test`,
      user.sAMAccountName,
      user.userPrincipalName,
      place % 97 === 0 ? 'False' : 'True',
      'user',
      `${sid}-${place + 1_101}`,
      user.mail,
      '',
      '',
      user.sAMAccountName,
      '1',
      `SMTP:${user.mail}|smtp:${user.sAMAccountName}@old.example.test`,
      typeof consistency === 'string' ? consistency : '',
    ];
    yield `${cells.map((cell) => `"${cell}"`).join(',')}\r\n`;
  }
}

/** Every fiftieth row names a cloud user that is not there, and is held. */
function* mappingLines(rows: number): Generator<string> {
  yield 'ad_user,cloud_user,department\n';
  for (let n = 1; n <= rows; n++) {
    const name = `u${String(n).padStart(7, '0')}`;
    yield `${name},${n % 50 === 0 ? 'gone-' : ''}${name}@example.test,Department ${n % 300}\n`;
  }
}

function* inPieces(lines: Iterable<string>): Generator<string> {
  let piece = '';
  for (const line of lines) {
    piece += line;
    if (piece.length < 65_536) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

async function write(path: string, lines: Iterable<string>): Promise<void> {
  await pipeline(Readable.from(inPieces(lines)), createWriteStream(path));
}

type Told = { readonly counts: Readonly<Record<string, number>>; readonly requests: { readonly graph: number } };
type Usage = { readonly peakMiB: number; readonly cpuSeconds: number };
type Measured = Usage & { readonly seconds: number; readonly said: Told };

async function measured(command: readonly string[], cwd: string, sandbox: Sandbox): Promise<Measured> {
  const peakFile = join(cwd, 'peak');
  const started = performance.now();
  const ran = await hardmatchProcess([...command, '--json', '--quiet'], {
    cwd,
    env: {
      ...sandbox.environment,
      HARDMATCH_AD_URL: undefined,
      HARDMATCH_AD_USER: undefined,
      HARDMATCH_AD_PASSWORD: undefined,
      HARDMATCH_AD_CA_FILE: undefined,
      PEAK_FILE: peakFile,
      NODE_OPTIONS: `--import=${new URL('peak.mjs', import.meta.url).href} ${process.env['BENCH_NODE_OPTIONS'] ?? ''}`,
    },
    limitMs: 3_600_000,
  });
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  if (ran.code !== 0 && ran.code !== 1) throw new Error(`${command.join(' ')} ended with ${ran.code}: ${ran.stderr}`);
  const usage = JSON.parse(await readFile(peakFile, 'utf8')) as Usage;
  const peakMiB = Math.round(usage.peakMiB);
  const cpuSeconds = Math.round(usage.cpuSeconds * 10) / 10;
  process.stderr.write(`${command[0]}: ${peakMiB} MiB, ${seconds} s, ${cpuSeconds} s of CPU\n`);
  return { peakMiB, cpuSeconds, seconds, said: JSON.parse(ran.stdout) as Told };
}

const figures: Record<string, number> = {};
const note = (rows: number, command: string, one: Measured): void => {
  figures[`${rows} rows, ${command}: peak MiB`] = one.peakMiB;
  figures[`${rows} rows, ${command}: seconds`] = one.seconds;
  figures[`${rows} rows, ${command}: CPU seconds`] = one.cpuSeconds;
  figures[`${rows} rows, ${command}: Graph requests`] = one.said.requests.graph;
};

for (const rows of sizes) {
  const people = peopleOf(rows);
  const cwd = await mkdtemp(join(tmpdir(), 'hardmatch-bench-'));
  try {
    await write(join(cwd, 'ad.csv'), exportLines(people));
    await write(join(cwd, 'mappings.csv'), mappingLines(rows));
    const sandbox = await startSandbox({ ...people, adUsers: [] }, { tenant: { requestLogSize: 1_000 } });
    try {
      process.stderr.write(`${rows} rows\n`);
      const planned = await measured(['plan', 'mappings.csv', '--run', 'run', '--ad-export', 'ad.csv'], cwd, sandbox);
      note(rows, 'plan', planned);
      figures[`${rows} rows, held`] = planned.said.counts['held'] ?? 0;
      const sizeOf = async (name: string): Promise<number> => (await stat(join(cwd, 'run', name))).size;
      figures[`${rows} rows, report.html: KiB`] = Math.round((await sizeOf('report.html')) / 1024);
      figures[`${rows} rows, plan.ndjson: MiB`] = Math.round((await sizeOf('plan.ndjson')) / 2 ** 20);
      if (rows === applied) {
        note(rows, 'apply', await measured(['apply', 'run', '--yes'], cwd, sandbox));
        note(rows, 'verify', await measured(['verify', 'run'], cwd, sandbox));
        note(rows, 'report', await measured(['report', 'run'], cwd, sandbox));
        note(rows, 'rollback', await measured(['rollback', 'run', '--run', 'back', '--dry-run'], cwd, sandbox));
      }
    } finally {
      await sandbox.close();
    }
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

const growthOf = (what: string): number => {
  const [small = 1, large = 0] = [100_000, 1_000_000].map((rows) => figures[`${rows} rows, plan: ${what}`] ?? 0);
  return Math.round((large / small) * 100) / 100;
};

const notes =
  'plans with an AD export and the sandbox tenant, which has a fifth more users than there are rows; peak is the largest ' +
  'resident set of the program, which is a process of its own; apply, verify and report without quota; rollback --dry-run';

if (words.includes('keep')) keep({ name: 'memory-applied', notes, figures });
else if (told.length > 0) process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
else {
  // Others may be at work on the machine while one of the two is measured; the CPU's time knows little of them.
  const growths = ['seconds', 'CPU seconds'].map((what) => [what, growthOf(what)] as const);
  for (const [what, growth] of growths) figures[`plan: ${what} for 1000000 rows over those for 100000`] = growth;
  keep({
    name: 'memory',
    notes,
    figures,
  });
  const over = Object.entries(mostMiB).filter(
    ([rows, most]) => (figures[`${rows} rows, plan: peak MiB`] ?? Infinity) > most,
  );
  for (const [rows, most] of over) process.stderr.write(`${rows} rows may take ${most} MiB\n`);
  const steep = growths.filter(([, growth]) => growth > mostGrowth);
  for (const [what, growth] of steep)
    process.stderr.write(`${what} may grow ${mostGrowth} times, and grew ${growth}\n`);
  process.exitCode = over.length + steep.length > 0 ? 1 : 0;
}
