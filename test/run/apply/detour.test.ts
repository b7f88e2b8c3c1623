import { describe, expect, it } from 'vitest';
import type { FailureFacts } from '../../../src/core/failure.ts';
import { type JournalEntry, leftAway } from '../../../src/core/journal.ts';
import type { PlanRow } from '../../../src/core/row.ts';
import { resultsFrom } from '../../../src/run/apply/results.ts';
import type { TenantReader } from '../../../src/run/ports.ts';
import { type Fault, failure, memoryJournal, type MemoryTenant } from '../../support/in-memory.ts';
import { cloudUser, idOf } from '../../support/people.ts';
import {
  apply,
  at,
  away,
  change,
  cloud,
  effects,
  federation,
  home,
  lost,
  old,
  refusal,
  rollBack,
  rollbackRows,
  rowFor,
  steps,
} from './federation.ts';

describe('a federated detour', () => {
  it('moves the UPN away, sets the ID and moves the UPN back, each step journaled before and after', async () => {
    const tenant = federation({ 2: null });
    const { results, entries } = await apply([rowFor(2, tenant)], tenant);
    expect(results[0]).toMatchObject({ outcome: 'applied', attempts: 3, requestId: 'request-2' });
    expect(results[0]?.detail).toContain(`By way of ${away(2)}`);
    expect(effects(tenant)).toEqual([away(2), idOf(2), home(2)]);
    expect(steps(entries)).toEqual([
      'detour-intent upn-away',
      'detour-outcome upn-away',
      'detour-intent set',
      'detour-outcome set',
      'detour-intent upn-back',
      'detour-outcome upn-back',
      'outcome',
    ]);
    expect(entries[0]).toMatchObject({ userPrincipalName: home(2), before: home(2), after: away(2) });
    expect(entries[2]).toMatchObject({ before: null, after: idOf(2) });
    expect(entries[4]).toMatchObject({ before: away(2), after: home(2) });
    expect(entries.map((entry) => entry.at)).toEqual(entries.map(() => '2026-11-23T12:00:00.000Z'));
  });

  it('begins only where the row is as planned: UPN, ID, and not taken up by sync', async () => {
    const tenant = federation({ 2: null, 3: null, 4: null, 5: null, 6: null, 7: null });
    const rows = [2, 3, 4, 5, 6, 7].map((n) => rowFor(n, tenant));
    change(tenant, 2, { userPrincipalName: 'renamed@fed.test' });
    change(tenant, 3, { userPrincipalName: away(3) });
    change(tenant, 4, { onPremisesImmutableId: idOf(99) });
    change(tenant, 5, { onPremisesSyncEnabled: true });
    tenant.users.delete(cloud(6));
    change(tenant, 7, { userPrincipalName: home(7).toUpperCase() });
    const { results } = await apply(rows, tenant);
    expect(results.map(({ outcome }) => outcome)).toEqual(['stale', 'stale', 'stale', 'stale', 'stale', 'applied']);
    expect(results[0]?.detail).toContain('found renamed@fed.test');
    expect(results[1]?.detail).toContain('this run has not moved it');
    expect(results[4]?.detail).toBe('The cloud user no longer exists.');
    expect(new Set(tenant.effects.map(({ id }) => id))).toEqual(new Set([cloud(7)]));
  });

  it('leaves a user alone who has the ID already', async () => {
    const tenant = federation({ 2: null });
    const row = rowFor(2, tenant);
    change(tenant, 2, { onPremisesImmutableId: idOf(2) });
    expect((await apply([row], tenant)).results[0]).toMatchObject({
      outcome: 'already',
      detail: 'The cloud user already has this value.',
    });
    expect(tenant.effects).toEqual([]);
  });

  it('does not begin the ID before the move is done: a refused move ends the row, with nothing else sent', async () => {
    const tenant = federation({ 2: null });
    tenant.fault = () => refusal();
    const { results, entries } = await apply([rowFor(2, tenant)], tenant);
    expect(results[0]).toMatchObject({ outcome: 'rejected', attempts: 1, detail: 'scripted bad-request' });
    expect(steps(entries)).toEqual(['detour-intent upn-away', 'detour-outcome upn-away', 'outcome']);
  });

  it('comes home when the ID is refused, and says so', async () => {
    const tenant = federation({ 2: old(2) });
    tenant.fault = (_id, value) => (value === idOf(2) ? refusal({ code: 'conflict' }) : undefined);
    const { results, entries } = await apply([rowFor(2, tenant)], tenant);
    expect(results[0]).toMatchObject({ outcome: 'rejected', code: 'conflict', attempts: 3 });
    expect(results[0]?.detail).toBe(`scripted conflict (The user principal name is ${home(2)} again.)`);
    expect(at(2, tenant)).toEqual([home(2), old(2)]);
    expect(leftAway(entries).size).toBe(0);
  });

  it('waits for a replica that has not heard of the move yet, but not for a user who is gone', async () => {
    const tenant = federation({ 2: null, 3: null });
    let lags = 3;
    tenant.fault = (id, value) => {
      if (value === idOf(2) && lags-- > 0) return refusal();
      return id === cloud(3) && value === idOf(3) ? refusal({ code: 'bad-request', status: 404 }) : undefined;
    };
    const { results, clock } = await apply([rowFor(2, tenant), rowFor(3, tenant)], tenant);
    expect(results[0]).toMatchObject({ outcome: 'applied', attempts: 6 });
    expect(clock.slept.filter((ms) => ms > 0)).toEqual([1_000, 2_000, 4_000]);
    expect(results[1]).toMatchObject({ outcome: 'rejected', attempts: 3 });
  });

  it('puts the former ID back when the federated domain does not take the user home with the new one', async () => {
    const tenant = federation({ 2: old(2) });
    tenant.fault = (id, value) =>
      value === home(2) && tenant.users.get(id)?.onPremisesImmutableId === idOf(2) ? refusal() : undefined;
    const { results, entries } = await apply([rowFor(2, tenant)], tenant);
    expect(results[0]).toMatchObject({ outcome: 'rejected', code: 'bad-request' });
    expect(results[0]?.detail).toContain(`so ${old(2)} was put back`);
    expect(entries.find((entry) => entry.kind === 'detour-intent' && entry.step === 'restore')).toMatchObject({
      before: idOf(2),
      after: old(2),
    });
    expect(at(2, tenant)).toEqual([home(2), old(2)]);
    // Nothing is left to be rolled back.
    expect((await rollBack([rowFor(2, tenant)], entries, tenant)).rows).toEqual([]);
  });

  it('names the UPN it had to leave a user on, and the command that goes on; that command brings the user home', async () => {
    const tenant = federation({ 2: null, 3: null });
    const rows = [rowFor(2, tenant), rowFor(3, tenant)];
    tenant.fault = (_id, value) => (value === home(2) ? refusal({ code: 'forbidden' }) : undefined);
    const first = await apply(rows, tenant);
    expect(first.results.map(({ outcome }) => outcome)).toEqual(['uncertain', 'applied']);
    expect(first.results[0]?.detail).toContain(`The user is on ${away(2)} in place of ${home(2)}: run hardmatch apply`);
    expect(first.results[0]?.detail).toContain('scripted forbidden');
    expect(leftAway(first.entries)).toEqual(new Set([2]));
    tenant.fault = () => undefined;
    const second = await apply(rows, tenant, { entries: first.entries });
    expect(second.results.map(({ outcome }) => outcome)).toEqual(['applied', 'applied']);
    expect(at(2, tenant)).toEqual([home(2), idOf(2)]);
    expect(leftAway(second.entries).size).toBe(0);
  });

  it('takes a lost answer for nothing: each step is seen or sent again before the next', async () => {
    for (const takesEffect of [true, false]) {
      for (const step of [away(2), idOf(2), home(2)]) {
        const tenant = federation({ 2: null });
        let faults = 1;
        tenant.fault = (_id, value) => (value === step && faults-- > 0 ? lost(takesEffect) : undefined);
        const { results } = await apply([rowFor(2, tenant)], tenant);
        // What is seen to be done is not sent again.
        expect([step, results[0]?.outcome, results[0]?.attempts]).toEqual([step, 'applied', takesEffect ? 3 : 4]);
        expect(effects(tenant)).toEqual([away(2), idOf(2), home(2)]);
      }
    }
  });

  it('makes sure that the user is home when no answer to the move away ever comes, and calls that rejected', async () => {
    const tenant = federation({ 2: null });
    tenant.fault = (_id, value) => (value === away(2) ? lost(false) : undefined);
    const { results, entries } = await apply([rowFor(2, tenant)], tenant);
    expect(results[0]).toMatchObject({ outcome: 'rejected', code: 'timed-out' });
    expect(steps(entries).filter((step) => step === 'detour-intent upn-back')).toHaveLength(1);
    expect(at(2, tenant)).toEqual([home(2), null]);
  });

  it('does not take an old reading of home for the end of the way home', async () => {
    const tenant = federation({ 2: old(2) });
    let homeFaults = 2;
    tenant.fault = (_id, value) => {
      if (value === idOf(2)) return refusal({ code: 'conflict' });
      return value === home(2) && homeFaults-- > 0 ? lost(false) : undefined;
    };
    tenant.isStale = () => tenant.effects.length > 0;
    const { results } = await apply([rowFor(2, tenant)], tenant);
    expect(results[0]).toMatchObject({ outcome: 'rejected' });
    expect(at(2, tenant)).toEqual([home(2), old(2)]);
  });

  it('comes home and stays uncertain when the effect on the ID cannot be found out', async () => {
    const tenant = federation({ 2: null });
    tenant.fault = (_id, value) => (value === idOf(2) ? lost(false) : undefined);
    const { results, entries } = await apply([rowFor(2, tenant)], tenant);
    expect(results[0]).toMatchObject({ outcome: 'uncertain', code: 'timed-out' });
    expect(results[0]?.detail).toContain(`is ${home(2)} again`);
    expect(leftAway(entries).size).toBe(0);
  });

  it('does not touch a user on the away UPN once its own detour is over', async () => {
    const tenant = federation({ 2: null });
    const row = rowFor(2, tenant);
    tenant.fault = (_id, value) => (value === idOf(2) ? refusal({ code: 'conflict' }) : undefined);
    const { entries } = await apply([row], tenant);
    tenant.fault = () => undefined;
    change(tenant, 2, { userPrincipalName: away(2) });
    const { results } = await apply([row], tenant, { entries });
    expect(results[0]?.outcome).toBe('stale');
    expect(at(2, tenant)).toEqual([away(2), null]);
  });

  it('leaves the ID alone that somebody else has set in between, and brings the user home', async () => {
    const tenant = federation({ 2: null });
    const row = rowFor(2, tenant);
    tenant.fault = (_id, value) => (value === home(2) ? refusal({ code: 'forbidden' }) : undefined);
    const { entries } = await apply([row], tenant);
    tenant.fault = () => undefined;
    change(tenant, 2, { onPremisesImmutableId: idOf(77) });
    const { results } = await apply([row], tenant, { entries });
    expect(results[0]).toMatchObject({ outcome: 'stale' });
    expect(results[0]?.detail).toContain(`found ${idOf(77)}.`);
    expect(at(2, tenant)).toEqual([home(2), idOf(77)]);
  });
});

