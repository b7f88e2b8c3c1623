import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/core/failure.ts';
import { guidToBytes } from '../../../src/core/guid.ts';
import type { Prediction } from '../../../src/core/forecast.ts';
import type { PlanRow } from '../../../src/core/row.ts';
import { judgeTakeOver, type TakeOver, type TakeOverCase } from '../../../src/core/sync/take-over.ts';
import type { Holder, SyncState } from '../../../src/core/users.ts';
import { guid, idOf, planRow, sid } from '../../support/people.ts';

const own = guid('cloud', 1);
const other = guid('cloud', 2);
const dn = 'CN=User 1,OU=People,DC=example,DC=test';

const waiting: SyncState = {
  id: own,
  userPrincipalName: 'u1@example.test',
  immutableId: idOf(1),
  isSynced: false,
  lastSyncAt: null,
  sid: null,
  dn: null,
  objectIdentifier: null,
  errors: [],
};
const joined: SyncState = { ...waiting, isSynced: true, sid: sid(1), dn, objectIdentifier: guid('ad', 1) };
const calm: TakeOverCase['circumstances'] = {
  sync: { isEnabled: true, lastSyncAt: null },
  features: { hardMatchBlocked: false, softMatchBlocked: false },
  roles: [],
  writtenAt: null,
};

/** Neither the tenant's switches nor anybody's roles could be read. */
const unread: TakeOverCase['circumstances'] = { ...calm, features: null, roles: null };

const holder = (more: Partial<Holder> = {}): Holder => ({
  id: other,
  userPrincipalName: 'u12345@example.test',
  displayName: null,
  mail: null,
  proxyAddresses: [],
  sid: null,
  dn: null,
  lastSyncAt: null,
  objectIdentifier: null,
  isGuest: false,
  licences: 0,
  isSynced: true,
  deleted: false,
  deletedDateTime: null,
  ...more,
});

const predicting = (prediction: Prediction): PlanRow => ({
  ...planRow(1),
  forecast: { prediction, clashes: [], overwrites: [] },
});

function judge(state: Partial<SyncState>, more: Partial<TakeOverCase> = {}): TakeOver {
  const row = more.row ?? planRow(1);
  if (!row.cloud) throw new Error('the row needs a cloud user');
  return judgeTakeOver({
    row,
    cloud: row.cloud,
    expected: idOf(1),
    reading: { kind: 'state', state: { ...waiting, ...state } },
    holders: [holder({ id: own, isSynced: false })],
    guidHolders: [],
    circumstances: calm,
    ...more,
  });
}

describe('a user whom sync has taken over', () => {
  it('is told by the immutable ID and the sync flag, with everything known agreeing', () => {
    expect(judge(joined)).toEqual({ verdict: 'taken-over', actual: idOf(1), detail: '' });
  });

  it('needs no SID, DN or object identifier where they are not known', () => {
    const bare = { ...joined, sid: null, dn: null, objectIdentifier: undefined };
    expect(judge(bare)).toEqual({ verdict: 'taken-over', actual: idOf(1), detail: '' });
  });

  it('may be known by another DN, which is told', () => {
    const moved = judge({ ...joined, dn: 'CN=User 1,OU=Old,DC=example,DC=test' });
    expect(moved.verdict).toBe('taken-over');
    expect(moved.detail).toContain('OU=Old');
    expect(judge({ ...joined, dn: dn.toUpperCase() }).detail).toBe('');
  });

  it('is compared without regard to case where AD and Graph write things differently', () => {
    const shouting = { ...joined, sid: sid(1).toLowerCase(), objectIdentifier: guid('ad', 1).toUpperCase() };
    expect(judge(shouting).verdict).toBe('taken-over');
  });
});

