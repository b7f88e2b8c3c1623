import type { Log } from '../../run/ports.ts';
import { type BatchTools, requestsPerBatch } from './batch.ts';
import { toCount } from './convert.ts';
import type { KnownLicences } from './convert-licences.ts';
import type { AutoBatch } from './auto-batch.ts';
import { pageSize } from './pages.ts';

/** Ask for each object by name, or read all of them and keep who is asked for. Both give the same answers. */
export type ReadMode = 'filters' | 'listing';

export type BulkTools = BatchTools & {
  readonly log: Log;
  readonly gather: AutoBatch;
  readonly licences: KnownLicences;
  /** Default: whichever is estimated to be faster. */
  readonly mode?: ReadMode;
};

/** What the choice is between: so many requests in batches, or all that `countPath` counts. */
export type ModeChoice = { readonly filters: number; readonly countPath: string; readonly needs: string };

/** Chooses. Asks for the size only when that can matter: one batch is never more than a page or two. */
export async function chooseMode({ filters, countPath, needs }: ModeChoice, tools: BulkTools): Promise<ReadMode> {
  if (tools.mode !== undefined) return tools.mode;
  if (filters <= requestsPerBatch) return 'filters';
  return cheaperMode({ filters, objects: await sizeOf(countPath, needs, tools), inFlight: tools.inFlight });
}

// Estimates, in milliseconds: pages come one after the other because each names the next; batches overlap.
const pageMs = 800;
const batchMs = 2_000;

/** Which mode takes less time: `filters` requests, 20 to a batch, against pages of 999 of all `objects`. */
export function cheaperMode(size: { filters: number; objects: number; inFlight: number }): ReadMode {
  const listing = Math.ceil(size.objects / pageSize) * pageMs;
  const filters = (Math.ceil(size.filters / requestsPerBatch) * batchMs) / size.inFlight;
  return filters < listing ? 'filters' : 'listing';
}

// Where the tenant does not tell its size: neither mode is then absurd for the usual 100 to 100,000 rows.
const guessedSize = 50_000;

async function sizeOf(path: string, needs: string, tools: BulkTools): Promise<number> {
  try {
    const body = await tools.gather({ path, headers: { ConsistencyLevel: 'eventual' }, needs });
    return toCount(body) ?? guessedSize;
  } catch (error) {
    // Only a hint is lost; if the tenant cannot be read at all, the next request says so.
    tools.log.warn('count-unknown', { path, message: error instanceof Error ? error.message : String(error) });
    return guessedSize;
  }
}
