// Checks who imports whom, by the rules of .dependency-cruiser.mjs in the working directory. Exit code 0: every rule is
// kept; 1: some are broken, each named with what to do instead; 2: the check saw too little to be believed.
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path/posix';
import { pathToFileURL } from 'node:url';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const { default: config } = await import(pathToFileURL('.dependency-cruiser.mjs').href);

const onDisk = countSources();
const { modules, summary } = onDisk === 0 ? { modules: [], summary: undefined } : await look();
const seen = modules.filter(({ source }) => source.startsWith('src/')).length;
const roomCircles = circles();
const hasStart = modules.some(({ source }) => source === 'src/main.ts');

// With a TypeScript it does not know (7, at this time), dependency-cruiser sees no module at all and calls that a success.
if (seen === 0 || seen !== onDisk) {
  console.error(`architecture: ${onDisk} files are in src/, but ${seen} were looked at. Nothing is proved.`);
  console.error('Is the installed TypeScript one that dependency-cruiser understands? It must be older than 7.');
  process.exitCode = 2;
} else if (summary.violations.length + roomCircles.length > 0) {
  for (const rule of config.forbidden) report(rule);
  reportCircles();
  console.error(`architecture: ${summary.violations.length + roomCircles.length} imports break a rule.`);
  process.exitCode = 1;
} else if (!hasStart) {
  console.error('architecture: there is no src/main.ts, so nobody can tell which files are dead. Nothing is proved.');
  process.exitCode = 2;
} else {
  console.log(`architecture: ${seen} files, ${summary.totalDependenciesCruised} imports, every rule is kept.`);
}

async function look() {
  const options = { ...config.options, validate: true, ruleSet: config };
  const tsConfig = extractTSConfig(config.options.tsConfig.fileName);
  return (await cruise(['src'], options, config.options.enhancedResolveOptions, { tsConfig })).output;
}

function report({ name, comment }) {
  const broken = summary.violations.filter(({ rule }) => rule.name === name);
  if (broken.length === 0) return;
  console.error(`${name}\n  ${comment}`);
  for (const { from, to, cycle } of broken) {
    const path = cycle ? cycle.map((step) => step.name) : from === to ? [] : [to];
    console.error(`  - ${[from, ...path].join(' -> ')}`);
  }
  console.error('');
}

/**
 * Rooms that can be reached from each other, the room a file lies in, as `a -> b -> a`. dependency-cruiser counts a room's
 * inner rooms as the room itself, and so sees no circle between the two.
 */
function circles() {
  const next = new Map();
  for (const { source, dependencies } of modules) {
    const room = dirname(source);
    if (!next.has(room)) next.set(room, new Set());
    for (const { resolved } of dependencies) {
      if (resolved.startsWith('src/') && dirname(resolved) !== room) next.get(room).add(dirname(resolved));
    }
  }
  return [...next.keys()].flatMap((room) => {
    const way = wayBack(room, next);
    // Told once, from the room whose name comes first.
    return way === null || way.some((other) => other < room) ? [] : [way];
  });
}

/** The shortest way from a room back to itself; null where there is none. */
function wayBack(room, next) {
  const tried = [[room]];
  const met = new Set();
  for (const way of tried) {
    for (const other of next.get(way.at(-1)) ?? []) {
      if (other === room) return [...way, room];
      if (!met.has(other)) tried.push([...way, other]);
      met.add(other);
    }
  }
  return null;
}

function reportCircles() {
  if (roomCircles.length === 0) return;
  console.error('rooms-go-one-way');
  console.error(
    '  These rooms import each other in a circle. Move what both need into one of them or a third, or hand it over.',
  );
  for (const way of roomCircles) console.error(`  - ${way.join(' -> ')}`);
  console.error('');
}

function countSources() {
  const entries = readdirSync('src', { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts')).length;
}
