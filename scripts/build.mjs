// Builds dist/ from src/: compiles, drops what no source stands behind any more, and makes the program executable.
// With --if-possible (npm's prepare step) a machine without the development packages keeps the dist/ it has.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const program = join(dist, 'main.js');
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

if (existsSync(compiler)) {
  build();
} else if (!process.argv.includes('--if-possible') || !existsSync(program)) {
  console.error('build: TypeScript is not installed. Run "npm ci", without --omit=dev; prune afterwards if you like.');
  process.exitCode = 1;
}

function build() {
  const { status, error } = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], {
    stdio: 'inherit',
    cwd: root,
  });
  if (error) throw error;
  process.exitCode = status ?? 1;
  if (status !== 0) return;
  for (const file of compiled()) if (!existsSync(sourceOf(file))) rmSync(join(dist, file));
  // npx makes the program executable when it links it, once; a dist/ built anew after that would not be.
  if (existsSync(program)) chmodSync(program, 0o755);
}

function compiled() {
  return readdirSync(dist, { recursive: true }).filter((file) => file.endsWith('.js'));
}

function sourceOf(file) {
  return join(root, 'src', file.replace(/\.js$/, '.ts'));
}
