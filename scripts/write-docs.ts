// Writes the pages of docs/ that are made from code. `npm run docs`; test/architecture/docs.test.ts finds a page that is
// behind the code.
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { badInputPage } from './bad-input-page.ts';
import { growthPlots } from './performance-memory.ts';
import { performancePage } from './performance-page.ts';
import { reliabilityPage } from './reliability-page.ts';
import { reasonsPage } from './reasons-page.ts';

await write('reasons.md', reasonsPage());
await write('bad-input.md', await badInputPage());
await write('performance.md', performancePage());
for (const [name, svg] of Object.entries(growthPlots())) {
  writeFileSync(new URL(`../docs/${name}`, import.meta.url), svg);
}
await write('reliability.md', reliabilityPage());

async function write(name: string, text: string): Promise<void> {
  const file = new URL(`../docs/${name}`, import.meta.url);
  const page = await format(text, { ...(await resolveConfig(file)), parser: 'markdown' });
  if (readIfThere(file) !== page) writeFileSync(file, page);
}

function readIfThere(file: URL): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
