// Every reason that a plan can give, alone and in pairs. A "twist" bends one thing about an otherwise perfect row.
import { describe, expect, it } from 'vitest';
import { anchorOf, immutableIdIn, type SourceAnchor } from '../../src/core/ids/anchor.ts';
import { decide, type DecideOptions } from '../../src/core/judge/decide.ts';
import type { Evidence } from '../../src/core/judge/evidence.ts';
import { lookAtPairs } from '../../src/core/judge/pairing/judge-pairings.ts';
import { pairOf } from '../../src/core/judge/pair-of-row.ts';
import { guidToBytes } from '../../src/core/guid.ts';
import type { TenantFacts } from '../../src/core/preflight.ts';
import { type ReasonCode, reasonCatalogue, severityOf } from '../../src/core/reasons.ts';
import { foldKey } from '../../src/core/references.ts';
import type { PlanRow } from '../../src/core/row.ts';
import type { SyncCandidate } from '../../src/core/sync/world.ts';
import type { AddressHolder, AdAnswer, AdUser, CloudAnswer, CloudUser, Holder } from '../../src/core/users.ts';
import { openFeatures } from '../support/in-memory.ts';
import { adUser, cloudUser, guid, idOf, pairing } from '../support/people.ts';

type Case = {
  adText: string;
  cloudText: string;
  claimedId: string | null;
  ad: AdUser;
  adLookup: AdAnswer | null;
  cloud: CloudUser;
  cloudLookup: CloudAnswer | null;
  source: SourceAnchor;
  holders: Holder[];
  addresses: AddressHolder[];
  /** Another AD user with an address of the row's. */
  sharing: AdUser[];
  owner: AdAnswer | null;
  rivals: AdUser[];
  facts: TenantFacts;
  policy: DecideOptions;
  /** Further rows that collide with the one looked at. */
  mates: ((row: Evidence) => Evidence)[];
};

const facts: TenantFacts = {
  sync: { isEnabled: false, lastSyncAt: null },
  features: openFeatures,
  domains: [
    { name: 'example.test', isVerified: true, isFederated: false, isInitial: false },
    { name: 'fed.test', isVerified: true, isFederated: true, isInitial: false },
  ],
  roles: new Map(),
  cloudManaged: new Set(),
  limits: [],
  unchecked: [],
};

const perfect = (): Case => ({
  adText: 'u2',
  cloudText: 'u2@example.test',
  claimedId: null,
  ad: adUser(2),
  adLookup: null,
  cloud: cloudUser(2),
  cloudLookup: null,
  source: { kind: 'auto' },
  holders: [],
  addresses: [],
  sharing: [],
  owner: null,
  rivals: [],
  facts,
  policy: { allowRelink: false, federatedDetour: null, sync: 'connect' },
  mates: [],
});

const holder = (n: number, deleted: boolean): Holder => ({
  id: guid('other', n),
  userPrincipalName: `holder${n}@example.test`,
  displayName: null,
  mail: null,
  proxyAddresses: [],
  sid: null,
  dn: null,
  lastSyncAt: null,
  objectIdentifier: null,
  isGuest: false,
  licences: n,
  isSynced: false,
  deleted,
  deletedDateTime: deleted ? '2026-11-02T08:15:00Z' : null,
});

const stranger = (n: number, as: AddressHolder['as']): AddressHolder => ({
  kind: 'user',
  id: guid('other', n),
  name: `stranger${n}@example.test`,
  displayName: `Stranger ${n}`,
  as,
  immutableId: null,
  isSynced: false,
  isGuest: false,
});

type Part =
  'adCell' | 'cloudCell' | 'ad' | 'anchor' | 'cloud' | 'cloudName' | 'identifier' | 'current' | 'addresses' | 'upn';
type Twist = {
  readonly code: ReasonCode;
  /** What it bends; two twists of one part cannot meet. */
  readonly bends: readonly Part[];
  /** What must still be there for it to be seen. */
  readonly needs?: readonly Part[];
  readonly apply: (one: Case) => void;
  /** Codes that come along of necessity. */
  readonly brings?: readonly ReasonCode[];
};

const relink: readonly ReasonCode[] = ['relink-not-allowed'];
const present = (value: (one: Case) => string) => (one: Case) => {
  one.cloud = { ...one.cloud, onPremisesImmutableId: value(one) };
};

