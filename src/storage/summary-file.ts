import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf, readingFault } from './faults.ts';

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
  const path = join(folder, 'summary.json');
  try {
    return summary.safeParse(JSON.parse(await readFile(path, 'utf8'))).data ?? null;
  } catch (error) {
    // A run killed while it worked has none; one that is no JSON is replaced by the command that asked.
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return null;
    throw readingFault(error, path);
  }
}
