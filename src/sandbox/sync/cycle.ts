// The practice sync cycle: what Microsoft Entra Connect would do next with the AD users of the people file, done to the
// practice tenant. It is the second opinion on the tool's predictions, so it shares no rule with core.
//   scope       who is in scope, and with which anchor   match    hard match, soft match, refusals
//   attributes  what AD writes, and what is in quarantine   tenant   what is asked of the tenant
//   control     a cycle on request. docs/sandbox-sync.md is the specification.
import { createHash } from 'node:crypto';
import { dnOf, forestOf } from '../directory/entries.ts';
import { type PracticeAdUser, type PracticeCloudUser, sidOfAdUser } from '../people/people.ts';
import { type Quarantine, type Source, attributesFor, sentUpn } from './attributes.ts';
import { type Refusal, type SyncError, type SyncMatch, findMatch } from './match.ts';
import { type SyncAnchorSetting, anchorOf, outOfScope } from './scope.ts';
import { type SyncTenant, type SyncWorld, openTenant } from './tenant.ts';

export type SyncOutcome =
  /** Hard match: took over a live cloud user by its immutable ID. */
  | 'joined'
  /** Synced before; its attributes were brought up to date. */
  | 'carried'
  | 'out-of-scope'
  | 'hard-match-refused'
  | 'soft-matched'
  | 'soft-match-refused'
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
  readonly quarantined: readonly Quarantine[];
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
  /** Whether synced users whose AD user is out of scope or gone are deleted, as sync does; default false. */
  readonly deletes?: boolean;
  /** Milliseconds since the epoch; default Date.now. */
  readonly now?: () => number;
};

/** Runs one cycle; the tenant is changed. The same world gives the same report, and a second cycle changes nothing more. */
export function practiceSync(world: SyncWorld, options: SyncOptions = {}): SyncReport {
  const { sourceAnchor = 'auto', deletes = false, now = Date.now } = options;
  const at = `${new Date(now()).toISOString().slice(0, 19)}Z`;
  const tenant = openTenant(world.tenant);
  const candidates = readAd(world, sourceAnchor);
  const owners = ownersOf(tenant, candidates);
  const lines = candidates.map((candidate) => syncOne(tenant, candidate, { owners, at }));
  const deleted = deletes ? deleteRest(tenant, owners, at) : [];
  Object.assign(world.tenant.state, { onPremisesSyncEnabled: true, onPremisesLastSyncDateTime: at });
  return { at, lines, deleted };
}

/** An AD user, and what is known of it before the tenant is asked. */
type Candidate = Omit<Source, 'at' | 'immutableId'> & {
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
    userPrincipalName: sentUpn(ad, forest.domain),
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

type Cycle = { readonly owners: ReadonlyMap<string, Candidate>; readonly at: string };

function syncOne(tenant: SyncTenant, candidate: Candidate, { owners, at }: Cycle): SyncLine {
  const { ad, dn, immutableId, stopped } = candidate;
  const line = { objectGuid: ad.objectGUID, dn, quarantined: [] };
  if (immutableId === null || stopped !== undefined) {
    return { ...line, ...(stopped ?? { outcome: 'error' }), ...withId(carrierOf(tenant, immutableId)) };
  }
  const owner = owners.get(immutableId);
  if (owner !== candidate) return { ...line, outcome: 'error', error: 'DuplicateAnchor', why: owner?.dn ?? '' };
  const source: Source = { ...candidate, immutableId, at };
  const match = findMatch(tenant, source);
  if ('error' in match) {
    return { ...line, outcome: match.kind, error: match.error, why: match.why, ...withId(match.user) };
  }
  return { ...line, outcome: match.kind, ...write(tenant, source, match) };
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
  match: Exclude<SyncMatch, { readonly error: SyncError }>,
): Pick<SyncLine, 'cloudId' | 'quarantined'> {
  const before = match.kind === 'provisioned' ? undefined : match.user;
  const id = before?.id ?? newId(tenant, source.ad);
  const { values, quarantined } = attributesFor(tenant, source, { id, before });
  if (before) tenant.handle.change(id, values);
  else tenant.handle.add({ id, userType: 'Member', ...values });
  return { cloudId: id, quarantined };
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
