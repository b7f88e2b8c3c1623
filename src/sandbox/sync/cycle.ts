// The practice sync cycle: what Microsoft Entra Connect would do next with the AD users of the people file, done to the
// practice tenant. It is the second opinion on the tool's predictions, so it shares no rule with core.
//   scope       who is in scope, and with which anchor      match    hard match, soft match, refusals
//   sent        what sync makes of AD's values              values   which it refuses
//   attributes  what AD writes, and what is in quarantine   tenant   what is asked of the tenant
//   control     a cycle on request. docs/sandbox-sync.md is the specification.
import { createHash } from 'node:crypto';
import { dnOf, forestOf } from '../directory/entries.ts';
import { type PracticeAdUser, type PracticeCloudUser, sidOfAdUser } from '../people/people.ts';
import { type Quarantine, type Source, type Taken, type Target, attributesFor } from './attributes.ts';
import { type Refusal, type SyncError, type SyncMatch, findMatch } from './match.ts';
import { type SyncAnchorSetting, anchorOf, outOfScope } from './scope.ts';
import { sentFor } from './sent.ts';
import { type SyncKind, type SyncTenant, type SyncWorld, openTenant } from './tenant.ts';
import type { RefusedValue } from './values.ts';

export type SyncOutcome =
  /** Hard match: took over a live cloud user by its immutable ID. */
  | 'joined'
  /** Synced before; its attributes were brought up to date. */
  | 'carried'
  | 'out-of-scope'
  | 'hard-match-refused'
  | 'soft-matched'
  | 'soft-match-refused'
  /** Its cloud user is managed in the cloud, and left alone. */
  | 'ignored'
  /** Came back from the recycle bin and was taken over. */
  | 'restored'
  /** Nobody matched: a new cloud user. */
  | 'provisioned'
  /** Another sync error, named in `error`. */
  | 'error';

/** What the cycle did with one AD user. */
export type SyncLine = {
  /** Lower case. */
  readonly objectGuid: string;
  readonly dn: string;
  readonly outcome: SyncOutcome;
  /** The cloud user it now is, or, where refused or out of scope, the one it met. */
  readonly cloudId?: string;
  readonly error?: SyncError;
  /** A Refusal; the scope rule in words; the attribute, or the DN of the other AD user, that an error is about. */
  readonly why?: Refusal | (string & {});
  /** The user that was made of it although its soft match was refused. */
  readonly madeId?: string;
  /** It has a mailbox in AD and one in the cloud: the latter is nobody's from now on. */
  readonly orphansMailbox?: true;
  readonly quarantined: readonly Quarantine[];
  /** Values that sync does not take; their attributes stay in error. Empty where nothing was written. */
  readonly refused: readonly RefusedValue[];
};

export type SyncReport = {
  /** ISO time of the cycle. */
  readonly at: string;
  /** One for each AD user, in the order of the file. */
  readonly lines: readonly SyncLine[];
  /** Ids of cloud users put into the recycle bin; empty without `deletes`. */
  readonly deleted: readonly string[];
};

export type SyncOptions = {
  /** Default `auto`. */
  readonly sourceAnchor?: SyncAnchorSetting;
  /** Default `connect`. */
  readonly sync?: SyncKind;
  /** Whether synced users whose AD user is out of scope or gone are deleted, as sync does; default false. */
  readonly deletes?: boolean;
  /** Milliseconds since the epoch; default Date.now. */
  readonly now?: () => number;
};

/**
 * Runs one cycle; the tenant is changed. The same world gives the same report, and a second cycle changes nothing more.
 * Throws a RangeError for an anchor that Cloud Sync cannot have.
 */
