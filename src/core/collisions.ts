import type { Evidence } from './evidence.ts';
import type { Guid } from './guid.ts';
import { KeyTable } from './key-table.ts';
import { Keyed } from './keyed.ts';
import type { List } from './list.ts';
import type { Finding, ReasonCode } from './reasons.ts';

/**
 * The rules that compare rows: one AD user, one cloud user or one anchor on several lines. Every line involved is held,
 * the first too: which of them is right is not for the tool to guess. Give it every row once, then ask.
 */
export class Collisions {
  readonly #rows: List<Evidence>;
  readonly #adUsers = new Shared();
  readonly #cloudUsers = new Shared();
  readonly #anchors = new Shared();

  /** `rows`: where a row that collides is looked up again. */
  constructor(rows: List<Evidence>) {
    this.#rows = rows;
  }

  add(index: number, row: Evidence): void {
    this.#adUsers.add(index, adUserOf(row));
    this.#cloudUsers.add(index, cloudIdOf(row));
    this.#anchors.add(index, anchorOf(row));
  }

  /** The first row whose cloud user this is. */
  rowOfCloudUser(id: Guid): number | undefined {
    return this.#cloudUsers.firstWith(id);
  }

  /** Sparse, by row index. */
  findings(): ReadonlyMap<number, readonly Finding[]> {
    const found = new Map<number, Finding[]>();
    this.#report(found, 'duplicate-ad-user', this.#adUsers.groups());
    this.#report(found, 'duplicate-cloud-user', this.#cloudUsers.groups());
    // One anchor on lines that name the same AD user is already a duplicate; only different users make this one.
    const isOfSeveral = (indexes: readonly number[]): boolean =>
      new Set(indexes.map((index) => adUserOf(rowAt(this.#rows, index)))).size > 1;
    this.#report(found, 'two-rows-one-anchor', this.#anchors.groups().filter(isOfSeveral));
    return found;
  }

  #report(found: Map<number, Finding[]>, code: ReasonCode, groups: readonly (readonly number[])[]): void {
    for (const indexes of groups) {
      const lines = lineList(indexes.map((at) => rowAt(this.#rows, at).pairing.line));
      const finding = { code, facts: { lines } };
      for (const index of indexes) {
        const own = found.get(index);
        if (own) own.push(finding);
        else found.set(index, [finding]);
      }
    }
  }
}

function adUserOf(row: Evidence): string | null {
  return row.ad?.kind === 'found' ? row.ad.user.objectGuid : null;
}

function cloudIdOf(row: Evidence): string | null {
  return row.cloud?.kind === 'found' || row.cloud?.kind === 'deleted' ? row.cloud.user.id : null;
}

function anchorOf(row: Evidence): string | null {
  return row.anchor?.kind === 'anchor' ? row.anchor.immutableId : null;
}

/** Rows by a key that most of them have for themselves alone. Only shared keys cost an array. */
class Shared {
  readonly #keys = new KeyTable();
  readonly #rows = new Keyed(this.#keys);
  readonly #shared = new Set<number>();

  add(index: number, key: string | null): void {
    if (key === null) return;
    const before = this.#keys.size;
    const number = this.#keys.add(key);
    if (this.#keys.size === before) this.#shared.add(number);
    this.#rows.add(number, index);
  }

  firstWith(key: string): number | undefined {
    return this.#rows.of(key)[0];
  }

  /** Index groups of two and more, in the order in which they became groups. */
  groups(): (readonly number[])[] {
    return [...this.#shared].map((number) => this.#rows.at(number));
  }
}

function rowAt(rows: List<Evidence>, index: number): Evidence {
  const row = rows.at(index);
  if (!row) throw new RangeError(`no row ${index}`);
  return row;
}

const linesShown = 10;

function lineList(lines: readonly number[]): string {
  const shown = lines.slice(0, linesShown).join(', ');
  return lines.length > linesShown ? `${shown} and ${lines.length - linesShown} more` : shown;
}
