import { fuzzAdExport } from './ad-export.ts';
import { fuzzGuids } from './guids.ts';
import { fuzzMappings } from './mappings.ts';
import { fuzzPlanAndJournal } from './plan-and-journal.ts';
import { fuzzReferences } from './references.ts';
import { fuzzSettings } from './settings.ts';
import type { FuzzTarget } from './tally.ts';

/** Every target, by what it reads: the tests run each a few hundred times, bench/fuzz.bench.ts a hundred thousand in all. */
export const targets: Readonly<Record<string, FuzzTarget>> = {
  mappings: fuzzMappings,
  adExports: fuzzAdExport,
  references: fuzzReferences,
  guids: fuzzGuids,
  settings: fuzzSettings,
  plansAndJournals: fuzzPlanAndJournal,
};
