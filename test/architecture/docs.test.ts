import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { badInputPage } from '../../scripts/bad-input-page.ts';
import { growthPlots } from '../../scripts/performance-memory.ts';
import { performancePage } from '../../scripts/performance-page.ts';
import { reliabilityPage } from '../../scripts/reliability-page.ts';
import { reasonsPage } from '../../scripts/reasons-page.ts';
import { reasonCatalogue } from '../../src/core/reasons.ts';

const file = new URL('../../docs/reasons.md', import.meta.url);
const page = readFileSync(file, 'utf8').replaceAll('\r\n', '\n');

it('finds docs/reasons.md as the catalogue would write it (else: npm run docs)', async () => {
  expect(page).toBe(await format(reasonsPage(), { ...(await resolveConfig(file)), parser: 'markdown' }));
});

it('finds docs/bad-input.md as the readers answer now (else: npm run docs)', async () => {
  const answers = new URL('../../docs/bad-input.md', import.meta.url);
  const now = await format(await badInputPage(), { ...(await resolveConfig(answers)), parser: 'markdown' });
  expect(readFileSync(answers, 'utf8').replaceAll('\r\n', '\n')).toBe(now);
});

it('finds docs/reliability.md with the figures last measured (else: npm run docs)', async () => {
  const figures = new URL('../../docs/reliability.md', import.meta.url);
  const now = await format(reliabilityPage(), { ...(await resolveConfig(figures)), parser: 'markdown' });
  expect(readFileSync(figures, 'utf8').replaceAll('\r\n', '\n')).toBe(now);
});

it('finds docs/performance.md with the figures last measured (else: npm run docs)', async () => {
  const figures = new URL('../../docs/performance.md', import.meta.url);
  const now = await format(performancePage(), { ...(await resolveConfig(figures)), parser: 'markdown' });
  expect(readFileSync(figures, 'utf8').replaceAll('\r\n', '\n')).toBe(now);
});

it.each(Object.entries(growthPlots()))(
  'finds docs/%s with the figures last measured (else: npm run docs)',
  (name, svg) => {
    expect(readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8').replaceAll('\r\n', '\n')).toBe(svg);
  },
);

it('gives every reason a heading to link to, in the order of repair', () => {
  const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, code]) => code);
  expect(headings).toEqual(Object.keys(reasonCatalogue));
});

const folder = new URL('../../', import.meta.url);
const pages = [
  ...readdirSync(folder).filter((name) => name.endsWith('.md')),
  ...readdirSync(new URL('docs/', folder)).map((name) => `docs/${name}`),
].filter((name) => name.endsWith('.md'));

it.each(pages)('links from %s only to files that are there', (name) => {
  const here = new URL(name, folder);
  const targets = [...readFileSync(here, 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(
    ([, target]) => target ?? '',
  );
  expect(targets.filter((target) => !existsSync(new URL(target, here)))).toEqual([]);
});
