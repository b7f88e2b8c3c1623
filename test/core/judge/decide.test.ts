import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anchorOf, type SourceAnchor } from '../../../src/core/ids/anchor.ts';
import { decide as decideIn, type TenantView } from '../../../src/core/judge/decide.ts';
import type { Evidence } from '../../../src/core/judge/evidence.ts';
import { lookAtPairs } from '../../../src/core/judge/pairing/judge-pairings.ts';
import type { AdAnswer, AdUser, CloudAnswer, CloudUser, Holder } from '../../../src/core/users.ts';
import { adUser, cloudUser, guid, idOf, pairing } from '../../support/people.ts';

const view: TenantView = {
  facts: {
    sync: { isEnabled: null, lastSyncAt: null },
    features: null,
    domains: null,
    roles: new Map(),
    cloudManaged: null,
    limits: [],
    unchecked: [],
  },
  addresses: new Map(),
  adAddresses: new Map(),
  candidateOf: () => null,
  pairs: lookAtPairs([]),
  adOwners: new Map(),
};
const decide = (rows: readonly Evidence[], policy: { allowRelink: boolean }) => [
  ...decideIn(rows, view, { ...policy, federatedDetour: null, sync: 'connect' }).rows,
];

const auto: SourceAnchor = { kind: 'auto' };

function evidence(
  line: number,
  sides: {
    ad?: AdUser | AdAnswer;
    cloud?: CloudUser | CloudAnswer;
    holders?: Holder[];
    claimedId?: string;
    source?: SourceAnchor;
  },
): Evidence {
  const adFound: AdUser | AdAnswer = sides.ad ?? adUser(line);
  const cloudFound: CloudUser | CloudAnswer = sides.cloud ?? cloudUser(line);
  const ad: AdAnswer = 'kind' in adFound ? adFound : { kind: 'found', user: adFound };
  const cloud: CloudAnswer = 'kind' in cloudFound ? cloudFound : { kind: 'found', user: cloudFound };
  return {
    pairing: pairing(line, [`u${line}`, `u${line}@example.test`], { claimedId: sides.claimedId ?? null }),
    ad,
    anchor: ad.kind === 'found' ? anchorOf(ad.user, sides.source ?? auto) : null,
    cloud,
    holders: sides.holders ?? [],
    owner: null,
    rivals: [],
  };
}

const one = (row: Evidence, allowRelink = false) => {
  const [planned] = decide([row], { allowRelink });
  if (!planned) throw new Error('no row');
  return planned;
};
const codes = (row: { reasons: readonly { code: string }[] }) => row.reasons.map((reason) => reason.code);

