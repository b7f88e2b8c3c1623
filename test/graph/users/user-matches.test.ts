import { describe, expect, it } from 'vitest';
import type { Guid } from '../../../src/core/guid.ts';
import type { CloudRef } from '../../../src/core/references.ts';
import type { CloudUser } from '../../../src/core/users.ts';
import { cheaperMode } from '../../../src/graph/bulk/read-mode.ts';
import { openUserMatches } from '../../../src/graph/users/user-matches.ts';

const id = (n: number): Guid => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}` as Guid;
const person = (n: number, more: Partial<CloudUser> = {}): CloudUser => ({
  id: id(n),
  userPrincipalName: `user${n}@example.test`,
  displayName: null,
  givenName: null,
  surname: null,
  employeeId: null,
  mail: null,
  userType: 'Member',
  accountEnabled: true,
  onPremisesImmutableId: null,
  onPremisesSyncEnabled: null,
  proxyAddresses: [],
  otherMails: [],
  licences: 0,
  hasMailbox: null,
  isAgent: false,
  sid: null,
  dn: null,
  lastSyncAt: null,
  objectIdentifier: undefined,
  deletedDateTime: null,
  ...more,
});
const upn = (text: string): CloudRef => ({ kind: 'upn', upn: text });

describe('a roster', () => {
  it('answers in the order of the references, one for each, repeated ones too', () => {
    const roster = openUserMatches(
      [upn('USER2@example.test'), { kind: 'object-id', id: id(1) }, upn('user2@example.test'), upn('x@y')],
      [],
    );
    expect(roster.sought).toMatchObject({ upns: ['user2@example.test', 'x@y'], ids: [id(1)] });
    for (const n of [1, 2, 3]) roster.meet({ user: person(n), keys: {} });
    expect([...roster.answer(new Map()).users].map((one) => (one.kind === 'found' ? one.user.id : one.kind))).toEqual([
      id(2),
      id(1),
      id(2),
      'none',
    ]);
  });

  it('takes thousands who share a value of a key for several, in a time that grows with them', () => {
    const count = 5_000;
    const zero: CloudRef = { kind: 'key', attribute: 'employeeId', value: '0' };
    const roster = openUserMatches(
      Array.from({ length: 1_000 }, () => zero),
      [],
    );
    const started = performance.now();
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < count; n++) roster.meet({ user: person(n), keys: { employeeId: '0' } });
    }
    const { users } = roster.answer(new Map());
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(users).toHaveLength(1_000);
    const [first] = users;
    expect(first?.kind === 'several' && first.users.length).toBe(count);
    expect(new Set(users).size).toBe(1);
  });

  it('asks for each value once, whatever its case', () => {
    const roster = openUserMatches([upn('A@x.test'), upn('a@x.test'), upn('b@x.test')], ['q==', 'Q==', 'q==']);
    expect(roster.sought.upns).toHaveLength(2);
    expect(roster.sought.immutableIds).toEqual(['q==', 'Q==']);
  });

  it('compares immutable IDs with regard to case', () => {
    const roster = openUserMatches([], ['abC=', 'ABC=']);
    roster.meet({ user: person(1, { onPremisesImmutableId: 'abC=' }), keys: {} });
    roster.meet({ user: person(2, { onPremisesImmutableId: 'abc=' }), keys: {} });
    const holders = [...roster.answer(new Map()).holders];
    expect(holders.map(([value, who]) => [value, who.map((one) => one.id)])).toEqual([['abC=', [id(1)]]]);
  });

  it('counts a holder met twice once, and tells live from deleted', () => {
    const roster = openUserMatches([], ['k==']);
    const deletedDateTime = '2026-01-01T00:00:00Z';
    roster.meet({ user: person(1, { onPremisesImmutableId: 'k==' }), keys: {} });
    roster.meet({ user: person(1, { onPremisesImmutableId: 'k==' }), keys: {} });
    roster.meet({ user: person(2, { onPremisesImmutableId: 'k==', deletedDateTime }), keys: {} });
    expect(
      roster
        .answer(new Map())
        .holders.get('k==')
        ?.map((one) => [one.id, one.deleted]),
    ).toEqual([
      [id(1), false],
      [id(2), true],
    ]);
  });

  it('prefers a live user to a deleted one of the same name, met in either order', () => {
    const gone = person(2, { userPrincipalName: 'user1@example.test', deletedDateTime: '2026-01-01T00:00:00Z' });
    for (const order of [
      [person(1), gone],
      [gone, person(1)],
    ]) {
      const roster = openUserMatches([upn('user1@example.test')], []);
      for (const user of order) roster.meet({ user, keys: {} });
      expect([...roster.answer(new Map()).users]).toEqual([{ kind: 'found', user: person(1) }]);
    }
  });

  it('gives the one deleted last where only deleted users had the name', () => {
    const roster = openUserMatches([upn('a@x.test')], []);
    const gone = (n: number, deletedDateTime: string) => person(n, { userPrincipalName: 'a@x.test', deletedDateTime });
    roster.meet({ user: gone(1, '2026-01-01T00:00:00Z'), keys: {} });
    roster.meet({ user: gone(2, '2026-02-01T00:00:00Z'), keys: {} });
    expect(roster.answer(new Map()).users.at(0)).toMatchObject({ kind: 'deleted', user: { id: id(2) } });
  });

  it('gives all of several users with the same key, and never matches an absent one', () => {
    const roster = openUserMatches(
      [
        { kind: 'key', attribute: 'employeeId', value: '7' },
        { kind: 'key', attribute: 'employeeId', value: 'null' },
      ],
      [],
    );
    for (const n of [1, 2]) roster.meet({ user: person(n), keys: { employeeId: '7' } });
    roster.meet({ user: person(3), keys: { employeeId: null } });
    const [seven, none] = roster.answer(new Map()).users;
    expect(seven).toMatchObject({ kind: 'several', users: [{ id: id(1) }, { id: id(2) }] });
    expect(none).toEqual({ kind: 'none' });
  });
});

describe('what a roster tells of a user', () => {
  it('is, of a holder, what tells a duplicate of the same person from somebody else', () => {
    const roster = openUserMatches([], ['k==']);
    const known = { sid: 'S-1-5-21-1', dn: 'CN=One,DC=x', lastSyncAt: '2026-11-20T08:00:00Z' };
    const names = { displayName: 'One', mail: 'one@x.test', proxyAddresses: ['SMTP:one@x.test'] };
    const facts = { ...names, ...known, licences: 2 };
    roster.meet({ user: person(1, { ...facts, onPremisesImmutableId: 'k==', onPremisesSyncEnabled: true }), keys: {} });
    expect(roster.answer(new Map()).holders.get('k==')).toEqual([
      {
        ...facts,
        id: id(1),
        userPrincipalName: 'user1@example.test',
        isSynced: true,
        isGuest: false,
        objectIdentifier: undefined,
        deleted: false,
        deletedDateTime: null,
      },
    ]);
  });

  it('is in every copy of an answer, however made', () => {
    const roster = openUserMatches([upn('user1@example.test')], []);
    roster.meet({ user: person(1, { objectIdentifier: null }), keys: {} });
    const answer = roster.answer(new Map()).users.at(0);
    const text = JSON.stringify(answer);
    for (const copy of [{ ...answer }, structuredClone(answer), JSON.parse(text) as unknown]) {
      expect(copy).toEqual({ kind: 'found', user: person(1, { objectIdentifier: null }) });
    }
  });

  it('is the object identifier as it was read: null and not read are two things', () => {
    const roster = openUserMatches(
      [1, 2, 3].map((n) => upn(`user${n}@example.test`)),
      [],
    );
    for (const n of [1, 2, 3]) roster.meet({ user: person(n), keys: {} });
    const identifiers = new Map([
      [id(1), 'e1f0'],
      [id(2), null],
    ]);
    expect([...roster.answer(identifiers).users].map((one) => 'user' in one && one.user.objectIdentifier)).toEqual([
      'e1f0',
      null,
      undefined,
    ]);
  });

  it('is more for live users who were asked for or have an ID that was, and for nobody else', () => {
    const roster = openUserMatches([upn('user1@example.test'), upn('user2@example.test')], ['k==']);
    roster.meet({ user: person(1), keys: {} });
    roster.meet({ user: person(2, { deletedDateTime: '2026-01-01T00:00:00Z' }), keys: {} });
    roster.meet({ user: person(3, { onPremisesImmutableId: 'k==' }), keys: {} });
    expect(roster.foundIds()).toEqual([id(1), id(3)]);
  });

  it('does not depend on the order in which users were met', () => {
    const key = { kind: 'key', attribute: 'employeeId', value: '7' } as const;
    const met = [3, 1, 2].map((n) => person(n, { onPremisesImmutableId: 'k==' }));
    const answers = [met, [...met].reverse()].map((users) => {
      const roster = openUserMatches([key], ['k==']);
      for (const user of users) roster.meet({ user, keys: { employeeId: '7' } });
      const { users: found, holders } = roster.answer(new Map());
      return { users: [...found], holders: new Map(holders) };
    });
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.holders.get('k==')?.map((one) => one.id)).toEqual([id(1), id(2), id(3)]);
  });
});

describe('cheaperMode', () => {
  it('asks by name in a large tenant and lists a small one', () => {
    expect(cheaperMode({ filters: 7, objects: 1_200_000, inFlight: 4 })).toBe('filters');
    expect(cheaperMode({ filters: 6_700, objects: 1_200_000, inFlight: 4 })).toBe('filters');
    expect(cheaperMode({ filters: 6_700, objects: 50_000, inFlight: 4 })).toBe('listing');
    expect(cheaperMode({ filters: 21, objects: 500, inFlight: 4 })).toBe('listing');
  });
});