export function practiceSync(world: SyncWorld, options: SyncOptions = {}): SyncReport {
  const { sourceAnchor = 'auto', sync = 'connect', deletes = false, now = Date.now } = options;
  if (!isPossible({ sourceAnchor, sync })) throw new RangeError('Cloud Sync has mS-DS-ConsistencyGuid for its anchor');
  const at = `${new Date(now()).toISOString().slice(0, 19)}Z`;
  const tenant = openTenant(world.tenant, sync);
  const candidates = readAd(world, sourceAnchor);
  const owners = ownersOf(tenant, candidates);
  const taken: Taken = new Map();
  const lines = candidates.map((candidate) => syncOne(tenant, candidate, { owners, at, taken }));
  const deleted = deletes ? deleteRest(tenant, owners, at) : [];
  Object.assign(world.tenant.state, { onPremisesSyncEnabled: true, onPremisesLastSyncDateTime: at });
  return { at, lines, deleted };
}

/** Whether these options go together: the anchor of Cloud Sync cannot be changed. */
export function isPossible({ sourceAnchor, sync }: Pick<SyncOptions, 'sourceAnchor' | 'sync'>): boolean {
  return sync !== 'cloud' || ['auto', 'mS-DS-ConsistencyGuid'].includes(sourceAnchor ?? 'auto');
}

/** An AD user, and what is known of it before the tenant is asked. */
type Candidate = Omit<Source, 'at' | 'immutableId' | 'sent' | 'taken'> & {
  /** Null where it has none, or none that is fit. */
  readonly immutableId: string | null;
  /** The line of a user that is not synced; undefined for one that is. */
  readonly stopped: Pick<SyncLine, 'outcome' | 'error' | 'why'> | undefined;
};

function readAd({ people }: SyncWorld, setting: SyncAnchorSetting): Candidate[] {
  const forest = forestOf(people);
  return people.adUsers.map((ad, place) => ({
    ad,
    dn: dnOf(ad, forest),
    sid: sidOfAdUser(people, place),
    domain: forest.domain,
    ...judge(ad, setting),
  }));
}

function judge(ad: PracticeAdUser, setting: SyncAnchorSetting): Pick<Candidate, 'immutableId' | 'stopped'> {
  const anchor = anchorOf(ad, setting);
  const immutableId = anchor.kind === 'anchor' ? anchor.immutableId : null;
  const rule = outOfScope(ad);
  if (rule !== undefined) return { immutableId, stopped: { outcome: 'out-of-scope', why: rule } };
  switch (anchor.kind) {
    case 'anchor':
      return { immutableId, stopped: undefined };
    case 'absent':
      return {
        immutableId,
        stopped: { outcome: 'out-of-scope', why: `no source anchor: ${anchor.attribute} is empty` },
      };
    case 'malformed':
      return { immutableId, stopped: { outcome: 'error', error: 'MalformedAnchor', why: anchor.attribute } };
  }
}

/** Who syncs with an anchor that several AD users have: the one the tenant knows for it already, else the first. */
function ownersOf(tenant: SyncTenant, candidates: readonly Candidate[]): ReadonlyMap<string, Candidate> {
  const owners = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const { ad, immutableId, stopped } = candidate;
    if (immutableId === null || stopped !== undefined) continue;
    const isKnown = tenant
      .withImmutableId(immutableId)
      .some((user) => user.onPremisesObjectIdentifier?.toLowerCase() === ad.objectGUID);
    if (isKnown || !owners.has(immutableId)) owners.set(immutableId, candidate);
  }
  return owners;
}

type Cycle = { readonly owners: ReadonlyMap<string, Candidate>; readonly at: string; readonly taken: Taken };

function syncOne(tenant: SyncTenant, candidate: Candidate, { owners, at, taken }: Cycle): SyncLine {
  const { ad, dn, immutableId, stopped } = candidate;
  const line = { objectGuid: ad.objectGUID, dn, quarantined: [], refused: [] };
  if (immutableId === null || stopped !== undefined) {
    return { ...line, ...(stopped ?? { outcome: 'error' }), ...withId(carrierOf(tenant, immutableId)) };
  }
  const owner = owners.get(immutableId);
  if (owner !== candidate) return { ...line, outcome: 'error', error: 'DuplicateAnchor', why: owner?.dn ?? '' };
  const source: Source = { ...candidate, sent: sentFor(tenant, ad, candidate.domain), immutableId, at, taken };
  return { ...line, ...outcomeOf(tenant, source, findMatch(tenant, source)) };
}

