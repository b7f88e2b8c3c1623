import { foundAdUser } from '../users.ts';
import type { Evidence } from './evidence.ts';
import type { PairRow } from './pairing/find-shift.ts';
import { sideOfAdUser, sideOfCloudUser } from './pairing/sides-of.ts';

/** The pair of a row, where both of its users were found. */
export function pairOf({ pairing, ad, cloud }: Evidence): PairRow {
  const user = foundAdUser(ad);
  const isPair = user !== null && cloud?.kind === 'found';
  const pair = isPair ? { ad: sideOfAdUser(user), cloud: sideOfCloudUser(cloud.user) } : null;
  return { line: pairing.line, pair };
}
