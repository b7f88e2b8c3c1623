// Who may import whom. The picture these rules draw:
//
//   main → cli → { run, config, input, ad, graph, storage, report, log, sandbox } → core          run → core
//                        config, input, ad, storage, log, sandbox → files          input, ad → csv → files
//
// and within core:       lookup, judge → sync → ids → the shapes at the top of core ← bulk, known by its face alone
//
// Run by scripts/check-architecture.mjs; broken on purpose, rule by rule, in test/architecture/rules.test.ts. Each
// comment says what to do in place of the import that the rule refused.

/** The folders that talk to the world; `run` is the one between them and `cli`. */
const adapters = ['config', 'input', 'ad', 'graph', 'storage', 'report', 'log', 'sandbox'];

/** Those that read files which somebody else may have put there, and do it through files/. */
const readers = new Set(['config', 'input', 'ad', 'storage', 'log', 'sandbox']);

/** Those of them that read CSVs. */
const csvReaders = new Set(['input', 'ad']);

/** Which folders may know which library: swapping a library is then a change to one folder. */
const homes = {
  '@azure/': ['graph'],
  '@microsoft/': ['graph'],
  undici: ['graph'],
  ldapts: ['ad', 'sandbox'],
  commander: ['cli'],
  leven: ['config'],
  'get-east-asian-width': ['report'],
  'csv-parse': ['csv'],
  'csv-stringify': ['report'],
  pino: ['log'],
  zod: ['storage', 'graph', 'sandbox'],
  'p-limit': ['run', 'graph'],
  '@peculiar/x509': ['sandbox'],
  'reflect-metadata': ['sandbox'],
};

/** Node's modules through which files, processes and the network are reached. */
const worldly =
  '^(node:)?(child_process|cluster|dgram|dns|fs|http|http2|https|net|os|process|readline|repl|tls|tty|worker_threads)(/|$)';

const inFolder = (...folders) => `^src/(${folders.join('|')})/`;
const escaped = (name) => name.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
/** Matches a library wherever npm has put it, and when it is not installed at all. */
const library = (name) => `(^|(^|/)node_modules/)${escaped(name)}${name.endsWith('/') ? '' : '(/|$)'}`;

const libraryRules = Object.entries(homes).map(([name, folders]) => ({
  name: `only-${folders.join('-and-')}-knows-${name.replace(/\/$/, '')}`,
  comment:
    `${name.replace(/\/$/, '/*')} is known in ${folders.map((folder) => `src/${folder}/`).join(' and ')} only, its types ` +
    'included. Say what you need as a type of core/ or a port of run/ports.ts, and let that folder fulfil it.',
  severity: 'error',
  from: { path: '^src/', pathNot: inFolder(...folders) },
  to: { path: library(name) },
}));

/** The rooms below the adapters that a folder may import. */
const roomsFor = (folder) => [
  'core',
  ...(readers.has(folder) ? ['files'] : []),
  ...(csvReaders.has(folder) ? ['csv'] : []),
];

const adapterRules = adapters.map((folder) => ({
  name: `${folder}-knows-core-and-ports-only`,
  comment:
    `src/${folder}/ may import ${roomsFor(folder)
      .map((room) => `${room}/`)
      .join(', ')} and run/ports.ts, and no other folder of src. ` +
    'Move what both need to core/ (when it is pure), declare a port in run/ports.ts (when it is a service), or let ' +
    'cli/session/compose.ts hand it over.',
  severity: 'error',
  from: { path: inFolder(folder) },
  to: {
    path: '^src/',
    pathNot: [inFolder(folder, ...roomsFor(folder)), '^src/run/ports[.]ts$'],
  },
}));

/** The rooms of core/, and those below them that they may import; the shapes every one of them may. */
const below = {
  ids: [],
  bulk: [],
  sync: ['ids', 'bulk'],
  judge: ['sync', 'ids', 'bulk'],
  lookup: ['sync', 'ids', 'bulk'],
};

