// core/lookup/: one value, and all that is known of it. `question` says what to ask about it, `ad-findings` and
// `cloud-findings` read what each side said, `answer` puts it together.
import { base64MistakeOf, unswappedTwinOf } from '../ids/base64-mistakes.ts';
import { readAnyForm } from '../ids/conversions.ts';
import { type Guid, guidToBytes } from '../guid.ts';
import { looksRandom, type GuidReading } from '../ids/guid-readers.ts';
import { guidOfImmutableId, immutableIdOfGuid } from '../ids/immutable-id.ts';
import { type AdRef, type CloudRef, foldKey, type Parsed } from '../references.ts';
import { parseAdRef } from '../ids/parse-reference.ts';

/** What a value was taken for. */
export type ValueKind =
  'GUID' | 'immutable ID' | 'UPN or mail address' | 'distinguished name' | 'SID' | 'account name' | 'text';

/** Everything to ask about one value, in AD and in the tenant. */
export type LookupQuestion = {
  /** As given. */
  readonly value: string;
  readonly kind: ValueKind;
  readonly ad: readonly AdRef[];
  readonly cloud: readonly CloudRef[];
  readonly immutableIds: readonly string[];
  /** As `foldKey` makes them. */
  readonly addresses: readonly string[];
  /** Sentences about the value itself: a wrong encoding, a second way to read it. */
  readonly notes: readonly string[];
};

type Asked = Omit<LookupQuestion, 'value'>;
const nothing = { ad: [], cloud: [], immutableIds: [], addresses: [], notes: [] } as const;

// An immutable ID has fewer than 60 characters; the wrong ones met in tenants (base64 of a GUID's text, in UTF-16 even) have
// up to 104. Longer texts are not worth asking for, and Graph takes no more than 120 in a filter.
const longestId = 104;
// A sAMAccountName has at most 20 characters: a longer text was meant as something else.
const longestSam = 20;

/**
 * What to ask about a value: GUID in any writing, immutable ID, UPN or mail address, DN, SID, DOMAIN\name, sAMAccountName.
 * Looking up changes nothing, so that what can be read in two ways is asked for in both. `customAnchor` names the AD
 * attribute that the source anchor is, when it is neither of the GUIDs.
 */
export function questionOf(given: string, customAnchor: string | null): LookupQuestion {
  const value = given.trim();
  return { value: given, ...askedBy(value, readAnyForm(value), customAnchor) };
}

function askedBy(value: string, reading: GuidReading, customAnchor: string | null): Asked {
  if (reading.kind === 'value') return aboutGuid(reading);
  if (reading.kind === 'ambiguous') {
    const guids = reading.readings.map(({ guid }) => guid);
    const notes = [`${sentence(reading.why)} Both were looked up.`];
    return { ...merged(guids.map(byGuid)), kind: 'GUID', notes };
  }
  if (/^s-1-\d+(?:-\d+)+$/i.test(value)) {
    return { ...nothing, kind: 'SID', ad: [{ kind: 'sid', sid: value.toUpperCase() }] };
  }
  if (reading.meant !== null) {
    const asked = merged([byId(reading.meant), { ...nothing, immutableIds: [value] }]);
    return { ...asked, kind: 'immutable ID', notes: [sentence(`not an immutable ID as it should be: ${reading.why}`)] };
  }
  if (value === '') return { ...nothing, kind: 'text', notes: [sentence(reading.why)] };
  if (isDn(value)) return { ...nothing, kind: 'distinguished name', ad: [{ kind: 'dn', dn: value }] };
  return value.includes('@') ? aboutAddress(value) : aboutName(value, reading.why, customAnchor);
}

type Lists = Omit<Asked, 'kind'>;

function aboutGuid({ form, guid, notes }: Extract<GuidReading, { kind: 'value' }>): Asked {
  if (form !== 'immutable-id') return { ...byGuid(guid), kind: 'GUID', notes: notes.map(sentence) };
  // An ID made by a program that does not swap bytes belongs to another GUID than it seems to.
  const twin = unswappedTwinOf(guid, looksRandom);
  return {
    ...merged([byId(guid), ...(twin === undefined ? [] : [byId(twin)])]),
    kind: 'immutable ID',
    notes: notes.map(sentence),
  };
}

