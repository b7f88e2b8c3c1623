// What it costs to look at all of AD, and not at the rows alone: 100,000 rows of 120,000 users on the practice directory,
// looked up as before, and read with everybody and asked for shared anchors and addresses. `npm run bench:ad-everybody`
import { addressesOf } from '../src/core/ids/addresses.ts';
import { idsOf } from '../src/core/ids/anchor.ts';
import { type AdRef, foldKey } from '../src/core/references.ts';
import { foundAdUser } from '../src/core/users.ts';
import type { Directory } from '../src/run/ports.ts';
import { openOn, practice } from '../test/ad/tools.ts';
import { crowd } from '../test/support/crowd.ts';
import { keep, median } from './machine.ts';

const [users, rows] = [120_000, 100_000];
const rounds = 3;
const people = crowd(users, {});
const refs = people.adUsers.slice(0, rows).map(({ sAMAccountName }): AdRef => ({ kind: 'sam', name: sAMAccountName }));
const server = await practice({}, people);

async function timed(work: (directory: Directory) => Promise<void>): Promise<{ seconds: number; searches: number }> {
  const directory = await openOn(server);
  try {
    const started = performance.now();
    await work(directory);
    return { seconds: (performance.now() - started) / 1_000, searches: directory.searches() };
  } finally {
    await directory.close();
  }
}

/** Everybody is gone through once, as a plan does. */
async function rowsAlone(directory: Directory): Promise<void> {
  for (const answer of await directory.locate(refs, null)) foundAdUser(answer);
}

async function allOfAd(directory: Directory): Promise<void> {
  const answers = await directory.locate(refs, null, { everybody: true });
  const [immutableIds, addresses]: [string[], string[]] = [[], []];
  for (const answer of answers) {
    const user = foundAdUser(answer);
    if (user === null) continue;
    immutableIds.push(...idsOf(user));
    addresses.push(...addressesOf(user).map(({ value }) => foldKey(value)));
  }
  await directory.whoHas({ immutableIds, addresses, least: 2 }, null);
}

const took: { alone: number[]; all: number[] } = { alone: [], all: [] };
let [alone, all] = [{ searches: 0 }, { searches: 0 }];
for (let round = 0; round < rounds; round++) {
  const one = await timed(rowsAlone);
  const other = await timed(allOfAd);
  took.alone.push(one.seconds);
  took.all.push(other.seconds);
  [alone, all] = [one, other];
}
await server.close();
const seconds = { alone: median(took.alone), all: median(took.all) };
keep({
  name: 'ad-everybody',
  notes: 'client and practice directory in one process; medians of three rounds, taken in turn',
  figures: {
    users,
    rows,
    'rows alone: seconds': Math.round(seconds.alone * 10) / 10,
    'rows alone: searches': alone.searches,
    'all of AD: seconds': Math.round(seconds.all * 10) / 10,
    'all of AD: searches': all.searches,
    ratio: Math.round((seconds.all / seconds.alone) * 100) / 100,
  },
});
