import { type Elements, MalformedBer, booleanOf, inOrder, integerOf, onlyElement, tags, textOf } from './ber.ts';
import { type LdapFilter, filterOf } from './filter.ts';

/** A control of a request; `value` is the undecoded octet string. */
export type RequestControl = { readonly type: string; readonly critical: boolean; readonly value: Buffer | null };

export type BindRequest = {
  readonly kind: 'bind';
  readonly version: number;
  readonly name: string;
  /** `sasl` and anything newer is told apart from simple only to be refused. */
  readonly authentication: { readonly kind: 'simple'; readonly password: string } | { readonly kind: 'other' };
};

export type Scope = 'base' | 'one' | 'sub';

export type SearchRequest = {
  readonly kind: 'search';
  readonly base: string;
  readonly scope: Scope;
  /** Entries; 0 is no limit. */
  readonly sizeLimit: number;
  /** Seconds; 0 is no limit. */
  readonly timeLimit: number;
  readonly typesOnly: boolean;
  readonly filter: LdapFilter;
  readonly attributes: readonly string[];
};

export type Request =
  | BindRequest
  | SearchRequest
  | { readonly kind: 'unbind' }
  | { readonly kind: 'abandon'; readonly messageId: number }
  | { readonly kind: 'extended'; readonly name: string }
  /** What would change the directory, or compare; `answerTag` is the tag of its response. */
  | { readonly kind: 'refused'; readonly name: string; readonly answerTag: number };

export type Message = {
  readonly id: number;
  readonly request: Request;
  readonly controls: readonly RequestControl[];
};

const refusedOperations: Readonly<Record<number, { readonly name: string; readonly answerTag: number }>> = {
  0x66: { name: 'modify', answerTag: 0x67 },
  0x68: { name: 'add', answerTag: 0x69 },
  0x4a: { name: 'delete', answerTag: 0x6b },
  0x6c: { name: 'modify DN', answerTag: 0x6d },
  0x6e: { name: 'compare', answerTag: 0x6f },
};

/** Decodes one whole LDAPMessage (RFC 4511 4.1.1). Throws MalformedBer. */
export function messageOf(bytes: Buffer): Message {
  const parts = inOrder(onlyElement(bytes).content);
  const id = integerOf(parts.next(tags.integer));
  // 0 is kept for unsolicited notifications from the server.
  if (id <= 0) throw new MalformedBer(`message ID ${id}`);
  const operation = parts.any();
  const controls = parts.optional(0xa0);
  parts.end();
  return { id, request: requestOf(operation.tag, operation.content), controls: controls ? controlsOf(controls) : [] };
}

function requestOf(tag: number, content: Buffer): Request {
  const refused = refusedOperations[tag];
  if (refused) return { kind: 'refused', ...refused };
  switch (tag) {
    case 0x60:
      return bindOf(inOrder(content));
    case 0x42:
      return { kind: 'unbind' };
    case 0x63:
      return searchOf(inOrder(content));
    case 0x50:
      return { kind: 'abandon', messageId: integerOf(content) };
    case 0x77:
      return { kind: 'extended', name: textOf(inOrder(content).next(0x80)) };
    default:
      throw new MalformedBer(`unknown operation 0x${tag.toString(16)}`);
  }
}

function bindOf(parts: Elements): BindRequest {
  const version = integerOf(parts.next(tags.integer));
  const name = textOf(parts.next(tags.octets));
  const choice = parts.any();
  parts.end();
  return {
    kind: 'bind',
    version,
    name,
    authentication: choice.tag === 0x80 ? { kind: 'simple', password: textOf(choice.content) } : { kind: 'other' },
  };
}

const scopes: readonly Scope[] = ['base', 'one', 'sub'];

function searchOf(parts: Elements): SearchRequest {
  const base = textOf(parts.next(tags.octets));
  const scope = scopes[integerOf(parts.next(tags.enumerated))];
  if (scope === undefined) throw new MalformedBer('unknown scope');
  parts.next(tags.enumerated); // derefAliases: AD has no aliases
  const sizeLimit = integerOf(parts.next(tags.integer));
  const timeLimit = integerOf(parts.next(tags.integer));
  const typesOnly = booleanOf(parts.next(tags.boolean));
  const filter = filterOf(parts.any());
  const attributes = parts.next(tags.sequence);
  parts.end();
  return { kind: 'search', base, scope, sizeLimit, timeLimit, typesOnly, filter, attributes: textsOf(attributes) };
}

function textsOf(content: Buffer): string[] {
  const parts = inOrder(content);
  const texts: string[] = [];
  for (let text = parts.optional(tags.octets); text; text = parts.optional(tags.octets)) texts.push(textOf(text));
  parts.end();
  return texts;
}

function controlsOf(content: Buffer): RequestControl[] {
  const parts = inOrder(content);
  const controls: RequestControl[] = [];
  for (let control = parts.optional(tags.sequence); control; control = parts.optional(tags.sequence)) {
    const fields = inOrder(control);
    const type = textOf(fields.next(tags.octets));
    const critical = fields.optional(tags.boolean);
    const value = fields.optional(tags.octets) ?? null;
    fields.end();
    controls.push({ type, critical: critical ? booleanOf(critical) : false, value });
  }
  parts.end();
  return controls;
}

/** The value of the paged-results control, RFC 2696: the asked page size and the cookie. */
export function pageOf(value: Buffer): { readonly size: number; readonly cookie: Buffer } {
  const parts = inOrder(inOrder(value).next(tags.sequence));
  const size = integerOf(parts.next(tags.integer));
  const cookie = parts.next(tags.octets);
  parts.end();
  if (size < 0) throw new MalformedBer('a negative page size');
  return { size, cookie };
}