describe('a detour that had to wait', () => {
  const throttledOnce = (tenant: MemoryTenant, value: string, meanwhile: () => void): void => {
    let refusals = 1;
    tenant.fault = (_id, next) => {
      if (next !== value || refusals-- <= 0) return undefined;
      meanwhile();
      return refusal({ code: 'throttled', retry: 'later', status: 429, retryAfterMs: 60_000 });
    };
  };
  const waited = async (meanwhile: (tenant: MemoryTenant) => void, step = away(2)) => {
    const tenant = federation({ 2: old(2) });
    throttledOnce(tenant, step, () => meanwhile(tenant));
    const { results, entries } = await apply([rowFor(2, tenant)], tenant);
    return { end: results[0], sent: effects(tenant), tenant, entries };
  };

  it.each<readonly [string, (tenant: MemoryTenant) => void, string]>([
    ['is gone', (tenant) => tenant.users.delete(cloud(2)), 'The cloud user no longer exists.'],
    [
      'has another name',
      (tenant) => change(tenant, 2, { userPrincipalName: 'renamed@fed.test' }),
      `Planned on the user principal name ${home(2)}, found renamed@fed.test.`,
    ],
    [
      "has somebody else's ID",
      (tenant) => change(tenant, 2, { onPremisesImmutableId: idOf(77) }),
      `Planned on ${old(2)}, found ${idOf(77)}.`,
    ],
    [
      'is a guest by now',
      (tenant) => change(tenant, 2, { userType: 'Guest' }),
      'The user type of the cloud user was Member when the plan was made, and is Guest now.',
    ],
  ])('does not begin where the user %s', async (_what, meanwhile, detail) => {
    const { end, sent } = await waited(meanwhile);
    expect(end).toMatchObject({ outcome: 'stale', detail, attempts: 1 });
    expect(sent).toEqual([]);
  });

  it('does not begin where the user cannot be read any more', async () => {
    const tenant = federation({ 2: null });
    let isDown = false;
    throttledOnce(tenant, away(2), () => (isDown = true));
    const broken = failure({ code: 'forbidden', status: 403 });
    const reader: TenantReader = {
      ...tenant.reader,
      readUsers: async (ids) =>
        isDown ? new Map([[cloud(2), { kind: 'unreadable', failure: broken }]]) : tenant.reader.readUsers(ids),
    };
    const world = { reader, writer: tenant.writer, journal: memoryJournal() };
    const { results } = await apply([rowFor(2, tenant)], tenant, { world });
    expect(results[0]).toMatchObject({ outcome: 'rejected', code: 'forbidden', detail: 'scripted forbidden' });
    expect(tenant.effects).toEqual([]);
  });

  it('does not begin where the reading ends in a bug, which stops the run', async () => {
    const tenant = federation({ 2: null });
    let isDown = false;
    throttledOnce(tenant, away(2), () => (isDown = true));
    const bug = new TypeError('a bug');
    const reader: TenantReader = {
      ...tenant.reader,
      readUsers: (ids) => (isDown ? Promise.reject(bug) : tenant.reader.readUsers(ids)),
    };
    const world = { reader, writer: tenant.writer, journal: memoryJournal() };
    const { results, stopped } = await apply([rowFor(2, tenant)], tenant, { world });
    expect(stopped).toEqual({ kind: 'fault', error: bug });
    expect(results[0]).toMatchObject({ outcome: 'rejected', code: 'unexpected', detail: 'a bug' });
    expect(tenant.effects).toEqual([]);
  });

  it.each<readonly [string, (tenant: MemoryTenant) => void]>([
    ['is as planned', () => undefined],
    ['was moved by an attempt that was not answered', (tenant) => change(tenant, 2, { userPrincipalName: away(2) })],
    ['has the new ID by now', (tenant) => change(tenant, 2, { onPremisesImmutableId: idOf(2) })],
  ])('goes its way where the user %s', async (_what, meanwhile) => {
    const { end, tenant } = await waited(meanwhile);
    expect(end).toMatchObject({ outcome: 'applied', attempts: 4 });
    expect(at(2, tenant)).toEqual([home(2), idOf(2)]);
  });

  it('in its midst leaves alone what somebody else has set, and brings the user home', async () => {
    const { end, tenant } = await waited((one) => change(one, 2, { onPremisesImmutableId: idOf(77) }), idOf(2));
    expect(end).toMatchObject({ outcome: 'stale' });
    expect(end?.detail).toContain(`Planned on ${old(2)}, found ${idOf(77)}.`);
    expect(at(2, tenant)).toEqual([home(2), idOf(77)]);
  });

  it('in its midst goes on towards home where the user cannot be read', async () => {
    const tenant = federation({ 2: null });
    let isDown = false;
    throttledOnce(tenant, idOf(2), () => (isDown = true));
    const broken = failure({ code: 'forbidden', status: 403 });
    const reader: TenantReader = {
      ...tenant.reader,
      readUsers: async (ids) =>
        isDown ? new Map([[cloud(2), { kind: 'unreadable', failure: broken }]]) : tenant.reader.readUsers(ids),
    };
    const world = { reader, writer: tenant.writer, journal: memoryJournal() };
    const { results } = await apply([rowFor(2, tenant)], tenant, { world });
    expect(results[0]?.outcome).toBe('applied');
    expect(at(2, tenant)).toEqual([home(2), idOf(2)]);
  });

  it('in its midst sets the ID where it is as planned', async () => {
    const { end, tenant } = await waited(() => undefined, idOf(2));
    expect(end).toMatchObject({ outcome: 'applied', attempts: 4 });
    expect(at(2, tenant)).toEqual([home(2), idOf(2)]);
  });
});

