import type { Overwrite } from '../core/forecast.ts';
import type { PlanRow } from '../core/row.ts';

/** How much somebody should know of what the take-over does to the row's user: clashes most, 0 where it changes nothing. */
export function changeRank({ forecast }: PlanRow): number {
  if (!forecast) return 0;
  if (forecast.clashes.length > 0) return 4;
  const has = (attribute: Overwrite['attribute']): boolean =>
    forecast.overwrites.some((overwrite) => overwrite.attribute === attribute);
  if (has('userPrincipalName')) return 3;
  return has('mail') ? 2 : has('proxyAddresses') ? 1 : 0;
}
