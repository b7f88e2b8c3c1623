import type { Finding, ReasonCode } from './reasons.ts';
import type { Evidence } from './evidence.ts';

/**
 * The rules that compare rows: one AD user, one cloud user or one anchor on several lines. Every line involved is held,
 * the first too: which of them is right is not for the tool to guess. The result is sparse, by row index.
 */
export function findCollisions(rows: readonly Evidence[]): ReadonlyMap<number, readonly Finding[]> {
  const found = new Map<number, Finding[]>();
  const adUser = (row: Evidence): string | null => (row.ad?.kind === 'found' ? row.ad.user.objectGuid : null);
  report(found, rows, { code: 'duplicate-ad-user', groups: grouped(rows, adUser) });
  report(found, rows, { code: 'duplicate-cloud-user', groups: grouped(rows, cloudIdOf) });
  // One anchor on lines that name the same AD user is already a duplicate; only different users make this one.
  const sameAnchor = grouped(rows, (row) => (row.anchor?.kind === 'anchor' ? row.anchor.immutableId : null));
  const shared = sameAnchor.filter((indexes) => new Set(indexes.map((index) => adUser(rowAt(rows, index)))).size > 1);
  report(found, rows, { code: 'two-rows-one-anchor', groups: shared });
  return found;
}

function cloudIdOf(row: Evidence): string | null {
  return row.cloud?.kind === 'found' || row.cloud?.kind === 'deleted' ? row.cloud.user.id : null;
}

/** Index groups of two and more that share a key. Only shared keys cost an array: most rows share nothing. */
function grouped(rows: readonly Evidence[], keyOf: (row: Evidence) => string | null): number[][] {
  const first = new Map<string, number>();
  const groups = new Map<string, number[]>();
  rows.forEach((row, index) => {
    const key = keyOf(row);
    if (key === null) return;
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, index);
      return;
    }
    const group = groups.get(key);
    if (group) group.push(index);
    else groups.set(key, [earlier, index]);
  });
  return [...groups.values()];
}

function report(
  found: Map<number, Finding[]>,
  rows: readonly Evidence[],
  collision: { code: ReasonCode; groups: readonly (readonly number[])[] },
): void {
  for (const indexes of collision.groups) {
    const finding = {
      code: collision.code,
      facts: { lines: lineList(indexes.map((at) => rowAt(rows, at).pairing.line)) },
    };
    for (const index of indexes) {
      const own = found.get(index);
      if (own) own.push(finding);
      else found.set(index, [finding]);
    }
  }
}

function rowAt(rows: readonly Evidence[], index: number): Evidence {
  const row = rows[index];
  if (!row) throw new RangeError(`no row ${index}`);
  return row;
}

const linesShown = 10;

function lineList(lines: readonly number[]): string {
  const shown = lines.slice(0, linesShown).join(', ');
  return lines.length > linesShown ? `${shown} and ${lines.length - linesShown} more` : shown;
}