describe('a step whose first attempt got no answer', () => {
  const thenRefused = async (value: (string | null)[], facts: Partial<FailureFacts>, ids = null as string | null) => {
    const tenant = federation({ 2: ids });
    const attempts = new Map<string | null, number>();
    tenant.fault = (_id, next) => {
      const nth = (attempts.get(next) ?? 0) + 1;
      attempts.set(next, nth);
      if (!value.includes(next)) return undefined;
      return nth === 1 ? lost(false) : refusal(facts);
    };
    const { results, entries } = await apply([rowFor(2, tenant)], tenant);
    return { end: results[0], taken: steps(entries), entries, tenant };
  };

  it('away ends the row when the name itself is refused: then the first was refused, too', async () => {
    const { end, taken } = await thenRefused([away(2)], { code: 'conflict', property: 'userPrincipalName' });
    expect(end).toMatchObject({ outcome: 'rejected', code: 'conflict', attempts: 2 });
    expect(taken).toEqual(['detour-intent upn-away', 'detour-outcome upn-away', 'outcome']);
  });

  it('away stays open in the journal when it is refused for anything else, and the user is brought home', async () => {
    const { end, taken, entries } = await thenRefused([away(2)], { code: 'conflict' });
    expect(end).toMatchObject({ outcome: 'rejected', code: 'conflict' });
    expect(entries[1]).toMatchObject({ step: 'upn-away', outcome: 'uncertain' });
    expect(taken).toContain('detour-outcome upn-back');
  });

  it('away says no more than that the user may be there when even home is refused', async () => {
    const tenant = federation({ 2: null });
    tenant.fault = (_id, value) => (value === away(2) ? lost(false) : refusal({ code: 'forbidden' }));
    const { results } = await apply([rowFor(2, tenant)], tenant);
    expect(results[0]).toMatchObject({ outcome: 'uncertain' });
    expect(results[0]?.detail).toContain(`The user may be on ${away(2)}`);
  });

  it('setting the ID is refused for good when the value itself is, and open for anything else', async () => {
    const named = await thenRefused([idOf(2)], { code: 'conflict', property: 'onPremisesImmutableId' });
    expect(named.end).toMatchObject({ outcome: 'rejected', code: 'conflict' });
    const open = await thenRefused([idOf(2)], { code: 'conflict' });
    expect(open.end).toMatchObject({ outcome: 'uncertain', code: 'conflict' });
    expect(open.end?.detail).toContain('scripted conflict An attempt before it got no answer.');
  });

  it('home leaves the user for sure away only when the name itself is refused', async () => {
    const named = await thenRefused([home(2)], { code: 'conflict', property: 'userPrincipalName' });
    expect(named.end?.detail).toContain(`The user is on ${away(2)}`);
    const open = await thenRefused([home(2)], { code: 'conflict' });
    expect(open.end?.detail).toContain(`The user may be on ${away(2)}`);
  });

  it('home has nothing put back as long as the user may be home by it', async () => {
    const { end, taken } = await thenRefused([home(2)], { code: 'bad-request', status: 400 }, old(2));
    expect(end).toMatchObject({ outcome: 'uncertain', code: 'bad-request' });
    expect(taken).not.toContain('detour-intent restore');
  });
});