function outcomeOf(
  tenant: SyncTenant,
  source: Source,
  match: SyncMatch,
): Pick<SyncLine, 'outcome'> & Partial<Omit<SyncLine, 'objectGuid' | 'dn'>> {
  if (match.kind === 'provisioned') return make(tenant, source);
  if (match.kind === 'ignored') return { outcome: 'ignored', why: 'cloud-managed', cloudId: match.user.id };
  if (!('error' in match)) {
    return {
      outcome: match.kind,
      ...write(tenant, source, { id: match.user.id, before: match.user }),
      ...(hasBothMailboxes(source.ad, match.user) && { orphansMailbox: true }),
    };
  }
  const refused = { outcome: match.kind, error: match.error, why: match.why, cloudId: match.user.id };
  if (match.makesUser !== true) return refused;
  const { cloudId, quarantined = [], refused: values = [] } = make(tenant, source);
  return { ...refused, ...(cloudId !== undefined && { madeId: cloudId }), quarantined, refused: values };
}

/** A new user, as far as it has a name. */
function make(tenant: SyncTenant, source: Source): ReturnType<typeof outcomeOf> {
  const { nameForNew: name, refused } = source.sent;
  if (name === null) {
    return { outcome: 'error', error: 'IdentityDataValidationFailed', why: 'userPrincipalName', refused };
  }
  const made = write(tenant, source, { id: newId(tenant, source.ad), before: undefined, name });
  return { outcome: 'provisioned', ...made };
}

function withId(user: PracticeCloudUser | undefined): Pick<SyncLine, 'cloudId'> {
  return user === undefined ? {} : { cloudId: user.id };
}

/** The synced user an AD user has that is out of scope now. */
function carrierOf(tenant: SyncTenant, immutableId: string | null): PracticeCloudUser | undefined {
  if (immutableId === null) return undefined;
  return tenant.withImmutableId(immutableId).find((user) => isCarried(user));
}

function isCarried(user: PracticeCloudUser): boolean {
  return user.onPremisesSyncEnabled === true && user.deletedDateTime === null;
}

function write(
  tenant: SyncTenant,
  source: Source,
  target: Target,
): Pick<SyncLine, 'cloudId' | 'quarantined' | 'refused'> {
  const { id, before } = target;
  const { values, quarantined, refused } = attributesFor(tenant, source, target);
  if (before) tenant.handle.change(id, values);
  else tenant.handle.add({ id, userType: 'Member', ...values });
  return { cloudId: id, quarantined, refused };
}

/** Of msExchRecipientTypeDetails: a mailbox of Exchange on these premises. */
const userMailbox = '1';

function hasBothMailboxes(ad: PracticeAdUser, { assignedPlans = [] }: PracticeCloudUser): boolean {
  const isOnPremises = ad.msExchRecipientTypeDetails === userMailbox || ad.msExchMailboxGuid !== undefined;
  const works = new Set<string>(['Enabled', 'Warning']);
  return (
    isOnPremises &&
    assignedPlans.some((plan) => plan.service.toLowerCase() === 'exchange' && works.has(plan.capabilityStatus))
  );
}

/** An object id for a new user: the same in every run, and nobody's. */
function newId(tenant: SyncTenant, { objectGUID }: PracticeAdUser): string {
  for (let step = 0; ; step++) {
    const hex = createHash('sha256').update(`cloud user of ${objectGUID} ${step}`).digest('hex');
    const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    if (!tenant.handle.user(id)) return id;
  }
}

/** Puts synced users without an AD user in scope into the recycle bin; they are formerly synced then. */
function deleteRest(tenant: SyncTenant, owners: Cycle['owners'], at: string): string[] {
  const gone = tenant.handle.users().filter((user) => isCarried(user) && !owners.has(user.onPremisesImmutableId ?? ''));
  for (const user of gone) {
    tenant.handle.change(user.id, {
      userPrincipalName: `${user.id.replaceAll('-', '')}${user.userPrincipalName}`,
      deletedDateTime: at,
      onPremisesSyncEnabled: false,
    });
  }
  return gone.map(({ id }) => id);
}