describe('a sync error', () => {
  it.each([
    ['SID', { sid: sid(9) }, sid(9)],
    ['object identifier', { objectIdentifier: guid('ad', 9) }, guid('ad', 9)],
  ])('is a synced user with the %s of another AD object', (_what, contradiction, named) => {
    const judged = judge({ ...joined, ...contradiction });
    expect(judged).toMatchObject({ verdict: 'sync-error', actual: idOf(1) });
    expect(judged.detail).toContain(named);
    expect(judged.detail).toContain('hardmatch lookup');
  });

  it('is a provisioning error, taken over or not, and says which value', () => {
    const errors = [
      { category: 'PropertyConflict', property: 'proxyAddresses', value: 'SMTP:a@example.test', occurredAt: null },
    ];
    for (const state of [{ ...joined, errors }, { errors }]) {
      const judged = judge(state);
      expect(judged.verdict).toBe('sync-error');
      expect(judged.detail).toContain('proxyAddresses "SMTP:a@example.test" (PropertyConflict)');
    }
    expect(judge({ ...joined, errors }).detail).toContain('Taken over, but not whole.');
    const clash = { attribute: 'proxyAddresses', value: 'A@example.test', holder: 'the group Staff' } as const;
    const row: PlanRow = {
      ...planRow(1),
      forecast: { prediction: { kind: 'unknown' }, clashes: [clash], overwrites: [] },
    };
    expect(judge({ ...joined, errors }, { row }).detail).toContain('the group Staff has the value');
  });

  it('is another user whom sync carries with the immutable ID', () => {
    const judged = judge({ immutableId: null }, { holders: [holder()] });
    expect(judged).toMatchObject({ verdict: 'sync-error', actual: null });
    expect(judged.detail).toContain(`u12345@example.test (${other})`);
  });

  it('is another user whom sync made under the objectGUID, which tells of another source anchor', () => {
    const judged = judge({}, { guidHolders: [holder()], row: planRow(1) });
    expect(judged.verdict).toBe('sync-error');
    expect(judged.detail).toContain('under its objectGUID');
  });

  it('is a user synced under another immutable ID', () => {
    const judged = judge({ ...joined, immutableId: idOf(9) });
    expect(judged).toMatchObject({ verdict: 'sync-error', actual: idOf(9) });
    expect(judged.detail).toContain(`hardmatch lookup ${idOf(9)}`);
  });

  it('says so when that other ID is the objectGUID of the very AD user', () => {
    const judged = judge({ ...joined, immutableId: idOf(1) }, { expected: idOf(7), holders: [] });
    expect(judged.verdict).toBe('sync-error');
    expect(judged.detail).toContain('--source-anchor objectGUID');
  });

  it('is not made of a leftover under the objectGUID when the right user was joined', () => {
    expect(judge(joined, { guidHolders: [holder()] }).verdict).toBe('taken-over');
  });

  it('is not made of cloud-only or deleted holders', () => {
    const others = [holder({ isSynced: false }), holder({ id: guid('cloud', 3), deleted: true, deletedDateTime: 'x' })];
    expect(judge({}, { holders: others }).verdict).toBe('waiting');
  });
});

describe('a user without the expected immutable ID', () => {
  it('differs, and what stands there is named', () => {
    expect(judge({ immutableId: '' }, { holders: [] })).toEqual({
      verdict: 'differs',
      actual: null,
      detail: 'The immutable ID is empty.',
    });
    expect(judge({ immutableId: idOf(1).toLowerCase() }, { holders: [] }).verdict).toBe('differs');
  });

  it('is told when it is the right GUID in a wrong encoding', () => {
    const hex = guidToBytes(guid('ad', 1)).toString('hex');
    expect(judge({ immutableId: hex }, { holders: [] }).detail).toContain(
      'the hex digits of the bytes of the right GUID',
    );
  });

  it('is told who has the expected one', () => {
    const cloudOnly = holder({ isSynced: false });
    expect(judge({ immutableId: null }, { holders: [cloudOnly] }).detail).toContain('u12345@example.test');
    const deleted = holder({ deleted: true, deletedDateTime: '2026-11-01T00:00:00Z' });
    const judged = judge({ immutableId: null }, { holders: [deleted] });
    expect(judged).toMatchObject({ verdict: 'differs' });
    expect(judged.detail).toContain('in the recycle bin has the expected one');
  });
});