describe('a single row', () => {
  it('is linked when the cloud user has no immutable ID', () => {
    expect(one(evidence(2, {}))).toMatchObject({ state: 'ready', step: 'link', after: idOf(2), reasons: [] });
  });

  it('is kept when the cloud user has the right immutable ID, even when sync carries it', () => {
    const cloud = cloudUser(2, { onPremisesImmutableId: idOf(2), onPremisesSyncEnabled: true });
    expect(one(evidence(2, { cloud }))).toMatchObject({ state: 'kept', step: 'keep', after: idOf(2) });
  });

  it('is not kept when the immutable ID differs by case alone', () => {
    const cloud = cloudUser(2, { onPremisesImmutableId: idOf(2).toLowerCase() });
    expect(codes(one(evidence(2, { cloud })))).toEqual(['relink-not-allowed']);
  });

  it('replaces a different immutable ID only when that is allowed', () => {
    const row = evidence(2, { cloud: cloudUser(2, { onPremisesImmutableId: idOf(99) }) });
    expect(one(row)).toMatchObject({ state: 'held', step: null });
    expect(one(row, true)).toMatchObject({ state: 'ready', step: 'relink', cloud: { before: idOf(99) } });
  });

  it('takes an empty string for no immutable ID', () => {
    const row = one(evidence(2, { cloud: cloudUser(2, { onPremisesImmutableId: '' }) }));
    expect(row).toMatchObject({ state: 'ready', step: 'link', cloud: { before: null } });
  });

  it('is held while sync carries the cloud user with another immutable ID, allowed or not', () => {
    const row = evidence(2, { cloud: cloudUser(2, { onPremisesImmutableId: idOf(99), onPremisesSyncEnabled: true }) });
    expect(codes(one(row, true))).toEqual(['cloud-user-synced']);
  });

  it('is held when somebody else has the immutable ID, live or deleted, but not when the user itself has it', () => {
    const holder = (n: number, deleted: boolean): Holder => ({
      id: guid('cloud', n),
      userPrincipalName: `h${n}@example.test`,
      displayName: null,
      mail: null,
      proxyAddresses: [],
      sid: null,
      dn: null,
      lastSyncAt: null,
      objectIdentifier: null,
      isGuest: false,
      licences: 0,
      isSynced: false,
      deleted,
      deletedDateTime: deleted ? '2026-11-02T08:15:00Z' : null,
    });
    const row = one(evidence(2, { holders: [holder(2, false), holder(3, true), holder(4, false)] }));
    expect(codes(row)).toEqual(['immutable-id-held-by-other', 'immutable-id-held-by-deleted']);
    expect(row.reasons[0]?.facts?.['holder']).toContain('h4@example.test');
  });

  it('is held for a guest, a deleted, a missing and an ambiguous cloud user', () => {
    const held = (cloud: CloudUser | CloudAnswer) => codes(one(evidence(2, { cloud })));
    expect(held(cloudUser(2, { userType: 'Guest' }))).toEqual(['cloud-user-guest']);
    expect(held({ kind: 'deleted', user: cloudUser(2, { deletedDateTime: '2026-11-02T08:15:00Z' }) })).toEqual([
      'cloud-user-deleted',
    ]);
    expect(held({ kind: 'none' })).toEqual(['cloud-user-not-found']);
    expect(held({ kind: 'several', users: [cloudUser(2), cloudUser(3)] })).toEqual(['cloud-user-ambiguous']);
  });

  it('is held for a missing, an ambiguous and a non-user AD object, and still says what is wrong in the cloud', () => {
    const held = (ad: AdAnswer) => codes(one(evidence(2, { ad, cloud: { kind: 'none' } })));
    expect(held({ kind: 'none' })).toEqual(['ad-user-not-found', 'cloud-user-not-found']);
    expect(held({ kind: 'several', dns: ['CN=a', 'CN=b'] })).toEqual(['ad-user-ambiguous', 'cloud-user-not-found']);
    expect(held({ kind: 'not-a-user', dn: 'CN=g', objectClass: 'group' })).toEqual([
      'ad-not-a-user',
      'cloud-user-not-found',
    ]);
  });

  it('is held when the file claims another immutable ID than AD gives', () => {
    expect(codes(one(evidence(2, { claimedId: idOf(3) })))).toEqual(['claimed-id-differs']);
    expect(one(evidence(2, { claimedId: idOf(2) })).state).toBe('ready');
  });

  it('is held for an empty and for an unreadable cell', () => {
    const empty: Evidence = {
      ...evidence(2, {}),
      pairing: pairing(2, ['', 'nonsense']),
      ad: null,
      anchor: null,
      cloud: null,
    };
    expect(codes(one(empty))).toEqual(['missing-value', 'bad-reference']);
  });

  it('is warned about, not held, when the AD user is disabled or anchored by a ConsistencyGuid of its own', () => {
    const ad = adUser(2, { enabled: false, consistencyGuid: { kind: 'guid', guid: guid('other', 2) } });
    const row = one(evidence(2, { ad }));
    expect(row.state).toBe('ready');
    expect(row.warnings.map((warning) => warning.code)).toEqual(['sign-in-will-change', 'anchor-differs-from-guid']);
    expect(row.ad?.sourceAnchor).toBe('mS-DS-ConsistencyGuid');
  });
});

describe('the source anchor', () => {
  const withConsistency = adUser(2, { consistencyGuid: { kind: 'guid', guid: guid('ad', 77) } });
  it('is ConsistencyGuid where set, else objectGUID, when left to auto', () => {
    expect(one(evidence(2, { ad: withConsistency })).after).toBe(idOf(77));
    expect(one(evidence(2, { ad: adUser(2) })).after).toBe(idOf(2));
  });
  it('is the forced attribute when one is forced, and a user without it is held', () => {
    expect(one(evidence(2, { ad: withConsistency, source: { kind: 'objectGUID' } })).after).toBe(idOf(2));
    const forced = one(evidence(2, { source: { kind: 'mS-DS-ConsistencyGuid' } }));
    expect(codes(forced)).toEqual(['anchor-missing']);
  });
  it('never falls back to objectGUID from a malformed ConsistencyGuid', () => {
    const ad = adUser(2, { consistencyGuid: { kind: 'bytes', base64: 'AQIDBAU=' } });
    const row = one(evidence(2, { ad }));
    expect(codes(row)).toEqual(['anchor-malformed']);
    expect(row.reasons[0]?.facts?.['why']).toBe('it has 5 bytes, not 16');
  });
  it('takes a text attribute as it is, and refuses one that is too long, empty or holds what Graph refuses', () => {
    const source: SourceAnchor = { kind: 'attribute', name: 'employeeID' };
    const of = (text: string) => one(evidence(2, { ad: adUser(2, { customAnchor: { kind: 'text', text } }), source }));
    expect(of('E-1001').after).toBe('E-1001');
    expect(codes(of('x'.repeat(60)))).toEqual(['anchor-value-unfit']);
    // A sign that is encoded counts as three.
    expect(codes(of('-'.repeat(20)))).toEqual(['anchor-value-unfit']);
    expect(codes(of('a_b'))).toEqual(['anchor-value-unfit']);
    expect(codes(of('u2@example.test'))).toEqual(['anchor-value-unfit']);
    expect(codes(of(''))).toEqual(['anchor-missing']);
    expect(of('x'.repeat(59)).state).toBe('ready');
  });
  it('refuses a GUID of zeros', () => {
    const zero = { kind: 'guid', guid: '00000000-0000-0000-0000-000000000000' } as never;
    expect(codes(one(evidence(2, { ad: adUser(2, { consistencyGuid: zero }) })))).toEqual(['anchor-malformed']);
  });
});

