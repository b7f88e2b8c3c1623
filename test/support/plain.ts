import type { AdAnswer, CloudAnswer } from '../../src/core/users.ts';

/** An answer with its user in it, to be compared: adapters that keep users packed make the user when it is asked for. */
export function plain<Lookup extends AdAnswer | CloudAnswer>(lookup: Lookup): Lookup {
  return lookup.kind === 'found' ? ({ kind: 'found', user: lookup.user } as Lookup) : lookup;
}