const twists: readonly Twist[] = [
  { code: 'missing-value', bends: ['adCell', 'ad', 'anchor'], apply: (one) => (one.adText = '') },
  { code: 'bad-reference', bends: ['cloudCell', 'cloud', 'current'], apply: (one) => (one.cloudText = 'nonsense') },
  {
    code: 'ad-user-not-found',
    bends: ['ad', 'anchor'],
    needs: ['adCell'],
    apply: (one) => (one.adLookup = { kind: 'none' }),
  },
  {
    code: 'ad-user-ambiguous',
    bends: ['ad', 'anchor'],
    needs: ['adCell'],
    apply: (one) => (one.adLookup = { kind: 'several', dns: ['CN=a', 'CN=b'] }),
  },
  {
    code: 'ad-answer-unusable',
    bends: ['ad', 'anchor'],
    needs: ['adCell'],
    apply: (one) => (one.adLookup = { kind: 'unusable', dns: ['CN=a'], flaws: [{ anchor: null, why: 'two SIDs' }] }),
  },
  {
    code: 'ad-not-a-user',
    bends: ['ad', 'anchor'],
    needs: ['adCell'],
    apply: (one) => (one.adLookup = { kind: 'not-a-user', dn: 'CN=g', objectClass: 'group' }),
  },
  {
    code: 'duplicate-ad-user',
    bends: [],
    needs: ['ad'],
    apply: (one) => one.mates.push((row) => ({ ...row, cloud: { kind: 'none' } })),
  },
  {
    code: 'cloud-user-not-found',
    bends: ['cloud', 'current'],
    needs: ['cloudCell'],
    apply: (one) => (one.cloudLookup = { kind: 'none' }),
  },
  {
    code: 'cloud-user-ambiguous',
    bends: ['cloud', 'current'],
    needs: ['cloudCell'],
    apply: (one) => (one.cloudLookup = { kind: 'several', users: [cloudUser(3), cloudUser(4)] }),
  },
  {
    code: 'cloud-user-deleted',
    bends: ['cloud', 'current'],
    needs: ['cloudCell'],
    apply: (one) =>
      (one.cloudLookup = { kind: 'deleted', user: { ...one.cloud, deletedDateTime: '2026-11-10T16:40:00Z' } }),
  },
  {
    code: 'duplicate-cloud-user',
    bends: [],
    needs: ['cloud'],
    apply: (one) => one.mates.push((row) => ({ ...row, ad: { kind: 'none' }, anchor: null })),
  },
  {
    code: 'cloud-user-guest',
    bends: [],
    needs: ['cloud'],
    apply: (one) => (one.cloud = { ...one.cloud, userType: 'Guest' }),
  },
  {
    code: 'cloud-user-holds-role',
    bends: [],
    needs: ['cloud'],
    apply: (one) => withRole(one, 'assigned'),
  },
  { code: 'cloud-user-eligible-for-role', bends: [], needs: ['cloud'], apply: (one) => withRole(one, 'eligible') },
  {
    code: 'cloud-object-identifier-set',
    bends: ['identifier'],
    needs: ['cloud', 'ad'],
    apply: (one) => (one.cloud = { ...one.cloud, objectIdentifier: guid('other', 50) }),
  },
  {
    code: 'cloud-user-federated',
    bends: ['cloudName'],
    needs: ['cloud', 'anchor'],
    apply: (one) => (one.cloud = { ...one.cloud, userPrincipalName: 'u2@fed.test' }),
  },
  {
    code: 'anchor-missing',
    bends: ['anchor'],
    needs: ['ad'],
    apply: (one) => (one.source = { kind: 'mS-DS-ConsistencyGuid' }),
  },
  {
    code: 'anchor-malformed',
    bends: ['anchor'],
    needs: ['ad'],
    apply: (one) => (one.ad = { ...one.ad, consistencyGuid: { kind: 'bytes', base64: 'AQID' } }),
  },
  {
    code: 'two-rows-one-anchor',
    bends: [],
    needs: ['anchor'],
    apply: (one) =>
      one.mates.push((row) => ({ ...row, ad: { kind: 'found', user: adUser(77) }, cloud: { kind: 'none' } })),
  },
  { code: 'claimed-id-differs', bends: [], needs: ['anchor'], apply: (one) => (one.claimedId = idOf(99)) },
  {
    code: 'cloud-user-synced',
    bends: ['current'],
    needs: ['cloud', 'anchor'],
    apply: (one) => (one.cloud = { ...one.cloud, onPremisesImmutableId: idOf(98), onPremisesSyncEnabled: true }),
  },
  {
    code: 'immutable-id-held-by-other',
    bends: [],
    needs: ['anchor'],
    apply: (one) => one.holders.push(holder(1, false)),
  },
  {
    code: 'ad-user-carried-by-sync',
    bends: [],
    needs: ['anchor'],
    apply: (one) => one.holders.push({ ...holder(3, false), isSynced: true }),
  },
  {
    code: 'immutable-id-held-by-deleted',
    bends: [],
    needs: ['anchor'],
    apply: (one) => one.holders.push(holder(2, true)),
  },
  { code: 'relink-not-allowed', bends: ['current'], needs: ['cloud', 'anchor'], apply: present(() => idOf(97)) },
  {
    code: 'existing-id-is-encoding-error',
    bends: ['current'],
    needs: ['cloud', 'anchor'],
    brings: relink,
    apply: present((one) => Buffer.from(one.ad.objectGuid).toString('base64')),
  },
  {
    code: 'existing-id-is-other-anchor',
    bends: ['current', 'anchor'],
    needs: ['cloud', 'ad'],
    brings: [...relink, 'anchor-differs-from-guid'],
    apply: (one) => {
      one.ad = { ...one.ad, consistencyGuid: { kind: 'guid', guid: guid('other', 60) } };
      present((now) => guidToBytes(now.ad.objectGuid).toString('base64'))(one);
    },
  },
  {
    code: 'existing-id-is-other-user',
    bends: ['current'],
    needs: ['cloud', 'anchor'],
    // Sync joins the cloud user to that other one by its ID, as long as the row is held.
    brings: [...relink, 'another-joins'],
    apply: (one) => {
      present(() => idOf(96))(one);
      one.owner = { kind: 'found', user: adUser(96) };
    },
  },
  {
    code: 'soft-match-would-hit-other',
    bends: ['addresses'],
    needs: ['ad'],
    apply: (one) => (one.addresses = [stranger(5, 'upn')]),
    // The UPN is taken, so the take-over could not set it either.
    brings: ['attribute-conflict-after-sync'],
  },
  {
    code: 'attribute-conflict-after-sync',
    bends: ['addresses'],
    needs: ['ad', 'anchor', 'cloud'],
    apply: (one) => (one.addresses = [{ ...stranger(6, 'upn'), immutableId: idOf(40) }]),
  },
  {
    code: 'ad-upn-suffix-unverified',
    bends: ['upn', 'addresses'],
    needs: ['ad'],
    apply: (one) => (one.ad = { ...one.ad, userPrincipalName: 'u2@legacy.test' }),
  },
  {
    code: 'ad-in-sync-scope',
    bends: [],
    needs: ['ad'],
    apply: (one) => (one.facts = { ...one.facts, sync: { isEnabled: true, lastSyncAt: '2026-11-23T11:45:00Z' } }),
  },
  {
    code: 'ad-user-out-of-scope',
    bends: [],
    needs: ['ad'],
    apply: (one) => (one.ad = { ...one.ad, adminDescription: 'User_NoSync' }),
  },
  {
    code: 'ad-user-disabled',
    bends: ['cloud'],
    needs: ['ad'],
    // Of a cloud user who is not found nobody knows whether that changes anything.
    apply: (one) => {
      one.ad = { ...one.ad, enabled: false };
      one.cloudLookup = { kind: 'none' };
    },
    brings: ['cloud-user-not-found'],
  },
  {
    code: 'sign-in-will-change',
    bends: [],
    needs: ['ad', 'cloud'],
    apply: (one) => (one.cloud = { ...one.cloud, accountEnabled: false }),
  },
  {
    code: 'mailbox-on-both-sides',
    bends: [],
    needs: ['ad', 'cloud'],
    apply: (one) => {
      one.ad = { ...one.ad, hasMailbox: true };
      one.cloud = { ...one.cloud, hasMailbox: true };
    },
  },
  {
    code: 'cloud-user-external',
    bends: ['cloudName'],
    needs: ['cloud'],
    apply: (one) => (one.cloud = { ...one.cloud, userPrincipalName: 'u2_far.test#EXT#@example.test' }),
  },
  {
    code: 'cloud-user-agent',
    bends: [],
    needs: ['cloud'],
    apply: (one) => (one.cloud = { ...one.cloud, isAgent: true }),
  },
  {
    code: 'cloud-user-cloud-managed',
    bends: [],
    needs: ['cloud'],
    apply: (one) => (one.facts = { ...one.facts, cloudManaged: new Set([one.cloud.id]) }),
  },
  {
    code: 'cloud-object-identifier-equal',
    bends: ['identifier'],
    needs: ['cloud', 'ad'],
    apply: (one) => (one.cloud = { ...one.cloud, objectIdentifier: one.ad.objectGuid }),
  },
  {
    code: 'cloud-object-identifier-replaced',
    bends: ['identifier'],
    needs: ['cloud', 'ad'],
    apply: (one) => {
      one.cloud = { ...one.cloud, objectIdentifier: guid('other', 51) };
      one.facts = {
        ...one.facts,
        features: { ...openFeatures, ...one.facts.features, objectIdentifierMayChange: true },
      };
    },
  },
  {
    code: 'existing-id-unknown-in-ad',
    bends: ['current'],
    needs: ['cloud', 'anchor'],
    brings: relink,
    apply: (one) => {
      present(() => idOf(95))(one);
      one.owner = { kind: 'none' };
    },
  },
  {
    code: 'existing-id-signs-in',
    bends: ['current'],
    needs: ['cloud', 'anchor'],
    brings: relink,
    apply: present(() => 'jdoe@idp.test'),
  },
  {
    code: 'anchor-value-unfit',
    bends: ['anchor'],
    needs: ['ad'],
    apply: (one) => {
      one.source = { kind: 'attribute', name: 'mail' };
      one.ad = { ...one.ad, customAnchor: { kind: 'text', text: 'u2@example.test' } };
    },
  },
  {
    code: 'anchor-shared-in-ad',
    bends: [],
    needs: ['ad', 'anchor'],
    apply: (one) => one.rivals.push(adUser(70)),
  },
  {
    code: 'address-shared-in-ad',
    bends: ['addresses'],
    needs: ['ad'],
    apply: (one) => one.sharing.push(adUser(71, { mail: 'u2@example.test' })),
  },
  {
    code: 'another-joins',
    bends: ['addresses', 'cloud'],
    needs: ['ad', 'anchor', 'cloudCell'],
    // A row that is held, and whose cloud user somebody else fits by address.
    apply: (one) => {
      one.cloudLookup = { kind: 'found', user: { ...one.cloud, userType: 'Member' } };
      one.claimedId = idOf(99);
      one.sharing.push(adUser(72, { mail: 'u2@example.test' }));
      one.addresses.push({ ...stranger(7, 'primary-smtp'), id: one.cloud.id });
    },
    brings: ['address-shared-in-ad'],
  },
  {
    code: 'cloud-user-loses-ad',
    bends: ['current'],
    needs: ['cloud', 'anchor'],
    brings: ['cloud-user-synced', 'existing-id-unknown-in-ad'],
    apply: (one) => {
      one.cloud = { ...one.cloud, onPremisesImmutableId: idOf(94), onPremisesSyncEnabled: true };
      one.owner = { kind: 'none' };
    },
  },
  {
    code: 'soft-match-will-fail',
    bends: ['addresses'],
    needs: ['ad', 'anchor'],
    apply: (one) => {
      one.facts = {
        ...one.facts,
        sync: { isEnabled: true, lastSyncAt: '2026-11-23T11:45:00Z' },
        features: { ...openFeatures, ...one.facts.features, softMatchBlocked: true },
      };
      one.addresses.push(stranger(8, 'upn'));
    },
  },
  {
    code: 'ad-value-refused-by-sync',
    bends: [],
    needs: ['ad'],
    apply: (one) => (one.ad = { ...one.ad, proxyAddresses: ['smtp:dot..x@example.test'] }),
  },
  {
    code: 'ad-upn-missing',
    bends: ['upn'],
    needs: ['ad'],
    apply: (one) => (one.ad = { ...one.ad, userPrincipalName: null }),
  },
  {
    code: 'anchor-differs-from-guid',
    bends: ['anchor'],
    needs: ['ad'],
    apply: (one) => (one.ad = { ...one.ad, consistencyGuid: { kind: 'guid', guid: guid('other', 61) } }),
  },
];

