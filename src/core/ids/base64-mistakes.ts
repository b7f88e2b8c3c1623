import { type Guid, guidFromText, guidFromTextOrder, guidToBytes } from '../guid.ts';
import { guidOfImmutableId, immutableIdOfGuid } from './immutable-id.ts';

/** Why a text that was meant as an immutable ID is none, and the GUID it was probably made from. */
export type Base64Mistake = { readonly why: string; readonly meant: Guid | null };

/**
 * Diagnoses a text that looks like base64 and is not the canonical base64 of 16 bytes. Undefined: nothing can be said.
 * Node's decoder takes URL-safe letters, missing padding and junk without complaint, hence the comparing.
 */
export function base64MistakeOf(text: string): Base64Mistake | undefined {
  return asGuidText(text) ?? afterRepair(text) ?? spareBits(text) ?? otherLength(text);
}

/**
 * How an immutable ID was made from this very GUID by a program that got it wrong, as a phrase for "the current value is …
 * of this GUID"; undefined when it is right, or has nothing to do with the GUID.
 */
export function encodingErrorOf(immutableId: string, guid: Guid): string | undefined {
  const right = immutableIdOfGuid(guid);
  if (immutableId === right) return undefined;
  const textOrder = Buffer.from(guid.replaceAll('-', ''), 'hex').toString('base64');
  if (immutableId === textOrder) return 'the base64 of the bytes in text order (not swapped)';
  const bare = immutableId.replace(/^[{(](.*)[)}]$/, '$1').toLowerCase();
  if (bare === guid || bare === guid.replaceAll('-', '')) return 'the plain text';
  if (bare === guidToBytes(guid).toString('hex')) return 'the hex digits of the bytes';
  if (asGuidText(immutableId)?.meant === guid) return 'the base64 of the text';
  const repaired = repair(immutableId);
  if (repaired?.id === right) return `the base64 with ${repaired.flaws.join(' and ')}`;
  return immutableId.toLowerCase() === right.toLowerCase() ? 'the base64 with its letter case changed' : undefined;
}

/** The GUID that these bytes give in text order, when that one looks like a random GUID and `guid` itself does not. */
export function unswappedTwinOf(guid: Guid, looksRandom: (guid: Guid) => boolean): Guid | undefined {
  const twin = guidFromTextOrder(guidToBytes(guid));
  return looksRandom(twin) && !looksRandom(guid) ? twin : undefined;
}

// [Text.Encoding]::UTF8.GetBytes(guid.ToString()) and its UTF-16 sister: the bytes of the letters, not of the GUID.
function asGuidText(text: string): Base64Mistake | undefined {
  if (!/^[A-Za-z0-9+/_-]{40,}={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  for (const [encoding, name] of [
    ['utf8', ''],
    ['utf16le', ' in UTF-16'],
  ] as const) {
    const decoded = bytes
      .toString(encoding)
      .replace(/^\ufeff/, '')
      .trim();
    const guid = guidFromText(decoded.replace(/^[{(](.*)[)}]$/s, '$1'));
    if (guid) return { why: `it is the base64 of the text of the GUID ${guid}${name}, not of its bytes`, meant: guid };
    if (/^[0-9a-f]{32}$/i.test(decoded)) {
      return { why: `it is the base64 of the 32 letters ${decoded}${name}, not of 16 bytes`, meant: null };
    }
  }
  return undefined;
}

type Repaired = { readonly id: string; readonly guid: Guid; readonly flaws: readonly string[] };

function afterRepair(text: string): Base64Mistake | undefined {
  const repaired = repair(text);
  return repaired && { why: `it is an immutable ID with ${repaired.flaws.join(' and ')}`, meant: repaired.guid };
}

// What URLs, line wrapping and JWT-style encoders do to base64, undone.
function repair(text: string): Repaired | undefined {
  const flaws: string[] = [];
  let id = text;
  const fix = (flaw: string, fixed: string): void => {
    if (fixed !== id) flaws.push(flaw);
    id = fixed;
  };
  fix(
    'percent signs from a URL',
    id.replaceAll(/%(2b|2f|3d)/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  );
  fix('a line break in it', id.replaceAll(/\s*[\r\n]\s*/g, ''));
  fix('blanks where + was', id.replaceAll(' ', '+'));
  fix('URL-safe letters', id.replaceAll('-', '+').replaceAll('_', '/'));
  fix('its padding (==) missing', /^[^=]{22}=?$/.test(id) ? `${id.slice(0, 22)}==` : id);
  const guid = guidOfImmutableId(id);
  return guid === undefined || flaws.length === 0 ? undefined : { id, guid, flaws };
}

function spareBits(text: string): Base64Mistake | undefined {
  const body = /^([A-Za-z0-9+/]{22})==$/.exec(text)?.[1];
  if (body === undefined) return undefined;
  // The last letter carries two bits of the value; the other four are zero, so only A, Q, g and w can stand there.
  const why =
    body === body.toLowerCase()
      ? 'it was changed to lower case; the case is part of the value and cannot be recovered'
      : body === body.toUpperCase()
        ? 'it was changed to upper case; the case is part of the value and cannot be recovered'
        : 'the letter before == must be A, Q, g or w; it was mistyped or belongs to another value';
  return { why, meant: null };
}

function otherLength(text: string): Base64Mistake | undefined {
  if (!/^[A-Za-z0-9+/_-]{12,}={0,2}$/.test(text) || !/[=+/]|^.{20,28}$/.test(text)) return undefined;
  if (text.length % 4 === 0) {
    return { why: `it is the base64 of ${Buffer.byteLength(text, 'base64')} bytes, a GUID has 16`, meant: null };
  }
  const hint = text.length === 23 ? '; a leading + is easily lost, because Excel reads it as a formula' : '';
  return { why: `it has ${text.length} characters, the immutable ID of a GUID has 24${hint}`, meant: null };
}