describe('what is predicted of a row', () => {
  it('is, of one that is held for itself, not that its value will be there', () => {
    const row = one(evidence(2, { cloud: cloudUser(2, { onPremisesImmutableId: idOf(99) }) }));
    expect([row.state, row.forecast?.prediction.kind]).toEqual(['held', 'provisions']);
  });

  it('is unknown where AD does not say enough, and then there is nothing to warn of', () => {
    for (const row of [
      evidence(2, { ad: { kind: 'none' } }),
      evidence(2, { source: { kind: 'mS-DS-ConsistencyGuid' } }),
    ]) {
      const { state, forecast } = one(row);
      expect([state, forecast]).toEqual(['held', { prediction: { kind: 'unknown' }, clashes: [], overwrites: [] }]);
    }
  });

  it('is contested where another AD user has the anchor too', () => {
    const consistencyGuid = { kind: 'guid', guid: guid('other', 1) } as const;
    const rows = decide(
      [2, 3].map((n) => ({
        ...evidence(n, { ad: adUser(n, { consistencyGuid }) }),
        rivals: [adUser(5 - n, { consistencyGuid })],
      })),
      { allowRelink: false },
    );
    expect(rows.map((row) => row.forecast?.prediction.kind)).toEqual(['contested', 'contested']);
  });

  it('warns of a user whom sync would make before the write, and not of one whom it would join', () => {
    const facts = { ...view.facts, sync: { isEnabled: true, lastSyncAt: null } };
    const upn = 'u2@example.test';
    const there = {
      kind: 'user',
      id: guid('cloud', 2),
      name: upn,
      displayName: 'User 2',
      as: 'upn',
      immutableId: null,
    } as const;
    const warningsWith = (addresses: TenantView['addresses']): string[] =>
      [
        ...decideIn(
          [evidence(2, {})],
          { ...view, facts, addresses },
          { allowRelink: false, federatedDetour: null, sync: 'connect' },
        ).rows,
      ].flatMap((row) => row.warnings.map(({ code }) => code));
    expect(warningsWith(new Map())).toEqual(['ad-in-sync-scope']);
    expect(warningsWith(new Map([[upn, [{ ...there, isSynced: false, isGuest: false }]]]))).toEqual([]);
  });
});

describe('a user of a federated domain', () => {
  const domain = { isVerified: true, isInitial: false };
  const facts: TenantView['facts'] = {
    ...view.facts,
    domains: [
      { ...domain, name: 'example.test', isFederated: true },
      { ...domain, name: 'managed.test', isFederated: false },
    ],
  };
  const planned = (row: Evidence, federatedDetour: string | null = 'managed.test') => {
    const [only] = [
      ...decideIn([row], { ...view, facts }, { allowRelink: false, federatedDetour, sync: 'connect' }).rows,
    ];
    if (!only) throw new Error('no row');
    return only;
  };

  it('goes by way of the managed domain, under a name that its object id makes nobody else’s', () => {
    expect(planned(evidence(2, {}))).toMatchObject({
      state: 'ready',
      detour: { home: 'u2@example.test', away: `hardmatch-${guid('cloud', 2)}@managed.test` },
    });
  });

  it('is held where no detour is allowed', () => {
    expect(codes(planned(evidence(2, {}), null))).toEqual(['cloud-user-federated']);
  });

  it('goes nowhere where nothing is written, and where its domain is managed already', () => {
    const kept = planned(evidence(2, { cloud: cloudUser(2, { onPremisesImmutableId: idOf(2) }) }));
    const held = planned(evidence(2, { cloud: cloudUser(2, { userType: 'Guest' }) }));
    const nobody = planned(evidence(2, { cloud: { kind: 'none' } }));
    const managed = planned(evidence(2, { cloud: cloudUser(2, { userPrincipalName: 'u2@managed.test' }) }));
    expect([kept, held, nobody, managed].map(({ state, detour }) => [state, detour])).toEqual([
      ['kept', null],
      ['held', null],
      ['held', null],
      ['ready', null],
    ]);
  });
});

