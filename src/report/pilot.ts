import type { PlanRow } from '../core/row.ts';
import { counted } from './phrases.ts';

/**
 * What a sync cycle would do to those whom a pilot of the first so many ready rows leaves for later, with the line that
 * holds it off; null where nobody is in danger.
 */
export function pilotWarning(rows: Iterable<PlanRow>, first: number): string | null {
  let [ready, made] = [0, 0];
  for (const { state, warnings } of rows) {
    if (state !== 'ready') continue;
    ready += 1;
    if (ready > first && warnings.some(({ code }) => code === 'ad-in-sync-scope')) made += 1;
  }
  if (made === 0) return null;
  const others = `Of the ${counted(ready - first, 'row')} that --first leaves for later, ${counted(made, 'AD user')}`;
  const cycle =
    'a sync cycle before their write makes new cloud users of them, and the write is then refused as a conflict';
  const holdOff = 'Hold it off until all are written: Set-ADSyncScheduler -SyncCycleEnabled $false';
  return `${others} would be met unlinked: ${cycle}. ${holdOff}; or take them out of sync scope.`;
}