function withRole(one: Case, how: 'assigned' | 'eligible'): void {
  const roles = new Map(one.facts.roles);
  roles.set(one.cloud.id, [...(roles.get(one.cloud.id) ?? []), { role: 'User Administrator', how, through: null }]);
  one.facts = { ...one.facts, roles };
}

function judged(...applied: readonly Twist[]): PlanRow {
  const one = perfect();
  // What replaces the cloud user takes it as the other twists have left it.
  for (const twist of [...applied].sort(
    (a, b) => Number(a.bends.includes('cloud')) - Number(b.bends.includes('cloud')),
  ))
    twist.apply(one);
  const parsed = pairing(2, [one.adText, one.cloudText], { claimedId: one.claimedId });
  const ad: AdAnswer | null = parsed.ad?.kind === 'ref' ? (one.adLookup ?? { kind: 'found', user: one.ad }) : null;
  const row: Evidence = {
    pairing: parsed,
    ad,
    anchor: ad?.kind === 'found' ? anchorOf(ad.user, one.source) : null,
    cloud: parsed.cloud?.kind === 'ref' ? (one.cloudLookup ?? { kind: 'found', user: one.cloud }) : null,
    holders: one.holders,
    owner: one.owner,
    rivals: one.rivals,
  };
  const mates = one.mates.map((mate, index) => ({ ...mate(row), pairing: { ...row.pairing, line: 10 + index } }));
  const addresses = new Map(one.addresses.length > 0 ? [[foldKey('u2@example.test'), one.addresses]] : []);
  const adAddresses = new Map(one.sharing.length > 0 ? [[foldKey('u2@example.test'), [one.ad, ...one.sharing]]] : []);
  const rows = [row, ...mates];
  const pairs = lookAtPairs(rows.map(pairOf));
  const view = { facts: one.facts, addresses, adAddresses, candidateOf: candidateOf(one), pairs, adOwners: new Map() };
  const [planned] = decide(rows, view, one.policy).rows;
  if (!planned) throw new Error('no row');
  return planned;
}