describe('what was learnt of a row', () => {
  it('stays with it: the AD user with its anchor, and the cloud user, deleted ones too', () => {
    const deleted = cloudUser(2, { deletedDateTime: '2026-11-02T08:15:00Z', onPremisesImmutableId: idOf(7) });
    const row = one(evidence(2, { cloud: { kind: 'deleted', user: deleted } }));
    const { dn, objectGuid, sid } = adUser(2);
    expect(row.ad).toEqual({ dn, objectGuid, sid, name: null, sourceAnchor: 'objectGUID', immutableId: idOf(2) });
    expect(row.cloud).toEqual({
      id: guid('cloud', 2),
      userPrincipalName: 'u2@example.test',
      name: 'User 2',
      before: idOf(7),
      syncEnabled: null,
      userType: 'Member',
      accountEnabled: true,
    });
    expect([row.state, row.after, row.step]).toEqual(['held', null, null]);
  });

  it('is, of an AD user without an anchor, that there is none', () => {
    const row = one(evidence(2, { source: { kind: 'mS-DS-ConsistencyGuid' } }));
    expect(row.ad).toMatchObject({ objectGuid: guid('ad', 2), sourceAnchor: null, immutableId: null });
  });

  it('keeps reasons and warnings apart', () => {
    const row = one(evidence(2, { ad: adUser(2, { enabled: false }), cloud: { kind: 'none' } }));
    expect(codes(row)).toEqual(['cloud-user-not-found']);
    expect(row.warnings.map(({ code }) => code)).toEqual(['ad-user-disabled']);
  });
});

describe('rows against each other', () => {
  it('holds every line of an AD user named twice, and names the lines', () => {
    const rows = decide([evidence(2, {}), evidence(3, { ad: adUser(2) })], { allowRelink: false });
    expect(rows.map(codes)).toEqual([['duplicate-ad-user'], ['duplicate-ad-user']]);
    expect(rows[0]?.reasons[0]?.facts).toEqual({ lines: '2, 3' });
  });
  it('holds every line of a cloud user named twice', () => {
    const rows = decide([evidence(2, {}), evidence(3, { cloud: cloudUser(2) })], { allowRelink: false });
    expect(rows.map(codes)).toEqual([['duplicate-cloud-user'], ['duplicate-cloud-user']]);
  });
  it('holds different AD users who share one anchor, and does not call them duplicates', () => {
    const copied = { kind: 'guid', guid: guid('other', 1) } as const;
    const rows = decide(
      [
        evidence(2, { ad: adUser(2, { consistencyGuid: copied }) }),
        evidence(3, { ad: adUser(3, { consistencyGuid: copied }) }),
        evidence(4, {}),
      ],
      { allowRelink: false },
    );
    expect(rows.map(codes)).toEqual([['two-rows-one-anchor'], ['two-rows-one-anchor'], []]);
  });
  it('predicts of rows that are held for each other that nothing is written: sync makes a new user', () => {
    const collided = decide([evidence(2, {}), evidence(3, { ad: adUser(2) })], { allowRelink: false });
    expect(collided.map((row) => row.forecast?.prediction.kind)).toEqual(['provisions', 'provisions']);
    const alone = decide([evidence(2, {}), evidence(3, {})], { allowRelink: false });
    expect(alone.map((row) => row.forecast?.prediction)).toEqual([
      { kind: 'joins', user: guid('cloud', 2) },
      { kind: 'joins', user: guid('cloud', 3) },
    ]);
  });
  it('gives one row for each given, in order, and the same judgement however the rows are shuffled', () => {
    const pool: Evidence[] = [2, 3, 4, 5, 6, 7, 8].map((line) =>
      evidence(line, {
        ad: line % 3 === 0 ? { kind: 'none' } : adUser(line === 4 ? 2 : line),
        cloud: line === 7 ? cloudUser(5) : cloudUser(line),
      }),
    );
    const straight = new Map(decide(pool, { allowRelink: false }).map((row) => [row.line, row]));
    fc.assert(
      fc.property(fc.shuffledSubarray(pool, { minLength: pool.length }), (shuffled) => {
        const rows = decide(shuffled, { allowRelink: false });
        expect(rows.map((row) => row.line)).toEqual(shuffled.map((row) => row.pairing.line));
        for (const row of rows) {
          const { lines: _lines, ...facts } = row.reasons[0]?.facts ?? {};
          const { lines: _same, ...expected } = straight.get(row.line)?.reasons[0]?.facts ?? {};
          expect(codes(row)).toEqual(codes(straight.get(row.line) ?? row));
          expect(facts).toEqual(expected);
        }
      }),
      { numRuns: 50 },
    );
  });
});