describe('a former ID that cannot be put back', () => {
  const restoring = async (restore: (nth: number) => Fault) => {
    const tenant = federation({ 2: old(2) });
    let nth = 0;
    tenant.fault = (_id, value) => {
      if (value === home(2)) return refusal();
      return value === old(2) ? restore(++nth) : undefined;
    };
    const { results, entries } = await apply([rowFor(2, tenant)], tenant);
    return { end: results[0], taken: steps(entries) };
  };

  it('leaves the user where it is: no way home is tried that stands on it', async () => {
    const { end, taken } = await restoring(() => refusal({ code: 'forbidden' }));
    expect(end?.outcome).toBe('uncertain');
    expect(end?.detail).toBe(
      `The user is on ${away(2)} in place of ${home(2)}: run hardmatch apply on this run folder again, ` +
        'which goes on from there and brings the user home. scripted forbidden',
    );
    expect(taken.filter((step) => step === 'detour-intent upn-back')).toHaveLength(1);
  });

  it('is known not to be there only when the value itself is refused', async () => {
    const afterLoss = (facts: Partial<FailureFacts>) => restoring((nth) => (nth === 1 ? lost(false) : refusal(facts)));
    const named = await afterLoss({ code: 'conflict', property: 'onPremisesImmutableId' });
    expect(named.end?.detail).toContain(`The user is on ${away(2)}`);
    expect((await afterLoss({ code: 'conflict' })).end?.detail).toContain(`The user may be on ${away(2)}`);
  });
});

