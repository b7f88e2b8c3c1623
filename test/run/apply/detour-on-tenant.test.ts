import { describe, expect, it } from 'vitest';
import type { Guid } from '../../../src/core/guid.ts';
import type { PlanRow } from '../../../src/core/row.ts';
import { cast, practice } from '../../graph/practice.ts';
import { memoryJournal } from '../../support/in-memory.ts';
import { apply, rollBack } from './federation.ts';

const had = 'AAAAAAAAAAAAAAAAAAAAAA==';
const wanted = 'AQEBAQEBAQEBAQEBAQEBAQ==';
const home = 'fred@fed.example.test';
const away = 'hardmatch-fred@example.onmicrosoft.test';

/** Fred, in the cast's federated domain, with this immutable ID, on the practice tenant with its real rules and wire. */
async function fred(before: string | null) {
  const [first] = cast.cloudUsers;
  if (!first) throw new Error('the cast is empty');
  const id = 'fedfedfe-0000-4000-8000-000000000009' as Guid;
  const user = { ...first, id, userPrincipalName: home, mail: null, onPremisesImmutableId: before };
  const { open, tenant: server } = await practice({}, { ...cast, cloudUsers: [...cast.cloudUsers, user] });
  const tenant = await open();
  const row: PlanRow = {
    line: 2,
    adText: 'fred',
    cloudText: home,
    state: 'ready',
    step: before === null ? 'link' : 'relink',
    reasons: [],
    warnings: [],
    ad: null,
    cloud: {
      id,
      userPrincipalName: home,
      name: null,
      before,
      syncEnabled: null,
      userType: 'Member',
      accountEnabled: true,
    },
    after: wanted,
    detour: { home, away },
    forecast: null,
    extra: [],
  };
  const entries = memoryJournal().entries;
  const wire = { reader: tenant.reader, writer: tenant.openWriters()[0] };
  const now = (): readonly unknown[] => {
    const { userPrincipalName, onPremisesImmutableId } = server.user(id) ?? {};
    return [userPrincipalName, onPremisesImmutableId];
  };
  return { row, entries, wire, now };
}

describe('a federated detour over the wire', () => {
  it('is needed: the ID alone is refused; with it the ID is set, and a rollback sets the former one', async () => {
    const { row, entries, wire, now } = await fred(had);
    const plain = await apply([{ ...row, detour: null }], wire);
    expect(plain.results[0]).toMatchObject({ outcome: 'rejected', code: 'bad-request' });
    const { results } = await apply([row], wire, { entries });
    expect(results[0]).toMatchObject({ outcome: 'applied', attempts: 3 });
    expect(now()).toEqual([home, wanted]);
    const back = await rollBack([row], entries, wire);
    expect(back.results[0]).toMatchObject({ outcome: 'applied' });
    expect(now()).toEqual([home, had]);
  });

  it('cannot be taken back to an empty ID, which a federated domain does not take in: all stays as it is', async () => {
    const { row, entries, wire, now } = await fred(null);
    expect((await apply([row], wire, { entries })).results[0]?.outcome).toBe('applied');
    const back = await rollBack([row], entries, wire);
    expect(back.results[0]).toMatchObject({ outcome: 'rejected', code: 'bad-request' });
    expect(back.results[0]?.detail).toContain(`so ${wanted} was put back`);
    expect(now()).toEqual([home, wanted]);
  });
});