const candidateOf =
  ({ source }: Case) =>
  (user: AdUser): SyncCandidate | null => {
    const immutableId = immutableIdIn(anchorOf(user, source));
    return immutableId === null ? null : { user, immutableId, holders: [], rivals: [] };
  };

const codesOf = (row: PlanRow): ReasonCode[] => [...row.reasons, ...row.warnings].map((finding) => finding.code);

/** Told of the run or after the write, never of a row in a plan. */
const elsewhere = new Set<ReasonCode>([
  'ad-attributes-hidden',
  'anchor-evidence-contradicts',
  'anchor-confirmed-against-evidence',
  'tenant-differs',
  'hard-match-blocked-in-tenant',
  'pairings-look-shifted',
  'check-not-permitted',
  'check-failed',
  'check-incomplete',
  'sync-not-running',
  'changed-since-run',
  // These rest on who else has the addresses: judge/pairing/pairing-findings.test.ts.
  'pairing-contradicted',
  'pairing-nothing-in-common',
  'pairing-doubtful',
  // Of a row that is kept: judge/taken-over.test.ts.
  'cloud-user-renamed',
  'throttled',
  'timed-out',
  'unreachable',
  'forbidden',
  'conflict',
  'bad-request',
  'server-error',
  'unexpected',
]);