const coreRules = Object.entries(below).map(([room, rooms]) => ({
  name: `core-${room}-looks-down-only`,
  comment:
    `core/${room}/ may import ${rooms.map((name) => `core/${name}/, `).join('')}and the shapes at the top of core/. ` +
    'Move what it needs down into one of these, or take it as an argument.',
  severity: 'error',
  from: { path: inFolder(`core/${room}`) },
  to: { path: inFolder('core/[^/]+'), pathNot: inFolder(...[room, ...rooms].map((name) => `core/${name}`)) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'core-imports-nothing',
      comment:
        'core/ imports core/ alone: no other folder, no node:*, no npm package. It judges facts and has none of its own: ' +
        'take what you need as an argument, or move the code to the folder that may know it.',
      severity: 'error',
      from: { path: inFolder('core') },
      to: { pathNot: inFolder('core') },
    },
    {
      name: 'shapes-know-no-room',
      comment:
        'The files at the top of core/ are the shapes that all share, and import each other alone. Move what needs a room into it.',
      severity: 'error',
      from: { path: '^src/core/[^/]+$' },
      to: { path: inFolder('core/[^/]+') },
    },
    ...coreRules,
    {
      name: 'bulk-has-one-face',
      comment: 'Import what keeps many of anything from core/bulk/bulk.ts, and let it name what you need there.',
      severity: 'error',
      from: { path: '^src/', pathNot: inFolder('core/bulk') },
      to: { path: inFolder('core/bulk'), pathNot: '^src/core/bulk/bulk[.]ts$' },
    },
    {
      name: 'run-knows-no-adapter',
      comment:
        'run/ may import core/ and its own files. It owns the ports: declare what it needs in run/ports.ts, let the adapter ' +
        'implement that, and let cli/session/compose.ts bring the two together.',
      severity: 'error',
      from: { path: inFolder('run') },
      to: { path: '^src/', pathNot: inFolder('run', 'core') },
    },
    {
      name: 'run-acts-through-ports',
      comment:
        'run/ reaches files, processes and the network through its ports only, so that a use case can be tested in memory. ' +
        'Add a method to a port in run/ports.ts and do the work in storage/, ad/ or graph/.',
      severity: 'error',
      from: { path: inFolder('run') },
      to: { path: worldly },
    },
    {
      name: 'report-writes-nothing',
      comment:
        'report/ turns a result into text. It reads and writes no file: return the text, and let cli/ hand it to storage/.',
      severity: 'error',
      from: { path: inFolder('report') },
      to: { path: worldly },
    },
    {
      name: 'files-knows-core-only',
      comment:
        'files/ opens files and judges none. It may import core/ and its own files: let whoever reads the file word the fault.',
      severity: 'error',
      from: { path: inFolder('files') },
      to: { path: '^src/', pathNot: inFolder('files', 'core') },
    },
    {
      name: 'csv-knows-core-and-files-only',
      comment:
        'csv/ makes records of a file for whoever reads a CSV. It may import core/, files/ and its own files: let the reader say ' +
        'what it wants as an argument, and word the CsvFault itself.',
      severity: 'error',
      from: { path: inFolder('csv') },
      to: { path: '^src/', pathNot: inFolder('csv', 'core', 'files') },
    },
    {
      name: 'files-are-opened-in-files',
      comment:
        'A path may lead to a pipe, a device or a disk image. Open and read through files/regular-file.ts, which refuses those.',
      severity: 'error',
      from: { path: inFolder('config', 'csv', 'input', 'ad') },
      to: { path: '^(node:)?fs(/|$)' },
    },
    ...adapterRules,
    {
      name: 'main-knows-cli-and-core-only',
      comment:
        'main.ts runs the program and sets process.exitCode, nothing else. Put the code in cli/, which may import every folder.',
      severity: 'error',
      from: { path: '^src/main[.]ts$' },
      to: { path: '.', pathNot: [inFolder('cli', 'core'), '^(node:)?process$'] },
    },
    {
      name: 'only-main-knows-cli',
      comment:
        'Nothing looks back at the terminal. Return a value, or report through a port of run/ports.ts, and let cli/ show it.',
      severity: 'error',
      from: { path: '^src/', pathNot: [inFolder('cli'), '^src/main[.]ts$'] },
      to: { path: inFolder('cli') },
    },
    {
      name: 'only-compose-opens-the-two-sides',
      comment:
        'cli/session/compose.ts is the one place where the directory and the tenant are opened. Ask it for them, and use them through ' +
        'the ports of run/ports.ts. (Naming their types is fine.)',
      severity: 'error',
      from: { path: inFolder('cli'), pathNot: '^src/cli/session/compose[.]ts$' },
      to: { path: inFolder('ad', 'graph'), dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nobody-imports-main',
      comment: 'Importing main.ts would run the program. Import what it runs, from cli/.',
      severity: 'error',
      from: {},
      to: { path: '^src/main[.]ts$' },
    },
    ...libraryRules,
    {
      name: 'no-homeless-library',
      comment:
        'This package has no folder of its own yet. Do without it, or give it one: a line in `homes`, ' +
        '.dependency-cruiser.mjs, and a reason in docs/decisions.md.',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        path: '(^|/)node_modules/',
        pathNot: Object.keys(homes).map(library),
      },
    },
    {
      name: 'no-development-package',
      comment:
        'A package of devDependencies is not there once hardmatch is installed. Move it to dependencies, or the code to test/ or scripts/.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'no-unlisted-package',
      comment:
        'This package is not in package.json (or is deprecated): it is there by luck, and may leave with any update. Add it to dependencies, or do without it.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-peer', 'npm-optional', 'deprecated'] },
    },
    {
      name: 'no-unresolvable',
      comment: 'There is no such file or package. Check the spelling; an import of ours is relative and ends in .ts.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'src-stays-in-src',
      comment:
        'The program is built from src/ alone. Move what it needs into src/, and let the test or the script import it.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts|dist)/' },
    },
    {
      name: 'no-cycles',
      comment:
        'These files import each other in a circle. Move what both need into a third file, or hand it over as an argument.',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'Nothing imports this file and it imports nothing. Use it or delete it.',
      severity: 'error',
      from: { path: '^src/', orphan: true, pathNot: '^src/main[.]ts$' },
      to: {},
    },
    {
      name: 'no-dead-files',
      comment:
        'The program cannot reach this file from main.ts. Use it or delete it; what only tests use belongs in test/.',
      severity: 'error',
      from: { path: '^src/main[.]ts$' },
      to: { path: '^src/', reachable: false },
    },
  ],
  options: {
    // Type-only imports count: knowing a library's types is knowing the library.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
