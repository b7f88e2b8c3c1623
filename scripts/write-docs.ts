// Writes the pages of docs/ that are made from code. `npm run docs`; test/architecture/docs.test.ts finds a page that is
// behind the code.
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { reasonsPage } from './reasons-page.ts';

const file = new URL('../docs/reasons.md', import.meta.url);
const page = await format(reasonsPage(), { ...(await resolveConfig(file)), parser: 'markdown' });
if (readIfThere() !== page) writeFileSync(file, page);

function readIfThere(): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
