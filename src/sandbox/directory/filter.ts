import { type Element, MalformedBer, booleanOf, elementsOf, inOrder, onlyElement, tags, textOf } from './ber.ts';

/**
 * A search filter as it came over the wire (RFC 4511 4.5.1.7). Assertion values stay bytes: what they mean depends on the
 * attribute's syntax, and a GUID is not text.
 */
export type LdapFilter =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly LdapFilter[] }
  | { readonly kind: 'not'; readonly filter: LdapFilter }
  | { readonly kind: 'present'; readonly attribute: string }
  | {
      readonly kind: 'equal' | 'greater-or-equal' | 'less-or-equal' | 'approx';
      readonly attribute: string;
      readonly value: Buffer;
    }
  | {
      readonly kind: 'substrings';
      readonly attribute: string;
      readonly initial: Buffer | null;
      readonly any: readonly Buffer[];
      readonly final: Buffer | null;
    }
  | {
      readonly kind: 'extensible';
      readonly attribute: string | null;
      readonly rule: string | null;
      readonly value: Buffer;
    };

// A filter may nest only so deep: the decoder recurses, and a hostile one must not exhaust the stack.
const deepest = 200;

type AssertionKind = 'equal' | 'greater-or-equal' | 'less-or-equal' | 'approx';

const assertionKinds: Readonly<Record<number, AssertionKind>> = {
  0xa3: 'equal',
  0xa5: 'greater-or-equal',
  0xa6: 'less-or-equal',
  0xa8: 'approx',
};

/** Decodes a filter. Throws MalformedBer. */
export function filterOf(element: Element, depth = 0): LdapFilter {
  if (depth > deepest) throw new MalformedBer('a filter nested too deep');
  const { tag, content } = element;
  const kind = assertionKinds[tag];
  if (kind) return assertion(kind, content);
  const inner = (parts: readonly Element[]): LdapFilter[] => parts.map((part) => filterOf(part, depth + 1));
  switch (tag) {
    case 0xa0:
      return { kind: 'and', filters: inner(elementsOf(content)) };
    case 0xa1:
      return { kind: 'or', filters: inner(elementsOf(content)) };
    case 0xa2:
      return { kind: 'not', filter: filterOf(onlyElement(content), depth + 1) };
    case 0xa4:
      return substrings(content);
    case 0x87:
      return { kind: 'present', attribute: textOf(content) };
    case 0xa9:
      return extensible(content);
    default:
      throw new MalformedBer(`unknown filter 0x${tag.toString(16)}`);
  }
}

function assertion(kind: AssertionKind, content: Buffer): LdapFilter {
  const parts = inOrder(content);
  const attribute = textOf(parts.next(tags.octets));
  const value = parts.next(tags.octets);
  parts.end();
  return { kind, attribute, value };
}

function substrings(content: Buffer): LdapFilter {
  const parts = inOrder(content);
  const attribute = textOf(parts.next(tags.octets));
  const pieces = inOrder(parts.next(tags.sequence));
  parts.end();
  const initial = pieces.optional(0x80) ?? null;
  const any: Buffer[] = [];
  for (let piece = pieces.optional(0x81); piece; piece = pieces.optional(0x81)) any.push(piece);
  const final = pieces.optional(0x82) ?? null;
  pieces.end();
  if (!initial && any.length === 0 && !final) throw new MalformedBer('a substring filter without pieces');
  return { kind: 'substrings', attribute, initial, any, final };
}

function extensible(content: Buffer): LdapFilter {
  const parts = inOrder(content);
  const rule = parts.optional(0x81);
  const attribute = parts.optional(0x82);
  const value = parts.next(0x83);
  // dnAttributes: AD ignores it (MS-ADTS 3.1.1.3.1.3.1), but it must be a boolean.
  const dnAttributes = parts.optional(0x84);
  if (dnAttributes) booleanOf(dnAttributes);
  parts.end();
  return {
    kind: 'extensible',
    rule: rule ? textOf(rule) : null,
    attribute: attribute ? textOf(attribute) : null,
    value,
  };
}

const signs = { equal: '=', 'greater-or-equal': '>=', 'less-or-equal': '<=', approx: '~=' } as const;

/** The filter in its string form, RFC 4515, for the request log. Bytes that are no plain text are written `\xx`. */
export function filterText(filter: LdapFilter): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return `(${filter.kind === 'and' ? '&' : '|'}${filter.filters.map(filterText).join('')})`;
    case 'not':
      return `(!${filterText(filter.filter)})`;
    case 'present':
      return `(${filter.attribute}=*)`;
    case 'substrings': {
      const pieces = [filter.initial, ...filter.any, filter.final].map((piece) => (piece ? valueText(piece) : ''));
      return `(${filter.attribute}=${pieces.join('*')})`;
    }
    case 'extensible':
      return `(${filter.attribute ?? ''}${filter.rule === null ? '' : `:${filter.rule}`}:=${valueText(filter.value)})`;
    default:
      return `(${filter.attribute}${signs[filter.kind]}${valueText(filter.value)})`;
  }
}

function valueText(value: Buffer): string {
  const text = value.toString('utf8');
  // A value that is not UTF-8 is a GUID or the like: every byte escaped, so that the log shows what was really sent.
  if (!Buffer.from(text, 'utf8').equals(value)) return escapeBytes(value);
  // oxlint-disable-next-line no-control-regex -- control characters are what must not reach a log as they are
  return text.replaceAll(/[\u0000-\u001f\u007f*()\\]/g, (character) => escapeBytes(Buffer.from(character)));
}

function escapeBytes(value: Buffer): string {
  return value.toString('hex').replaceAll(/../g, String.raw`\$&`);
}
