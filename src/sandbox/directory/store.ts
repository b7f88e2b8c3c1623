import { type DirectoryEntry, type Forest, domainToDn } from './entries.ts';
import type { LdapFilter } from './filter.ts';
import { type View, assertionKey, valueKey } from './match.ts';
import { dnKey, dnKeyOf, parseDn } from './names.ts';
import { type SchemaAttribute, attributeFacts } from './schema.ts';
import { type Result, resultCodes } from './answers.ts';
import { type Guid, guidFromText, guidToBytes } from '../../core/guid.ts';

// AD indexes these too; what is not among them (employeeID, mS-DS-ConsistencyGuid) is a scan there as here.
const indexed = ['sAMAccountName', 'userPrincipalName', 'mail', 'proxyAddresses', 'cn', 'objectGUID', 'objectSid'];

/** By value key: places in `entries`. A lone place is kept bare: with 100,000 people the arrays would be most of the memory. */
type Index = ReadonlyMap<string, number | number[]>;

/** One naming context: its entries, parents before children, and its indexes. */
export type SearchContext = {
  readonly dn: string;
  readonly key: string;
  readonly entries: readonly DirectoryEntry[];
  /** By DN key: place in `entries`. */
  readonly places: ReadonlyMap<string, number>;
  /** By lDAPDisplayName. */
  readonly indexes: ReadonlyMap<string, Index>;
};

/** A part of the forest that is elsewhere: a DNS zone or another domain. */
export type Elsewhere = { readonly host: string; readonly dn: string; readonly key: string };

export type Store = {
  readonly forest: Forest;
  /** Domain, configuration, schema. */
  readonly contexts: readonly SearchContext[];
  readonly elsewhere: readonly Elsewhere[];
};

/** Sorts entries into their naming contexts and indexes them; `childDomains` are DNS names of domains referred to. */
export function makeStore(
  forest: Forest,
  entries: readonly DirectoryEntry[],
  childDomains: readonly string[] = [],
): Store {
  const roots = [forest.schemaDn, forest.configurationDn, forest.domainDn].map((dn) => ({ dn, key: keyOf(dn) }));
  const byRoot = new Map(roots.map(({ key }) => [key, [] as DirectoryEntry[]]));
  for (const entry of entries) {
    // The schema lies under the configuration and that under the domain: the first that fits is the nearest.
    const root = roots.find(({ key }) => isAtOrUnder(entry.key, key));
    if (root) byRoot.get(root.key)?.push(entry);
  }
  const zones = ['DomainDnsZones', 'ForestDnsZones'].map((zone) => ({
    host: `${zone}.${forest.domain}`,
    dn: `DC=${zone},${forest.domainDn}`,
  }));
  const children = childDomains.map((host) => ({ host, dn: domainToDn(host) }));
  return {
    forest,
    contexts: roots.map(({ dn, key }) => makeContext(dn, key, byRoot.get(key) ?? [])),
    elsewhere: [...zones, ...children].map((other) => ({ ...other, key: keyOf(other.dn) })),
  };
}

function makeContext(dn: string, key: string, entries: readonly DirectoryEntry[]): SearchContext {
  const places = new Map(entries.map((entry, place) => [entry.key, place]));
  const indexes = new Map(
    indexed.flatMap((name) => {
      const facts = attributeFacts(name);
      return facts ? [[name, makeIndex(facts, entries)] as const] : [];
    }),
  );
  return { dn, key, entries, places, indexes };
}

function makeIndex(facts: SchemaAttribute, entries: readonly DirectoryEntry[]): Index {
  const index = new Map<string, number | number[]>();
  for (const [place, entry] of entries.entries()) {
    for (const value of entry.values(facts.name)) {
      const key = valueKey(facts, value);
      const found = index.get(key);
      if (found === undefined) index.set(key, place);
      else index.set(key, typeof found === 'number' ? [found, place] : [...found, place]);
    }
  }
  return index;
}

/** The entries that have this value, by its key; none when the attribute is not indexed. */
export function placesOf(context: SearchContext, name: string, key: string): readonly number[] {
  const found = context.indexes.get(name)?.get(key);
  return found === undefined ? [] : typeof found === 'number' ? [found] : found;
}

const keyOf = (dn: string): string => dnKeyOf(dn) ?? '';

/** Whether one DN key is the other or lies below it. */
export function isAtOrUnder(key: string, ancestor: string): boolean {
  return key === ancestor || key.endsWith(`,${ancestor}`);
}

/**
 * The places a filter can match at most, in ascending order, when indexes can tell; null when every entry must be looked
 * at. A place in the answer still has to be tried.
 */
export function candidates(context: SearchContext, filter: LdapFilter, view: View): readonly number[] | null {
  const found = candidateSet(context, filter, view);
  return found && [...found].sort((a, b) => a - b);
}

function candidateSet(context: SearchContext, filter: LdapFilter, view: View): ReadonlySet<number> | null {
  switch (filter.kind) {
    case 'equal':
    case 'approx':
      return lookUp(context, filter, view);
    case 'and': {
      const known = filter.filters.map((part) => candidateSet(context, part, view)).filter((set) => set !== null);
      return known.length === 0 ? null : known.reduce((least, set) => (set.size < least.size ? set : least));
    }
    case 'or': {
      const union = new Set<number>();
      for (const part of filter.filters) {
        const set = candidateSet(context, part, view);
        if (!set) return null;
        for (const place of set) union.add(place);
      }
      return union;
    }
    default:
      return null;
  }
}

