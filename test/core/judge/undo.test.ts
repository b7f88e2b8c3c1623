import { describe, expect, it } from 'vitest';
import { type DetourStep, type JournalEntry, leftAway } from '../../../src/core/journal.ts';
import type { PlanRow } from '../../../src/core/row.ts';
import { toTakeBack, undoRow, type Written, writtenBy } from '../../../src/core/judge/undo.ts';
import type { CloudUser, Holder } from '../../../src/core/users.ts';
import { cloudUser, guid, idOf } from '../../support/people.ts';

const time = '2026-11-23T12:00:00.000Z';
const home = 'u2@fed.test';
const away = 'hardmatch-2@managed.test';
const end = { code: null, attempts: 1, requestId: null, detail: '', at: time } as const;

function intent(line: number): JournalEntry {
  const userPrincipalName = `u${line}@example.test`;
  return {
    kind: 'intent',
    line,
    userId: guid('cloud', line),
    userPrincipalName,
    before: null,
    after: idOf(line),
    at: time,
  };
}

type RowOutcome = Extract<JournalEntry, { kind: 'outcome' }>['outcome'];
type StepOutcome = Extract<JournalEntry, { kind: 'detour-outcome' }>['outcome'];

function outcome(line: number, how: RowOutcome): JournalEntry {
  return { kind: 'outcome', line, userId: guid('cloud', line), outcome: how, ...end };
}

/** A step of line 2's detour from `idOf(9)` to `idOf(2)`; without an outcome: begun and not known to have ended. */
function step(name: DetourStep, how?: StepOutcome): JournalEntry[] {
  const row = { line: 2, userId: guid('cloud', 2) };
  const values = {
    'upn-away': { before: home, after: away },
    set: { before: idOf(9), after: idOf(2) },
    restore: { before: idOf(2), after: idOf(9) },
    'upn-back': { before: away, after: home },
  };
  const begun: JournalEntry = {
    kind: 'detour-intent',
    ...row,
    userPrincipalName: home,
    step: name,
    ...values[name],
    at: time,
  };
  return how === undefined ? [begun] : [begun, { kind: 'detour-outcome', ...row, step: name, outcome: how, ...end }];
}

const linesWritten = (entries: readonly JournalEntry[]): number[] => writtenBy(entries).map(({ line }) => line);

describe('what a run wrote', () => {
  it('is what was applied, is uncertain, or was begun without an end; in line order', () => {
    const entries = [
      intent(7),
      intent(3),
      outcome(3, 'rejected'),
      intent(4),
      outcome(4, 'uncertain'),
      intent(2),
      outcome(2, 'applied'),
      intent(5),
      outcome(5, 'stale'),
      outcome(6, 'already'),
    ];
    expect(linesWritten(entries)).toEqual([2, 4, 7]);
  });

  it('is also what was begun without an end, whatever became of a second attempt', () => {
    expect(linesWritten([intent(2), intent(2), outcome(2, 'rejected')])).toEqual([2]);
    expect(linesWritten([...step('set'), ...step('set', 'rejected')])).toEqual([2]);
    expect(linesWritten([intent(2), outcome(2, 'rejected'), intent(2), outcome(2, 'rejected')])).toEqual([]);
  });

  it('is also what was begun where a later run finds the user changed, or gone, without a try of its own', () => {
    const untried: JournalEntry = {
      kind: 'outcome',
      line: 2,
      userId: guid('cloud', 2),
      outcome: 'stale',
      ...end,
      attempts: 0,
    };
    expect(linesWritten([intent(2), untried])).toEqual([2]);
    expect(linesWritten([intent(2), outcome(2, 'rejected'), untried])).toEqual([]);
    const tried: JournalEntry = {
      kind: 'outcome',
      line: 2,
      userId: guid('cloud', 2),
      outcome: 'rejected',
      ...end,
      attempts: 0,
    };
    expect(linesWritten([intent(2), tried])).toEqual([]);
  });

  it('is told of a detour by its steps, whatever the end of the row says', () => {
    const begun = [...step('upn-away', 'applied'), ...step('set')];
    for (const how of ['rejected', 'stale', 'not-reached'] as const) {
      expect(linesWritten([...begun, outcome(2, how)])).toEqual([2]);
    }
  });

  it('is, of a detour, the immutable ID and not the UPN', () => {
    const whole = [...step('upn-away', 'applied'), ...step('set', 'applied'), ...step('upn-back', 'applied')];
    const written: Written = {
      line: 2,
      userId: guid('cloud', 2),
      userPrincipalName: home,
      before: idOf(9),
      after: idOf(2),
      at: time,
    };
    expect(writtenBy([...whole, outcome(2, 'applied')])).toEqual([written]);
    expect(writtenBy([...step('upn-away', 'applied'), ...step('set')])).toEqual([written]);
    expect(writtenBy([...step('upn-away', 'applied'), ...step('set', 'uncertain')])).toEqual([written]);
    expect(writtenBy(step('upn-away', 'applied'))).toEqual([]);
    expect(writtenBy([...step('upn-away', 'applied'), ...step('set', 'rejected')])).toEqual([]);
  });

  it('is nothing once the run itself has put the former ID back, and only then', () => {
    const refused = [...step('upn-away', 'applied'), ...step('set', 'applied'), ...step('upn-back', 'rejected')];
    expect(linesWritten([...refused, ...step('restore', 'applied')])).toEqual([]);
    expect(linesWritten([...refused, ...step('restore')])).toEqual([2]);
    expect(linesWritten([...refused, ...step('restore', 'uncertain')])).toEqual([2]);
    expect(linesWritten([...refused, ...step('restore', 'applied'), ...step('set')])).toEqual([2]);
  });
});

