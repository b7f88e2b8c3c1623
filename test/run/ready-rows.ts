// Rows as a plan has them that are ready to be linked, numbered from 2 like the lines of a file.
import type { PlanRow } from '../../src/core/row.ts';
import { guid, idOf } from '../support/people.ts';

export const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 2);

export function rowFor(n: number): PlanRow {
  return {
    line: n,
    adText: `u${n}`,
    cloudText: guid('cloud', n),
    state: 'ready',
    step: 'link',
    reasons: [],
    warnings: [],
    ad: null,
    cloud: {
      id: guid('cloud', n),
      userPrincipalName: `u${n}@example.test`,
      name: `User ${n}`,
      before: null,
      syncEnabled: null,
      userType: 'Member',
      accountEnabled: true,
    },
    after: idOf(n),
    detour: null,
    forecast: null,
    extra: [],
  };
}
