// Reading Active Directory: 50,000 users against OpenLDAP's ldapsearch, and 5,000 by key against one search per user, on
// loopback and over 2 ms. On a Samba domain controller of its own (Debian, root); docs/performance.md. `npm run bench:ad`
//
// With the variables that `scripts/samba/dc.sh env DIR` prints, it uses that controller, which must have the 50,000 users
// of `dc.sh load DIR 50000`.
import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, env, execPath, stderr } from 'node:process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { askFor } from '../src/ad/ldap/convert.ts';
import type { LdapSettings } from '../src/ad/ldap/settings.ts';
import { guidFromBytes } from '../src/core/guid.ts';
import { dice } from '../test/support/dice.ts';
import { keep, median } from './machine.ts';
import { measureDelay, startRelay } from './relay.ts';

const crowd = 50_000;
const some = 5_000;
const oneWayMs = 1;
const [rounds = 5, roundsOverLatency = 3] = argv.slice(2).map(Number);

type Controller = { readonly settings: LdapSettings & { base: string }; readonly caFile: string };
type Told = { seconds: number; cpuSeconds: number; searches: number; found: number; guids: string[] };
type Timed = { readonly wallSeconds: number };

/** Runs a program to its end, its output into a file or a string; throws when it fails. */
async function run(
  command: readonly string[],
  { input = '', output = '', more = {} } = {},
): Promise<Timed & { out: string }> {
  const file = output === '' ? null : await open(output, 'w');
  try {
    const started = performance.now();
    const [program = '', ...words] = command;
    const child = spawn(program, words, {
      env: { ...env, ...more },
      stdio: ['pipe', file === null ? 'pipe' : file.fd, 'inherit'],
    });
    child.stdin?.end(input);
    const ended = new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done));
    const out = child.stdout === null ? '' : await text(child.stdout);
    const code = await ended;
    if (code !== 0) throw new Error(`${program} ended with ${code}`);
    return { wallSeconds: (performance.now() - started) / 1_000, out };
  } finally {
    await file?.close();
  }
}

function controllerOf(variables: Readonly<Record<string, string | undefined>>, caPem: string): Controller {
  const of = (name: string): string => variables[`HARDMATCH_SAMBA_${name}`] ?? '';
  const settings = {
    urls: [of('LDAPS_URL')],
    base: of('BASE_DN'),
    user: of('USER'),
    password: of('PASSWORD'),
    caPem,
    startTls: false,
    allowPlaintext: false,
  };
  return { settings, caFile: of('CA_FILE') };
}

