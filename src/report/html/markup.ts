// Escape by construction: text becomes markup only through markup`` (which escapes every interpolation) or through
// styleElement and scriptElement (which take constants and refuse text that could end them). The brand is a key that no
// other module can name, so nothing read from a file, AD or Graph can pass for markup.
import { createHash } from 'node:crypto';
import { visible } from '../visible.ts';

const brand: unique symbol = Symbol('markup');

/** Text that is HTML already. */
export type Markup = { readonly [brand]: string };

/** What may stand in markup``; `null`, `undefined` and `false` leave nothing behind. */
export type Child = Markup | string | number | null | undefined | false | readonly Child[];

const checked = new WeakSet<TemplateStringsArray>();

/**
 * Markup from a template (not named `html`: formatters take a template of that name for a document and fix it). Interpolated texts are escaped for content and quoted attributes alike, and characters that
 * hide or reorder text are written out. Throws a TypeError when an interpolation stands where escaping would not help:
 * an unquoted attribute, an event handler, a style, a URL other than a `#fragment`, a tag or attribute name.
 */
export function markup(strings: TemplateStringsArray, ...values: readonly Child[]): Markup {
  if (!checked.has(strings)) checkPlaces(strings);
  let text = strings[0] ?? '';
  for (const [at, value] of values.entries()) text += textOf(value) + (strings[at + 1] ?? '');
  return { [brand]: text };
}

function checkPlaces(strings: TemplateStringsArray): void {
  let before = '';
  for (const part of strings.slice(0, -1)) {
    before += part;
    const tag = before.slice(before.lastIndexOf('<'));
    const isInTag = before.lastIndexOf('<') > before.lastIndexOf('>');
    if (/<(?:script|style)\b/i.test(before)) throw new TypeError(`text in a script or style element: ${part}`);
    if (isInTag && !/="[^"]*$/.test(tag)) throw new TypeError(`an interpolated attribute needs double quotes: ${part}`);
    if (isInTag && /\s(?:on\w+|style|srcdoc)="[^"]*$/i.test(tag))
      throw new TypeError(`text in a script or style: ${part}`);
    if (isInTag && /\s(?:href|src|action|data)="(?!#)[^"]*$/i.test(tag)) throw new TypeError(`text in a URL: ${part}`);
  }
  checked.add(strings);
}

function textOf(child: Child): string {
  if (child === null || child === undefined || child === false) return '';
  if (typeof child === 'string') return escaped(child);
  if (typeof child === 'number') return String(child);
  if (brand in child) return child[brand];
  return child.map((each) => textOf(each)).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return visible(text).replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** The text of finished markup, to be written. */
export function render(finished: Markup): string {
  return finished[brand];
}

/** An inline element with the source that a Content-Security-Policy has to name for it. */
export type InlineElement = { readonly element: Markup; readonly source: string };

/** A style element of constant text. Throws a TypeError when the text could end the element. */
export function styleElement(css: string): InlineElement {
  return { element: { [brand]: `<style>${sealed(css)}</style>` }, source: sourceOf(css) };
}

/** A script element of constant text. Throws a TypeError when the text could end the element. */
export function scriptElement(js: string): InlineElement {
  return { element: { [brand]: `<script>${sealed(js)}</script>` }, source: sourceOf(js) };
}

function sealed(text: string): string {
  if (/<\/|<!--|<script/i.test(text)) throw new TypeError('the text of an inline element may not hold markup');
  return text;
}

// CSP Level 3, "hash-source": the base64 SHA-256 of exactly what stands between the tags.
function sourceOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;
}
