// `$filter`: from text to a tree. What the tree may contain is decided in rules.ts, what it means in match.ts; query.ts has
// the other options, properties.ts what a user has, user-store.ts the users with their indexes.
import { unreadable } from '../http/graph-errors.ts';

/** A literal of a filter: text, true, false or null. */
export type Literal = string | boolean | null;

/** A parsed filter. In `any`, the inner tree's property is the lambda variable, or `variable/field` of an entry. */
export type ODataFilter =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly ODataFilter[] }
  | { readonly kind: 'not'; readonly part: ODataFilter }
  | { readonly kind: 'compare'; readonly property: string; readonly op: CompareOp; readonly value: Literal }
  | { readonly kind: 'in'; readonly property: string; readonly values: readonly Literal[] }
  | { readonly kind: 'startsWith' | 'endsWith'; readonly property: string; readonly value: string }
  | { readonly kind: 'any'; readonly property: string; readonly variable: string; readonly part: ODataFilter };

export type CompareOp = 'eq' | 'ne' | 'ge' | 'le' | 'gt' | 'lt';

type Token = { readonly kind: 'word' | 'mark' | 'string'; readonly text: string; readonly at: number };

/** Deeper nesting than this is refused; it also keeps a hostile filter from exhausting the stack. */
const deepest = 40;

const tokenForm = /\s+|'((?:[^']|'')*)'|([A-Za-z_$][\w.-]*)|(\d[\w.:+-]*)|([(),:/])/y;
const compareOps = new Set(['eq', 'ne', 'ge', 'le', 'gt', 'lt']);

/** Parses a decoded `$filter`. Refuses with 400 `BadRequest` what cannot be read. */
export function parseFilter(text: string): ODataFilter {
  const cursor: Cursor = { tokens: tokenize(text), text, place: 0 };
  const filter = alternatives(cursor, 0);
  if (cursor.place < cursor.tokens.length) throw failAt(cursor);
  return filter;
}

function syntaxError(text: string, at: number): Error {
  return unreadable(`Invalid filter clause: Syntax error at position ${at} in '${text}'.`);
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  tokenForm.lastIndex = 0;
  while (tokenForm.lastIndex < text.length) {
    const at = tokenForm.lastIndex;
    const match = tokenForm.exec(text);
    if (match === null) {
      if (text[at] !== "'") throw syntaxError(text, at);
      throw unreadable(
        `Invalid filter clause: There is an unterminated string literal at position ${text.length} in '${text}'.`,
      );
    }
    const [, quoted, name, number, mark] = match;
    if (quoted !== undefined) tokens.push({ kind: 'string', text: quoted.replaceAll("''", "'"), at });
    else if (mark !== undefined) tokens.push({ kind: 'mark', text: mark, at });
    else if (name !== undefined || number !== undefined) {
      tokens.push({ kind: 'word', text: name ?? number ?? '', at });
    }
  }
  return tokens;
}

/** The tokens and how far they have been read. */
type Cursor = { readonly tokens: readonly Token[]; readonly text: string; place: number };

function failAt(cursor: Cursor): Error {
  return syntaxError(cursor.text, cursor.tokens[cursor.place]?.at ?? cursor.text.length);
}

function accept(cursor: Cursor, want: string): boolean {
  const token = cursor.tokens[cursor.place];
  if (token === undefined || token.kind === 'string' || token.text.toLowerCase() !== want) return false;
  cursor.place++;
  return true;
}

function expect(cursor: Cursor, want: string): void {
  if (!accept(cursor, want)) throw failAt(cursor);
}

function word(cursor: Cursor): string {
  const token = cursor.tokens[cursor.place];
  if (token?.kind !== 'word') throw failAt(cursor);
  cursor.place++;
  return token.text;
}

const keywords = new Map<string, Literal>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

function literal(cursor: Cursor): Literal {
  const token = cursor.tokens[cursor.place];
  if (token === undefined || token.kind === 'mark') throw failAt(cursor);
  cursor.place++;
  if (token.kind === 'string') return token.text;
  const value = keywords.get(token.text.toLowerCase());
  if (value !== undefined) return value;
  // Dates and numbers stay text; a bare word is taken for a property, and comparing two properties is not served.
  if (/^\d/.test(token.text)) return token.text;
  throw unreadable(`Invalid filter clause: Could not find a property named '${token.text}'.`);
}

function textLiteral(cursor: Cursor): string {
  const value = literal(cursor);
  if (typeof value !== 'string') throw failAt(cursor);
  return value;
}

function alternatives(cursor: Cursor, depth: number): ODataFilter {
  if (depth > deepest) throw unreadable('Invalid filter clause: The node count limit has been exceeded.');
  const first = conjunction(cursor, depth);
  const parts = [first];
  while (accept(cursor, 'or')) parts.push(conjunction(cursor, depth));
  return parts.length === 1 ? first : { kind: 'or', parts };
}

function conjunction(cursor: Cursor, depth: number): ODataFilter {
  const first = unary(cursor, depth);
  const parts = [first];
  while (accept(cursor, 'and')) parts.push(unary(cursor, depth));
  return parts.length === 1 ? first : { kind: 'and', parts };
}

function unary(cursor: Cursor, depth: number): ODataFilter {
  if (depth > deepest) throw unreadable('Invalid filter clause: The node count limit has been exceeded.');
  if (accept(cursor, 'not')) return { kind: 'not', part: unary(cursor, depth + 1) };
  if (!accept(cursor, '(')) return clause(cursor, depth);
  const inner = alternatives(cursor, depth + 1);
  expect(cursor, ')');
  return inner;
}

function clause(cursor: Cursor, depth: number): ODataFilter {
  const name = word(cursor);
  const lower = name.toLowerCase();
  if ((lower === 'startswith' || lower === 'endswith') && accept(cursor, '(')) {
    const property = word(cursor);
    expect(cursor, ',');
    const value = textLiteral(cursor);
    expect(cursor, ')');
    return { kind: lower === 'startswith' ? 'startsWith' : 'endsWith', property, value };
  }
  if (!accept(cursor, '/')) return comparison(cursor, name);
  if (accept(cursor, 'any')) return lambda(cursor, name, depth);
  return comparison(cursor, `${name}/${word(cursor)}`);
}

function comparison(cursor: Cursor, name: string): ODataFilter {
  if (accept(cursor, 'in')) return membership(cursor, name);
  const op = word(cursor).toLowerCase();
  if (!compareOps.has(op)) throw failAt(cursor);
  return { kind: 'compare', property: name, op: op as CompareOp, value: literal(cursor) };
}

function lambda(cursor: Cursor, property: string, depth: number): ODataFilter {
  expect(cursor, '(');
  const variable = word(cursor);
  expect(cursor, ':');
  const part = alternatives(cursor, depth + 1);
  expect(cursor, ')');
  return { kind: 'any', property, variable, part };
}

function membership(cursor: Cursor, property: string): ODataFilter {
  expect(cursor, '(');
  const values = [literal(cursor)];
  while (accept(cursor, ',')) values.push(literal(cursor));
  expect(cursor, ')');
  return { kind: 'in', property, values };
}
