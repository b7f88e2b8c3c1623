import { domainOf } from '../../ids/addresses.ts';
import type { Pair } from './judge-pair.ts';

/** Fewer pairs of a domain make no custom. */
const fewest = 50;
const usualShare = 0.02;

/** To which domains of the tenant the users of each domain of AD go, in this file. */
export class DomainCustoms {
  readonly #pairs = new Map<string, { all: number; readonly to: Map<string, number> }>();

  add({ ad, cloud }: Pair): void {
    if (ad.upn === null || cloud.upn === null) return;
    const [from, to] = [domainOf(ad.upn), domainOf(cloud.upn)];
    const known = this.#pairs.get(from) ?? { all: 0, to: new Map<string, number>() };
    known.all += 1;
    known.to.set(to, (known.to.get(to) ?? 0) + 1);
    this.#pairs.set(from, known);
  }

  /** Whether hardly any pair of the AD user's domain goes where this one does. Ask when all pairs are in. */
  isUnusual({ ad, cloud }: Pair): boolean {
    const known = ad.upn === null || cloud.upn === null ? undefined : this.#pairs.get(domainOf(ad.upn));
    const to = domainOf(cloud.upn ?? '');
    // Users of any company are left at the tenant's first domain.
    if (known === undefined || known.all < fewest || /\.onmicrosoft\.[a-z]+$/.test(to)) return false;
    return (known.to.get(to) ?? 0) < known.all * usualShare;
  }
}