/** The controller that was given, or one made for the purpose, with what ends it. */
async function aController(folder: string): Promise<Controller & { end(): Promise<unknown> }> {
  if (env['HARDMATCH_SAMBA_LDAPS_URL'] !== undefined) {
    const caPem = await readFile(env['HARDMATCH_SAMBA_CA_FILE'] ?? '', 'utf8');
    return { ...controllerOf(env, caPem), end: () => Promise.resolve() };
  }
  const dc = (...words: string[]) =>
    run(['bash', 'scripts/samba/dc.sh', ...words], { more: { DC_ADDR: env['DC_ADDR'] ?? '127.0.0.54' } });
  const place = join(folder, 'dc');
  const end = (): Promise<unknown> => dc('destroy', place);
  try {
    await dc('up', place, String(crowd));
    const { out } = await dc('env', place);
    const variables = Object.fromEntries(
      [...out.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
    );
    return { ...controllerOf(variables, await readFile(join(place, 'tls', 'ca.pem'), 'utf8')), end };
  } catch (error) {
    await end();
    throw error;
  }
}

const nameOf = (n: number): string => `u${String(n).padStart(7, '0')}`;
const numbers = Array.from({ length: crowd }, (_none, n) => n + 1);

/** Every tenth user, in no order. */
function sample(): string[] {
  const throws = dice(5_000);
  const tenth = numbers.filter((n) => n % (crowd / some) === 0);
  return tenth
    .map((n) => ({ n, at: throws.next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ n }) => nameOf(n));
}

class Bench {
  readonly #controller: Controller;
  readonly #ldif: string;

  constructor(controller: Controller, folder: string) {
    this.#controller = controller;
    this.#ldif = join(folder, 'out.ldif');
  }

  /** A process of ad-reader.mjs. Throws unless it found everybody. */
  async reader(
    way: 'sam' | 'employeeID' | 'serial',
    keys: readonly string[],
    { url = '', wantsGuids = false } = {},
  ): Promise<Timed & Told> {
    const { settings } = this.#controller;
    const input = JSON.stringify({
      way,
      keys,
      wantsGuids,
      settings: { ...settings, urls: url === '' ? settings.urls : [url] },
    });
    const { wallSeconds, out } = await run([execPath, 'bench/ad-reader.mjs'], { input });
    const told = JSON.parse(out) as Told;
    if (told.found !== keys.length) throw new Error(`${way} found ${told.found} of ${keys.length}`);
    stderr.write(`${way} ${keys.length}: ${told.seconds.toFixed(2)} s, process ${wallSeconds.toFixed(2)} s\n`);
    return { wallSeconds, ...told };
  }

  /** ldapsearch over LDAPS, by pages of 1,000, listing who has an employeeID, with the attributes hardmatch asks for. */
  async ldapsearch(): Promise<Timed> {
    const { settings, caFile } = this.#controller;
    const how = '-x -LLL -o ldif-wrap=no -E pr=1000/noprompt'.split(' ');
    const whom = ['-H', settings.urls[0] ?? '', '-D', settings.user, '-w', settings.password, '-b', settings.base];
    const { wallSeconds } = await run(['ldapsearch', ...how, ...whom, '(employeeID=*)', ...askFor([]).attributes], {
      output: this.#ldif,
      more: { LDAPTLS_CACERT: caFile },
    });
    const found = (await this.guidsOfLdapsearch()).length;
    if (found !== crowd) throw new Error(`ldapsearch listed ${found} of ${crowd}`);
    stderr.write(`ldapsearch: process ${wallSeconds.toFixed(2)} s\n`);
    return { wallSeconds };
  }

  /** The objectGUIDs in what ldapsearch wrote last. */
  async guidsOfLdapsearch(): Promise<string[]> {
    const found: string[] = [];
    for await (const line of createInterface(createReadStream(this.#ldif))) {
      if (line.startsWith('objectGUID:: ')) found.push(guidFromBytes(Buffer.from(line.slice(13), 'base64')));
    }
    return found;
  }
}

/** Runs each so many times, in turn, each round beginning with another. */
async function inTurn<K extends string, R>(times: number, works: Record<K, () => Promise<R>>): Promise<Record<K, R[]>> {
  const names = Object.keys(works) as K[];
  const results = Object.fromEntries(names.map((name) => [name, [] as R[]])) as Record<K, R[]>;
  for (let round = 0; round < times; round++) {
    for (let step = 0; step < names.length; step++) {
      const name = names[(round + step) % names.length];
      if (name !== undefined) results[name].push(await works[name]());
    }
  }
  return results;
}

function sameUsers(one: readonly string[], other: readonly string[]): void {
  const [a, b] = [one, other].map((guids) => guids.toSorted().join());
  if (a !== b) throw new Error('they did not read the same users');
}

const inner = (all: readonly Told[]): number => median(all.map(({ seconds }) => seconds));
const outer = (all: readonly Timed[]): number => median(all.map(({ wallSeconds }) => wallSeconds));
const rounded = (n: number): number => Math.round(n * 1_000) / 1_000;

/** The same again through a relay that adds a millisecond each way. */
async function overLatency(
  bench: Bench,
  { controller, few }: { controller: Controller; few: readonly string[] },
): Promise<Record<string, number>> {
  const addedMs = await measureDelay(oneWayMs, median);
  const { hostname: host, port } = new URL(controller.settings.urls[0] ?? '');
  const relay = await startRelay({ host, port: Number(port || 636) }, oneWayMs);
  try {
    const url = `ldaps://127.0.0.1:${relay.port}`;
    const far = await inTurn(roundsOverLatency, {
      hardmatch: () => bench.reader('sam', few, { url }),
      serial: () => bench.reader('serial', few, { url }),
    });
    return {
      latencyAddedMs: addedMs,
      serialSecondsOverLatency: inner(far.serial),
      hardmatchSecondsOverLatency: inner(far.hardmatch),
      timesFasterOverLatency: inner(far.serial) / inner(far.hardmatch),
    };
  } finally {
    await relay.close();
  }
}

async function measure(controller: Controller, folder: string): Promise<Record<string, number>> {
  const bench = new Bench(controller, folder);
  const everybody = numbers.map(nameOf);
  const cards = numbers.map((n) => `C${n}`);
  const few = sample();

  // The first round of all is not counted; it shows that all read the same users.
  await bench.ldapsearch();
  const theirs = await bench.guidsOfLdapsearch();
  const lookedUp = await bench.reader('sam', everybody, { wantsGuids: true });
  const listed = await bench.reader('employeeID', cards, { wantsGuids: true });
  sameUsers(theirs, lookedUp.guids);
  sameUsers(theirs, listed.guids);

  const all = await inTurn(rounds, {
    ldapsearch: () => bench.ldapsearch(),
    lookUp: () => bench.reader('sam', everybody),
    listing: () => bench.reader('employeeID', cards),
  });
  const near = await inTurn(rounds, {
    hardmatch: () => bench.reader('sam', few),
    serial: () => bench.reader('serial', few),
  });

  return {
    users: crowd,
    ldapsearchSeconds: outer(all.ldapsearch),
    lookUpSeconds: outer(all.lookUp),
    listingSeconds: outer(all.listing),
    lookUpToLdapsearch: outer(all.lookUp) / outer(all.ldapsearch),
    listingToLdapsearch: outer(all.listing) / outer(all.ldapsearch),
    lookUpSearches: lookedUp.searches,
    listingSearches: listed.searches,
    lookUpCpuSeconds: lookedUp.cpuSeconds,
    listingCpuSeconds: listed.cpuSeconds,
    keys: some,
    serialSeconds: inner(near.serial),
    hardmatchSeconds: inner(near.hardmatch),
    timesFaster: inner(near.serial) / inner(near.hardmatch),
    ...(await overLatency(bench, { controller, few })),
  };
}

const folder = await mkdtemp(join(tmpdir(), 'hardmatch-bench-ad-'));
try {
  const controller = await aController(folder);
  try {
    const loadBefore = loadavg()[0] ?? 0;
    const figures = await measure(controller, folder);
    keep({
      name: 'ad',
      notes:
        'Samba AD DC, LDAPS, client and controller on the same machine; each reading a process of its own. Of 50,000: whole ' +
        'processes, start and all. Of 5,000: from connecting to the end of the connections. Medians of rounds in turn.',
      figures: Object.fromEntries(
        Object.entries({ ...figures, rounds, roundsOverLatency, loadBefore, loadAfter: loadavg()[0] ?? 0 }).map(
          ([name, value]) => [name, rounded(value)],
        ),
      ),
    });
  } finally {
    await controller.end();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
