// Reads users as one process that ends: what ad.bench.ts runs and times. Takes `{ way, settings, keys, wantsGuids }` as JSON
// on its input. Ways: `sam` and `employeeID` are the built program's own adapter, given all keys at once; `serial` is what
// scripts do, one search after the other on one connection, with the same library and attributes.
import { text } from 'node:stream/consumers';
import { Client, EqualityFilter } from 'ldapts';

const { openLdapDirectory } = await import('../dist/ad/ldap-directory.js');
const { askFor, readEntry } = await import('../dist/ad/convert.js');
const { makeRetry } = await import('../dist/run/retry.js');

const { way, settings, keys, wantsGuids } = JSON.parse(await text(process.stdin));

async function byAdapter() {
  const nothing = () => undefined;
  const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  const clock = { now: () => new Date(), sleep, random: Math.random };
  const refs = keys.map((key) =>
    way === 'sam' ? { kind: 'sam', name: key } : { kind: 'key', attribute: way, value: key },
  );
  const directory = await openLdapDirectory(settings, { log, clock, retry: makeRetry(clock) });
  const answers = await directory.locate(refs, null);
  await directory.close();
  return {
    searches: directory.searches(),
    guids: answers.flatMap((answer) => (answer.kind === 'found' ? [answer.user.objectGuid] : [])),
  };
}

async function oneByOne() {
  const client = new Client({ url: settings.urls[0], tlsOptions: { ca: settings.caPem } });
  await client.bind(settings.user, settings.password);
  const options = { ...askFor([]), timeLimit: 0 };
  const guids = [];
  for (const value of keys) {
    const filter = new EqualityFilter({ attribute: 'sAMAccountName', value });
    const { searchEntries } = await client.search(settings.base, { ...options, filter });
    guids.push(...searchEntries.map((entry) => readEntry(entry, null).candidate.objectGuid));
  }
  await client.unbind();
  return { searches: keys.length, guids };
}

const started = performance.now();
const { searches, guids } = await (way === 'serial' ? oneByOne() : byAdapter());
const seconds = (performance.now() - started) / 1_000;
const { user, system } = process.cpuUsage();
process.stdout.write(
  JSON.stringify({
    seconds,
    cpuSeconds: (user + system) / 1e6,
    searches,
    found: new Set(guids).size,
    guids: wantsGuids ? guids : [],
  }),
);
