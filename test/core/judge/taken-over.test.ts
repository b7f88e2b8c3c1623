import { describe, expect, it } from 'vitest';
import { recognised, renameFindings } from '../../../src/core/judge/taken-over.ts';
import { sentenceOf } from '../../../src/core/reasons.ts';
import type { CloudAnswer, CloudUser, Holder } from '../../../src/core/users.ts';
import { memoryTenant } from '../../support/in-memory.ts';
import { adUser, cloudUser, idOf, pairing, sid } from '../../support/people.ts';

const none: CloudAnswer = { kind: 'none' };
const immutableId = idOf(2);

/** Who has the ID of AD user 2 after sync has named them anew. */
async function holders(...changes: readonly Partial<CloudUser>[]): Promise<readonly Holder[]> {
  const users = changes.map((change, n) =>
    cloudUser(n + 2, {
      userPrincipalName: `new${n}@example.test`,
      onPremisesImmutableId: immutableId,
      onPremisesSyncEnabled: true,
      sid: sid(2),
      ...change,
    }),
  );
  const survey = await memoryTenant(users).reader.survey({ refs: [], immutableIds: [immutableId] });
  return survey.holders.get(immutableId) ?? [];
}

describe('a cloud user that nobody finds by the name in the file', () => {
  it('is the one that sync carries for the row’s AD user, by its SID', async () => {
    const found = recognised(none, adUser(2), { holders: await holders({}), immutableId });
    expect(found).toMatchObject({
      kind: 'found',
      user: { userPrincipalName: 'new0@example.test', onPremisesImmutableId: immutableId, onPremisesSyncEnabled: true },
    });
  });

  it('is so by its DN where no SID is known', async () => {
    const { dn } = adUser(2);
    const found = recognised(none, adUser(2), {
      holders: await holders({ sid: null, dn: dn.toUpperCase() }),
      immutableId,
    });
    expect(found?.kind).toBe('found');
  });

  it.each<[string, readonly Partial<CloudUser>[]]>([
    ['is carried for another AD object', [{ sid: sid(7) }]],
    ['is not carried by sync', [{ onPremisesSyncEnabled: null }]],
    ['lies in the recycle bin', [{ deletedDateTime: '2026-11-23T12:00:00Z' }]],
    ['is one of two', [{}, {}]],
  ])('stays nobody where the one with the ID %s', async (_which, changes) => {
    expect(recognised(none, adUser(2), { holders: await holders(...changes), immutableId })).toBe(none);
  });

  it('stays who was found, or nobody where AD did not say who', async () => {
    const found: CloudAnswer = { kind: 'found', user: cloudUser(9) };
    const known = { holders: await holders({}), immutableId };
    expect(recognised(found, adUser(2), known)).toBe(found);
    expect(recognised(none, null, known)).toBe(none);
    expect(recognised(none, adUser(2), { ...known, immutableId: null })).toBe(none);
  });
});

describe('the name in the file', () => {
  const evidence = (upn: string, user: Partial<CloudUser>) => ({
    pairing: pairing(2, ['u2', upn]),
    cloud: { kind: 'found' as const, user: cloudUser(2, { onPremisesSyncEnabled: true, ...user }) },
    ad: null,
    anchor: null,
    holders: [],
    owner: null,
    rivals: [],
  });

  it('is told to be an old one where sync has named the user anew', () => {
    expect(renameFindings(evidence('old@example.test', {})).map(sentenceOf)).toEqual([
      'Nobody is found by old@example.test, and sync carries the AD user on u2@example.test by its immutable ID: linked and taken over, the UPN is now u2@example.test.',
    ]);
  });

  it('is none to speak of where it is the user’s own, where it is an object id, and where sync does not carry the user', () => {
    expect(renameFindings(evidence('U2@example.test', {}))).toEqual([]);
    expect(renameFindings(evidence(cloudUser(2).id, {}))).toEqual([]);
    expect(renameFindings(evidence('old@example.test', { onPremisesSyncEnabled: null }))).toEqual([]);
  });
});