describe('what ends the whole run in the midst of a detour', () => {
  it.each([
    ['setting the ID', idOf(2)],
    ['going home', home(2)],
  ])('stops it, met while %s', async (_what, value) => {
    const tenant = federation({ 2: null });
    const isRefused = new Set([idOf(2), home(2)]);
    tenant.fault = (_id, next) =>
      next !== null && isRefused.has(next)
        ? refusal({ code: 'forbidden', scope: next === value ? 'run' : 'row' })
        : undefined;
    const { stopped, results } = await apply([rowFor(2, tenant)], tenant);
    expect(stopped?.kind).toBe('fault');
    expect(results[0]?.detail).toMatch(/brings the user home\. scripted forbidden scripted forbidden$/);
  });
});

describe('a stop', () => {
  it('lets no detour begin, but finishes the one in flight, through failures too', async () => {
    const tenant = federation({ 2: null, 3: null });
    const controller = new AbortController();
    let failures = 4;
    tenant.fault = (_id, value) => {
      if (value === idOf(2)) controller.abort();
      return value === home(2) && failures-- > 0 ? lost(false) : undefined;
    };
    const { results, stopped, entries } = await apply([rowFor(2, tenant), rowFor(3, tenant)], tenant, {
      signal: controller.signal,
      options: { concurrency: 1 },
    });
    expect(stopped).toEqual({ kind: 'interrupted' });
    expect(results.map(({ outcome }) => outcome)).toEqual(['applied', 'not-reached']);
    expect(at(2, tenant)).toEqual([home(2), idOf(2)]);
    expect(entries.some(({ line }) => line === 3)).toBe(false);
  });

  it('that comes while a row waits for its turn lets it not begin', async () => {
    const tenant = federation({ 2: null, 3: null });
    const controller = new AbortController();
    // The first row is told to come back in a minute, and the second waits behind it.
    tenant.fault = () => {
      controller.abort();
      return refusal({ code: 'throttled', retry: 'later', status: 429, retryAfterMs: 60_000 });
    };
    const { results, entries } = await apply([rowFor(2, tenant), rowFor(3, tenant)], tenant, {
      signal: controller.signal,
      options: { concurrency: 1 },
    });
    expect(results.map(({ outcome }) => outcome)).toEqual(['not-reached', 'not-reached']);
    // In the journal the step given up is as a refused one: nothing took effect.
    expect(entries[1]).toMatchObject({ kind: 'detour-outcome', step: 'upn-away', outcome: 'rejected' });
    expect(entries.some(({ line }) => line === 3)).toBe(false);
    expect(leftAway(entries)).toEqual(new Set());
    expect(tenant.effects).toEqual([]);
  });

  it('of the run by a refused sign-in in mid-detour is told with the user who is left away', async () => {
    const tenant = federation({ 2: null, 3: null });
    const rows = [rowFor(2, tenant), rowFor(3, tenant)];
    tenant.fault = (_id, value) =>
      value === idOf(2) || value === home(2) ? refusal({ code: 'forbidden', scope: 'run' }) : undefined;
    const { results, stopped } = await apply(rows, tenant, { options: { concurrency: 1 } });
    expect(stopped?.kind).toBe('fault');
    expect(results.map(({ outcome }) => outcome)).toEqual(['uncertain', 'not-reached']);
    expect(results[0]?.detail).toContain(`The user is on ${away(2)}`);
  });
});

