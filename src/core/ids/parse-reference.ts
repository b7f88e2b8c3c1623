import { assertNever } from '../failure.ts';
import { emptyGuid, type Guid, guidFromText } from '../guid.ts';
import type { AdRef, CloudRef, Parsed } from '../references.ts';
import { readAnyForm } from './conversions.ts';

const ok = <Ref>(ref: Ref): Parsed<Ref> => ({ kind: 'ref', ref });
const bad = (why: string): { readonly kind: 'bad'; readonly why: string } => ({ kind: 'bad', why });

// The characters AD refuses in sAMAccountName; `*`, `(` and `)` in a filter are the adapter's business, not a reason here.
const refusedInSam = /["[\]:;|=+?<>/,]/;
const control = /[\u0000-\u001f\u007f]/; // oxlint-disable-line no-control-regex -- finding them is the point

// Zero-width and direction marks come along when a name is copied from a chat or a dialog, and nobody sees them. Joiners
// are left alone: some scripts need them.
const invisible = /[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff]/;
// PowerShell wrote the type of a value in place of the value.
const typeName = /^(?:system\.byte\[\]$|microsoft\.activedirectory\.)/i;

/**
 * Reads an AD reference: GUID (any writing that can be read in one way only), DN, `DOMAIN\name`, UPN, else sAMAccountName.
 * 32 bare hex digits are refused: they may be the text form or the raw bytes, and the two name different users.
 */
export function parseAdRef(text: string, key?: string): Parsed<AdRef> {
  if (control.test(text)) return bad('it has a control character in it');
  if (key !== undefined) return ok({ kind: 'key', attribute: key, value: text });
  if (/^(?:[a-z][a-z0-9-]*|\d+(?:\.\d+)+)=[^=]/i.test(text)) return ok({ kind: 'dn', dn: text });
  const guid = couldBeGuid(text) ? parseGuid(text) : null;
  if (guid) return guid;
  if (invisible.test(text)) return bad('it has an invisible character in it; type it anew');
  if (text.includes('@')) return parseUpn(text);
  return parseSam(text);
}

// A sAMAccountName has at most 20 characters and no writing of a GUID has fewer than 22; none has an @. Nearly every
// reference is one of the two, and trying all writings on each would be most of the time it takes to read a large file.
const longestSam = 20;

function couldBeGuid(text: string): boolean {
  return text.length > longestSam ? !text.includes('@') : typeName.test(text);
}

/** A GUID, or why the text is a broken one; null when it is something else. */
function parseGuid(text: string): Parsed<AdRef> | null {
  const reading = readAnyForm(text);
  switch (reading.kind) {
    case 'ambiguous':
      return bad(`${reading.why}; write the GUID with dashes`);
    case 'value':
      return reading.form === 'immutable-id'
        ? bad('it is an immutable ID, which is not looked up in AD; name the user or give the objectGUID')
        : ok({ kind: 'guid', guid: reading.guid });
    case 'bad':
      return typeName.test(text) || guidWithDashes(text) === emptyGuid ? bad(reading.why) : null;
    default:
      return assertNever(reading);
  }
}

// The three spellings with dashes; an object id has no others in practice.
function guidWithDashes(text: string): Guid | undefined {
  return guidFromText(text.replace(/^\{(.*)\}$/s, '$1').replace(/^\((.*)\)$/s, '$1'));
}

function parseUpn(text: string): Parsed<AdRef & CloudRef> {
  const at = text.lastIndexOf('@');
  if (at === 0 || at === text.length - 1 || /\s/.test(text)) return bad('it looks like a UPN but is not name@domain');
  return ok({ kind: 'upn', upn: text });
}

function parseSam(text: string): Parsed<AdRef> {
  const slash = text.indexOf('\\');
  const name = text.slice(slash + 1);
  if (name === '' || slash === 0) return bad('DOMAIN\\name needs both parts');
  if (refusedInSam.test(name) || name.includes('\\')) return bad('a sAMAccountName cannot contain these characters');
  return slash > 0 ? ok({ kind: 'domain-sam', domain: text.slice(0, slash), name }) : ok({ kind: 'sam', name });
}

/** Reads a cloud reference: object id (a GUID), else UPN. */
export function parseCloudRef(text: string, key?: string): Parsed<CloudRef> {
  if (control.test(text)) return bad('it has a control character in it');
  if (key !== undefined) return ok({ kind: 'key', attribute: key, value: text });
  const id = guidWithDashes(text);
  if (id === emptyGuid) return bad('all its bytes are zero, which is nobody');
  if (id) return ok({ kind: 'object-id', id });
  if (invisible.test(text)) return bad('it has an invisible character in it; type it anew');
  if (text.includes('@')) return parseUpn(text);
  if (/^[0-9a-f]{32}$/i.test(text)) return bad('an object id has dashes; write it as the portal shows it');
  return bad('it is neither a UPN (name@domain) nor an object id; with another key use --cloud-key');
}