/** A GUID may be an AD user's, a cloud object's, or behind an immutable ID. */
function byGuid(guid: Guid): Lists {
  const asId = byId(guid);
  return { ...asId, ad: [{ kind: 'guid', guid }, ...asId.ad], cloud: [{ kind: 'object-id', id: guid }] };
}

function byId(guid: Guid): Lists {
  return {
    ...nothing,
    ad: [{ kind: 'anchor', guid }],
    immutableIds: [immutableIdOfGuid(guid), ...wrongWritings(guid)],
  };
}

/** The immutable IDs that programs have made of a GUID by mistake and that tenants therefore have. */
export function wrongWritings(guid: Guid): string[] {
  const bare = guid.replaceAll('-', '');
  const textOrder = Buffer.from(bare, 'hex').toString('base64');
  return [textOrder, Buffer.from(guid).toString('base64'), guid, guidToBytes(guid).toString('hex')];
}

function merged(lists: readonly Lists[]): Lists {
  return {
    ad: lists.flatMap(({ ad }) => ad),
    cloud: lists.flatMap(({ cloud }) => cloud),
    immutableIds: [...new Set(lists.flatMap(({ immutableIds }) => immutableIds))],
    addresses: lists.flatMap(({ addresses }) => addresses),
    notes: lists.flatMap(({ notes }) => notes),
  };
}

function isDn(value: string): boolean {
  // The padding of base64 is no equals sign of a DN.
  return /^(?:[a-z][a-z0-9-]*|\d+(?:\.\d+)+)\s*=/i.test(value) && !/^[^=]*={1,2}$/.test(value);
}

function aboutAddress(value: string): Asked {
  const address = value.replace(/^smtp:/i, '');
  const parsed = parseAdRef(address);
  const kind = 'UPN or mail address';
  if (parsed.kind === 'bad') return { ...nothing, kind, notes: [sentence(parsed.why)] };
  return {
    kind,
    ad: [{ kind: 'upn', upn: address }, keyRef('mail', address), keyRef('proxyAddresses', `smtp:${address}`)],
    cloud: [
      { kind: 'upn', upn: address },
      { kind: 'key', attribute: 'mail', value: address },
    ],
    immutableIds: [],
    addresses: [foldKey(address)],
    notes: [],
  };
}

/** An account name; or a text anchor, or a mistyped immutable ID, that somebody may have all the same. */
function aboutName(value: string, whyNoGuid: string, customAnchor: string | null): Asked {
  const parsed = parseAdRef(value);
  const names: readonly AdRef[] = parsed.kind === 'ref' ? [parsed.ref] : [];
  const mistake = base64MistakeOf(value)?.why;
  const ids = value.length <= longestId && !value.includes('\\') ? [value] : [];
  return {
    ...nothing,
    kind: kindOfName(value, { isMistake: mistake !== undefined, isName: names.length > 0 }),
    ad: [...names, ...(customAnchor === null ? [] : ids.map((id) => keyRef(customAnchor, id)))],
    immutableIds: ids,
    notes: [mistake ?? whyNotName(value, parsed, whyNoGuid)].flatMap((why) =>
      why === undefined ? [] : [sentence(why)],
    ),
  };
}

function kindOfName(value: string, known: { isMistake: boolean; isName: boolean }): ValueKind {
  if (known.isMistake) return 'immutable ID';
  return known.isName && !isTooLong(value) ? 'account name' : 'text';
}

function whyNotName(value: string, parsed: Parsed<AdRef>, whyNoGuid: string): string | undefined {
  if (isTooLong(value)) return whyNoGuid;
  return parsed.kind === 'bad' ? parsed.why : undefined;
}

const isTooLong = (value: string): boolean => value.length > longestSam && !value.includes('\\');

const keyRef = (attribute: string, value: string): AdRef => ({ kind: 'key', attribute, value });

/** The GUID that an immutable ID comes from, rightly or wrongly encoded; undefined when it comes from none. */
export function guidBehind(immutableId: string): Guid | undefined {
  return guidOfImmutableId(immutableId) ?? base64MistakeOf(immutableId)?.meant ?? undefined;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