describe('a journal that takes no more entries', () => {
  it('in mid-detour: nothing more is sent, and the results say where the user may be', async () => {
    const tenant = federation({ 2: null });
    const entries: JournalEntry[] = [];
    const full = new Error('ENOSPC');
    const journal = {
      append: async (entry: JournalEntry) => {
        if (entries.length === 2) throw full;
        entries.push(entry);
      },
    };
    const { results, stopped } = await apply([rowFor(2, tenant)], tenant, {
      world: { reader: tenant.reader, writer: tenant.writer, journal },
    });
    expect(effects(tenant)).toEqual([away(2)]);
    expect(stopped).toEqual({ kind: 'fault', error: full });
    expect(results[0]).toMatchObject({ outcome: 'uncertain' });
    expect(results[0]).toMatchObject({ code: 'unexpected' });
    expect(results[0]?.detail).toContain(`may be on ${away(2)}`);
    expect(results[0]?.detail).toContain('Broken off: ENOSPC');
    // The report of the folder, made from the journal alone, says so too; and going on fixes it.
    expect(resultsFrom([rowFor(2, tenant)], entries).at(0)?.detail).toContain(`may be on ${away(2)}`);
    const row = { ...rowFor(2, tenant), after: idOf(2) };
    expect((await apply([row], tenant, { entries })).results[0]?.outcome).toBe('applied');
    expect(at(2, tenant)).toEqual([home(2), idOf(2)]);
  });

  it('before the first step: nothing is sent and the row is not reached', async () => {
    const tenant = federation({ 2: null });
    const journal = { append: () => Promise.reject(new Error('ENOSPC')) };
    const world = { reader: tenant.reader, writer: tenant.writer, journal };
    const { results } = await apply([rowFor(2, tenant)], tenant, { world });
    expect(results[0]?.outcome).toBe('not-reached');
    expect(tenant.effects).toEqual([]);
  });
});

