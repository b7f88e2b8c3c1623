import type { Evidence } from './evidence.ts';
import type { Guid } from '../guid.ts';
import { immutableIdIn } from '../ids/anchor.ts';
import { SharedKeys } from '../bulk/bulk.ts';
import { itemAt, type List } from '../list.ts';
import type { Finding, ReasonCode } from '../reasons.ts';
import { foundAdUser, namedCloudUser } from '../users.ts';

/**
 * The rules that compare rows: one AD user, one cloud user or one anchor on several lines. Every line involved is held,
 * the first too: which of them is right is not for the tool to guess. Give it every row once, then ask.
 */
export class Collisions {
  readonly #rows: List<Evidence>;
  readonly #adUsers: SharedKeys<Evidence>;
  readonly #cloudUsers: SharedKeys<Evidence>;
  readonly #anchors: SharedKeys<Evidence>;

  /** `rows`: where a row that seems to collide is looked up again. */
  constructor(rows: List<Evidence>) {
    this.#rows = rows;
    this.#adUsers = new SharedKeys(rows, adUserOf);
    this.#cloudUsers = new SharedKeys(rows, cloudUserOf);
    this.#anchors = new SharedKeys(rows, anchorOf);
  }

  add(index: number, row: Evidence): void {
    this.#adUsers.add(index, row);
    this.#cloudUsers.add(index, row);
    this.#anchors.add(index, row);
  }

  /** The first row whose cloud user this is. */
  rowOfCloudUser(id: Guid): number | undefined {
    return this.#cloudUsers.firstWith(id);
  }

  /** The first row whose AD user this is. */
  rowOfAdUser(guid: Guid): number | undefined {
    return this.#adUsers.firstWith(guid);
  }

  /** The first row whose AD user has this immutable ID for its anchor. */
  rowOfAnchor(immutableId: string): number | undefined {
    return this.#anchors.firstWith(immutableId);
  }

  /** Sparse, by row index. */
  findings(): ReadonlyMap<number, readonly Finding[]> {
    const found = new Map<number, Finding[]>();
    this.#report(found, 'duplicate-ad-user', this.#adUsers.groups());
    this.#report(found, 'duplicate-cloud-user', this.#cloudUsers.groups());
    // One anchor on lines that name the same AD user is already a duplicate; only different users make this one.
    const isOfSeveral = (indexes: readonly number[]): boolean =>
      new Set(indexes.map((index) => adUserOf(itemAt(this.#rows, index)))).size > 1;
    this.#report(found, 'two-rows-one-anchor', this.#anchors.groups().filter(isOfSeveral));
    return found;
  }

  #report(found: Map<number, Finding[]>, code: ReasonCode, groups: readonly (readonly number[])[]): void {
    for (const indexes of groups) {
      const lines = lineList(indexes.map((at) => itemAt(this.#rows, at).pairing.line));
      const finding = { code, facts: { lines } };
      for (const index of indexes) {
        const own = found.get(index);
        if (own) own.push(finding);
        else found.set(index, [finding]);
      }
    }
  }
}

const adUserOf = ({ ad }: Evidence): Guid | null => foundAdUser(ad)?.objectGuid ?? null;
const cloudUserOf = ({ cloud }: Evidence): Guid | null => namedCloudUser(cloud)?.id ?? null;
const anchorOf = ({ anchor }: Evidence): string | null => immutableIdIn(anchor);

const linesShown = 10;

function lineList(lines: readonly number[]): string {
  const shown = lines.slice(0, linesShown).join(', ');
  return lines.length > linesShown ? `${shown} and ${lines.length - linesShown} more` : shown;
}
