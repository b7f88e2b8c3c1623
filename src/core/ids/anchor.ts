import { assertNever } from '../failure.ts';
import { type Guid, guidFromText, whyNobodys } from '../guid.ts';
import { guidOfImmutableId, type ImmutableId, immutableIdOfGuid } from './immutable-id.ts';
import type { Finding } from '../reasons.ts';
import type { AdUser, AnchorValue } from '../users.ts';

/**
 * Which AD attribute sync uses. `auto` is the rule of Entra Connect and Cloud Sync alike: mS-DS-ConsistencyGuid where it
 * is set, else objectGUID (Microsoft, "Design concepts for Entra Connect").
 */
export type SourceAnchor =
  | { readonly kind: 'auto' }
  | { readonly kind: 'objectGUID' }
  | { readonly kind: 'mS-DS-ConsistencyGuid' }
  | { readonly kind: 'attribute'; readonly name: string };

/** One user's anchor as an immutable ID with the attribute it came from, or why there is none. */
export type Anchored =
  | { readonly kind: 'anchor'; readonly attribute: string; readonly immutableId: ImmutableId }
  | { readonly kind: 'none'; readonly finding: Finding };

/** The immutable ID that the anchor makes; null where there is none. */
export function immutableIdIn(anchor: Anchored | null): ImmutableId | null {
  return anchor?.kind === 'anchor' ? anchor.immutableId : null;
}

/** The GUIDs of an AD user that may serve as source anchor. */
export function guidsOf(user: AdUser): readonly { readonly attribute: string; readonly guid: Guid }[] {
  const { objectGuid, consistencyGuid } = user;
  const own = { attribute: 'objectGUID', guid: objectGuid };
  if (consistencyGuid?.kind !== 'guid') return [own];
  return [own, { attribute: 'mS-DS-ConsistencyGuid', guid: consistencyGuid.guid }];
}

/** The immutable IDs that its anchors would give, whichever of them sync uses. */
export function idsOf(user: AdUser): readonly string[] {
  const guids = guidsOf(user).map(({ guid }): string => immutableIdOfGuid(guid));
  const { customAnchor: custom } = user;
  if (custom === null) return guids;
  return [...guids, custom.kind === 'guid' ? immutableIdOfGuid(custom.guid) : textOfAnchor(custom)];
}

// sourceAnchor must stay under 60 characters; `$` and `_` are refused by Graph in onPremisesImmutableId.
const longestAnchor = 59;

/** The spelling used in plans, reports and on the command line. */
export function sourceAnchorText(anchor: SourceAnchor): string {
  return anchor.kind === 'attribute' ? `attribute:${anchor.name}` : anchor.kind;
}

/** The attribute to be read beside the usual ones, or null. */
export function customAttributeOf(anchor: SourceAnchor): string | null {
  return anchor.kind === 'attribute' ? anchor.name : null;
}

/** Applies the source anchor to one user. */
export function anchorOf(user: AdUser, source: SourceAnchor): Anchored {
  switch (source.kind) {
    case 'objectGUID':
      return fromObjectGuid(user);
    case 'mS-DS-ConsistencyGuid':
      return fromValue(user.consistencyGuid, 'mS-DS-ConsistencyGuid', true);
    case 'attribute':
      return fromValue(user.customAnchor, source.name, false);
    case 'auto':
      return user.consistencyGuid === null
        ? fromObjectGuid(user)
        : fromValue(user.consistencyGuid, 'mS-DS-ConsistencyGuid', true);
    default:
      return assertNever(source);
  }
}

function fromObjectGuid({ objectGuid }: AdUser): Anchored {
  return fromValue({ kind: 'guid', guid: objectGuid }, 'objectGUID', true);
}

function fromValue(value: AnchorValue | null, attribute: string, guidOnly: boolean): Anchored {
  if (value === null) return { kind: 'none', finding: { code: 'anchor-missing', facts: { attribute } } };
  const malformed = (why: string): Anchored => ({
    kind: 'none',
    finding: { code: 'anchor-malformed', facts: { attribute, why } },
  });
  if (value.kind === 'guid') {
    const why = whyNobodys(value.guid);
    if (why !== undefined) return malformed(why);
    return { kind: 'anchor', attribute, immutableId: immutableIdOfGuid(value.guid) };
  }
  if (guidOnly) {
    return malformed(
      value.kind === 'bytes' ? `it has ${Buffer.from(value.base64, 'base64').length} bytes, not 16` : 'it is text',
    );
  }
  const id = textOfAnchor(value);
  if (id === '') return { kind: 'none', finding: { code: 'anchor-missing', facts: { attribute } } };
  const nobodys = whyNobodysText(id);
  if (nobodys !== undefined) return malformed(nobodys);
  const why = whyUnfit(id);
  if (why !== undefined) return { kind: 'none', finding: { code: 'anchor-value-unfit', facts: { attribute, why } } };
  return { kind: 'anchor', attribute, immutableId: id as ImmutableId };
}

function textOfAnchor(value: Exclude<AnchorValue, { readonly kind: 'guid' }>): string {
  return value.kind === 'bytes' ? value.base64 : value.text;
}

/** Why sync does not take a text for an anchor ("Design concepts for Entra Connect"); undefined when it does. */
function whyUnfit(id: string): string | undefined {
  if (id.includes('@')) return 'it contains an @';
  if (/[$_]/.test(id)) return 'it contains $ or _, which Graph refuses';
  const length = id.length + 2 * id.replaceAll(/[a-z\d]/gi, '').length;
  return length > longestAnchor
    ? `it has ${length} characters, each sign that is no letter or digit counted as three, and ${longestAnchor} are allowed`
    : undefined;
}

/** Why a text is an anchor that can be no user's; undefined when it may be one's. */
function whyNobodysText(id: string): string | undefined {
  const guid = guidOfImmutableId(id) ?? guidFromText(id);
  return guid === undefined ? undefined : whyNobodys(guid);
}
