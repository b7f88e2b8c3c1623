// Run as a process of its own by journal.test.ts: appends to the journal of a folder, several rows in flight, and prints
// each line number once its entries are acknowledged. It goes on until it is killed or cannot write any more.
import { openJournal } from '../../src/storage/journal.ts';
import { entriesOf, journalHeader } from './examples-plain.ts';

const [folder = '', inFlight = '8'] = process.argv.slice(2);
const journal = await openJournal(folder, journalHeader);
let line = 1;

async function work(): Promise<void> {
  for (;;) {
    const mine = ++line;
    const [intent, outcome] = entriesOf(mine);
    await journal.append(intent);
    await journal.append(outcome);
    process.stdout.write(`${mine}\n`);
  }
}

await Promise.all(Array.from({ length: Number(inFlight) }, work)).catch((error: unknown) => {
  process.stdout.write(
    `failed ${error instanceof Error && 'code' in error ? String(error.code) : ''} ${String(error)}\n`,
  );
});
