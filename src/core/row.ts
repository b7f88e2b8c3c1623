import type { Guid } from './guid.ts';
import type { List } from './list.ts';
import type { Forecast } from './forecast.ts';
import type { Finding } from './reasons.ts';
import type { AdRef, CloudRef, Parsed } from './references.ts';

/** One record of the mappings file, nothing judged yet. Texts are trimmed, otherwise as written. */
export type Pairing = {
  /** The line of the file on which the record begins; the header is line 1 unless a #TYPE line precedes it. */
  readonly line: number;
  readonly adText: string;
  readonly cloudText: string;
  /** Null where the cell is empty. */
  readonly ad: Parsed<AdRef> | null;
  readonly cloud: Parsed<CloudRef> | null;
  /** The `immutable_id` column: what the file believes the ID to be; null where absent or empty. */
  readonly claimedId: string | null;
  /** The other columns' values, in the order of `extraColumns`, untouched. */
  readonly extra: readonly string[];
};

/** The mappings file as read. */
export type Mappings = {
  readonly path: string;
  /** SHA-256 of the file's bytes, hex. */
  readonly sha256: string;
  readonly extraColumns: readonly string[];
  readonly pairings: List<Pairing>;
};

export type State = 'ready' | 'kept' | 'held';
export type Step = 'link' | 'relink' | 'unlink' | 'keep';

/** The AD side of a planned row, as far as it was learnt. */
export type PlannedAd = {
  readonly dn: string;
  readonly objectGuid: Guid;
  /** The attribute the anchor came from, e.g. `objectGUID`; null where none was found. */
  readonly sourceAnchor: string | null;
  readonly immutableId: string | null;
  /** Its display name. */
  readonly name: string | null;
  /** objectSid as text; what sync writes on the cloud user it takes over. */
  readonly sid: string | null;
};

/** Where a user of a federated domain waits while its immutable ID is set. */
export type Detour = { readonly home: string; readonly away: string };

/** The cloud side of a planned row, as far as it was learnt. */
export type PlannedCloud = {
  readonly id: Guid;
  readonly userPrincipalName: string;
  /** Its display name. */
  readonly name: string | null;
  /** onPremisesImmutableId when the plan was made. */
  readonly before: string | null;
  readonly syncEnabled: boolean | null;
  readonly userType: string | null;
  readonly accountEnabled: boolean | null;
};

/**
 * One line of the plan. `step` is null exactly when the row is held. `after` is the value the cloud user is to have in the
 * end: to be written when `ready`, there already when `kept`, null when clearing is meant, and null without meaning when
 * held. A held row keeps whatever was learnt before it stopped.
 */
export type PlanRow = {
  readonly line: number;
  readonly adText: string;
  readonly cloudText: string;
  readonly state: State;
  readonly step: Step | null;
  /** Holds, in the order of repair; empty unless held. */
  readonly reasons: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly ad: PlannedAd | null;
  readonly cloud: PlannedCloud | null;
  readonly after: string | null;
  /** `--federated-detour`: the UPN goes away, the ID is set, the UPN comes back, as one unit. Null: one plain write. */
  readonly detour: Detour | null;
  /** What sync will do once the plan is applied; null in a rollback. */
  readonly forecast: Forecast | null;
  readonly extra: readonly string[];
};