function lookUp(
  context: SearchContext,
  filter: { readonly attribute: string; readonly value: Buffer },
  view: View,
): ReadonlySet<number> | null {
  const facts = attributeFacts(filter.attribute);
  // Unknown attributes and values that are none match nothing, whatever they stand beside.
  if (!facts) return new Set();
  const key = assertionKey(facts, filter.value, view);
  if (key === undefined) return new Set();
  if (facts.name === 'distinguishedName') {
    const place = context.places.get(key);
    return new Set(place === undefined ? [] : [place]);
  }
  return context.indexes.has(facts.name) ? new Set(placesOf(context, facts.name, key)) : null;
}

/** An entry and the naming context it is in. */
export type Found = { readonly context: SearchContext; readonly entry: DirectoryEntry };

export type Base = ({ readonly kind: 'entry' } & Found) | { readonly kind: 'failed'; readonly result: Result };

/** Finds what a search base names: a DN, or `<GUID=…>` (MS-ADTS 3.1.1.3.1.2.4). */
export function resolveBase(store: Store, text: string): Base {
  const guid = /^<guid=([^>]*)>$/i.exec(text);
  if (guid) return byGuid(store, guid[1] ?? '');
  const dn = parseDn(text);
  if (!dn)
    return failed(
      resultCodes.invalidDnSyntax,
      `0000208F: NameErr: DSID-03100225, problem 2006 (BAD_NAME), data 8350, best match of:\n\t'${text}'\n\0`,
    );
  const key = dnKey(dn);
  const other = store.elsewhere.find((place) => isAtOrUnder(key, place.key));
  const context = other ? undefined : store.contexts.find((one) => isAtOrUnder(key, one.key));
  if (context) return inContext(context, dn, key);
  const labels = dn.flat().filter(({ type }) => type === 'dc');
  if (labels.length === 0) return noSuchObject('');
  const host = other?.host ?? labels.map(({ value }) => value).join('.');
  return {
    kind: 'failed',
    result: {
      code: resultCodes.referral,
      message: `0000202B: RefErr: DSID-03100835, data 0, 1 access points\n\tref 1: '${host}'\n\0`,
      referrals: [`ldap://${host}/${encodeURI(text)}`],
    },
  };
}

function inContext(context: SearchContext, dn: NonNullable<ReturnType<typeof parseDn>>, key: string): Base {
  const entry = entryAt(context, key);
  if (entry) return { kind: 'entry', context, entry };
  for (let skip = 1; skip < dn.length; skip++) {
    const ancestor = entryAt(context, dnKey(dn.slice(skip)));
    if (ancestor) return noSuchObject(ancestor.dn);
  }
  return noSuchObject(context.dn);
}

function entryAt(context: SearchContext, key: string): DirectoryEntry | undefined {
  const place = context.places.get(key);
  return place === undefined ? undefined : context.entries[place];
}

function byGuid(store: Store, text: string): Base {
  const bytes = guidBytes(text);
  for (const context of bytes ? store.contexts : []) {
    const place = bytes && placesOf(context, 'objectGUID', bytes.toString('latin1'))[0];
    const entry = place === undefined ? undefined : context.entries[place];
    if (entry) return { kind: 'entry', context, entry };
  }
  return noSuchObject('');
}

/** Dashed text form, or 32 hex digits in the order of the stored bytes. */
function guidBytes(text: string): Buffer | undefined {
  const guid: Guid | undefined = guidFromText(text);
  if (guid) return guidToBytes(guid);
  return /^[0-9a-f]{32}$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
}

function noSuchObject(matchedDn: string): Base {
  const message = `0000208D: NameErr: DSID-03100241, problem 2001 (NO_OBJECT), data 0, best match of:\n\t'${matchedDn}'\n\0`;
  return { kind: 'failed', result: { code: resultCodes.noSuchObject, message, matchedDn } };
}

function failed(code: number, message: string): Base {
  return { kind: 'failed', result: { code, message } };
}

/** Continuation references of a search: the naming contexts right below its own that lie in its reach. */
export function referencesFor(store: Store, { context, entry: base }: Found, scope: 'one' | 'sub'): string[] {
  const { forest } = store;
  const here = [
    {
      host: forest.domain,
      dn: forest.configurationDn,
      key: keyOf(forest.configurationDn),
      above: keyOf(forest.domainDn),
    },
    { host: forest.domain, dn: forest.schemaDn, key: keyOf(forest.schemaDn), above: keyOf(forest.configurationDn) },
  ];
  const others = store.elsewhere.map((other) => ({ ...other, above: keyOf(forest.domainDn) }));
  return [...others, ...here]
    .filter(({ above, key }) => above === context.key && isAtOrUnder(key, base.key))
    .filter(({ key }) => scope === 'sub' || key.slice(key.indexOf(',') + 1) === base.key)
    .map(({ host, dn }) => `ldap://${host}/${dn}${scope === 'one' ? '??base' : ''}`);
}