const places = new Map((Object.keys(reasonCatalogue) as ReasonCode[]).map((code, place) => [code, place]));
const isSorted = (codes: readonly ReasonCode[]): boolean =>
  codes.every((code, index) => index === 0 || (places.get(codes[index - 1] ?? code) ?? 0) <= (places.get(code) ?? 0));

describe('every reason', () => {
  it('has a row here that meets it, or belongs to the run or the writing', () => {
    const met = new Set([...twists.map((twist) => twist.code), ...elsewhere]);
    expect(Object.keys(reasonCatalogue).filter((code) => !met.has(code as ReasonCode))).toEqual([]);
  });

  it('is not met by a row with nothing wrong', () => {
    expect(judged()).toMatchObject({ state: 'ready', step: 'link', reasons: [], warnings: [] });
  });

  it.each(twists.map((twist) => [twist.code, twist] as const))(
    '%s is met by its row, with its severity',
    (code, twist) => {
      const row = judged(twist);
      const where = severityOf(code) === 'hold' ? row.reasons : row.warnings;
      expect(where.map((finding) => finding.code)).toContain(code);
      for (const brought of twist.brings ?? []) expect(codesOf(row)).toContain(brought);
      expect(row.state).toBe(row.reasons.length > 0 ? 'held' : 'ready');
      for (const { facts: given = {} } of where)
        expect(Object.entries(given).filter(([name, fact]) => fact === '' && name !== 'note')).toEqual([]);
    },
  );
});