describe('who may have been left away', () => {
  const gone = step('upn-away', 'applied');

  it.each<[string, readonly JournalEntry[], boolean]>([
    ['begun', step('upn-away'), true],
    ['moved', gone, true],
    ['not known to have moved', step('upn-away', 'uncertain'), true],
    ['refused to move', step('upn-away', 'rejected'), false],
    [
      'refused to move a second time, where the first is not known',
      [...step('upn-away'), ...step('upn-away', 'rejected')],
      true,
    ],
    ['refused to move twice', [...step('upn-away', 'rejected'), ...step('upn-away', 'rejected')], false],
    ['on the way home', [...gone, ...step('upn-back')], true],
    ['refused at home', [...gone, ...step('upn-back', 'rejected')], true],
    ['home', [...gone, ...step('upn-back', 'applied')], false],
    ['still away, with the new ID', [...gone, ...step('set', 'applied')], true],
    ['never moved, for all the journal tells', step('set', 'applied'), false],
    ['of a row that ended uncertain', [...gone, ...step('upn-back', 'uncertain'), outcome(2, 'uncertain')], true],
    ['of a row somebody else has changed', [...gone, outcome(2, 'stale')], false],
  ])('%s', (_name, entries, isAway) => {
    expect(leftAway(entries)).toEqual(new Set(isAway ? [2] : []));
  });
});

const original: PlanRow = {
  line: 2,
  adText: 'u2',
  cloudText: home,
  state: 'ready',
  step: 'relink',
  reasons: [],
  warnings: [{ code: 'ad-user-disabled' }],
  ad: {
    dn: 'CN=U',
    objectGuid: guid('ad', 2),
    sourceAnchor: 'objectGUID',
    immutableId: idOf(2),
    name: 'U',
    sid: 'S-1-5-21-1',
  },
  cloud: {
    id: guid('cloud', 2),
    userPrincipalName: home,
    name: 'U',
    before: idOf(9),
    syncEnabled: null,
    userType: 'Member',
    accountEnabled: true,
  },
  after: idOf(2),
  detour: { home, away },
  forecast: { prediction: { kind: 'unknown' }, clashes: [], overwrites: [] },
  extra: ['x'],
};
const written: Written = {
  line: 2,
  userId: guid('cloud', 2),
  userPrincipalName: home,
  before: idOf(9),
  after: idOf(2),
  at: time,
};

type More = { written?: Written; original?: PlanRow; holders?: readonly Holder[]; mayBeOld?: boolean };

function undo(user: Partial<CloudUser> | null, more: More = {}): PlanRow {
  const lookup = user ? ({ kind: 'found', user: cloudUser(2, user) } as const) : ({ kind: 'none' } as const);
  const { holders = [], mayBeOld = false } = more;
  return undoRow(more.written ?? written, more.original ?? original, { lookup, holders, mayBeOld });
}

