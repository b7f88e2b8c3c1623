import type { DirectoryEntry } from './entries.ts';
import type { Value } from './answers.ts';
import type { LdapFilter } from './filter.ts';
import { dnKeyOf, foldText } from './names.ts';
import { type SchemaAttribute, attributeFacts, categoryOf } from './schema.ts';
import { sidToBytes } from './sid.ts';

/** RFC 4511 4.5.1.7: a filter is true, false or undefined for an entry; only true entries are answers. */
export type Verdict = boolean | undefined;
export type Predicate = (entry: DirectoryEntry) => Verdict;

/** What the reader of a search may see, and where its class names point. */
export type View = {
  /** lDAPDisplayNames the account may not read: treated as if no object had them (MS-ADTS 3.1.1.4.3). */
  readonly hidden: ReadonlySet<string>;
  readonly schemaDn: string;
};

const never: Predicate = () => undefined;

/** Turns a filter into a function, so that assertion values are normalised once and not per entry. */
export function compile(filter: LdapFilter, view: View): Predicate {
  switch (filter.kind) {
    case 'and':
      return all(filter.filters.map((part) => compile(part, view)));
    case 'or':
      return anyOf(filter.filters, view);
    case 'not': {
      const inner = compile(filter.filter, view);
      return (entry) => {
        const verdict = inner(entry);
        return verdict === undefined ? undefined : !verdict;
      };
    }
    case 'extensible':
      return extensible(filter, view);
    default:
      return simple(filter, view);
  }
}

function all(parts: readonly Predicate[]): Predicate {
  return (entry) => {
    let verdict: Verdict = true;
    for (const part of parts) {
      const one = part(entry);
      if (one === false) return false;
      if (one === undefined) verdict = undefined;
    }
    return verdict;
  };
}

/** OR; equalities on one attribute become one set, so that an OR of a hundred keys costs one look-up per entry. */
function anyOf(filters: readonly LdapFilter[], view: View): Predicate {
  const groups = new Map<SchemaAttribute, Set<string>>();
  const parts: Predicate[] = [];
  for (const filter of filters) {
    const facts = filter.kind === 'equal' ? attributeFacts(filter.attribute) : undefined;
    const key = filter.kind === 'equal' && facts ? assertionKey(facts, filter.value, view) : undefined;
    if (facts && key !== undefined) groups.set(facts, (groups.get(facts) ?? new Set()).add(key));
    else parts.push(compile(filter, view));
  }
  for (const [facts, keys] of groups) parts.unshift(hasAny(facts, keys, view));
  return (entry) => {
    let verdict: Verdict = false;
    for (const part of parts) {
      const one = part(entry);
      if (one === true) return true;
      if (one === undefined) verdict = undefined;
    }
    return verdict;
  };
}

function hasAny(facts: SchemaAttribute, keys: ReadonlySet<string>, view: View): Predicate {
  if (view.hidden.has(facts.name)) return () => false;
  return (entry) => entry.values(facts.name).some((value) => keys.has(valueKey(facts, value)));
}

type SimpleFilter = Exclude<LdapFilter, { readonly kind: 'and' | 'or' | 'not' | 'extensible' }>;

function simple(filter: SimpleFilter, view: View): Predicate {
  const facts = attributeFacts(filter.attribute);
  if (!facts) return never;
  const hidden = view.hidden.has(facts.name);
  const values = (entry: DirectoryEntry): readonly Value[] => (hidden ? [] : entry.values(facts.name));
  if (filter.kind === 'present') return (entry) => values(entry).length > 0;
  if (filter.kind === 'substrings') {
    const matches = substrings(facts, filter);
    return matches ? (entry) => values(entry).some(matches) : never;
  }
  const key = assertionKey(facts, filter.value, view);
  if (key === undefined) return never;
  // AD makes no approximation: ~= is = (MS-ADTS 3.1.1.3.1.3.1).
  if (filter.kind === 'equal' || filter.kind === 'approx') return hasAny(facts, new Set([key]), view);
  const wanted = filter.kind === 'greater-or-equal' ? 1 : -1;
  return (entry) => values(entry).some((value) => compareKeys(facts, valueKey(facts, value), key) * wanted >= 0);
}

