// Any plan, any entry: what fast-check thinks of, and storage/ must bring back to the letter. Knows nothing of vitest, so that
// a program that fuzzes for hours can use it too.
import fc from 'fast-check';
import type { Guid } from '../../../src/core/guid.ts';
import type { DetourStep, JournalEntry } from '../../../src/core/journal.ts';
import type { PlanHeader } from '../../../src/core/plan.ts';
import type { Forecast, Prediction } from '../../../src/core/forecast.ts';
import type { Preflight } from '../../../src/core/preflight.ts';
import type { Finding, ReasonCode } from '../../../src/core/reasons.ts';
import type { Detour, PlanRow } from '../../../src/core/row.ts';
import { at } from '../../storage/examples-plain.ts';

// Every code point, and what JSON, lines and UTF-8 stumble over: a lone surrogate, line and paragraph separators, NUL.
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom('\ud800', '\u2028', '\0', '\r\n', '"', '\ufeff'),
    ),
    {
      maxLength: 4,
    },
  )
  .map((parts) => parts.join(''));
const anyGuid = fc.uuid().map((text) => text as Guid);
const orNull = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values, { nil: null });

const anyFinding: fc.Arbitrary<Finding> = fc
  .record({
    code: fc.constantFrom<ReasonCode>('missing-value', 'bad-reference', 'unexpected'),
    facts: fc.option(
      fc.dictionary(fc.stringMatching(/^[a-z][A-Za-z]{0,5}$/), anyText, { noNullPrototype: true, maxKeys: 3 }),
    ),
  })
  .map(({ code, facts }) => (facts === null ? { code } : { code, facts }));

const anyKind = fc.constantFrom(
  { state: 'ready', step: 'link' } as const,
  { state: 'ready', step: 'relink' } as const,
  { state: 'ready', step: 'unlink' } as const,
  { state: 'kept', step: 'keep' } as const,
  { state: 'held', step: null } as const,
);

const anyCloud = fc.record({
  id: anyGuid,
  userPrincipalName: anyText,
  name: orNull(anyText),
  before: orNull(anyText),
  syncEnabled: orNull(fc.boolean()),
  userType: orNull(anyText),
  accountEnabled: orNull(fc.boolean()),
});

const anyAttribute = fc.constantFrom('userPrincipalName', 'mail', 'proxyAddresses');

const anyPrediction: fc.Arbitrary<Prediction> = fc.oneof(
  fc.record({ kind: fc.constantFrom('joins', 'restores', 'soft-matches', 'soft-match-blocked'), user: anyGuid }),
  fc.record({ kind: fc.constant('carried'), by: anyGuid }),
  fc.record({ kind: fc.constant('out-of-scope'), rule: anyText }),
  fc.record({ kind: fc.constant('join-blocked'), user: anyGuid, why: fc.constant('cloud-user-holds-role') }),
  fc.record({ kind: fc.constantFrom('provisions', 'contested', 'unknown') }),
);

const anyForecast: fc.Arbitrary<Forecast> = fc.record({
  prediction: anyPrediction,
  clashes: fc.array(fc.record({ attribute: anyAttribute, value: anyText, holder: anyText }), { maxLength: 2 }),
  overwrites: fc.array(fc.record({ attribute: anyAttribute, cloud: orNull(anyText), ad: anyText }), { maxLength: 2 }),
});

const anyPreflight: fc.Arbitrary<Preflight> = fc.record({
  sync: fc.record({ isEnabled: orNull(fc.boolean()), lastSyncAt: orNull(fc.constant(at)) }),
  features: orNull(fc.record({ hardMatchBlocked: fc.boolean(), softMatchBlocked: fc.boolean() })),
  evidence: orNull(
    fc.record({
      users: fc.nat(),
      consistencyGuid: fc.nat(),
      objectGuid: fc.nat(),
      either: fc.nat(),
      custom: fc.nat(),
      neither: fc.nat(),
      notInAd: fc.nat(),
    }),
  ),
  findings: fc.array(anyFinding, { maxLength: 2 }),
});

// The user of every sound detour is at one of its two ends.
const anyDetour = (upn: string): fc.Arbitrary<Detour> =>
  fc.constantFrom({ home: upn, away: 'away@example.onmicrosoft.test' }, { home: 'home@example.test', away: upn });
const anyUpn = fc.stringMatching(/^[a-z]{1,8}@[a-z]{1,8}\.test$/);