describe('a write of moments ago', () => {
  const plain: PlanRow = { ...original, detour: null };

  it('is taken back although a reading shows the former value: the reading may be older than the write', () => {
    const row = undo({ onPremisesImmutableId: idOf(9) }, { original: plain, mayBeOld: true });
    expect(row).toMatchObject({
      state: 'ready',
      step: 'relink',
      after: idOf(9),
      cloud: { before: idOf(2) },
      reasons: [],
    });
    const linked: Written = { ...written, before: null };
    const empty = undo({ onPremisesImmutableId: null }, { original: plain, written: linked, mayBeOld: true });
    expect(empty).toMatchObject({ state: 'ready', step: 'unlink', after: null, cloud: { before: idOf(2) } });
  });

  it('is kept where nothing was written and nobody has to be brought home, however old the reading may be', () => {
    const never: Written = { ...written, after: idOf(9) };
    const more = { written: never, mayBeOld: true };
    const elsewhere = { userPrincipalName: 'new@else.test', onPremisesImmutableId: idOf(9) };
    expect(undo(elsewhere, more)).toMatchObject({ state: 'kept', detour: null });
    expect(undo({ ...elsewhere, userPrincipalName: home }, more)).toMatchObject({ state: 'ready', detour: { home } });
  });

  it('is kept as taken back once it is too long ago for that', () => {
    expect(undo({ onPremisesImmutableId: idOf(9) }, { original: plain })).toMatchObject({ state: 'kept' });
  });

  it('is not taken back where somebody else has changed the value', () => {
    const row = undo({ onPremisesImmutableId: idOf(7) }, { original: plain, mayBeOld: true });
    expect(row).toMatchObject({ state: 'held', reasons: [{ code: 'changed-since-run' }] });
    const emptied = undo({ onPremisesImmutableId: null }, { original: plain, mayBeOld: true });
    expect(emptied.reasons).toEqual([{ code: 'changed-since-run', facts: { current: 'empty' } }]);
  });
});

describe('a write that is not taken back', () => {
  const plain: PlanRow = { ...original, detour: null };
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
    deletedDateTime: deleted ? time : null,
  });

  it('is that of a user whom sync has taken up since: the row is held', () => {
    const synced = { onPremisesSyncEnabled: true, onPremisesImmutableId: idOf(2) };
    expect(undo(synced, { original: plain })).toMatchObject({
      state: 'held',
      step: null,
      after: null,
      reasons: [{ code: 'cloud-user-synced', facts: { current: idOf(2) } }],
    });
    const cleared: Written = { ...written, after: null };
    const empty = undo({ ...synced, onPremisesImmutableId: null }, { original: plain, written: cleared });
    expect(empty.reasons).toEqual([{ code: 'cloud-user-synced', facts: { current: 'none' } }]);
    expect(undo({ ...synced, onPremisesSyncEnabled: false }, { original: plain }).state).toBe('ready');
  });

  it('is that of a user whom sync has taken up, also where a reading that may be old shows the former value', () => {
    const more = { original: plain, mayBeOld: true };
    const synced = { onPremisesSyncEnabled: true, onPremisesImmutableId: idOf(9) };
    expect(undo(synced, more)).toMatchObject({
      state: 'held',
      step: null,
      after: null,
      reasons: [{ code: 'cloud-user-synced', facts: { current: idOf(9) } }],
    });
    const linked: Written = { ...written, before: null };
    expect(undo({ ...synced, onPremisesImmutableId: null }, { ...more, written: linked }).reasons).toEqual([
      { code: 'cloud-user-synced', facts: { current: 'none' } },
    ]);
  });

  it.each([
    ['a live user', false, 'immutable-id-held-by-other'],
    ['a user in the recycle bin', true, 'immutable-id-held-by-deleted'],
  ] as const)('is one whose earlier value %s has taken meanwhile', (_who, deleted, code) => {
    const more = { original: plain, holders: [holder(2, false), holder(5, deleted)] };
    expect(undo({ onPremisesImmutableId: idOf(2) }, more)).toMatchObject({
      state: 'held',
      step: null,
      after: null,
      reasons: [{ code, facts: { holder: `h5@example.test (${guid('cloud', 5)})` } }],
    });
  });

  it('is that of a user who is in the recycle bin, or gone', () => {
    const binned = (deletedDateTime: string | null): PlanRow => {
      const user = cloudUser(2, { deletedDateTime, onPremisesImmutableId: idOf(2), userPrincipalName: 'bin@fed.test' });
      return undoRow(written, plain, { lookup: { kind: 'deleted', user }, holders: [], mayBeOld: false });
    };
    expect(binned(time)).toMatchObject({
      state: 'held',
      after: null,
      cloud: { userPrincipalName: 'bin@fed.test', before: idOf(2) },
      reasons: [{ code: 'cloud-user-deleted', facts: { deleted: time } }],
    });
    expect(binned(null).reasons[0]?.facts).toEqual({ deleted: 'at an unknown time' });
    const several = undoRow(written, plain, {
      lookup: { kind: 'several', users: [cloudUser(2), cloudUser(3)] },
      holders: [],
      mayBeOld: false,
    });
    for (const gone of [undo(null, { original: plain }), several]) {
      expect(gone).toMatchObject({
        state: 'held',
        cloud: { userPrincipalName: home, before: null, syncEnabled: null },
      });
      expect(gone.reasons).toEqual([{ code: 'cloud-user-not-found', facts: { value: home } }]);
    }
  });

  it('is not held for the user itself, who has the earlier value again', () => {
    const more = { original: plain, holders: [holder(2, false)] };
    expect(undo({ onPremisesImmutableId: idOf(9) }, more)).toMatchObject({ state: 'kept', reasons: [] });
  });
});

