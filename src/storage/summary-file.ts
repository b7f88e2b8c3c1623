import { join } from 'node:path';
import { z } from 'zod';
import { mebibyte, readRegular } from '../files/regular-file.ts';
import { systemCodeOf } from '../files/system-error.ts';
import { readingFault } from './faults.ts';
import { findRunFile } from './run-file.ts';

const name = 'summary.json';
// It counts; the rows themselves are not in it.
const largest = 64 * mebibyte;

/** The part of summary.json that only the run itself could know; the rest is told by plan, journal and verification. */
const summary = z.object({
  command: z.string(),
  requests: z.object({
    graph: z.number(),
    graphWrites: z.number(),
    graphThrottled: z.number(),
    ldapSearches: z.number(),
  }),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  exitCode: z.int(),
});

export type EarlierSummary = z.infer<typeof summary>;

/** What an earlier command left in summary.json; null when there is none, or none that can be read as one. */
export async function readSummary(folder: string): Promise<EarlierSummary | null> {
  const path = join(folder, name);
  try {
    const { bytes } = await readRegular(await findRunFile(folder, name), largest);
    return summary.safeParse(JSON.parse(bytes.toString('utf8'))).data ?? null;
  } catch (error) {
    // A run killed while it worked has none; one that is no JSON is replaced by the command that asked.
    if (systemCodeOf(error) === 'ENOENT' || error instanceof SyntaxError) return null;
    throw readingFault(error, path);
  }
}
