import { describe, expect, it } from 'vitest';
import { anchorOf } from '../../../../src/core/ids/anchor.ts';
import { decide, type Decided } from '../../../../src/core/judge/decide.ts';
import type { Evidence } from '../../../../src/core/judge/evidence.ts';
import { lookAtPairs } from '../../../../src/core/judge/pairing/judge-pairings.ts';
import { pairOf } from '../../../../src/core/judge/pair-of-row.ts';
import { sentenceOf } from '../../../../src/core/reasons.ts';
import type { AddressHolder, AdUser, CloudUser } from '../../../../src/core/users.ts';
import { openFacts } from '../../../support/in-memory.ts';
import { adUser, cloudUser, pairing } from '../../../support/people.ts';

const people = [
  ['Anna', 'Adler'],
  ['Bert', 'Brandt'],
  ['Clara', 'Cohn'],
  ['Dora', 'Diehl'],
  ['Emil', 'Ernst'],
  ['Frieda', 'Fuchs'],
  ['Georg', 'Gruber'],
  ['Hanna', 'Hauser'],
] as const;

type Sides = { readonly ad: AdUser; readonly cloud: CloudUser };

function sides(n: number): Sides {
  const [givenName, surname] = people[n % people.length] ?? ['', ''];
  const name = `${givenName} ${surname}`;
  const address = `${givenName}.${surname}${n < people.length ? '' : n}@contoso.test`.toLowerCase();
  const both = { displayName: name, givenName, surname, userPrincipalName: address, mail: address };
  return { ad: adUser(n, both), cloud: cloudUser(n, both) };
}

/** Rows that pair AD user n with the cloud user at place n; everybody is known by address. */
function decided(all: readonly Sides[], cloudAt: readonly number[]): Decided {
  const rows = cloudAt.map((at, n): Evidence => {
    const ad = all[n]?.ad ?? adUser(n);
    const cloud = all[at]?.cloud ?? cloudUser(at);
    return {
      pairing: pairing(n + 2, [ad.samAccountName ?? '', cloud.userPrincipalName]),
      ad: { kind: 'found', user: ad },
      anchor: anchorOf(ad, { kind: 'auto' }),
      cloud: { kind: 'found', user: cloud },
      holders: [],
      owner: null,
      rivals: [],
    };
  });
  const addresses = new Map(
    all.map(({ cloud }): [string, AddressHolder[]] => {
      const { id, userPrincipalName: name, displayName } = cloud;
      const plain = { immutableId: null, isSynced: false, isGuest: false };
      return [name, [{ kind: 'user', id, name, displayName, as: 'upn', ...plain }]];
    }),
  );
  const adOwners = new Map(all.map(({ ad }) => [ad.userPrincipalName ?? '', [ad]]));
  const view = {
    facts: openFacts,
    addresses,
    adAddresses: new Map(),
    pairs: lookAtPairs(rows.map(pairOf)),
    adOwners,
    candidateOf: () => null,
  };
  return decide(rows, view, { allowRelink: false, federatedDetour: null, sync: 'connect' });
}

describe('a pairing of two people', () => {
  it('is held where each side’s address is that of somebody else, who are named', () => {
    const [first, second] = [...decided([0, 1].map(sides), [1, 0]).rows];
    expect([first?.state, second?.state]).toEqual(['held', 'held']);
    expect(first?.reasons.map(sentenceOf)).toEqual([
      'The two are hardly one person: Anna Adler (anna.adler@contoso.test), Bert Brandt (bert.brandt@contoso.test). ' +
        'anna.adler@contoso.test is Anna Adler in the cloud, and bert.brandt@contoso.test is Bert Brandt in AD.',
    ]);
  });

  it('is warned of where nothing at all is in common, and is written all the same', () => {
    const { ad } = sides(0);
    const { cloud } = sides(1);
    const [row] = [...decided([{ ad, cloud: { ...cloud, mail: null } }], [0]).rows];
    expect(row?.state).toBe('ready');
    expect(row?.warnings.map(sentenceOf)).toContain(
      'Nothing shows that the two are one person: Anna Adler (anna.adler@contoso.test) and Bert Brandt (bert.brandt@contoso.test) have no name, sign-in name or address in common.',
    );
  });

  it('is nothing to speak of where the surname alone has changed', () => {
    const { ad, cloud } = sides(0);
    const married = { ...ad, surname: 'Albers', displayName: 'Anna Albers' };
    const [row] = [...decided([{ ad: married, cloud }], [0]).rows];
    expect(row).toMatchObject({ state: 'ready', reasons: [] });
    expect(row?.warnings.filter(({ code }) => code.startsWith('pairing'))).toEqual([]);
  });
});

describe('a list whose column has slipped', () => {
  const all = Array.from(people, (_, n) => sides(n));

  it('says so for the run, with the lines and the shift', () => {
    const { rows, findings } = decided(all, [1, 2, 3, 4, 5, 6, 7, 0]);
    expect([...rows].map(({ state }) => state)).toEqual(all.map(() => 'held'));
    expect(findings.map(sentenceOf)).toEqual([
      'The list looks wrong: in 8 of 8 rows the two users do not look like one person; in lines 3 to 9, 7 AD users fit the cloud user of the line above.',
    ]);
  });

  it('says nothing of one that is right', () => {
    const { rows, findings } = decided(all, [...all.keys()]);
    expect([...rows].map(({ state, reasons }) => [state, reasons])).toEqual(all.map(() => ['ready', []]));
    expect(findings).toEqual([]);
  });
});