describe('going on with an interrupted run', () => {
  it('brings home first whom it left away, and keeps telling of whom it did not come to', async () => {
    const tenant = federation(Object.fromEntries([2, 3, 4, 5].map((n) => [n, null])));
    const rows = [2, 3, 4, 5].map((n) => rowFor(n, tenant));
    tenant.fault = (_id, value) => (value === home(5) ? refusal({ code: 'forbidden' }) : undefined);
    const { entries } = await apply([rows[3] as PlanRow], tenant);
    tenant.fault = () => undefined;

    const controller = new AbortController();
    controller.abort();
    const stopped = await apply(rows, tenant, { entries, signal: controller.signal });
    expect(stopped.results.map(({ outcome }) => outcome)).toEqual([
      'not-reached',
      'not-reached',
      'not-reached',
      'uncertain',
    ]);
    expect(stopped.results[3]?.detail).toContain(away(5));

    tenant.effects.length = 0;
    const { results } = await apply(rows, tenant, { entries, options: { concurrency: 1 } });
    expect(effects(tenant)[0]).toBe(home(5));
    expect(results.map(({ outcome }) => outcome)).toEqual(['applied', 'applied', 'applied', 'applied']);
  });

  /** A row that an earlier run left away, with the new ID set. */
  const leftWithId = async () => {
    const tenant = federation({ 2: old(2) });
    const row = rowFor(2, tenant);
    tenant.fault = (_id, value) => (value === home(2) ? refusal({ code: 'forbidden' }) : undefined);
    const { entries } = await apply([row], tenant);
    tenant.fault = () => undefined;
    return { tenant, row, entries, past: entries.length };
  };

  it('does not set again the ID that it finds set', async () => {
    const { tenant, row, entries, past } = await leftWithId();
    const { results } = await apply([row], tenant, { entries });
    expect(results[0]).toMatchObject({ outcome: 'applied', attempts: 1 });
    expect(steps(entries.slice(past))).toEqual(['detour-intent upn-back', 'detour-outcome upn-back', 'outcome']);
  });

  it('sets the ID of whom it finds away without it, although an earlier run had sent it', async () => {
    const tenant = federation({ 2: old(2) });
    const row = rowFor(2, tenant);
    tenant.fault = (_id, value) => {
      if (value === home(2)) return refusal({ code: 'forbidden' });
      return value === idOf(2) ? lost(false) : undefined;
    };
    const { entries } = await apply([row], tenant);
    expect(at(2, tenant)).toEqual([away(2), old(2)]);
    tenant.fault = () => undefined;
    const { results } = await apply([row], tenant, { entries });
    expect(results[0]?.outcome).toBe('applied');
    expect(at(2, tenant)).toEqual([home(2), idOf(2)]);
  });

  it('says that the earlier attempt wrote it where it finds the user home with the ID', async () => {
    const { tenant, row, entries } = await leftWithId();
    change(tenant, 2, { userPrincipalName: home(2) });
    const { results } = await apply([row], tenant, { entries });
    expect(results[0]).toMatchObject({
      outcome: 'applied',
      detail: 'Written by an earlier attempt; found by reading it back.',
    });
  });

  it('leaves a user alone whom somebody has meanwhile given a third name', async () => {
    const { tenant, row, entries } = await leftWithId();
    change(tenant, 2, { userPrincipalName: 'married@fed.test' });
    tenant.effects.length = 0;
    const { results } = await apply([row], tenant, { entries });
    expect(results[0]).toMatchObject({ outcome: 'stale' });
    expect(results[0]?.detail).toContain(`Planned on the user principal name ${home(2)}, found married@fed.test.`);
    expect(tenant.effects).toEqual([]);
  });

  it('says that the user is away for sure where home is refused again', async () => {
    const { tenant, row, entries } = await leftWithId();
    tenant.fault = () => refusal({ code: 'forbidden' });
    const { results } = await apply([row], tenant, { entries });
    expect(results[0]?.detail).toContain(`The user is on ${away(2)}`);
  });

  it('tells of the user found away when the journal does not take the first step', async () => {
    const { tenant, row, entries } = await leftWithId();
    const journal = { append: () => Promise.reject(new Error('ENOSPC')) };
    const world = { reader: tenant.reader, writer: tenant.writer, journal };
    const { results, unsaved } = await apply([row], tenant, { entries, world });
    expect(results[0]).toMatchObject({ outcome: 'uncertain', code: 'unexpected' });
    expect(unsaved.map(({ detail }) => detail)).toEqual([expect.stringContaining(`may be on ${away(2)}`)]);
  });

  it('does not believe an old reading from before it put the former ID back', async () => {
    const tenant = federation({ 2: old(2) });
    const row = rowFor(2, tenant);
    tenant.fault = (id, value) =>
      value === home(2) && tenant.users.get(id)?.onPremisesImmutableId === idOf(2) ? refusal() : undefined;
    const { entries } = await apply([row], tenant);
    expect(entries.pop()?.kind).toBe('outcome');
    const seen = cloudUser(2, { userPrincipalName: away(2), onPremisesImmutableId: idOf(2) });
    const reader: TenantReader = {
      ...tenant.reader,
      readUsers: async () => new Map([[cloud(2), { kind: 'user', user: seen }]]),
    };
    const world = { reader, writer: tenant.writer, journal: memoryJournal(entries) };
    const { results } = await apply([row], tenant, { entries, world });
    expect(results[0]?.outcome).toBe('rejected');
    expect(at(2, tenant)).toEqual([home(2), old(2)]);
  });

  it('does not call a row nothing was written on that it only could not read', async () => {
    const tenant = federation({ 2: null });
    const row = rowFor(2, tenant);
    tenant.fault = (_id, value) => (value === home(2) ? refusal({ code: 'forbidden' }) : undefined);
    const { entries } = await apply([row], tenant);
    const reader: TenantReader = {
      ...tenant.reader,
      readUsers: async () => new Map([[cloud(2), { kind: 'unreadable', failure: failure({ code: 'timed-out' }) }]]),
    };
    const world = { reader, writer: tenant.writer, journal: memoryJournal(entries) };
    const { results } = await apply([row], tenant, { entries, world });
    expect(results[0]).toMatchObject({ outcome: 'uncertain', code: 'timed-out' });
    expect(results[0]?.detail).toContain(`may be on ${away(2)}`);
    expect(leftAway(entries)).toEqual(new Set([2]));
  });
});

