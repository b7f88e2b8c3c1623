// What an apply in memory works with where a test asks for nothing else: nobody stops it, nothing has changed, nobody watches.
import type { ApplyOptions, ApplyTools } from '../../src/run/apply/write-all.ts';
import {
  asReviewed,
  handClock,
  memoryJournal,
  type MemoryTenant,
  noLimits,
  noProgress,
  noSignal,
  nothingNew,
  silentLog,
} from './in-memory.ts';

/** On this tenant, or whatever stands before it, with whatever the test puts in place of the usual. */
export function applyTools(
  tenant: Pick<MemoryTenant, 'reader' | 'writer'>,
  more: Partial<ApplyTools> = {},
): ApplyTools {
  return {
    reader: tenant.reader,
    writers: [tenant.writer],
    onSetAside: () => undefined,
    journal: memoryJournal(),
    clock: handClock(),
    log: silentLog,
    progress: noProgress,
    signal: noSignal,
    inspect: nothingNew,
    windowEnd: noSignal,
    over: noSignal,
    against: asReviewed,
    ...more,
  };
}

/** One row at a time, all of them, without a limit. */
export function applyOptions(more: Partial<ApplyOptions> = {}): ApplyOptions {
  return { concurrency: 1, first: null, onlyStranded: false, takesBack: false, ...noLimits, ...more };
}
