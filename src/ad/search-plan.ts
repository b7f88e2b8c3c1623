// ad/: Active Directory, read only. ldap/ and export/ answer the same questions; what both share is here.
//   references → search-plan (where they lead, searches) → questions (what is asked and found, in any order; the answers)
//   candidates       the objects found
//   sightings        what was told of each object, and contradictions in it
//   dn, sid, byte-text   spellings
import { EqualityFilter, type Filter, OrFilter } from 'ldapts';
import type { AdRef } from '../core/references.ts';
import { foldKey } from '../core/references.ts';
import { guidToBytes } from '../core/guid.ts';
import { dnKey, formatDn, parseDn } from './dn.ts';
import { octetsOfText } from './byte-text.ts';
import { octetsOfSid } from './sid.ts';

/** Where a reference leads: who has the value in any of the attributes; or nowhere, with a sentence that says why. */
export type SearchPlan =
  | {
      readonly kind: 'ask';
      readonly attributes: readonly string[];
      /** The value as it is compared. */
      readonly key: string;
      /** What to put to the server: text, or the bytes of an octet string. */
      readonly term: string | Buffer;
    }
  | { readonly kind: 'nowhere'; readonly note: string };

type PlainRef = Exclude<AdRef, { readonly kind: 'domain-sam' }>;

/** How the values of an attribute are written and compared; those of `sid` are octets too. */
export type ValueKind = 'text' | 'octets' | 'dn' | 'sid';

/** What the schema says about an attribute. */
export type AttributeFacts = {
  /** As the directory spells it: the name that answers carry. */
  readonly name: string;
  readonly values: ValueKind;
  readonly isIndexed: boolean;
  readonly isSingleValued: boolean;
};

// What sync takes anchors from by default; which of the two it took cannot be told from the anchor.
const anchorAttributes = ['objectGUID', 'mS-DS-ConsistencyGuid'];

/** Turns a reference into a question. `valuesOfKey`: what the key attribute holds, for references by key. */
export function searchPlanOf(ref: PlainRef, valuesOfKey: ValueKind = 'text'): SearchPlan {
  switch (ref.kind) {
    case 'sam':
      return askAbout('sAMAccountName', ref.name, 'text');
    case 'upn':
      return askAbout('userPrincipalName', ref.upn, 'text');
    case 'dn':
      return askAbout('distinguishedName', ref.dn, 'dn');
    case 'guid':
      return askBytes(['objectGUID'], guidToBytes(ref.guid));
    case 'sid':
      return askAbout('objectSid', ref.sid, 'sid');
    case 'anchor':
      return askBytes(anchorAttributes, guidToBytes(ref.guid));
    case 'key':
      return askAbout(ref.attribute, ref.value, valuesOfKey);
    default:
      return ref satisfies never;
  }
}

function askAbout(attribute: string, text: string, values: ValueKind): SearchPlan {
  if (values === 'text') return { kind: 'ask', attributes: [attribute], key: foldKey(text), term: text };
  if (values === 'octets') {
    const octets = octetsOfText(text);
    if (octets.kind === 'bytes') return askBytes([attribute], octets.bytes);
    return { kind: 'nowhere', note: `${attribute} holds bytes, and the value cannot be read as such: ${octets.why}.` };
  }
  if (values === 'sid') {
    const octets = octetsOfSid(text.trim());
    if (octets !== null) return askBytes([attribute], octets);
    return { kind: 'nowhere', note: `"${text}" is no security identifier (S-1-5-21-…).` };
  }
  const dn = parseDn(text);
  if (dn === null) return { kind: 'nowhere', note: 'The distinguished name is malformed.' };
  return { kind: 'ask', attributes: [attribute], key: dnKey(dn), term: formatDn(dn) };
}

function askBytes(attributes: readonly string[], bytes: Buffer): SearchPlan {
  return { kind: 'ask', attributes, key: bytes.toString('base64'), term: bytes };
}

/** Most questions in one search. Measured best between 50 and 100; far more and servers turn quadratic. */
export const questionsPerSearch = 100;
// Samba closes the connection at requests above 256,000 bytes, AD at 10 MB (MaxReceiveBuffer).
const bytesPerSearch = 100_000;

/** Cuts questions, known by their terms, into searches of at most `questionsPerSearch` and a bounded size. */
export function* searchesFor(attribute: string, terms: Iterable<string | Buffer>): Generator<Filter> {
  let filters: Filter[] = [];
  let bytes = 0;
  for (const term of terms) {
    // Objects only: ldapts re-encodes escapes in string filters and then finds nothing (test/ad/search-plan.test.ts).
    const spellings = typeof term === 'string' ? new Set([term, term.normalize('NFC')]) : [term];
    for (const value of spellings) {
      filters.push(new EqualityFilter({ attribute, value }));
      bytes += Buffer.byteLength(value) + attribute.length + 8;
    }
    if (filters.length >= questionsPerSearch || bytes >= bytesPerSearch) {
      yield new OrFilter({ filters });
      filters = [];
      bytes = 0;
    }
  }
  if (filters.length > 0) yield new OrFilter({ filters });
}

// A search by an attribute without index reads the whole domain, whatever its filter; so does a listing, which also
// carries every entry that has the attribute over the network. Both grow with the domain, so that how many searches a
// listing is worth does not: five to nine of them, measured on 50,000 users and on 200,000. Four keeps the controller's
// load down when others need it too.
const mostFullScans = 4;

/**
 * Whether to look the keys up or to list everybody who has the attribute. With an index, look-ups win at any share of the
 * domain: all of 50,000 users took two thirds of the time of a listing, or less. Without one, only a few keys are worth a
 * scan each (docs/performance.md).
 */
export function wayToRead(isIndexed: boolean, keys: number): 'look-up' | 'list' {
  return isIndexed || Math.ceil(keys / questionsPerSearch) <= mostFullScans ? 'look-up' : 'list';
}
