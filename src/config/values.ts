import { type SourceAnchor, sourceAnchorText } from '../core/ids/anchor.ts';
import { emptyGuid, guidFromText } from '../core/guid.ts';

/** What a reader makes of a text: the value, or why it is none. */
export type Read<Value> = { readonly value: Value } | { readonly wrong: string };

const wrong = (why: string): { readonly wrong: string } => ({ wrong: why });

// A host name or an address, as a URL or a tenant's domain holds it.
const domainName = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const attributeName = /^[a-z][a-z0-9-]*$/i;

/** `ldaps://host[:port]` or `ldap://host[:port]`, and nothing behind it. */
export function readLdapUrl(text: string): Read<string> {
  // A password in the URL must not reach the screen: where there may be one, only the host is named.
  if (!text.includes('://')) {
    return wrong(
      text.includes('@') ? 'it has no scheme; write ldaps://host' : `"${text}" has no scheme; write ldaps://${text}`,
    );
  }
  const url = urlOf(text);
  if (url === undefined) return wrong(text.includes('@') ? 'it is not a URL' : `"${text}" is not a URL`);
  const why = whyNoController(url);
  return why === undefined ? { value: `${url.protocol}//${url.host}` } : wrong(`"${url.protocol}//${url.host}" ${why}`);
}

function whyNoController(url: URL): string | undefined {
  if (url.protocol !== 'ldaps:' && url.protocol !== 'ldap:') return 'is neither ldaps:// nor ldap://';
  if (url.hostname === '') return 'has no host';
  if (url.username !== '' || url.password !== '') return 'has a user in it; the bind name is a setting of its own';
  if (!/^\/?$/.test(`${url.pathname}${url.search}${url.hash}`))
    return 'has more behind it; the search base is a setting of its own';
  const isCatalogue = url.port === '3268' || url.port === '3269';
  return isCatalogue
    ? 'is a global catalogue, which has no mS-DS-ConsistencyGuid; use port 636, or 389 with StartTLS'
    : undefined;
}

/** An https endpoint without a trailing slash; a bare host is read as https, as Azure's own tools do. */
function readEndpoint(text: string): Read<string> {
  const url = urlOf(text.includes('://') ? text : `https://${text}`);
  if (url === undefined || url.hostname === '') return wrong('it is not a URL');
  if (url.protocol !== 'https:')
    return wrong(`"${url.protocol}//${url.host}" is not https, and tokens would cross the wire in the clear`);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return wrong(`"${url.origin}" has more than a host and a path`);
  }
  return { value: `${url.origin}${url.pathname}`.replace(/\/+$/, '') };
}

/** Graph's endpoint: without the version, which the program adds. */
export function readGraphUrl(text: string): Read<string> {
  const read = readEndpoint(text);
  if ('value' in read && /\/(v\d+\.\d+|beta)$/i.test(read.value))
    return wrong(`"${read.value}" ends with a version; leave it out`);
  return read;
}

/** The sign-in endpoint: without the tenant, which is a setting of its own. */
export function readAuthorityHost(text: string): Read<string> {
  const read = readEndpoint(text);
  if ('value' in read && new URL(read.value).pathname !== '/')
    return wrong(`"${read.value}" has a path; leave the tenant out`);
  return read;
}

/** A GUID or a domain. What is neither is not shown: the secret's variable is next to this one, and the two get swapped. */
export function readTenantId(text: string): Read<string> {
  const guid = guidFromText(text.replace(/^\{(.*)\}$/, '$1'));
  if (guid !== undefined && guid !== emptyGuid) return { value: guid };
  if (['common', 'organizations', 'consumers'].includes(text.toLowerCase())) {
    return wrong(`"${text}" is no tenant; a run is bound to one`);
  }
  return domainName.test(text) ? { value: text.toLowerCase() } : wrong('it is neither a GUID nor a domain');
}

/** A GUID. Not shown when it is none: next to the client id stands the secret, and the two get swapped. */
export function readGuid(text: string): Read<ReturnType<typeof guidFromText> & string> {
  const guid = guidFromText(text.replace(/^\{(.*)\}$/, '$1'));
  return guid === undefined || guid === emptyGuid ? wrong('it is not a GUID') : { value: guid };
}

/** A bind name. What is none is not shown: it may be the password. */
export function readBindName(text: string): Read<string> {
  return /[@\\=]/.test(text) ? { value: text } : wrong('it is neither a DN, nor name@domain, nor DOMAIN\\name');
}

export function readDn(text: string): Read<string> {
  if (/^[a-z][a-z0-9-]*\s*=|^\d+(?:\.\d+)+\s*=/i.test(text)) return { value: text };
  const guess = domainName.test(text)
    ? `; write ${text
        .split('.')
        .map((part) => `DC=${part}`)
        .join(',')}`
    : '';
  return wrong(`"${text}" is not a distinguished name${guess}`);
}

/** Attribute names compare without regard to case in LDAP; the two that have rules of their own get their own kind. */
export function readSourceAnchor(text: string): Read<SourceAnchor> {
  const name = /^attribute:\s*(.*)$/i.exec(text)?.[1];
  const lower = (name ?? text).toLowerCase();
  if (lower === 'objectguid') return { value: { kind: 'objectGUID' } };
  if (lower === 'ms-ds-consistencyguid') return { value: { kind: 'mS-DS-ConsistencyGuid' } };
  if (name === undefined) {
    if (lower === 'auto') return { value: { kind: 'auto' } };
    const guess = attributeName.test(text) ? `; for an attribute write attribute:${text}` : '';
    return wrong(`"${text}" is none of auto, objectGUID, mS-DS-ConsistencyGuid, attribute:<name>${guess}`);
  }
  return attributeName.test(name) ? { value: { kind: 'attribute', name } } : wrong(`"${name}" is no attribute name`);
}