describe('a user who waits', () => {
  const detail = (prediction: Prediction): string => judge({}, { row: predicting(prediction) }).detail;

  it('waits, with the right ID and no sync yet', () => {
    expect(judge({})).toEqual({ verdict: 'waiting', actual: idOf(1), detail: 'Not taken over yet.' });
    expect(detail({ kind: 'joins', user: own })).toBe('Not taken over yet.');
  });

  it.each<[string, Prediction, string]>([
    ['refused', { kind: 'join-blocked', user: own, why: 'hard-match-blocked-in-tenant' }, 'blocks hard match'],
    ['out of scope', { kind: 'out-of-scope', rule: 'its adminDescription is User_X' }, 'adminDescription is User_X'],
    ['carried by another', { kind: 'carried', by: other }, other],
    ['restored from the bin', { kind: 'restores', user: other }, `brings back the deleted user ${other}`],
    ['soft-matched', { kind: 'soft-matches', user: other }, `takes the cloud user ${other}`],
    ['refused by address', { kind: 'soft-match-blocked', user: other }, other],
    ['made anew', { kind: 'provisions' }, 'makes a new cloud user'],
  ])('is told when the plan predicted that it would be %s', (_what, prediction, expected) => {
    expect(judge({}, { row: predicting(prediction), circumstances: unread }).detail).toContain(expected);
  });

  it("has the plan's own reason, with its facts", () => {
    const row: PlanRow = {
      ...predicting({ kind: 'join-blocked', user: own, why: 'cloud-user-holds-role' }),
      reasons: [{ code: 'cloud-user-holds-role', facts: { roles: 'Global Reader' } }],
    };
    expect(judge({}, { row, circumstances: unread }).detail).toContain('The cloud user holds Global Reader;');
    const bare = predicting({ kind: 'join-blocked', user: own, why: 'cloud-user-holds-role' });
    expect(judge({}, { row: bare, circumstances: unread }).detail).toContain('sync refuses: cloud-user-holds-role.');
  });

  it.each([
    ['hard-match-blocked-in-tenant', {}],
    ['cloud-user-holds-role', {}],
    ['cloud-user-eligible-for-role', {}],
    ['cloud-object-identifier-set', { objectIdentifier: null }],
  ] as const)('is told nothing of a predicted block that is gone: %s', (why, state) => {
    const row = predicting({ kind: 'join-blocked', user: own, why });
    expect(judge(state, { row }).detail).toBe('Not taken over yet.');
    const unknown = judge({ ...state, objectIdentifier: undefined }, { row, circumstances: unread });
    expect(unknown.detail).toContain('The plan predicted that sync refuses');
  });

  it('is told what blocks the join now, before what the plan predicted', () => {
    const row = predicting({ kind: 'out-of-scope', rule: 'it is old news' });
    const now = (circumstances: Partial<TakeOverCase['circumstances']>, state: Partial<SyncState> = {}): string =>
      judge(state, { row, circumstances: { ...calm, ...circumstances } }).detail;
    expect(now({ features: { hardMatchBlocked: true, softMatchBlocked: false } })).toContain('The tenant blocks hard');
    const role = { role: 'Global Reader', through: 'Readers' } as const;
    expect(now({ roles: [{ ...role, how: 'assigned' }] })).toContain('holds Global Reader (through Readers);');
    expect(now({ roles: [{ ...role, how: 'eligible' }] })).toContain('eligible for Global Reader');
    expect(now({}, { objectIdentifier: guid('ad', 9) })).toContain(guid('ad', 9));
    expect(now({}, { objectIdentifier: guid('ad', 9) })).not.toContain('old news');
    expect(now({}, { objectIdentifier: guid('ad', 1) })).toContain('old news');
  });

  it('is told whether a cycle has come by since the write', () => {
    const cycle = (lastSyncAt: string | null, writtenAt: string | null): string =>
      judge({}, { circumstances: { ...calm, sync: { isEnabled: true, lastSyncAt }, writtenAt } }).detail;
    expect(cycle('2026-11-23T12:30:00Z', '2026-11-23T12:00:00.500Z')).toContain('see the export errors');
    expect(cycle('2026-11-23T11:30:00Z', '2026-11-23T12:00:00.500Z')).toContain('No sync cycle since the write');
    expect(cycle('2026-11-23T12:00:00Z', '2026-11-23T12:00:00.500Z')).toContain('No sync cycle since the write');
    expect(cycle('2026-11-23T12:30:00Z', null)).toContain('the last sync cycle was at 2026-11-23T12:30:00Z');
  });

  it('is told when the tenant does not sync at all, and nothing else', () => {
    const off = { ...calm, sync: { isEnabled: false, lastSyncAt: '2026-11-23T12:30:00Z' } };
    expect(judge({}, { circumstances: off }).detail).toBe('Directory synchronization is off in this tenant.');
    expect(judge({}, { circumstances: { ...calm, sync: null } }).verdict).toBe('waiting');
  });

  it('is told of a deleted user with the same ID', () => {
    const deleted = holder({ deleted: true, deletedDateTime: '2026-11-01T00:00:00Z' });
    expect(judge({}, { holders: [deleted] }).detail).toContain('in the recycle bin has the same ID');
  });
});

describe('a user who cannot be judged', () => {
  it('is missing, and where it went is told', () => {
    const gone = (isInBin: boolean, holders: readonly Holder[] = []): TakeOver =>
      judge({}, { reading: { kind: 'missing', isInBin }, holders });
    expect(gone(true)).toEqual({ verdict: 'missing', actual: null, detail: 'It is in the recycle bin.' });
    expect(gone(false).detail).toBe('No cloud user has this object id any more.');
    expect(gone(true, [holder()]).detail).toContain('Sync carries the AD user on another cloud user');
  });

  it('is unreadable, and why is told', () => {
    const facts = { code: 'forbidden', scope: 'row', retry: 'never', effect: 'none' } as const;
    const reading = { kind: 'unreadable', failure: new Failure(facts, 'Graph says no.') } as const;
    expect(judge({}, { reading })).toEqual({
      verdict: 'unreadable',
      actual: null,
      detail: 'Graph says no. (forbidden)',
    });
  });
});
