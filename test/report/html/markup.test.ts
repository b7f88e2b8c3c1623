import { describe, expect, it } from 'vitest';
import { markup, render, scriptElement, styleElement } from '../../../src/report/html/markup.ts';

describe('markup', () => {
  it('escapes every interpolation, in content and in attributes', () => {
    const text = `<img src=x onerror='a()'> & "b" $& $1`;
    const safe = '&lt;img src=x onerror=&#39;a()&#39;&gt; &amp; &quot;b&quot; $&amp; $1';
    expect(render(markup`<p title="${text}">${text}</p>`)).toBe(`<p title="${safe}">${safe}</p>`);
  });

  it('nests markup without escaping it twice', () => {
    const items = ['a & b', 'c'].map((text) => markup`<li>${text}</li>`);
    expect(render(markup`<ul>${items}</ul>`)).toBe('<ul><li>a &amp; b</li><li>c</li></ul>');
  });

  it('leaves nothing behind for null, undefined and false, and writes zero', () => {
    expect(render(markup`<p>${null}${undefined}${false}${0}</p>`)).toBe('<p>0</p>');
  });

  it('cannot be forged by an object that looks like markup', () => {
    const forged = JSON.parse('{"brand":"<b>","text":"<b>","Symbol(markup)":"<b>"}') as unknown as string;
    expect(() => render(markup`<p>${forged}</p>`)).toThrow(TypeError);
  });

  it('writes out characters that hide or reorder text', () => {
    expect(render(markup`<p>${'a\u202eb\u2028'}</p>`)).toBe('<p>a⟨U+202E⟩b⟨U+2028⟩</p>');
  });

  const value = 'x';
  it.each([
    ['an unquoted attribute', () => markup`<p class=${value}></p>`],
    ['a single-quoted attribute', () => markup`<p class='${value}'></p>`],
    ['an attribute name', () => markup`<p ${value}></p>`],
    ['a tag name', () => markup`<${value}></p>`],
    ['an event handler', () => markup`<p onclick="${value}"></p>`],
    ['a style attribute', () => markup`<p style="${value}"></p>`],
    ['a URL', () => markup`<a href="${value}">a</a>`],
    ['the beginning of a URL', () => markup`<a href="${value}/page">a</a>`],
    ['a script element', () => markup`<script>${value}</script>`],
    ['a style element', () => markup`<style>${value}</style>`],
  ])('refuses text in %s', (_place, make) => {
    expect(make).toThrow(TypeError);
  });

  it('allows text in the fragment of a link', () => {
    expect(render(markup`<a href="#${'all'}">a</a>`)).toBe('<a href="#all">a</a>');
  });

  it('names an inline element by the hash of exactly its text', () => {
    // printf 'a{}' | openssl dgst -sha256 -binary | base64
    const { element, source } = styleElement('a{}');
    expect(render(element)).toBe('<style>a{}</style>');
    expect(source).toBe("'sha256-X1RutGBrXCt9KkSaXMK7tHftWiRscFHOhxsS8tv8hBk='");
  });

  it.each(['</script>', '<!-- x', '<SCRIPT'])('refuses an inline element whose text holds %s', (text) => {
    expect(() => scriptElement(`const a = '${text}'`)).toThrow(TypeError);
  });
});
