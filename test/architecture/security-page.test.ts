import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
const named = [...page.matchAll(/`(test\/[^`]+\.test\.ts)`:\s+"([^"]+)"/g)].map(([, file = '', name = '']) => ({
  file,
  // A line of the page may break within it.
  name: name.replaceAll(/\s+/g, ' '),
}));

it('names tests at all', () => {
  expect(named.length).toBeGreaterThan(10);
});

it.each(named)('finds in $file the test it names: $name', ({ file, name }) => {
  const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  expect([`'${name}'`, `"${name}"`, `\`${name}\``].some((written) => source.includes(written))).toBe(true);
});
