import { describe, expect, it } from 'vitest';
import { pageStyle } from '../../../src/report/html/style.ts';

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

const schemes = [...pageStyle.matchAll(/:root \{([^}]*)\}/g)].map(
  (match) => new Map([...(match[1] ?? '').matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map((each) => [each[1], each[2]])),
);
const tones = ['good', 'calm', 'plan', 'warn', 'bad'];
const grounds = ['page', 'card', 'quiet'];
const texts: [string, string][] = [
  ...grounds.flatMap((ground): [string, string][] => [
    ['text', ground],
    ['soft', ground],
  ]),
  ...tones.flatMap((tone): [string, string][] => [
    [tone, `${tone}-bg`],
    [tone, 'card'],
  ]),
  ['plan', 'page'],
];

describe.each([
  ['light', 0],
  ['dark', 1],
])('the %s colours', (_name, at) => {
  const scheme = schemes[at];

  it.each(texts)('let %s be read on %s', (text, ground) => {
    expect(contrast(scheme?.get(text) ?? '', scheme?.get(ground) ?? '')).toBeGreaterThanOrEqual(4.5);
  });

  it.each(tones)('let the mark of %s be seen on a card', (tone) => {
    expect(contrast(scheme?.get(`${tone}-mark`) ?? '', scheme?.get('card') ?? '')).toBeGreaterThanOrEqual(2);
  });
});

describe('the style sheet', () => {
  it('fetches nothing', () => {
    expect(pageStyle).not.toMatch(/url\(|@import|@font-face|https?:/);
  });
});
