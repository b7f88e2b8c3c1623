import type { Guid } from './guid.ts';

/** How the input names an AD user. `key` comes from `--ad-key`. */
export type AdRef =
  | { readonly kind: 'sam'; readonly name: string }
  | { readonly kind: 'domain-sam'; readonly domain: string; readonly name: string }
  | { readonly kind: 'upn'; readonly upn: string }
  | { readonly kind: 'dn'; readonly dn: string }
  | { readonly kind: 'guid'; readonly guid: Guid }
  /** Who has this objectSid; never from the input. */
  | { readonly kind: 'sid'; readonly sid: string }
  /** Whose objectGUID or mS-DS-ConsistencyGuid this is; never from the input. The second is not indexed in AD. */
  | { readonly kind: 'anchor'; readonly guid: Guid }
  | { readonly kind: 'key'; readonly attribute: string; readonly value: string };

/** How the input names a cloud user. `key` comes from `--cloud-key`. */
export type CloudRef =
  | { readonly kind: 'upn'; readonly upn: string }
  | { readonly kind: 'object-id'; readonly id: Guid }
  | { readonly kind: 'key'; readonly attribute: string; readonly value: string };

/** A reference, or the sentence that says why the text is none. */
export type Parsed<Ref> = { readonly kind: 'ref'; readonly ref: Ref } | { readonly kind: 'bad'; readonly why: string };

/**
 * The text two references share when a directory would take them for the same: NFC, lower case. Both directories compare
 * names without regard to case; AD also folds accents in a search, which is why answers are mapped back by this key and
 * never by position.
 */
export function foldKey(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