/** Any sound row with as many extra values as `extra`. */
const anyRow = (extra: number): fc.Arbitrary<PlanRow> =>
  fc.tuple(anyKind, fc.boolean(), anyUpn).chain(([{ state, step }, hasDetour, upn]) =>
    fc.record({
      line: fc.integer({ min: 1, max: 1_000_000 }),
      adText: anyText,
      cloudText: anyText,
      state: fc.constant(state),
      step: fc.constant(step),
      reasons: fc.array(anyFinding, { minLength: state === 'held' ? 1 : 0, maxLength: state === 'held' ? 3 : 0 }),
      warnings: fc.array(anyFinding, { maxLength: 2 }),
      ad: orNull(
        fc.record({
          dn: anyText,
          objectGuid: anyGuid,
          sourceAnchor: orNull(anyText),
          immutableId: orNull(anyText),
          name: orNull(anyText),
          sid: orNull(anyText),
        }),
      ),
      cloud:
        state === 'held'
          ? orNull(anyCloud)
          : hasDetour
            ? anyCloud.map((cloud) => ({ ...cloud, userPrincipalName: upn }))
            : anyCloud,
      after: step === 'unlink' || state === 'held' ? fc.constant(null) : anyText,
      detour: state === 'ready' && hasDetour ? anyDetour(upn) : fc.constant(null),
      forecast: orNull(anyForecast),
      extra: fc.array(anyText, { minLength: extra, maxLength: extra }),
    }),
  );

export const anyPlan: fc.Arbitrary<{ header: PlanHeader; rows: PlanRow[] }> = fc
  .array(anyText, { maxLength: 3 })
  .chain((extraColumns) =>
    fc.record({
      header: fc.record({
        format: fc.constant(3 as const),
        kind: fc.constantFrom('link', 'rollback'),
        toolVersion: anyText,
        tenant: fc.record({ id: anyGuid, name: anyText }),
        directory: fc.record({ domain: anyText, source: anyText }),
        sourceAnchor: anyText,
        allowRelink: fc.boolean(),
        input: fc.record({ path: anyText, sha256: fc.constant('0f'.repeat(32)) }),
        extraColumns: fc.constant(extraColumns),
        preflight: anyPreflight,
        createdAt: fc.constant(at),
      }),
      rows: fc.uniqueArray(anyRow(extraColumns.length), { selector: ({ line }) => line, maxLength: 6 }),
    }),
  );

export const anyEntry: fc.Arbitrary<JournalEntry> = fc.oneof(
  fc.record({
    kind: fc.constant('intent' as const),
    line: fc.integer({ min: 1, max: 1_000_000 }),
    userId: anyGuid,
    userPrincipalName: anyText,
    before: orNull(anyText),
    after: orNull(anyText),
    at: fc.constant(at),
  }),
  fc.record({
    kind: fc.constant('outcome' as const),
    line: fc.integer({ min: 1, max: 1_000_000 }),
    userId: anyGuid,
    outcome: fc.constantFrom('applied', 'already', 'stale', 'rejected', 'uncertain', 'not-reached'),
    code: orNull(fc.constantFrom('throttled', 'conflict')),
    attempts: fc.nat(),
    requestId: orNull(anyText),
    detail: anyText,
    at: fc.constant(at),
  }),
);

export const anyDetourEntry: fc.Arbitrary<JournalEntry> = fc.oneof(
  fc.record({
    kind: fc.constant('detour-intent' as const),
    line: fc.integer({ min: 1, max: 1_000_000 }),
    userId: anyGuid,
    userPrincipalName: anyText,
    step: fc.constantFrom<DetourStep>('upn-away', 'set', 'restore', 'upn-back'),
    before: orNull(anyText),
    after: orNull(anyText),
    at: fc.constant(at),
  }),
  fc.record({
    kind: fc.constant('detour-outcome' as const),
    line: fc.integer({ min: 1, max: 1_000_000 }),
    userId: anyGuid,
    step: fc.constantFrom<DetourStep>('upn-away', 'set', 'restore', 'upn-back'),
    outcome: fc.constantFrom('applied', 'rejected', 'uncertain'),
    code: orNull(fc.constantFrom('forbidden', 'bad-request')),
    attempts: fc.nat(),
    requestId: orNull(anyText),
    detail: anyText,
    at: fc.constant(at),
  }),
);
