// The only place where values become part of a Graph URL. The SDK encodes neither paths nor filters: a raw `#` would cut
// the URL short (`/users/x#EXT#@t` becomes `/users/x`, another user), a raw `+` of an immutable ID would arrive as a space.

/** Graph allows 15 values in an `in` list by default (graph/known-issues, "query parameters"). */
export const valuesPerFilter = 15;

/** Graph compares at most 120 characters of a value by default; longer ones can only be found by listing. */
export const longestFilterValue = 120;

// encodeURIComponent throws on half a surrogate pair; a round trip through UTF-8 makes it U+FFFD, which nobody is called.
const wellFormed = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');

/** An OData string literal, quoted and percent-encoded: `it's` becomes `'it''s'`, `a+b` becomes `'a%2Bb'`. */
export function literal(value: string): string {
  return `'${encodeURIComponent(wellFormed(value).replaceAll("'", "''"))}'`;
}

/** One path segment, percent-encoded. Throws a RangeError for the three that a URL would swallow: empty, `.` and `..`. */
export function segment(value: string): string {
  if (value === '' || value === '.' || value === '..') throw new RangeError(`not a path segment: "${value}"`);
  return encodeURIComponent(wellFormed(value));
}

/** `$filter=<property> in (…)`, encoded. `property` is one of our own names, never input. */
export function filterIn(property: string, values: readonly string[]): string {
  return `$filter=${property}%20in%20(${values.map((value) => literal(value)).join(',')})`;
}

/** `$select=…` for our own property names. */
export function select(properties: readonly string[]): string {
  return `$select=${properties.join(',')}`;
}
