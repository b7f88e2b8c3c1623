import type { Anchored } from '../ids/anchor.ts';
import type { Pairing } from '../row.ts';
import type { AdAnswer, AdUser, CloudAnswer, Holder } from '../users.ts';

/** All that was learnt of one pairing before it is judged. Null: never asked, because the input gave nothing to ask for. */
export type Evidence = {
  readonly pairing: Pairing;
  readonly ad: AdAnswer | null;
  readonly anchor: Anchored | null;
  readonly cloud: CloudAnswer | null;
  /** Everybody who has the row's immutable ID now, the row's own cloud user included. */
  readonly holders: readonly Holder[];
  /** Who in AD has the cloud user's present immutable ID as anchor; null where nobody asked. */
  readonly owner: AdAnswer | null;
  /** The other AD users that have the row's source anchor, in the file or not. */
  readonly rivals: readonly AdUser[];
};
