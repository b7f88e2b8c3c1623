// Pure: whether a listing still gets anywhere. Graph says when it ends; here is what ends it when Graph does not.
import { Failure } from '../../core/failure.ts';
import type { Page } from './convert.ts';

/** Pages in a row that bring nothing which was not there before; at half a second each, minutes of a listing at a stand. */
const idlePages = 200;

/** Sees the pages of one listing in their order. */
export type PageWatch = {
  /** Throws a Failure for a nextLink that was there before, and for one page too many that brings nothing new. */
  see(page: Page): void;
};

/**
 * A page may be empty and not be the last (graph/paging), and one may bring what another one brought while the tenant
 * changes; so it takes many of them. A nextLink that comes again is another matter: it leads round in a circle.
 */
export function openPageWatch(path: string): PageWatch {
  const links = new Set<string>();
  const rows = new SeenRows();
  let idle = 0;
  return {
    see({ rows: now, nextLink }) {
      // Most listings have one page; nothing is kept of those.
      if (nextLink === undefined) return;
      if (links.has(nextLink)) throw endless(path, 'a page leads back to one that was read before');
      links.add(nextLink);
      // Every one of them has to be added, so `some` would not do.
      const news = now.filter((row) => rows.add(row)).length;
      idle = news > 0 ? 0 : idle + 1;
      if (idle >= idlePages) throw endless(path, `${idlePages} pages in a row have brought nothing new`);
    },
  };
}

function endless(path: string, why: string): Failure {
  const [what] = path.split('?', 1);
  return new Failure(
    { code: 'unexpected', scope: 'row', retry: 'never', effect: 'none' },
    `Graph's listing of ${what} does not end: ${why}.`,
  );
}

/**
 * Which rows were seen, as 32 bits each: of a million users some megabytes. Two that share their bits make a page look less
 * new than it is, which matters only when all rows of 200 pages in a row do.
 */
class SeenRows {
  #slots = new Uint32Array(2_048);
  #size = 0;

  /** Whether it is new. */
  add(row: unknown): boolean {
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    const isNew = put(this.#slots, bitsOf(row));
    if (isNew) this.#size++;
    return isNew;
  }

  #grow(): void {
    const larger = new Uint32Array(this.#slots.length * 2);
    for (const bits of this.#slots) if (bits !== 0) put(larger, bits);
    this.#slots = larger;
  }
}

function put(slots: Uint32Array, bits: number): boolean {
  const mask = slots.length - 1;
  let place = bits & mask;
  while (slots[place] !== 0) {
    if (slots[place] === bits) return false;
    place = (place + 1) & mask;
  }
  slots[place] = bits;
  return true;
}

/** FNV-1a, never 0; of the id, which every object has, or of all of it. */
function bitsOf(row: unknown): number {
  const id = typeof row === 'object' && row !== null && 'id' in row && typeof row.id === 'string' ? row.id : undefined;
  const text = id ?? JSON.stringify(row) ?? '';
  let bits = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) bits = Math.imul(bits ^ text.charCodeAt(at), 0x01000193);
  // Ids that differ in their last letter alone would stand beside each other.
  bits ^= bits >>> 15;
  return bits >>> 0 || 1;
}
