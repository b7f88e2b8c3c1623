// Writes fixtures/plans/ and fixtures/journals/ anew: `npx tsx scripts/write-damaged-files.ts`. What they are to be read as
// stands in test/storage/damage/damaged-files.test.ts, which also finds a file that is behind this script.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { damagedJournals } from './damaged-journals.ts';
import { damagedPlans } from './damaged-plans.ts';

for (const [name, files] of Object.entries({ plans: damagedPlans, journals: damagedJournals })) {
  const folder = new URL(`../fixtures/${name}/`, import.meta.url);
  mkdirSync(folder, { recursive: true });
  for (const old of readdirSync(folder)) if (old.endsWith('.ndjson')) rmSync(new URL(old, folder));
  for (const [file, bytes] of Object.entries(files)) writeFileSync(new URL(file, folder), bytes);
}