describe('a rollback of detours', () => {
  it('goes the same way back, to the former ID, and can itself be rolled back', async () => {
    const tenant = federation({ 2: null, 3: old(3) });
    const rows = [rowFor(2, tenant), rowFor(3, tenant)];
    const { entries } = await apply(rows, tenant);
    const back = await rollBack(rows, entries, tenant);
    expect(back.rows.map(({ step, detour, forecast }) => [step, detour?.away, forecast])).toEqual([
      ['unlink', away(2), null],
      ['relink', away(3), null],
    ]);
    expect([at(2, tenant), at(3, tenant)]).toEqual([
      [home(2), null],
      [home(3), old(3)],
    ]);
    await rollBack(back.rows, back.entries, tenant);
    expect([at(2, tenant), at(3, tenant)]).toEqual([
      [home(2), idOf(2)],
      [home(3), idOf(3)],
    ]);
  });

  it('leaves the new ID where the federated domain does not take the user back without one, and says so', async () => {
    const tenant = federation({ 2: null });
    const row = rowFor(2, tenant);
    const { entries } = await apply([row], tenant);
    tenant.fault = (id, value) =>
      value === home(2) && tenant.users.get(id)?.onPremisesImmutableId === null ? refusal() : undefined;
    const { results } = await rollBack([row], entries, tenant);
    expect(results[0]).toMatchObject({ outcome: 'rejected' });
    expect(results[0]?.detail).toContain(`refused with an empty value, so ${idOf(2)} was put back`);
    expect(at(2, tenant)).toEqual([home(2), idOf(2)]);
  });

  it('follows a user who was renamed within the federated domain since, and needs no detour outside it', async () => {
    const tenant = federation({ 2: old(2), 3: old(3) });
    const rows = [rowFor(2, tenant), rowFor(3, tenant)];
    const { entries } = await apply(rows, tenant);
    change(tenant, 2, { userPrincipalName: 'married@fed.test' });
    change(tenant, 3, { userPrincipalName: 'moved@elsewhere.test' });
    const { results } = await rollBack(rows, entries, tenant);
    expect(results.map(({ outcome, row }) => [outcome, row.detour])).toEqual([
      ['applied', { home: 'married@fed.test', away: away(2) }],
      ['applied', null],
    ]);
    expect([at(2, tenant), at(3, tenant)]).toEqual([
      ['married@fed.test', old(2)],
      ['moved@elsewhere.test', old(3)],
    ]);
  });

  it('goes all the way where a reading shows the user as before: it may be from then', async () => {
    const tenant = federation({ 2: old(2) });
    const row = rowFor(2, tenant);
    const { entries } = await apply([row], tenant);
    const back = (await rollbackRows([row], entries, tenant)).rows;
    const before = cloudUser(2, { userPrincipalName: home(2), onPremisesImmutableId: old(2) });
    let reads = 0;
    const reader: TenantReader = {
      ...tenant.reader,
      readUsers: async (ids) =>
        reads++ === 0 ? new Map([[cloud(2), { kind: 'user', user: before }]]) : tenant.reader.readUsers(ids),
    };
    const world = { reader, writer: tenant.writer, journal: memoryJournal() };
    const { results } = await apply(back, tenant, { world, options: { takesBack: true } });
    expect(results[0]).toMatchObject({ outcome: 'applied', attempts: 3 });
    expect(at(2, tenant)).toEqual([home(2), old(2)]);
  });

  it('leaves alone what somebody has changed between its planning and its writing', async () => {
    const tenant = federation({ 2: old(2) });
    const row = rowFor(2, tenant);
    const { entries } = await apply([row], tenant);
    const back = (await rollbackRows([row], entries, tenant)).rows;
    change(tenant, 2, { onPremisesImmutableId: idOf(77) });
    const { results } = await apply(back, tenant, { options: { takesBack: true } });
    expect(results[0]).toMatchObject({ outcome: 'stale', detail: `Planned on ${idOf(2)}, found ${idOf(77)}.` });
    expect(at(2, tenant)).toEqual([home(2), idOf(77)]);
  });

  it('puts nothing back where the user only has to come home and home is refused', async () => {
    const tenant = federation({ 2: old(2) });
    const row = rowFor(2, tenant);
    const isDown = (value: string | null): boolean => value === idOf(2) || value === home(2);
    tenant.fault = (_id, value) => (isDown(value) ? refusal({ code: 'forbidden' }) : undefined);
    const { entries } = await apply([row], tenant);
    tenant.fault = (_id, value) => (value === home(2) ? refusal() : undefined);
    const back = await rollBack([row], entries, tenant);
    expect(back.results[0]).toMatchObject({ outcome: 'uncertain', code: 'bad-request' });
    expect(back.results[0]?.detail).toContain(`The user is on ${away(2)}`);
    expect(steps(back.entries)).not.toContain('detour-intent restore');
  });

  it('brings a user home whose ID was never written', async () => {
    const tenant = federation({ 2: old(2) });
    const row = rowFor(2, tenant);
    const isDown = (value: string | null): boolean => value === idOf(2) || value === home(2);
    tenant.fault = (_id, value) => (isDown(value) ? refusal({ code: 'forbidden' }) : undefined);
    const { entries } = await apply([row], tenant);
    expect(at(2, tenant)).toEqual([away(2), old(2)]);
    tenant.fault = () => undefined;
    // The move home is lost once, and old readings show the user at home all the while.
    let faults = 1;
    tenant.fault = () => (faults-- > 0 ? lost(false) : undefined);
    let reads = 0;
    tenant.isStale = () => reads++ > 0;
    const { results } = await rollBack([row], entries, tenant);
    expect(results[0]).toMatchObject({ outcome: 'applied', attempts: 3 });
    expect(at(2, tenant)).toEqual([home(2), old(2)]);
  });
});
