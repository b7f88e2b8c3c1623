import { readdirSync } from 'node:fs';
import { dirname } from 'node:path/posix';
import { pathToFileURL } from 'node:url';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

/** What scripts/check-architecture.mjs says of the working directory, in lines, and its exit code. */
export async function checkArchitecture() {
  const { default: config } = await import(pathToFileURL('.dependency-cruiser.mjs').href);
  const onDisk = countSources();
  const { modules, summary } = onDisk === 0 ? { modules: [] } : await look(config);
  const seen = modules.filter(({ source }) => source.startsWith('src/')).length;
  // With a TypeScript it does not know (7, at this time), dependency-cruiser sees no module at all and calls that a success.
  if (seen === 0 || seen !== onDisk) {
    return unproved([
      `architecture: ${onDisk} files are in src/, but ${seen} were looked at. Nothing is proved.`,
      'Is the installed TypeScript one that dependency-cruiser understands? It must be older than 7.',
    ]);
  }
  const roomCircles = circles(modules);
  const broken = summary.violations.length + roomCircles.length;
  if (broken > 0) {
    const rules = config.forbidden.flatMap((rule) => rulesReport(rule, summary.violations));
    return {
      exitCode: 1,
      lines: [...rules, ...circlesReport(roomCircles), `architecture: ${broken} imports break a rule.`],
    };
  }
  if (!modules.some(({ source }) => source === 'src/main.ts')) {
    return unproved([
      'architecture: there is no src/main.ts, so nobody can tell which files are dead. Nothing is proved.',
    ]);
  }
  const imports = summary.totalDependenciesCruised;
  return { exitCode: 0, lines: [`architecture: ${seen} files, ${imports} imports, every rule is kept.`] };
}

const unproved = (lines) => ({ exitCode: 2, lines });

async function look(config) {
  const options = { ...config.options, validate: true, ruleSet: config };
  const tsConfig = extractTSConfig(config.options.tsConfig.fileName);
  return (await cruise(['src'], options, config.options.enhancedResolveOptions, { tsConfig })).output;
}

function rulesReport({ name, comment }, violations) {
  const broken = violations.filter(({ rule }) => rule.name === name);
  if (broken.length === 0) return [];
  const places = broken.map(({ from, to, cycle }) => {
    const path = cycle ? cycle.map((step) => step.name) : from === to ? [] : [to];
    return `  - ${[from, ...path].join(' -> ')}`;
  });
  return [name, `  ${comment}`, ...places, ''];
}

/**
 * Rooms that can be reached from each other, the room a file lies in, as `a -> b -> a`. dependency-cruiser counts a room's
 * inner rooms as the room itself, and so sees no circle between the two.
 */
function circles(modules) {
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

function circlesReport(roomCircles) {
  if (roomCircles.length === 0) return [];
  return [
    'rooms-go-one-way',
    '  These rooms import each other in a circle. Move what both need into one of them or a third, or hand it over.',
    ...roomCircles.map((way) => `  - ${way.join(' -> ')}`),
    '',
  ];
}

function countSources() {
  const entries = readdirSync('src', { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts')).length;
}