function canMeet(a: Twist, b: Twist): boolean {
  const lost = (bent: Twist, other: Twist): boolean =>
    bent.bends.some((part) => other.bends.includes(part) || (other.needs ?? []).includes(part));
  // A deleted user, or one whose record cannot be read, is no longer looked at as a live one.
  return !lost(a, b) && !lost(b, a);
}

const pairs = twists.flatMap((a, index) =>
  twists.slice(index + 1).flatMap((b) => (canMeet(a, b) ? [[a, b] as const] : [])),
);

// What is true of a synced user, and of one whom sync leaves out, ends some questions.
const ofWhomSyncCarries: readonly ReasonCode[] = [
  'cloud-user-holds-role',
  'cloud-user-eligible-for-role',
  'cloud-object-identifier-set',
  'cloud-object-identifier-equal',
  'cloud-object-identifier-replaced',
  'cloud-user-federated',
];
const silenced: Partial<Record<ReasonCode, readonly ReasonCode[]>> = {
  'cloud-user-synced': ofWhomSyncCarries,
  'cloud-user-loses-ad': ofWhomSyncCarries,
  'ad-user-out-of-scope': ['ad-in-sync-scope', 'soft-match-will-fail'],
  // Where somebody has the anchor, or several claim it, sync does not come to look at addresses.
  'soft-match-will-fail': [
    'ad-in-sync-scope',
    'ad-user-carried-by-sync',
    'anchor-shared-in-ad',
    'immutable-id-held-by-other',
    'immutable-id-held-by-deleted',
  ],
  // Whom sync carries it neither makes nor looks for any more.
  'ad-user-carried-by-sync': ['soft-match-would-hit-other', 'ad-in-sync-scope', 'ad-user-out-of-scope'],
  // Where a cycle before the write would join somebody, or fail, it makes nobody new.
  'ad-in-sync-scope': [
    'immutable-id-held-by-other',
    'immutable-id-held-by-deleted',
    'soft-match-would-hit-other',
    'attribute-conflict-after-sync',
    'another-joins',
    // Where the anchor is in question it is not known what a cycle does.
    'anchor-missing',
    'anchor-malformed',
    'anchor-value-unfit',
    'anchor-shared-in-ad',
  ],
};
const isSilenced = (a: ReasonCode, b: ReasonCode): boolean =>
  (silenced[a]?.includes(b) ?? false) || (silenced[b]?.includes(a) ?? false);

describe('every pair of reasons that can meet in a row', () => {
  it('is a pair in more than half of the cases', () => {
    expect(pairs.length).toBeGreaterThan(twists.length * 5);
  });

  it('loses neither, in the order of repair, with the first to fix first', () => {
    const lost: string[] = [];
    for (const [a, b] of pairs) {
      const row = judged(a, b);
      const codes = codesOf(row);
      const isWhole = [a.code, b.code].every((code) => codes.includes(code)) || isSilenced(a.code, b.code);
      if (!isWhole) lost.push(`${a.code} + ${b.code}: ${codes.join(' ')}`);
      expect(isSorted(row.reasons.map((finding) => finding.code))).toBe(true);
      expect(isSorted(row.warnings.map((finding) => finding.code))).toBe(true);
      expect(row.state).toBe(row.reasons.length > 0 ? 'held' : 'ready');
    }
    expect(lost).toEqual([]);
  });

  it('gives the same answer whichever of the two came about first', () => {
    for (const [a, b] of pairs) expect(codesOf(judged(b, a))).toEqual(codesOf(judged(a, b)));
  });
});