describe('what is to be taken back', () => {
  it('is what was written, and a user left away for whom nothing was', () => {
    const stray = step('upn-away', 'applied');
    expect([...toTakeBack([...stray, ...step('set', 'applied')], [original])]).toEqual([{ written, original }]);
    expect([...toTakeBack(stray, [original])]).toEqual([{ written: { ...written, after: idOf(9) }, original }]);
    expect([...toTakeBack([...stray, ...step('upn-back', 'applied')], [original])]).toEqual([]);
    expect([...toTakeBack([intent(5)], [original])]).toEqual([]);
  });
});

describe('the row that takes a detour back', () => {
  it('takes the same detour, carries what is known of AD, and predicts nothing', () => {
    const row = undo({ userPrincipalName: home, onPremisesImmutableId: idOf(2) });
    expect(row).toMatchObject({ state: 'ready', step: 'relink', after: idOf(9), detour: { home, away } });
    expect([row.warnings, row.reasons]).toEqual([[], []]);
    expect(row.forecast).toBeNull();
    expect(row.ad).toEqual(original.ad);
    expect(row.cloud?.before).toBe(idOf(2));
  });

  it('is kept, without a detour, where the user has the former ID and is home', () => {
    const row = undo({ userPrincipalName: home.toUpperCase(), onPremisesImmutableId: idOf(9) });
    expect(row).toMatchObject({ state: 'kept', step: 'keep', after: idOf(9), detour: null });
  });

  it('only brings home where the user has the former ID and is away', () => {
    const row = undo({ userPrincipalName: away, onPremisesImmutableId: idOf(9) });
    expect(row).toMatchObject({ state: 'ready', step: 'relink', after: idOf(9), detour: { home, away } });
    expect(row.cloud).toMatchObject({ before: idOf(9), userPrincipalName: away });
    const never = undo(
      { userPrincipalName: away, onPremisesImmutableId: null },
      { written: { ...written, before: null, after: null } },
    );
    expect(never).toMatchObject({ state: 'ready', step: 'unlink', after: null });
  });

  it('held, says of a user that it is still away', () => {
    const row = undo({ userPrincipalName: away, onPremisesImmutableId: idOf(55) });
    expect(row).toMatchObject({ state: 'held', step: null, after: null, detour: null });
    expect(row.reasons[0]?.code).toBe('changed-since-run');
    expect(row.reasons[0]?.facts?.['current']).toBe(`${idOf(55)} (and the user is still on ${away}, not on ${home})`);
    expect(undo({ userPrincipalName: home, onPremisesImmutableId: idOf(55) }).reasons[0]?.facts?.['current']).toBe(
      idOf(55),
    );
    expect(undo(null).reasons[0]?.code).toBe('cloud-user-not-found');
  });

  it('goes by the name the user has now within the federated domain, and plainly outside it', () => {
    const has = { onPremisesImmutableId: idOf(2) };
    expect(undo({ ...has, userPrincipalName: 'new@FED.test' }).detour).toEqual({ home: 'new@FED.test', away });
    expect(undo({ ...has, userPrincipalName: 'new@else.test' })).toMatchObject({ state: 'ready', detour: null });
  });
});