/** Matching rules of AD for integers: every bit set, some bit set (MS-ADTS 3.1.1.3.4.4). */
const bitRules: Readonly<Record<string, (value: bigint, mask: bigint) => boolean>> = {
  '1.2.840.113556.1.4.803': (value, mask) => (value & mask) === mask,
  '1.2.840.113556.1.4.804': (value, mask) => (value & mask) !== 0n,
};

function extensible(filter: Extract<LdapFilter, { readonly kind: 'extensible' }>, view: View): Predicate {
  if (filter.attribute === null) return never;
  if (filter.rule === null) return simple({ kind: 'equal', attribute: filter.attribute, value: filter.value }, view);
  const facts = attributeFacts(filter.attribute);
  const rule = bitRules[filter.rule];
  const mask = facts && isNumeric(facts) ? assertionKey(facts, filter.value, view) : undefined;
  if (!facts || !rule || mask === undefined) return never;
  const values = (entry: DirectoryEntry): readonly Value[] =>
    view.hidden.has(facts.name) ? [] : entry.values(facts.name);
  return (entry) => values(entry).some((value) => rule(BigInt(valueKey(facts, value)), BigInt(mask)));
}

function isNumeric({ syntax }: SchemaAttribute): boolean {
  return syntax === 'integer' || syntax === 'large-integer';
}

/** The text two values of an attribute share exactly when they are equal in its syntax. Octets: one character a byte. */
export function valueKey({ name, syntax }: SchemaAttribute, value: Value): string {
  if (syntax === 'octets' || syntax === 'sid') return Buffer.from(value).toString('latin1');
  const text = value.toString();
  if (name === 'objectCategory') return categoryKey(text);
  if (syntax === 'dn') return dnKeyOf(text) ?? text;
  return syntax === 'text' ? foldText(text) : text.toLowerCase();
}

// Everybody has one of a dozen categories, and most user filters ask for it: parsed once, not once per entry.
const categoryKeys = new Map<string, string>();

function categoryKey(dn: string): string {
  const known = categoryKeys.get(dn);
  if (known !== undefined) return known;
  if (categoryKeys.size > 1000) categoryKeys.clear();
  const key = dnKeyOf(dn) ?? dn;
  categoryKeys.set(dn, key);
  return key;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** `valueKey` of an assertion from a filter, or undefined when it is no value of the syntax (the filter is undefined then). */
export function assertionKey(facts: SchemaAttribute, bytes: Buffer, view: View): string | undefined {
  const { syntax } = facts;
  if (syntax === 'octets') return bytes.toString('latin1');
  // AD takes the text form of a SID in filters too.
  if (syntax === 'sid') return (sidToBytes(bytes.toString('latin1')) ?? bytes).toString('latin1');
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return undefined;
  }
  if (facts.name === 'objectCategory') {
    const category = categoryOf(text);
    if (category !== undefined) return dnKeyOf(`CN=${category},${view.schemaDn}`);
  }
  if (syntax === 'dn') return dnKeyOf(text);
  if (isNumeric(facts)) return /^-?\d{1,19}$/.test(text) ? BigInt(text).toString() : undefined;
  return valueKey(facts, text);
}

function compareKeys(facts: SchemaAttribute, a: string, b: string): number {
  if (a === b) return 0;
  if (isNumeric(facts)) return BigInt(a) < BigInt(b) ? -1 : 1;
  return a < b ? -1 : 1;
}

type SubstringFilter = Extract<LdapFilter, { readonly kind: 'substrings' }>;

/** Undefined for syntaxes without substrings: AD has none for DNs, numbers, SIDs and booleans. */
function substrings(facts: SchemaAttribute, filter: SubstringFilter): ((value: Value) => boolean) | undefined {
  if (facts.syntax !== 'text' && facts.syntax !== 'octets') return undefined;
  const key = (piece: Buffer): string =>
    facts.syntax === 'text' ? foldText(piece.toString('utf8')) : piece.toString('latin1');
  const initial = filter.initial ? key(filter.initial) : '';
  const final = filter.final ? key(filter.final) : '';
  const middle = filter.any.map(key);
  return (value) => {
    const text = valueKey(facts, value);
    if (!text.startsWith(initial)) return false;
    let at = initial.length;
    for (const piece of middle) {
      const found = text.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return text.length - final.length >= at && text.endsWith(final);
  };
}