/** A source anchor as the one spelling it has in plans. */
export function readSourceAnchorName(text: string): Read<string> {
  const read = readSourceAnchor(text);
  return 'value' in read ? { value: sourceAnchorText(read.value) } : read;
}

/** A DNS domain, in lower case. */
export function readDomain(text: string): Read<string> {
  if (domainName.test(text)) return { value: text.toLowerCase() };
  const guess = text.includes('@') ? '; write what stands behind the @' : '';
  return wrong(`"${text}" is not a domain${guess}`);
}

export function readAttributeName(text: string): Read<string> {
  return attributeName.test(text) ? { value: text } : wrong(`"${text}" is no attribute name`);
}

/** A whole number in decimal digits, within bounds. */
export function readWhole(text: string, least: number, most: number): Read<number> {
  const bounds = most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`;
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  return number >= least && number <= most ? { value: number } : wrong(`"${text}" is not a whole number ${bounds}`);
}

/** When to stop a run: after so many failed rows, or so many in a hundred. */
export type MaxFailures =
  { readonly kind: 'count'; readonly count: number } | { readonly kind: 'percent'; readonly percent: number };

/** A number of rows, or a share of them. */
export function readMaxFailures(text: string): Read<MaxFailures> {
  const percent = /^(\d{1,3}(?:\.\d+)?)\s*%$/.exec(text)?.[1];
  if (percent !== undefined && Number(percent) <= 100) return { value: { kind: 'percent', percent: Number(percent) } };
  const count = readWhole(text, 0, Number.MAX_SAFE_INTEGER);
  return 'value' in count
    ? { value: { kind: 'count', count: count.value } }
    : wrong(`"${text}" is neither a number of rows (20) nor a share of them (5%)`);
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `30m`, `24h`, `7d` as milliseconds; more than nothing. */
export function readDuration(text: string): Read<number> {
  const [, digits, unit] = /^(\d{1,6})\s*([smhd])$/i.exec(text) ?? [];
  const ms = Number(digits) * (unitMs[unit?.toLowerCase() ?? ''] ?? Number.NaN);
  return ms > 0 ? { value: ms } : wrong(`"${text}" is not a duration like 30m, 24h or 7d`);
}

/** A duration from a second to ten minutes, as milliseconds. */
export function readAnswerTimeout(text: string): Read<number> {
  const read = readDuration(text);
  if ('wrong' in read) return wrong(`"${text}" is not a duration like 30s or 2m`);
  return read.value >= 1_000 && read.value <= 600_000 ? read : wrong(`"${text}" is not between 1s and 10m`);
}

/** A time of day, to be met next, or a moment in milliseconds since the epoch. */
export type StopTime =
  | { readonly kind: 'daily'; readonly hour: number; readonly minute: number }
  | { readonly kind: 'once'; readonly at: number };

/** `05:30` on this machine's clock, or a moment as ISO 8601 has it; without an offset that is this machine's time too. */
export function readMoment(text: string): Read<StopTime> {
  const [, hour, minute] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  if (hour !== undefined && Number(hour) < 24 && Number(minute) < 60) {
    return { value: { kind: 'daily', hour: Number(hour), minute: Number(minute) } };
  }
  const isIso = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?$/i.test(text);
  const at = isIso ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at)
    ? wrong(`"${text}" is neither a time of day like 05:30 nor a moment like 2026-11-26T05:30Z`)
    : { value: { kind: 'once', at } };
}

export type ColumnNames = { ad?: string; cloud?: string };

/** `ad=<name>,cloud=<name>`, either part alone too. Names with a comma can be given in the settings file. */
export function readColumns(text: string): Read<ColumnNames> {
  const columns: ColumnNames = {};
  for (const part of text.split(',')) {
    const [, side, name] = /^\s*(ad|cloud)\s*=\s*(.*\S)\s*$/i.exec(part) ?? [];
    const key = side?.toLowerCase() === 'ad' ? 'ad' : 'cloud';
    if (name === undefined || columns[key] !== undefined) return wrong(`"${text}" is not ad=<name>,cloud=<name>`);
    columns[key] = name;
  }
  return { value: columns };
}

/** `sha256:` and 64 hex digits; the prefix may be missing. */
export function readFingerprint(text: string): Read<string> {
  const digits = /^(?:sha256:)?([0-9a-f]{64})$/i.exec(text)?.[1];
  return digits === undefined
    ? wrong(`"${text}" is no fingerprint; one is sha256: and 64 hex digits`)
    : { value: `sha256:${digits.toLowerCase()}` };
}

/** A switch, as people write it in the environment. */
export function readToggle(text: string): Read<boolean> {
  if (/^(?:true|yes|on|1)$/i.test(text)) return { value: true };
  return /^(?:false|no|off|0)$/i.test(text) ? { value: false } : wrong(`"${text}" is neither true nor false`);
}

// URL.parse would not throw, but came only with Node 22.1.
function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
