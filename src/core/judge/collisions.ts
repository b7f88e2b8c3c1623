import type { Evidence } from './evidence.ts';
import type { Guid } from '../guid.ts';
import { hashOf, spread } from '../bulk/bulk.ts';
import type { List } from '../list.ts';
import type { Finding, ReasonCode } from '../reasons.ts';

/**
 * The rules that compare rows: one AD user, one cloud user or one anchor on several lines. Every line involved is held,
 * the first too: which of them is right is not for the tool to guess. Give it every row once, then ask.
 */
export class Collisions {
  readonly #rows: List<Evidence>;
  readonly #adUsers: Shared;
  readonly #cloudUsers: Shared;
  readonly #anchors: Shared;

  /** `rows`: where a row that seems to collide is looked up again. */
  constructor(rows: List<Evidence>) {
    this.#rows = rows;
    this.#adUsers = new Shared(rows, adUserOf);
    this.#cloudUsers = new Shared(rows, cloudIdOf);
    this.#anchors = new Shared(rows, anchorOf);
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

/**
 * Rows by a key that most of them have for themselves alone. Of a key only a hash is kept; where two are the same, the
 * row that was there first is looked up and its key compared.
 */
class Shared {
  readonly #rows: List<Evidence>;
  readonly #keyOf: (row: Evidence) => string | null;
  readonly #hashes: Uint32Array;
  /** Open addressing, at most half full: the first row with a key, plus one, or 0. */
  readonly #slots: Int32Array;
  /** By first row. */
  readonly #groups = new Map<number, number[]>();

  constructor(rows: List<Evidence>, keyOf: (row: Evidence) => string | null) {
    this.#rows = rows;
    this.#keyOf = keyOf;
    this.#hashes = new Uint32Array(rows.length);
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(rows.length * 2 + 2)));
  }

  add(index: number, row: Evidence): void {
    const key = this.#keyOf(row);
    if (key === null) return;
    const hash = hashOf(key);
    const slot = this.#slotOf(key, hash);
    const first = (this.#slots[slot] ?? 0) - 1;
    this.#hashes[index] = hash;
    if (first < 0) this.#slots[slot] = index + 1;
    else {
      const group = this.#groups.get(first);
      if (group) group.push(index);
      else this.#groups.set(first, [first, index]);
    }
  }

  firstWith(key: string): number | undefined {
    const first = (this.#slots[this.#slotOf(key, hashOf(key))] ?? 0) - 1;
    return first < 0 ? undefined : first;
  }

  /** Index groups of two and more, in the order in which they became groups. */
  groups(): (readonly number[])[] {
    return [...this.#groups.values()];
  }

  #slotOf(key: string, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
      const first = (this.#slots[slot] ?? 0) - 1;
      if (first < 0 || (this.#hashes[first] === hash && this.#keyOf(rowAt(this.#rows, first)) === key)) return slot;
    }
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
