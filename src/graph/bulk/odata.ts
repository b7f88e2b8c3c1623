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

/** Each address takes two clauses. */
export const addressesPerFilter = Math.floor(valuesPerFilter / 2);

const smtpPrefixes = ['SMTP:', 'smtp:'] as const;

/** Graph's longest value, less the prefix. */
export const longestFilterAddress = longestFilterValue - smtpPrefixes[0].length;

/**
 * `$filter=` for who has one of these SMTP addresses among the proxy addresses, as the primary one or another, encoded.
 * Both spellings of the prefix are asked for: whether Graph minds the case inside `any` is not documented.
 */
export function filterSmtp(addresses: readonly string[]): string {
  const values = addresses.flatMap((address) => smtpPrefixes.map((prefix) => literal(`${prefix}${address}`)));
  return `$filter=${values.map((value) => `proxyAddresses/any(p:p%20eq%20${value})`).join('%20or%20')}`;
}

/** `$filter=` for who has one of these addresses among the other mails, encoded. */
export function filterOtherMails(addresses: readonly string[]): string {
  return `$filter=${addresses.map((address) => `otherMails/any(m:m%20eq%20${literal(address)})`).join('%20or%20')}`;
}

/** `$select=…` for our own property names. */
export function select(properties: readonly string[]): string {
  return `$select=${properties.join(',')}`;
}

/** The values in slices of at most `length`, in order. */
export function slicesOf<Value>(values: readonly Value[], length: number): (readonly Value[])[] {
  const starts = Array.from({ length: Math.ceil(values.length / length) }, (_, index) => index * length);
  return starts.map((start) => values.slice(start, start + length));
}
