// What the package's manifest is while npm packs it: `slim` (prepack) takes out what is for this repository alone, `restore`
// (postpack) puts it back. npm warns whoever installs a package of a script like `prepare`, and has nothing to run it on.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const manifest = join(root, 'package.json');
const kept = join(root, 'package.json.kept');

// One that is there already is of a pack that was cut off.
if (existsSync(kept)) renameSync(kept, manifest);
if (argv[2] === 'slim') {
  const text = readFileSync(manifest, 'utf8');
  const { scripts: _scripts, devDependencies: _tools, allowScripts: _allowed, ...published } = JSON.parse(text);
  writeFileSync(kept, text);
  writeFileSync(manifest, `${JSON.stringify(published, null, 2)}\n`);
}
